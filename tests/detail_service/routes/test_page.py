import pytest

from detail_service.responses import prefers_json
from detail_service.settings import Settings
from tests.detail_service.support import built, client


@pytest.mark.anyio
async def test_the_page_and_its_twin_say_the_same() -> None:
    with built() as app:
        async with client(app.edge) as http:
            await http.get("/injectFault?kind=delay&delay=80ms&ttl=60s")
            page = await http.get("/", headers={"accept": "text/html,*/*"})
            twin = (await http.get("/", headers={"accept": "application/json"})).json()

    (fault,) = twin.pop("faults")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "delay 80ms" in page.text
    assert fault["summary"] == "delay 80ms"
    assert 0 < fault["seconds_left"] <= 60
    assert twin == {
        "version": "2",
        "vendors": ["ABC.com", "XYZ.com"],
        "host": "pod-a",
        "status": "ready",
        "colour": "#1a7f37",
    }
    assert all(word in page.text for word in ("ABC.com", "XYZ.com", "pod-a", "#1a7f37"))


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", True),
        ("application/json, */*", True),
        ("Application/JSON;q=0.9", True),
        ("text/html,application/xhtml+xml,application/json;q=0.9", False),
        ("application/json,text/html", True),
    ],
)
def test_a_browser_gets_the_page_and_a_program_json(accept: str, expected: bool) -> None:
    assert prefers_json(accept) is expected


@pytest.mark.anyio
async def test_without_fault_injection_there_are_no_faults_to_show() -> None:
    with built(Settings(no_faults=True)) as app:
        async with client(app.edge) as http:
            page = await http.get("/")
            twin = (await http.get("/", headers={"accept": "application/json"})).json()

    assert "No active faults" in page.text
    assert twin["faults"] == []
