"""Byte for byte what the original responds with."""

import pytest

from detail_service.settings import Settings
from tests.detail_service.support import built, client

BODIES = {
    "1.0": b'{"version":"1","vendors":["ABC.com"]}',
    "2.0": b'{"version":"2","vendors":["ABC.com","XYZ.com"]}',
    "3.0": b'{"version":"3","vendors":["ABC.com","XYZ.com","PQR.com"]}',
}


@pytest.mark.anyio
@pytest.mark.parametrize("release", BODIES)
async def test_healthy_broken_and_healthy_again(release: str) -> None:
    with built(Settings(app_version=release, pod_name="pod-a")) as app:
        async with client(app.edge) as http:
            before = await http.get("/catalogDetail")
            inject = await http.get("/injectFault")
            broken = [await http.get("/catalogDetail") for _ in range(5)]
            ping = await http.get("/ping")
            reset = await http.get("/resetFault")
            after = await http.get("/catalogDetail")

    assert (before.status_code, before.content) == (200, BODIES[release])
    assert before.headers["content-type"] == "application/json; charset=utf-8"
    assert inject.status_code == 500
    assert {(one.status_code, one.content) for one in broken} == {(500, b'"Error"')}
    assert (ping.status_code, ping.content) == (200, b'"Healthy"')
    assert (reset.status_code, reset.content) == (
        200,
        b'"Removed fault injection from host: pod-a"',
    )
    assert (after.status_code, after.content) == (200, BODIES[release])


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("release", "tail"), [("1.0", "500 error."), ("2.0", "500."), ("3.0", "500.")]
)
async def test_the_error_page_has_the_words_of_its_version(release: str, tail: str) -> None:
    with built(Settings(app_version=release, pod_name="pod-<a>")) as app:
        async with client(app.edge) as http:
            response = await http.get("/injectFault")

    assert response.headers["content-type"] == "text/html; charset=utf-8"
    expected = f"<pre>Error: host: pod-&lt;a&gt; will now respond with {tail}</pre>"
    assert expected in response.text


@pytest.mark.anyio
async def test_a_query_makes_it_the_toolkit() -> None:
    with built() as app:
        async with client(app.edge) as http:
            started = await http.get("/injectFault?kind=status&status=429&rate=1")
            response = await http.get("/catalogDetail")
            wrong = await http.get("/injectFault?kind=status&rate=2")

    assert started.status_code == 201
    assert started.headers["location"] == f"/faults/{started.json()['id']}"
    assert response.status_code == 429
    assert wrong.status_code == 422
    assert wrong.json()["detail"][0]["loc"] == ["query", "rate"]


@pytest.mark.anyio
async def test_reset_ends_every_fault() -> None:
    with built() as app:
        async with client(app.edge) as http:
            await http.get("/injectFault")
            await http.get("/injectFault?kind=hang&rate=0")
            await http.get("/resetFault")
            listed = await http.get("/faults")

    assert listed.json()["faults"] == []
