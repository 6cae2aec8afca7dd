import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtester.webhooks.errors import BadTaskError, RefusedError
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.tasks import TYPES
from loadtester.webhooks.tasks.hey import HeyJob
from loadtester.webhooks.tasks.loadtest import FLAGS
from tests.loadtester.distributed.workers import cluster
from tests.loadtester.webhooks.jobs import prepare, run, run_context
from tests.loadtester.webhooks.target import Target, target

pytestmark = pytest.mark.anyio


@pytest.fixture
def shop() -> Iterator[Target]:
    with target() as made:
        yield made


async def test_a_run_that_keeps_its_promises(shop: Target) -> None:
    job = prepare(
        type="loadtest",
        url=f"{shop.url}/x",
        rate="20",
        duration="1500ms",
        thresholds="error_rate<1%, p99<20s\nrequests>=20",
        **{"header.X-Team": "shop"},
    )
    async with run_context() as context:
        outcome = await job.run(context)
    assert outcome.ok, outcome.output.decode()
    assert outcome.report is not None
    summary = outcome.report["summary"]
    assert summary["requests"] == len(shop.asked) == 30
    assert summary["errors"] == 0
    assert all(asked.headers["x-team"] == "shop" for asked in shop.asked)
    assert [item["ok"] for item in outcome.report["thresholds"]] == [True] * 3
    assert context.live is not None
    assert {"done", "errors", "rate_per_s", "p50_ms", "p99_ms"} <= set(context.live)


async def test_a_promise_broken_is_named_with_what_was_measured(shop: Target) -> None:
    shop.answer = lambda _: (500, "oh no")
    outcome = await run(
        type="loadtest", url=shop.url, n="10", c="2", thresholds="error_rate<1%,p99<20s"
    )
    assert not outcome.ok
    assert outcome.failed == ("error_rate<1% (was 100%)",)
    assert outcome.report is not None
    assert outcome.report["summary"]["statuses"] == {"500": 10}


async def test_without_promises_no_answer_at_all_is_a_failure() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        outcome = await run(type="loadtest", url=url, n="4", c="2")
    assert outcome.failed == ("no request was answered",)


async def test_the_deadline_ends_it(shop: Target) -> None:
    outcome = await run(1.5, type="loadtest", url=shop.url, duration="1m", rate="5")
    assert not outcome.ok
    assert outcome.error == "signal: killed at its deadline"


async def test_no_shell_sees_the_values(shop: Target) -> None:
    body = "$(touch /tmp/never); `id` & 'x' \"y\""
    outcome = await run(type="loadtest", url=shop.url, n="2", c="1", method="POST", body=body)
    assert outcome.ok
    assert shop.asked[0].body == body.encode()


BAD = {
    "url": "detail:3000",
    "rate": "fast",
    "duration": "10",
    "n": "0",
    "c": "-1",
    "q": "x",
    "method": "G T",
    "contentType": "a\nb",
    "host": "a b\n",
    "requestTimeout": "1s",
    "warmup": "x",
    "onSaturation": "explode",
    "processes": "0",
    "thresholds": "p99<banana",
    "header.": "x",
    "header.x": "a\r\nb",
}


@pytest.mark.parametrize("field", BAD)
def test_bad_input_names_its_field(field: str) -> None:
    metadata = {"type": "loadtest", "url": "http://x/", field: BAD[field]}
    with pytest.raises(BadTaskError, match=f"^{field.replace('.', '[.]')}: ") as raised:
        prepare(**metadata)
    assert raised.value.status == 400


def test_every_field_that_can_be_wrong_is_tried_above() -> None:
    assert set(FLAGS) - set(BAD) == {"body"}


def test_a_missing_url_is_named() -> None:
    with pytest.raises(BadTaskError, match=r"^url: required with type loadtest"):
        prepare(type="loadtest")


def test_targets_are_checked_and_redirects_not_followed() -> None:
    policy = Policy(allow_targets=("*.flagger:3000",))
    with pytest.raises(RefusedError, match=r"evil.com:80 is not an allowed target"):
        prepare(policy, type="loadtest", url="http://evil.com/")
    job = prepare(policy, type="loadtest", url="http://detail.flagger:3000/")
    assert isinstance(job, HeyJob)
    assert "--disable-redirects" in job.flags


@pytest.mark.parametrize(
    "url", ["http://evil.com\\@a.flagger/", "http://a.flagger\x7f/", "http://ä/"]
)
def test_a_url_that_programs_read_differently_is_none(url: str) -> None:
    with pytest.raises(BadTaskError, match=r"^url: "):
        prepare(Policy(allow_targets=("*",)), type="loadtest", url=url)


def test_a_rate_from_a_file_needs_permission_and_tells_nothing_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "times").write_text("1\n2\n3\n")
    (tmp_path / "secret").write_text("root:s3cret:1\n")
    given = {"type": "loadtest", "url": "http://x/"}
    for text in ("/etc/passwd", "/nowhere", f"{tmp_path}/times", "/dev/zero"):
        with pytest.raises(RefusedError) as refused:
            prepare(Policy(no_shell=True), **given, rate=f"replay:{text}")
        assert str(refused.value) == "rate: files are not allowed here (see --task-files)"
    policy = Policy(no_shell=True, files=tmp_path)
    job = prepare(policy, **given, rate="replay:times")
    assert isinstance(job, HeyJob)
    assert f"replay:{tmp_path}/times" in job.flags
    for allowed in (policy, Policy()):
        with pytest.raises(BadTaskError) as bad:
            prepare(allowed, **given, rate=f"replay:{tmp_path}/secret")
        assert str(bad.value) == "rate: replay: the file is not a list of times"
    with pytest.raises(BadTaskError, match="there is no file /dev/zero"):
        prepare(Policy(), **given, rate="replay:/dev/zero")


@pytest.mark.parametrize(("processes", "places"), [("1", 1), ("150", 150)])
def test_processes_take_a_place_each(processes: str, places: int) -> None:
    job = prepare(type="loadtest", url="http://x/", processes=processes, c="200")
    assert job.places == places


def test_workers_are_waited_for_on_a_port() -> None:
    job = prepare(type="loadtest", url="http://x/", workers="4", c="8", masterPort="6000")
    assert isinstance(job, HeyJob)
    assert job.is_distributed
    assert list(job.flags[-4:]) == ["--locust-master", ":6000", "--workers", "4"]
    assert not prepare(type="loadtest", url="http://x/").is_distributed  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"workers": "0"}, "workers: "),
        ({"workers": "x"}, "workers: "),
        ({"workers": "9", "c": "8"}, "workers: at most c"),
        ({"workers": "2", "processes": "2"}, "processes: a worker is one process"),
        ({"workers": "2", "masterPort": "99999"}, "masterPort: "),
        ({"masterPort": "5557"}, "masterPort: only with workers"),
    ],
)
def test_what_workers_cannot_do_is_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(BadTaskError) as bad:
        prepare(type="loadtest", url="http://x/", **given)
    assert str(bad.value).startswith(said)


@pytest.mark.slow
@pytest.mark.parametrize("kills", [False, True])
async def test_a_run_over_workers_passes_whole_or_not_at_all(shop: Target, kills: bool) -> None:
    given = {"rate": "40", "c": "4", "duration": "4s", "thresholds": "error_rate<50%"}
    with cluster(2) as running:
        job = prepare(
            type="loadtest", url=shop.url, workers="2", masterPort=str(running.port), **given
        )
        async with run_context() as context:
            task = asyncio.create_task(job.run(context))
            while kills and len(shop.asked) < 30:
                await asyncio.sleep(0.05)
            if kills:
                running.workers[0].kill()
            outcome = await task
    assert outcome.ok is not kills, outcome.output.decode()
    assert bool(outcome.interruption) is kills
    if not kills:
        assert outcome.report is not None
        assert outcome.report["summary"]["requests"] == len(shop.asked) == 160


def test_the_verdict_comes_later_as_412() -> None:
    task = TYPES["loadtest"]
    assert (task.verdict, task.failure_status, task.shell) == ("later", 412, False)
