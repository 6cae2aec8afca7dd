from pathlib import Path

import pytest

from loadtester.webhooks.errors import BadTaskError
from tests.loadtester.webhooks.jobs import prepare, run
from tests.loadtester.webhooks.target import Asked, Target, target

pytestmark = pytest.mark.anyio


def metadata(folder: Path, server: Target | None = None, /, **more: str) -> dict[str, str]:
    (folder / "key").write_text("the-key\n")
    named = {
        "org": "o",
        "project": "p",
        "repo": "r",
        "entrypoint": "e",
        "endpoint": "http://canary",
    }
    url = server.url if server else "http://concord"
    return {
        "type": "concord",
        "server": url,
        **named,
        "endpoint": "http://canary",
        "apiKeyPath": f"{folder}/key",
        **more,
    }


async def test_it_starts_and_waits_for_the_end(tmp_path: Path) -> None:
    with target() as server:

        def answer(asked: Asked) -> tuple[int, object]:
            if asked.method == "POST":
                return 200, {"instanceId": "i-1", "ok": True}
            return 200, {"status": "RUNNING" if len(server.asked) < 3 else "FINISHED"}

        server.answer = answer
        given = metadata(tmp_path, server, pollInterval="1", **{"arguments.x": "y"})
        outcome = await run(**given)
    assert outcome.ok
    start, *polls = server.asked
    assert start.path == "/api/v1/process"
    assert start.headers["authorization"] == "the-key"
    assert start.headers["content-type"].startswith("multipart/form-data")
    for name, value in {
        "org": "o",
        "project": "p",
        "repo": "r",
        "entryPoint": "e",
        "arguments.x": "y",
        "arguments.endpoint": "http://canary",
    }.items():
        assert f'name="{name}"\r\n\r\n{value}\r\n'.encode() in start.body
    assert [poll.path for poll in polls] == ["/api/v1/process/i-1"] * 2


async def test_a_failed_process_is_told(tmp_path: Path) -> None:
    with target() as server:
        server.answer = lambda _: (200, {"instanceId": "i-1", "status": "FAILED"})
        outcome = await run(**metadata(tmp_path, server, pollInterval="1"))
    assert outcome.body == b"concord instanceID: i-1 failed"


async def test_poll_timeout_bounds_the_whole_wait(tmp_path: Path) -> None:
    """Flagger's timer starts anew with each poll, and never fires."""
    with target() as server:
        server.answer = lambda _: (200, {"instanceId": "i-1", "status": "RUNNING"})
        outcome = await run(**metadata(tmp_path, server, pollInterval="1", pollTimeout="2"))
    assert outcome.body == b"concord process timed out, after 2 seconds"


async def test_a_server_that_answers_nonsense_is_an_error_not_a_crash(tmp_path: Path) -> None:
    with target() as server:
        answers: list[object] = ["no json", [], {"ok": True}, {"instanceId": 5}]
        server.answer = lambda _: (200, answers[len(server.asked) - 1])
        for _ in answers:
            outcome = await run(**metadata(tmp_path, server))
            assert not outcome.ok
            assert outcome.body


@pytest.mark.parametrize(
    "field", ["server", "org", "project", "repo", "entrypoint", "apiKeyPath", "endpoint"]
)
def test_what_is_required_is_named_in_flaggers_words(tmp_path: Path, field: str) -> None:
    given = metadata(tmp_path)
    del given[field]
    with pytest.raises(BadTaskError) as raised:
        prepare(**given)
    assert str(raised.value) == f"`{field}` is required with type concord"
    assert raised.value.status == 500


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("pollInterval", "5s", "unable to convert `pollInterval` to int"),
        ("pollTimeout", "0", "unable to convert `pollTimeout` to int"),
        ("apiKeyPath", "/no/such/file", "`apiKeyPath` file doesn't exist /no/such/file"),
        ("server", "concord", 'invalid url: "concord" is not a http or https URL'),
    ],
)
def test_bad_input_names_its_field(tmp_path: Path, field: str, value: str, said: str) -> None:
    with pytest.raises(BadTaskError) as raised:
        prepare(**{**metadata(tmp_path), field: value})
    assert str(raised.value) == said


def test_the_endpoint_is_not_an_argument(tmp_path: Path) -> None:
    with pytest.raises(BadTaskError, match="You cannot override Endpoint through arguments"):
        prepare(**metadata(tmp_path, None, **{"arguments.endpoint": "x"}))
