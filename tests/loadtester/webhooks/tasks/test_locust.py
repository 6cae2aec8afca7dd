import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtester.webhooks.errors import BadTaskError, RefusedError
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.tasks.locust import LocustJob
from tests.loadtester.webhooks.jobs import prepare, run, run_context
from tests.loadtester.webhooks.target import detail

pytestmark = pytest.mark.anyio
SCRIPT = """
from locust import HttpUser, constant, task

class Asker(HttpUser):
    wait_time = constant(0.1)

    @task
    def ask(self):
        self.client.get("/ping")

class Lost(HttpUser):
    wait_time = constant(0.1)

    @task
    def ask(self):
        self.client.get("/nowhere")
"""


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    with detail() as url:
        yield url


async def test_its_statistics_become_the_report_and_the_verdict(
    shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DETAIL_THINK_TIME_S", "0.1")
    job = prepare(
        type="locust", host=shop, users="5", runTime="3s", thresholds="p95<10s, error_rate<1%"
    )
    async with run_context() as context:
        outcome = await job.run(context)
    assert outcome.ok, outcome.output.decode()
    assert outcome.report is not None
    assert outcome.report["summary"]["requests"] > 10
    assert outcome.report["summary"]["errors"] == 0
    entries = outcome.report["document"]["entries"]
    assert "/catalogDetail" in [entry["name"] for entry in entries]
    assert sum(e["requests"] for e in entries) == outcome.report["summary"]["requests"]
    assert context.live is not None
    assert context.live["users"] == 5
    assert b"Aggregated" in outcome.output


async def test_a_broken_promise_names_what_was_measured(shop: str) -> None:
    outcome = await run(
        type="locust",
        host=shop,
        script=SCRIPT,
        userClasses="Lost",
        users="2",
        runTime="2s",
        thresholds="error_rate<50%, p99<1us",
    )
    assert not outcome.ok
    assert outcome.failed[0] == "error_rate<50% (was 100%)"
    assert len(outcome.failed) == 2


async def test_without_promises_any_failure_is_one(shop: str) -> None:
    given = {"type": "locust", "host": shop, "script": SCRIPT, "users": "2", "runTime": "2s"}
    assert (await run(**given, userClasses="Asker")).ok
    outcome = await run(**given, userClasses="Lost")
    (said,) = outcome.failed
    assert said.endswith("requests failed")


async def test_a_script_that_does_not_load_is_told() -> None:
    outcome = await run(type="locust", host="http://x", script="import nonsense_module")
    assert not outcome.ok
    assert "locust gave no report (exit status 1)" in outcome.failed[0]


@pytest.mark.slow
async def test_a_master_and_a_worker_share_the_load(shop: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    both = {"type": "locust", "script": SCRIPT, "masterPort": port}
    master = prepare(
        **both,
        mode="master",
        host=shop,
        users="4",
        runTime="3s",
        userClasses="Asker",
    )
    worker = prepare(**both, mode="worker", masterHost="127.0.0.1")
    async with run_context() as context:
        mastered, worked = await asyncio.gather(master.run(context), worker.run(context))
    assert mastered.ok, mastered.output.decode()
    assert mastered.report is not None
    assert mastered.report["summary"]["requests"] > 10
    assert worked.ok, worked.output.decode()
    assert worked.report is None


BAD = {
    "locustfile": "/no/such/file.py",
    "host": "detail:3000",
    "users": "0",
    "spawnRate": "-1",
    "runTime": "60",
    "shape": "circle",
    "userClasses": "--master",
    "tags": "a b",
    "excludeTags": "-x",
    "thresholds": "p99<banana",
    "mode": "cloud",
    "workers": "many",
    "masterHost": "a b",
    "masterPort": "70000",
}


@pytest.mark.parametrize("field", BAD)
def test_bad_input_names_its_field(field: str) -> None:
    mode = {"workers": "master", "masterPort": "master", "masterHost": "worker"}
    given = {"type": "locust", "host": "http://x", "mode": mode.get(field, "headless")}
    with pytest.raises(BadTaskError, match=f"^{field}: "):
        prepare(**{**given, field: BAD[field]})


def test_ours_needs_a_host_and_a_worker_its_master() -> None:
    with pytest.raises(BadTaskError, match=r"^host: required"):
        prepare(type="locust")
    with pytest.raises(BadTaskError, match=r"^masterHost: required"):
        prepare(type="locust", mode="worker")
    with pytest.raises(BadTaskError, match=r"^locustfile: either this or script"):
        prepare(type="locust", script="x", locustfile="y")


def test_a_mounted_locustfile_may_know_its_host_itself(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SCRIPT)
    job = prepare(type="locust", locustfile=str(tmp_path / "mine.py"))
    assert isinstance(job, LocustJob)
    assert "--host" not in job.arguments


def test_policy() -> None:
    for policy in (Policy(no_shell=True), Policy(("hey *",)), Policy(allow_targets=("x",))):
        with pytest.raises(RefusedError, match=r"^script: code is not allowed here"):
            prepare(policy, type="locust", script=SCRIPT, host="http://x")
    allowed = Policy(no_shell=True, allow_code=True)
    assert prepare(allowed, type="locust", script=SCRIPT, host="http://x")
    with pytest.raises(RefusedError, match=r"^host: evil.com:80 is not"):
        prepare(Policy(allow_targets=("*.flagger",)), type="locust", host="http://evil.com")
    with pytest.raises(BadTaskError, match=r"^host: required"):
        prepare(Policy(allow_targets=("*.flagger",)), type="locust")


def test_a_worker_would_go_wherever_its_master_says() -> None:
    worker = {"type": "locust", "mode": "worker", "masterHost": "a.flagger"}
    for targets in (("*.flagger",), ("*",)):
        with pytest.raises(RefusedError, match=r"^mode: a worker loads what its master says"):
            prepare(Policy(allow_targets=targets), **worker)
    assert prepare(Policy(no_shell=True), **worker)


def test_a_locustfile_is_one_of_the_folder_under_a_policy(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SCRIPT)
    (tmp_path / "mine.txt").write_text(SCRIPT)
    given = {"type": "locust", "host": "http://x"}
    for path in (f"{tmp_path}/mine.py", "/etc/passwd", "/no/such/file.py"):
        with pytest.raises(RefusedError, match=r"^locustfile: files are not allowed here"):
            prepare(Policy(no_shell=True), **given, locustfile=path)
    policy = Policy(no_shell=True, files=tmp_path)
    job = prepare(policy, **given, locustfile="mine.py")
    assert isinstance(job, LocustJob)
    assert job.files == [f"{tmp_path}/mine.py"]
    with pytest.raises(BadTaskError, match=r"must end in \.py"):
        prepare(policy, **given, locustfile="mine.txt")


@pytest.mark.parametrize(
    "report",
    ["null", "[]", "{}", '{"totals": {}}', '{"totals": {"requests": "x"}}', "[" * 100_000, "x"],
)
async def test_a_report_that_a_script_has_spoilt_is_no_report(report: str) -> None:
    script = f"import os\nopen('report.json', 'w').write({report!r})\nos._exit(0)"
    outcome = await run(type="locust", host="http://127.0.0.1:1", script=script)
    assert not outcome.ok
    assert "locust gave no report" in outcome.failed[0] or "no request" in outcome.failed[0]


def test_run_time_is_divided_in_a_rehearsal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEY_TIME_SCALE", "20")
    job = prepare(type="locust", host="http://x", runTime="1m")
    assert isinstance(job, LocustJob)
    assert job.arguments[job.arguments.index("-t") + 1] == "3s"
