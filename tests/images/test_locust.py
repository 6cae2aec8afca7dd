"""The locust add-on: its master and a worker, started as its manifests start them."""

import json

import pytest

from tests.images import podman
from tests.images.conftest import Town
from tests.k8s import cluster

pytestmark = [pytest.mark.images, pytest.mark.timeout(600)]

MASTER, WORKER, HEY_WORKER = (
    next(c for c in cluster.containers(cluster.build("addons/locust")) if role in c.name)
    for role in ("locust-master", "locust-worker", "hey-worker")
)
# What a person would choose on the page.
RUN = (
    "--headless",
    "--only-summary",
    "--expect-workers=1",
    "--users=4",
    "--spawn-rate=4",
    "--run-time=4s",
)


def command(container: cluster.Container) -> tuple[list[str], tuple[str, ...]]:
    program, *rest = container.spec["command"]
    return [f"--entrypoint={program}"], (*rest, *container.spec["args"])


def test_a_worker_joins_and_its_users_reach_detail(town: Town) -> None:
    """The Service `locust` names the master; the host is the one that the manifest names."""
    entry, arguments = command(MASTER)
    worker_entry, worker_arguments = command(WORKER)
    told, worker_told = podman.as_told(MASTER), podman.as_told(WORKER)
    try:
        master = town.up("locust", "loadtester", *told, *entry, command=(*arguments, *RUN))
        town.up("worker", "loadtester", *worker_told, *worker_entry, command=worker_arguments)
        code = podman.run("wait", master.name, timeout_s=90).stdout.strip()
        said = master.logs()
    finally:
        town.down("locust", "worker")

    assert code == "0", said
    assert "/catalogDetail" in said
    # the first table of the summary: name, requests, failures
    total = next(
        line.split() for line in said.splitlines() if line.strip().startswith("Aggregated")
    )
    assert int(total[1]) > 0
    assert total[2] == "0(0.00%)"


def test_workers_of_hey_share_its_schedule(town: Town) -> None:
    """The Service `hey-master` leads to whoever runs `hey`; the result is one."""
    entry, arguments = command(HEY_WORKER)
    told = podman.as_told(HEY_WORKER)
    words = ("--locust-master=:5557", "--workers=2", "--rate=40", "-z=3s", "-c=4", "-o=json")
    try:
        for name in ("hey-worker-1", "hey-worker-2"):
            town.up(name, "loadtester", *told, *entry, command=arguments)
        master = town.up(
            "hey-master",
            "loadtester",
            "--tmpfs=/tmp",
            "--entrypoint=/opt/venv/bin/hey",
            command=(*words, "http://detail.flagger:3000/ping"),
        )
        code = podman.run("wait", master.name, timeout_s=90).stdout.strip()
        said = master.logs()
    finally:
        town.down("hey-worker-1", "hey-worker-2", "hey-master")

    assert code == "0", said
    result = json.loads(said)["result"]
    assert [worker["sent"] for worker in result["plan"]["workers"]] == [60, 60]
    assert result["counts"]["completed"] == 120
