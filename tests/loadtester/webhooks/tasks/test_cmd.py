import pytest

from loadtester.webhooks.errors import RefusedError
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.tasks.command import CommandJob
from loadtester.webhooks.tasks.hey import HeyJob
from tests.loadtester.webhooks.scene import plan, run
from tests.loadtester.webhooks.target import target

pytestmark = pytest.mark.anyio
BOUNDS = Policy(allow_targets=("*.flagger",))


async def test_a_plain_hey_runs_on_our_engine_and_leaves_a_report() -> None:
    with target() as shop:
        outcome = await run(cmd=f"hey -n 10 -c 2 {shop.url}/x")
    assert outcome.ok
    assert len(shop.asked) == 10
    assert outcome.report is not None
    assert outcome.report["summary"]["requests"] == 10
    assert b"Requests/sec" in outcome.output


async def test_a_hey_that_cannot_be_carried_out_says_why() -> None:
    outcome = await run(cmd="hey -n x http://127.0.0.1:1/")
    assert not outcome.ok
    assert outcome.error.startswith("exit status 2: hey: ")


async def test_a_failed_threshold_fails_the_run() -> None:
    with target() as shop:
        outcome = await run(cmd=f"hey -n 4 -c 2 --threshold requests==5 {shop.url}/x")
    assert outcome.failed == ("requests==5 (was 4)",)


def test_the_commands_of_hey_that_are_no_load_go_to_the_shell() -> None:
    for command in ("hey report x.json", "hey diff a b", "hey --help"):
        assert isinstance(plan(cmd=command), CommandJob)


def test_a_plain_hey_is_held_to_the_allowed_targets() -> None:
    job = plan(BOUNDS, cmd="hey -z 1m detail.flagger:3000")
    assert isinstance(job, HeyJob)
    assert job.flags == ["-z", "1m", "--disable-redirects"]


@pytest.mark.parametrize(
    "command",
    [
        "hey http://evil.com/",
        "hey -x http://evil.com http://a.flagger/",
        "hey -proxy=evil.com:80 http://a.flagger/",
        "hey --connect-to a.flagger:80:evil.com:80 http://a.flagger/",
        "hey --unix-socket /run/docker.sock http://a.flagger/",
        "hey http://evil.com/ http://a.flagger/",
    ],
)
def test_no_detour_around_them(command: str) -> None:
    with pytest.raises(RefusedError):
        plan(BOUNDS, cmd=command)


def test_commands_are_held_to_the_allowed_patterns() -> None:
    policy = Policy(allow_commands=("curl *",))
    for metadata in ({"cmd": "hey http://x/"}, {"type": "bash", "cmd": "id"}):
        with pytest.raises(RefusedError, match="--allow-command"):
            plan(policy, **metadata)
    with pytest.raises(RefusedError):
        plan(policy, type="kubectl", cmd="delete all")
    assert plan(Policy(allow_commands=("kubectl get *",)), type="kubectl", cmd="get pods")
