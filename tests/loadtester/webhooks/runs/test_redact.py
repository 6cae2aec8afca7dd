import pytest

from loadtester.webhooks.runs.redact import MASK, Redactor, smells
from tests.growth import assert_linear

COMMANDS = [
    ("curl -H 'Authorization: Bearer abc123' u", "curl -H 'Authorization: Bearer ***' u"),
    ('curl -H "authorization: Basic eHl6" u', 'curl -H "authorization: Basic ***" u'),
    ("curl -H 'Authorization: Negotiate YIIabc' u", "curl -H 'Authorization: Negotiate ***' u"),
    ("curl -H 'Authorization: abc123' u", "curl -H 'Authorization: ***' u"),
    ("curl -H 'X-Auth-Token: abc123' u", "curl -H 'X-Auth-Token: ***' u"),
    ("curl -H X-Auth-Token:abc123 u", "curl -H X-Auth-Token:***"),
    ("curl -H 'X-Session: abc123' u", "curl -H 'X-Session: ***' u"),
    ("curl -H 'X-Api-Key: abc123' u", "curl -H 'X-Api-Key: ***' u"),
    ("curl -H 'Cookie: sid=abc123; theme=dark' u", "curl -H 'Cookie: ***' u"),
    ("curl -H 'X-Amz-Security-Token: abc123' u", "curl -H 'X-Amz-Security-Token: ***' u"),
    ("curl -u bob:hunter2 u", "curl -u bob:*** u"),
    ("curl -ubob:hunter2 u", "curl -ubob:*** u"),
    ("curl --proxy-user bob:hunter2 u", "curl --proxy-user bob:*** u"),
    ("hey -a bob:hunter2 u", "hey -a bob:*** u"),
    ("curl https://bob:hunter2@host/x", "curl https://bob:***@host/x"),
    ("curl https://abc123@host/x", "curl https://***@host/x"),
    ("curl https://abc123:x-oauth-basic@host/x", "curl https://***:***@host/x"),
    ("curl 'http://h/?token=abc123&x=1'", "curl 'http://h/?token=***&x=1'"),
    ("curl 'http://h/?x=1&key=abc123&y=2'", "curl 'http://h/?x=1&key=***&y=2'"),
    ("curl 'http://h/?sv=1&sig=a%2Fb%3D&se=2'", "curl 'http://h/?sv=1&sig=***&se=2'"),
    ("curl 'http://h/?X-Amz-Signature=abc123'", "curl 'http://h/?X-Amz-Signature=***'"),
    ("run url=http://h/?api_key=abc123", "run url=http://h/?api_key=***"),
    ("PASSWORD=hunter2 ./run", "PASSWORD=*** ./run"),
    ("X_API_KEY='k-1-2' ./run", "X_API_KEY='***' ./run"),
    ('X_API_KEY="k 1 2" ./run', 'X_API_KEY="***" ./run'),
    ("helm test x --password hunter2", "helm test x --password ***"),
    ("helm test x --password=hunter2", "helm test x --password=***"),
    ("tool -token hunter2", "tool -token ***"),
    ("tool --api-key 'hun ter2'", "tool --api-key '***'"),
    (
        """curl -d '{"password": "hunter2", "a": 1}' u""",
        """curl -d '{"password": "***", "a": 1}' u""",
    ),
    ('curl -d "{\\"token\\": \\"abc123\\"}" u', 'curl -d "{\\"token\\": \\"***\\"}" u'),
    ("headers={'X-Auth-Token': 'abc123'}", "headers={'X-Auth-Token': '***'}"),
    ('token = "abc123"', 'token = "***"'),
    ("echo eyJhbGciOiJIUzI1NiJ9.e30.abc-_123", "echo ***"),
    ("echo ghp_abcdefghijklmnopqrst", "echo ***"),
    ("echo bearer abcdef123", "echo bearer ***"),
]
INNOCENT = [
    "hey -z 1m -q 5 -c 2 http://detail:3000/",
    "curl -H 'Content-Type: application/json' http://a/?page=2&keyword=x",
    "kubectl get pods --namespace test --output json",
    "monkey=1 author=2 keyboard=3 design=4 passing=5 assignment=6",
    "echo token",
]


@pytest.mark.parametrize(("command", "shown"), COMMANDS)
def test_commands(command: str, shown: str) -> None:
    assert Redactor.of({"cmd": command})(command).startswith(shown)


@pytest.mark.parametrize("command", INNOCENT)
def test_what_is_no_secret_is_shown(command: str) -> None:
    assert Redactor.of({"cmd": command})(command) == command


SMELLING = (
    *("X-Auth-Token", "X-Session", "X-Api-Key", "Authorization", "Proxy-Authorization", "Cookie"),
    *("Set-Cookie", "token", "key", "X-CSRF-Token", "PRIVATE-TOKEN", "access_token", "sig"),
    *("signature", "jwt", "sid", "AWSAccessKeyId", "clientSecret", "pwd", "db_password", "passwd"),
    *("passphrase", "apikey", "api-key", "credentials", "SAMLResponse", "oauth_verifier", "hmac"),
)


@pytest.mark.parametrize("name", SMELLING)
def test_names_that_smell(name: str) -> None:
    assert smells(name)
    assert Redactor.of({f"header.{name}": "s3cret"})("a s3cret b") == f"a {MASK} b"
    for text in (f"{name}: s3cret", f"?{name}=s3cret", f"--{name} s3cret", f'"{name}": "s3cret"'):
        assert "s3cret" not in Redactor.of({"cmd": text})(text), text


@pytest.mark.parametrize(
    "name", ["Accept", "Host", "ETag", "X-Request-Id", "page", "author", "cmd"]
)
def test_names_that_do_not(name: str) -> None:
    assert not smells(name)


def test_values_of_secret_keys_are_redacted_everywhere() -> None:
    redact = Redactor.of({"passwd": "aGVsbG8=", "header.Authorization": "Bearer zzz", "x": "y"})
    assert redact("say aGVsbG8= and Bearer zzz to y") == "say *** and Bearer *** to y"


def test_a_path_to_a_secret_is_no_secret() -> None:
    assert Redactor.of({"apiKeyPath": "/etc/key"})("/etc/key") == "/etc/key"


def test_reports_are_redacted_in_depth() -> None:
    redact = Redactor.of({"url": "http://h/?token=abc123"})
    report = {"document": {"result": {"plan": ["http://h/?token=abc123", 5, None, {"abc123": 1}]}}}
    assert redact.redact_json(report) == {
        "document": {"result": {"plan": ["http://h/?token=***", 5, None, {"***": 1}]}}
    }


LONG = (
    "token" + " " * 100_000 + "&",
    "token=" * 50_000,
    "a" * 300_000,
    "-u" * 100_000,
    "://" * 90_000,
    "key:" * 50_000,
    "bearer " * 40_000,
    "'" * 300_000,
    "token\"'\\" * 40_000,
    "-----BEGIN " * 9_000,
    "a=b&" * 60_000,
    "--token " * 40_000,
    "x@://" * 50_000,
    "{" * 300_000,
    "\\" * 300_000,
)


@pytest.mark.parametrize("text", LONG, ids=range(len(LONG)))
def test_any_text_takes_linear_time(text: str) -> None:
    assert_linear(lambda size: Redactor.of({"cmd": text[:size]})(text[:size]), len(text))
