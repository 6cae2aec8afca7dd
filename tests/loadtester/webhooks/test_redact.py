import pytest

from loadtester.webhooks.redact import Redactor


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("curl -H 'Authorization: Bearer abc123' u", "curl -H 'Authorization: Bearer ***' u"),
        ('curl -H "authorization: Basic eHl6" u', 'curl -H "authorization: Basic ***" u'),
        ("curl -u bob:hunter2 u", "curl -u bob:*** u"),
        ("hey -a bob:hunter2 u", "hey -a bob:*** u"),
        ("curl https://bob:hunter2@host/x", "curl https://bob:***@host/x"),
        ("curl 'http://h/?token=abc123&x=1'", "curl 'http://h/?token=***&x=1'"),
        ("PASSWORD=hunter2 ./run", "PASSWORD=*** ./run"),
        ("helm test x --password hunter2", "helm test x --password ***"),
        ("X_API_KEY='k-1-2' ./run", "X_API_KEY='***' ./run"),
        ("hey -z 1m -q 5 -c 2 http://detail:3000/", "hey -z 1m -q 5 -c 2 http://detail:3000/"),
    ],
)
def test_commands(command: str, shown: str) -> None:
    assert Redactor.of({"cmd": command})(command) == shown


def test_values_of_secret_keys_are_struck_everywhere() -> None:
    redact = Redactor.of({"passwd": "aGVsbG8=", "header.Authorization": "Bearer zzz", "x": "y"})
    assert redact("say aGVsbG8= and Bearer zzz to y") == "say *** and *** to y"


def test_a_path_to_a_secret_is_no_secret() -> None:
    assert Redactor.of({"apiKeyPath": "/etc/key"})("/etc/key") == "/etc/key"
