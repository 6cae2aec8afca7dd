import json
import re

import httpx2
import pytest
from starlette.applications import Starlette

from tests.xray_local.pages.markup import Checker, well_formed
from tests.xray_local.pages.samples import HOSTILE, hostile_traces, rehearsed, store_of
from xray_local.pages import routes
from xray_local.pages.site import chosen_pair, losses
from xray_local.service_graph import service_graph
from xray_local.store import TraceStore

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


async def _get(store: TraceStore, path: str, host: str = "127.0.0.1:2000") -> httpx2.Response:
    transport = httpx2.ASGITransport(Starlette(routes=routes(store, ["xray.local"])))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:2000") as client:
        return await client.get(path, headers={"host": host})


def _rehearsal() -> TraceStore:
    healthy = (rehearsed(n, 2) for n in range(1, 61))
    failing = (rehearsed(n, 3, status=500, length_ms=20.0 + n) for n in range(61, 71))
    return store_of(*healthy, *failing)


async def _page(store: TraceStore, path: str, status: int = 200) -> Checker:
    response = await _get(store, path)
    assert response.status_code == status
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"
    return well_formed(response.text)


async def test_the_map_is_the_first_page() -> None:
    checker = await _page(_rehearsal(), "/")
    assert "Service map" in checker.text
    assert "70 traces" in checker.text
    assert checker.met["svg"] == 2
    assert "Product-Detail-V3" in checker.text


async def test_a_node_leads_to_its_traces() -> None:
    html = (await _get(_rehearsal(), "/")).text
    (address,) = set(re.findall(r'href="(/traces\?filter=[^"]*Product-Detail-V3[^"]*)"', html))
    checker = await _page(_rehearsal(), address.replace("&amp;", "&"))
    assert checker.text.count("Fault 502") == 10
    assert "OK 200" not in checker.text


async def test_the_list_has_pages_and_leads_to_traces() -> None:
    html = (await _get(_rehearsal(), "/traces")).text
    assert html.count("data-row") == 50
    assert 'href="/traces?page=1"' in html
    second = (await _get(_rehearsal(), "/traces?page=1")).text
    assert second.count("data-row") == 20
    address = re.findall(r'href="(/traces/1-[0-9a-f-]+)"', html)[0]
    checker = await _page(_rehearsal(), address)
    assert "FaultInjected" in checker.text
    assert "Timeline" in checker.text


async def test_a_wrong_filter_is_explained_where_it_was_written() -> None:
    checker = await _page(_rehearsal(), "/traces?filter=service(", 400)
    assert "No traces match" in checker.text
    for path in ("/", "/compare"):
        await _page(_rehearsal(), f"{path}?filter=service(", 400)


async def test_a_filter_and_a_range_make_another_map() -> None:
    checker = await _page(_rehearsal(), "/?filter=fault")
    assert "10 traces" in checker.text
    assert "Product-Detail-V2" not in checker.text
    assert "No requests" in (await _page(_rehearsal(), "/?until=2001-01-01T00:00")).text


async def test_two_versions_side_by_side() -> None:
    checker = await _page(_rehearsal(), "/compare")
    assert "Product-Detail-V2 and Product-Detail-V3" in re.sub(r"\s+", " ", checker.text)
    assert "+100.0 points" in checker.text
    asked = await _page(_rehearsal(), "/compare?first=gateway&second=nobody")
    assert asked.met["svg"] == 2


async def test_an_empty_store_has_pages_too() -> None:
    store = store_of()
    for path in ("/", "/traces", "/compare"):
        await _page(store, path)
    await _page(store, f"/traces/1-{'a' * 8}-{'b' * 24}", 404)
    await _page(store, "/traces/nonsense", 404)
    assert (await _get(store, "/traces/nonsense/json")).status_code == 404


async def test_a_trace_as_json() -> None:
    trace = rehearsed(1, 3, status=500)
    value = (await _get(store_of(trace), f"/traces/{trace.xray_id}/json")).json()
    assert value["trace_id"] == trace.xray_id
    assert [one["outcome"] for one in value["spans"]] == ["fault"] * 5
    assert json.loads(value["spans"][-1]["document"]) == {"name": "sent"}
    w3c = await _get(store_of(trace), f"/traces/{trace.id}/json")
    assert w3c.json() == value


async def test_the_map_is_a_file_with_its_own_policy() -> None:
    response = await _get(_rehearsal(), "/map.svg")
    assert response.headers["content-type"].startswith("image/svg+xml")
    assert response.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'"
    )


async def test_files_of_the_pages_and_no_others() -> None:
    store = store_of()
    style = await _get(store, "/static/style.css")
    assert ".xray-map" in style.text
    assert style.headers["content-type"].startswith("text/css")
    assert (await _get(store, "/static/page.js")).status_code == 200
    for name in ("site.py", "..%2fsite.py", "map.css"):
        assert (await _get(store, f"/static/{name}")).status_code == 404


async def test_the_version_grows_with_what_arrives() -> None:
    store = _rehearsal()
    before = (await _get(store, "/version")).json()["version"]
    store.add(rehearsed(99, 2).spans)
    assert (await _get(store, "/version")).json()["version"] > before


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:2000", 200),
        ("localhost:2000", 200),
        ("[::1]:2000", 200),
        ("192.168.0.7", 200),
        ("xray.local:2000", 200),
        ("evil.example:2000", 421),
        ("127.0.0.1.evil.example", 421),
        ("user@127.0.0.1", 421),
        ("127.0.0.1/x", 421),
        ("[::1", 421),
        ("", 421),
        ("a" * 400, 421),
    ],
)
async def test_another_host_name_gets_no_page(host: str, status: int) -> None:
    for path in ("/", "/traces", "/version"):
        assert (await _get(_rehearsal(), path, host)).status_code == status


@pytest.mark.slow
async def test_whatever_is_sent_pages_stay_well_formed_and_bounded() -> None:
    traces = list(hostile_traces())
    store = store_of(*traces)
    for path in ("/", "/traces", "/compare", *(f"/traces/{trace.id}" for trace in traces)):
        response = await _get(store, path)
        assert response.status_code == 200
        assert len(response.text) < 4_000_000
        well_formed(response.text)
        assert "alert(1)>" not in response.text
        assert response.text.count("<script") == 1
        json_path = f"{path}/json"
        if path.startswith("/traces/"):
            assert (await _get(store, json_path)).status_code == 200


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_queries_are_shown_and_not_obeyed(text: str) -> None:
    sent = text.encode("utf-8", "replace").decode()[:2_000]
    query = httpx2.QueryParams({"filter": sent, "first": sent[:50]})
    for path in ("/", "/traces", "/compare"):
        response = await _get(_rehearsal(), f"{path}?{query}")
        assert response.status_code in (200, 400)
        well_formed(response.text)
        assert response.text.count("<script") == 1


def test_losses_are_said() -> None:
    store = store_of()
    assert losses(store) == ""
    store.count_malformed("json")
    store.dropped["age"] = 1_200
    assert losses(store) == "1 malformed (json), 1,200 dropped (age)"


def test_versions_are_compared_first_and_the_busiest_otherwise() -> None:
    graph = service_graph([rehearsed(1, 2), rehearsed(2, 3)])
    names = sorted(name for name in graph.nodes if name != "client")
    assert chosen_pair({}, graph, names) == ("Product-Detail-V2", "Product-Detail-V3")
    asked = {"first": "Product-Detail-V3"}
    assert chosen_pair(asked, graph, names) == ("Product-Detail-V3", "Product-Detail-V2")
    one = service_graph([rehearsed(1, 2)])
    names = sorted(name for name in one.nodes if name != "client")
    assert all(chosen_pair({}, one, names))
    assert chosen_pair({}, service_graph([]), []) == ("", "")
