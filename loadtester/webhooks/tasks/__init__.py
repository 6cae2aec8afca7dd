"""The task types. To add one, write its file and name its `TaskType` in `TYPES`."""

from loadtester.webhooks.tasks import concord, http, loadtest, locust, ngrinder, program, shell
from loadtester.webhooks.tasks.base import TaskType

TYPES: dict[str, TaskType] = {
    task.name: task
    for task in (
        shell.CMD,
        shell.BASH,
        program.HELM,
        program.HELMV3,
        program.KUBECTL,
        concord.TASK,
        ngrinder.TASK,
        loadtest.TASK,
        locust.TASK,
        http.TASK,
    )
}
