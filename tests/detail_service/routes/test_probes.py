import pytest

from tests.detail_service.support import built, client


@pytest.mark.anyio
async def test_health_readiness_version() -> None:
    with built() as app:
        async with client(app.edge) as http:
            responses = [
                (await http.get(path)).json() for path in ("/healthz", "/readyz", "/version")
            ]

    assert responses == [
        {"status": "ok"},
        {"status": "ready"},
        {"service": "detail", "version": "2", "release": "2.0"},
    ]


@pytest.mark.anyio
async def test_a_draining_replica_is_alive_but_not_ready() -> None:
    with built() as app:
        app.parts.readiness.draining = True
        async with client(app.edge) as http:
            ready, healthy = await http.get("/readyz"), await http.get("/healthz")
            catalog = await http.get("/catalogDetail")

    assert (ready.status_code, ready.json()) == (503, {"status": "draining"})
    assert (healthy.status_code, catalog.status_code) == (200, 200)


@pytest.mark.anyio
async def test_metrics_are_text_and_on_the_main_port() -> None:
    with built() as app:
        async with client(app.edge) as http:
            await http.get("/catalogDetail")
            response = await http.get("/metrics")

    assert response.headers["content-type"].startswith("text/plain")
    assert 'detail_info{vendors="ABC.com,XYZ.com",version="2.0"} 1.0' in response.text
    assert (
        'http_request_duration_seconds_bucket{le="0.005",method="GET",path="/catalogDetail"'
        in response.text
    )
