import pytest

from loadtester.hey.commands import COMMANDS
from loadtester.webhooks.errors import BadTaskError, RefusedError
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.tasks.hey import HeyJob
from loadtester.webhooks.tasks.hey_command import HEY_COMMANDS
from loadtester.webhooks.tasks.shell import CommandJob
from tests.loadtester.webhooks.jobs import prepare, run
from tests.loadtester.webhooks.target import target

pytestmark = pytest.mark.anyio
BOUNDS = Policy(allow_targets=("*.flagger",))
HEY_ONLY = Policy(allow_commands=("hey *",))


async def test_a_plain_hey_runs_on_our_engine_and_leaves_a_report() -> None:
    with target() as shop:
        outcome = await run(cmd=f"hey -n 10 -c 2 '{shop.url}/x?a=1#b'")
    assert outcome.ok
    assert [asked.path for asked in shop.asked] == ["/x?a=1"] * 10
    assert outcome.report is not None
    assert outcome.report["summary"]["requests"] == 10
    assert b"Requests/sec" in outcome.output


async def test_a_hey_that_cannot_be_carried_out_says_why() -> None:
    outcome = await run(cmd="hey -n x http://127.0.0.1:1/")
    assert not outcome.ok
    assert outcome.error.startswith("exit status 2")
    assert b"hey: " in outcome.output


async def test_a_failed_threshold_fails_the_run() -> None:
    with target() as shop:
        outcome = await run(cmd=f"hey -n 4 -c 2 --threshold requests==5 {shop.url}/x")
    assert outcome.failed == ("requests==5 (was 4)",)


def test_the_commands_of_hey_that_are_no_load_go_to_the_shell() -> None:
    assert set(COMMANDS) == HEY_COMMANDS
    for command in ("hey report x.json", "hey diff a b", "hey --help", "hey"):
        assert isinstance(prepare(cmd=command), CommandJob)


@pytest.mark.parametrize(
    ("command", "places"),
    [
        ("hey http://a/", 1),
        ("hey --processes 7 http://a/", 7),
        ("hey -cpus=7 http://a/", 7),
        ("sleep 1", 1),
    ],
)
def test_processes_take_a_place_each(command: str, places: int) -> None:
    assert prepare(cmd=command).places == places
    assert prepare(type="bash", cmd=command).places == places


@pytest.mark.parametrize(
    "url", ["detail.flagger:3000", "http://detail.flagger/?x", "http://a.flagger/#x"]
)
def test_a_plain_hey_is_held_to_the_allowed_targets(url: str) -> None:
    job = prepare(BOUNDS, cmd=f"hey -z 1m {url}")
    assert isinstance(job, HeyJob)
    assert list(job.flags) == ["-z", "1m", "--disable-redirects"]
    job = prepare(BOUNDS, type="bash", cmd=f"hey -z 1m {url}")
    assert isinstance(job, CommandJob)
    assert "--disable-redirects" in job.argv[-1]


@pytest.mark.parametrize("kind", ["cmd", "bash"])
@pytest.mark.parametrize(
    "command",
    [
        "hey http://evil.com/",
        "hey http://evil.com/?x",
        "hey http://evil.com/#x",
        "hey http://evil.com/*",
        "hey 'http://evil.com/'",
        "hey http://evil.com/ -n 5",
        "hey -- http://evil.com/",
        "hey -x http://evil.com http://a.flagger/",
        "hey -proxy=evil.com:80 http://a.flagger/",
        "hey --connect-to a.flagger:80:evil.com:80 http://a.flagger/",
        "hey --unix-socket /run/docker.sock http://a.flagger/",
        "hey http://evil.com/ http://a.flagger/",
        "hey http://a.flagger@evil.com/",
        "hey 'http://evil.com\\@a.flagger/'",
        "hey http://a.flagger/; curl http://evil.com/",
        "hey http://a.flagger/ | curl http://evil.com/",
        "curl http://evil.com/",
        "hey report x.json",
        "hey --help",
        "hey --nonsense http://a.flagger/",
    ],
)
def test_no_detour_around_them(kind: str, command: str) -> None:
    with pytest.raises((RefusedError, BadTaskError)):
        prepare(BOUNDS, type=kind, cmd=command)


@pytest.mark.parametrize("kind", ["cmd", "bash"])
@pytest.mark.parametrize(
    "command",
    [
        "hey --save /etc/passwd http://a/",
        "hey -save=x http://a/",
        "hey -D /etc/passwd http://a/",
        "hey --body-file=/etc/passwd http://a/",
        "hey --cert /etc/passwd http://a/",
        "hey --key /etc/passwd http://a/",
        "hey --cacert /etc/passwd http://a/",
        "hey --unix-socket /run/docker.sock http://a/",
        "hey --rate replay:/etc/passwd http://a/",
        "hey report /etc/passwd",
        "hey diff /etc/passwd /etc/shadow",
        "hey http://a/; id",
        "id",
    ],
)
def test_a_rule_for_hey_is_no_rule_for_files_or_a_shell(kind: str, command: str) -> None:
    with pytest.raises(RefusedError):
        prepare(HEY_ONLY, type=kind, cmd=command)


@pytest.mark.parametrize(
    ("command", "script"),
    [
        ("echo hi", "echo hi"),
        ("echo 'a;b' $HOME", None),
        ("echo 'a;b'", "echo 'a;b'"),
        ("echo *", "echo '*'"),
        ("echo ~", None),
        ("echo a~", "echo 'a~'"),
    ],
)
def test_what_was_checked_is_what_runs(command: str, script: str | None) -> None:
    policy = Policy(allow_commands=("echo *",))
    if script is None:
        with pytest.raises(RefusedError):
            prepare(policy, type="bash", cmd=command)
        return
    job = prepare(policy, type="bash", cmd=command)
    assert isinstance(job, CommandJob)
    assert job.argv == ["bash", "-c", script]
    assert job.title == command


def test_programs_are_held_to_the_allowed_patterns() -> None:
    with pytest.raises(RefusedError):
        prepare(HEY_ONLY, type="kubectl", cmd="delete all")
    policy = Policy(allow_commands=("kubectl get *",))
    assert prepare(policy, type="kubectl", cmd="get pods")
    for kind, arguments in (("kubectl", "delete pods"), ("helm", "get x"), ("helmv3", "get x")):
        with pytest.raises(RefusedError):
            prepare(policy, type=kind, cmd=arguments)
