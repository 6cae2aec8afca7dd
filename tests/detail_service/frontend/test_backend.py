import httpx2
import pytest

from detail_service.errors import BackendError
from detail_service.frontend.backend import LARGEST_BYTES, Backend, Catalog, proxy_for
from tests.detail_service.support import tracing

URL = "http://detail:3000/catalogDetail"


async def ask(answer: httpx2.Response | Exception) -> Catalog:
    def handler(request: httpx2.Request) -> httpx2.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with tracing("Frontend-Node") as tracer:
        backend = Backend(URL, 1.0, tracer, httpx2.MockTransport(handler))
        try:
            return await backend.catalog()
        finally:
            await backend.close()


@pytest.mark.anyio
async def test_a_catalog_is_understood() -> None:
    found = await ask(httpx2.Response(200, json={"version": "2", "vendors": ["a", "b"]}))

    assert found == Catalog("2", ("a", "b"))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx2.Response(500, json="Error"), "detail answered 500"),
        (httpx2.Response(301, headers={"location": "http://else/"}), "detail answered 301"),
        (httpx2.Response(200, content=b"{#"), "is not a catalog"),
        (httpx2.Response(200, json=[]), "is not a catalog"),
        (httpx2.Response(200, json={"version": 2, "vendors": []}), "is not a catalog"),
        (httpx2.Response(200, json={"version": "2"}), "is not a catalog"),
        (httpx2.Response(200, content=b"x" * (LARGEST_BYTES + 1)), "is too large"),
        (httpx2.ReadTimeout("slow"), "did not answer in time"),
        (httpx2.ConnectError("refused"), "cannot be reached: refused"),
        (httpx2.RemoteProtocolError(""), "cannot be reached: RemoteProtocolError"),
    ],
)
async def test_everything_else_says_what_detail_did(
    answer: httpx2.Response | Exception, words: str
) -> None:
    with pytest.raises(BackendError, match=words):
        await ask(answer)


def test_the_proxy_of_the_environment_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:15001")
    monkeypatch.setenv("no_proxy", "detail.local")

    assert proxy_for("http://detail.flagger:3000/x") == "http://127.0.0.1:15001"
    assert proxy_for("http://detail.local:3000/x") is None
    monkeypatch.delenv("http_proxy")
    assert proxy_for("http://detail.flagger:3000/x") is None
