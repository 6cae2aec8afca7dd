import base64

import pytest

from loadtester.webhooks.errors import BadTaskError
from tests.loadtester.webhooks.jobs import prepare, run
from tests.loadtester.webhooks.target import Asked, Target, target

pytestmark = pytest.mark.anyio


def metadata(url: str, **more: str) -> dict[str, str]:
    password = base64.b64encode(b"secret").decode()
    return {
        "type": "ngrinder",
        "server": url,
        "clone": "7",
        "username": "u",
        "passwd": password,
        "pollInterval": "100ms",
        **more,
    }


def controller(server: Target, *statuses: str) -> None:
    """Answers test 42, then one status after the other."""
    left = list(statuses)

    def answer(asked: Asked) -> tuple[int, object]:
        if asked.path.endswith("clone_and_start"):
            return 200, {"id": 42, "success": True}
        if asked.method == "PUT":
            return 200, {}
        status = left.pop(0) if len(left) > 1 else left[0]
        return 200, {"status": [{"status_id": status}]}

    server.answer = answer


async def test_it_clones_starts_and_polls() -> None:
    with target() as server:
        controller(server, "TESTING", "FINISHED")
        outcome = await run(**metadata(server.url))
    assert outcome.ok
    assert [f"{asked.method} {asked.path}" for asked in server.asked] == [
        "POST /perftest/api/7/clone_and_start",
        "GET /perftest/api/42/status",
        "GET /perftest/api/42/status",
    ]
    assert server.asked[0].headers["authorization"] == "Basic dTpzZWNyZXQ="


@pytest.mark.parametrize("status", ["STOP_BY_ERROR", "CANCELED", "UNKNOWN"])
async def test_ends_that_are_not_good(status: str) -> None:
    with target() as server:
        controller(server, status)
        outcome = await run(**metadata(server.url))
    assert (outcome.ok, outcome.error) == (False, f"ngrinder says {status}")


async def test_the_deadline_stops_the_remote_test() -> None:
    with target() as server:
        controller(server, "TESTING")
        outcome = await run(0.5, **metadata(server.url))
    assert not outcome.ok
    assert server.asked[-1].method == "PUT"
    assert server.asked[-1].path == "/perftest/api/42?action=stop"


@pytest.mark.parametrize(
    "answer", [{"success": False}, {"id": "42"}, {}, [], "no json", {"id": True}]
)
async def test_an_answer_without_an_id_is_an_error_not_a_crash(answer: object) -> None:
    with target() as server:
        server.answer = lambda _: (200, answer)
        outcome = await run(**metadata(server.url))
    assert not outcome.ok
    assert outcome.error


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("server", "", "server, clone, username and passwd are required metadata"),
        ("passwd", "", "server, clone, username and passwd are required metadata"),
        ("server", "ngrinder", 'invalid url: "ngrinder" is not a http or https URL'),
        ("clone", "seven", 'metadata clone must be integer: "seven"'),
        ("passwd", "%%%", "metadata password is invalid: "),
    ],
)
def test_bad_input_names_its_field(field: str, value: str, said: str) -> None:
    with pytest.raises(BadTaskError) as raised:
        prepare(**metadata("http://ngrinder", **{field: value}))
    assert str(raised.value).startswith(said)
    assert raised.value.status == 400
