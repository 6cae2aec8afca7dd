import pytest

from loadtester.webhooks.errors import RefusedError
from loadtester.webhooks.policy import Policy


@pytest.mark.parametrize("command", ["hey -z 1m http://a/", "hey ", "curl http://x | jq ."])
def test_allowed_commands(command: str) -> None:
    Policy(allow_commands=("hey *", "curl http://x | jq *")).check_command(command)


@pytest.mark.parametrize(
    "command",
    [
        "hey",
        "rm -rf /",
        "hey x; rm -rf /",
        "hey $(id)",
        "hey `id`",
        "hey x && id",
        "hey x\nid",
        "hey x | sh",
        "hey <(id)",
        " hey x",
        "hey x > /etc/passwd",
        "hey x & id",
    ],
)
def test_a_star_spans_no_shell_operators(command: str) -> None:
    with pytest.raises(RefusedError):
        Policy(allow_commands=("hey *",)).check_command(command)


def test_two_stars_span_anything() -> None:
    Policy(allow_commands=("hey **",)).check_command("hey x; id\n")


@pytest.mark.parametrize(
    "url",
    [
        "http://detail.flagger:3000/x",
        "https://detail.flagger/",
        "http://DETAIL.flagger:3000",
        "http://10.0.0.1:80/",
    ],
)
def test_allowed_targets(url: str) -> None:
    Policy(allow_targets=("*.flagger", "10.0.0.1:80")).check_target(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.com/",
        "http://x.flagger@evil.com/",
        "http://evil.com/?x.flagger",
        "http://10.0.0.1:81/",
        "http://evil.com#x.flagger",
    ],
)
def test_refused_targets(url: str) -> None:
    with pytest.raises(RefusedError, match="is not an allowed target"):
        Policy(allow_targets=("*.flagger", "10.0.0.1:80")).check_target(url)


def test_without_patterns_everything_goes() -> None:
    Policy().check_command("rm -rf /tmp/x; id")
    Policy().check_target("http://anywhere/")
