"""The task types: one file each. To add one, write its file and name it in `TYPES`."""

from loadtester.webhooks.tasks import bash, cmd
from loadtester.webhooks.tasks.base import TaskType

TYPES: dict[str, TaskType] = {module.TASK.name: module.TASK for module in (cmd, bash)}
