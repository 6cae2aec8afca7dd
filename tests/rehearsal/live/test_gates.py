from typing import Any, ClassVar

import httpx2
import pytest

from rehearsal.errors import LiveWorldError
from rehearsal.live.gates import Gates

pytestmark = pytest.mark.anyio


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set `respond`; requests are in `seen`."""

    class Answers:
        seen: ClassVar[list[tuple[str, bytes]]] = []
        respond: Any = staticmethod(lambda request: httpx2.Response(202))

    client = httpx2.AsyncClient

    def handle(request: httpx2.Request) -> httpx2.Response:
        Answers.seen.append((request.url.path, request.content))
        response: httpx2.Response = Answers.respond(request)
        return response

    def fake(**options: Any) -> httpx2.AsyncClient:
        base: str = options["base_url"]
        return client(base_url=base, transport=httpx2.MockTransport(handle))

    monkeypatch.setattr("httpx2.AsyncClient", fake)
    Answers.seen = []
    return Answers


async def test_gates_are_opened_and_closed_by_their_canary(answers: Any) -> None:
    gates = Gates(9090)
    await gates.set("detail", "flagger", "gate", opened=True)
    await gates.set("detail", "flagger", "rollback", opened=False)
    await gates.close()
    body = b'{"name":"detail","namespace":"flagger"}'
    assert answers.seen == [("/gate/open", body), ("/rollback/close", body)]


async def test_what_is_not_acknowledged_is_said(answers: Any) -> None:
    gates = Gates(9090)
    answers.respond = lambda request: httpx2.Response(503)
    with pytest.raises(LiveWorldError, match="refused /gate/open: 503"):
        await gates.set("detail", "flagger", "gate", opened=True)

    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("no")

    answers.respond = refuse
    with pytest.raises(LiveWorldError, match="did not answer /gate/open"):
        await gates.set("detail", "flagger", "gate", opened=True)
    await gates.close()
