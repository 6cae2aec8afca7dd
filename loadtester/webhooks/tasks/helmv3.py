"""Type ``helmv3``: another name of ``helm``, from the days of two Helms."""

from dataclasses import replace

from loadtester.webhooks.tasks import helm

TASK = replace(helm.TASK, name="helmv3")
