"""The task types: one file each. To add one, write its file and name it in `TYPES`."""

from loadtester.webhooks.tasks import (
    bash,
    cmd,
    concord,
    helm,
    helmv3,
    http,
    kubectl,
    loadtest,
    locust,
    ngrinder,
)
from loadtester.webhooks.tasks.base import TaskType

TYPES: dict[str, TaskType] = {
    module.TASK.name: module.TASK
    for module in (cmd, bash, helm, helmv3, kubectl, concord, ngrinder, loadtest, locust, http)
}
