import asyncio
import time

import pytest

from detail_service.faults.registry import MAX_ACTIVE
from detail_service.settings import Settings
from tests.detail_service.support import built, client


@pytest.mark.anyio
async def test_a_fault_from_start_to_end() -> None:
    spec = {"kind": "status", "status": 503, "rate": 0.5, "seed": 7, "ttl": "60s"}
    with built() as app:
        async with client(app.edge) as http:
            started = (await http.post("/faults", json=spec)).json()
            statuses = [(await http.get("/catalogDetail")).status_code for _ in range(40)]
            (listed,) = (await http.get("/faults")).json()["faults"]
            ended = await http.delete(f"/faults/{started['id']}")
            again = await http.delete(f"/faults/{started['id']}")
            after = await http.get("/catalogDetail")

    assert started["spec"] == {**spec, "after": "0s", "ramp": "0s", "body": '"Error"'}
    assert (listed["matched"], listed["delivered"]) == (40, statuses.count(503))
    assert 5 < listed["delivered"] < 35
    assert 0 < listed["seconds_left"] < 60
    assert (ended.status_code, ended.content) == (204, b"")
    assert again.status_code == 404
    assert after.status_code == 200


@pytest.mark.anyio
async def test_the_same_seed_hits_the_same_requests_on_another_replica() -> None:
    sequences = []
    for _ in range(2):
        with built() as app:
            async with client(app.edge) as http:
                await http.post("/faults", json={"kind": "status", "rate": 0.3, "seed": 99})
                sequences.append(
                    [(await http.get("/catalogDetail")).status_code for _ in range(50)]
                )

    assert sequences[0] == sequences[1]
    assert set(sequences[0]) == {200, 500}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", None),
        (b"{", None),
        (b"[1]", None),
        (b"{}", "kind"),
        (b'{"kind":"explode"}', "kind"),
        (b'{"kind":"status","rate":1.5}', "rate"),
        (b'{"kind":"delay","distribution":"fixed","delay":"61s"}', "delay"),
        (b'{"kind":"status","color":"red"}', "color"),
    ],
)
async def test_a_wrong_body_is_422_and_starts_nothing(body: bytes, field: str | None) -> None:
    with built() as app:
        async with client(app.edge) as http:
            response = await http.post("/faults", content=body)
            listed = await http.get("/faults")

    assert response.status_code == 422
    (problem,) = response.json()["detail"]
    assert problem["loc"] == ["body", field][: 2 if field else 1]
    assert problem["allowed"]
    assert listed.json()["faults"] == []


@pytest.mark.anyio
async def test_flags_lower_the_caps() -> None:
    with built(Settings(fault_max_delay=1.0, fault_max_cpu_ms=10)) as app:
        async with client(app.edge) as http:
            delay = await http.get("/injectFault?kind=delay&delay=2s")
            cpu = await http.get("/injectFault?kind=cpu&burn=20ms")

    assert delay.json()["detail"][0]["allowed"] == "0 to 1s, the cap of this service"
    assert cpu.json()["detail"][0]["allowed"] == "0 to 10ms, the cap of this service"


@pytest.mark.anyio
async def test_too_many_faults_are_409() -> None:
    with built() as app:
        async with client(app.edge) as http:
            spec = {"kind": "status", "rate": 0}
            statuses = [
                (await http.post("/faults", json=spec)).status_code for _ in range(MAX_ACTIVE + 1)
            ]

    assert statuses == [201] * MAX_ACTIVE + [409]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/faults"),
        ("POST", "/faults"),
        ("DELETE", "/faults/f1"),
        ("GET", "/injectFault"),
        ("GET", "/injectFault?kind=hang"),
        ("GET", "/resetFault"),
    ],
)
async def test_a_token_guards_all_of_fault_control(method: str, path: str) -> None:
    with built(Settings(fault_token="s3cret")) as app:
        async with client(app.edge) as http:
            refused = [
                await http.request(method, path, headers=headers)
                for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "s3cret"})
            ]
            allowed = await http.request(method, path, headers={"authorization": "Bearer s3cret"})
            catalog = await http.get("/ping")

    assert {response.status_code for response in refused} == {401}
    assert refused[0].headers["www-authenticate"] == "Bearer"
    assert allowed.status_code != 401
    assert catalog.status_code == 200


@pytest.mark.anyio
async def test_a_lifetime_ends_without_any_request() -> None:
    with built() as app:
        faults = app.parts.faults
        assert faults is not None
        async with client(app.edge) as http:
            await http.get("/injectFault?kind=memory&leak=1MiB&ttl=50ms")
            await http.get("/catalogDetail")
            assert 2**20 < faults.memory.held_bytes < 2**20 + 2000
            end = time.monotonic() + 5
            while faults.active and time.monotonic() < end:
                await asyncio.sleep(0.01)

        assert faults.memory.held_bytes == 0


@pytest.mark.anyio
async def test_probes_stay_green_and_control_stays_open_under_the_worst_fault() -> None:
    with built() as app:
        async with client(app.edge) as http:
            await http.get("/injectFault?kind=status&path=/*")
            paths = ("/", "/ping", "/healthz", "/readyz", "/metrics", "/version", "/faults",
                     "/openapi.json")  # fmt: skip
            spared = {path: (await http.get(path)).status_code for path in paths}
            hit = await http.get("/catalogDetail")
            reset = await http.get("/resetFault")

    assert set(spared.values()) == {200}
    assert (hit.status_code, reset.status_code) == (500, 200)


@pytest.mark.anyio
async def test_a_probe_that_is_named_is_hit() -> None:
    with built() as app:
        async with client(app.edge) as http:
            await http.get("/injectFault?kind=status&path=/ping")
            assert (await http.get("/ping")).status_code == 500
            assert (await http.get("/catalogDetail")).status_code == 200


@pytest.mark.anyio
async def test_unready_fails_the_probe_and_nothing_else() -> None:
    with built() as app:
        async with client(app.edge) as http:
            await http.get("/injectFault?kind=unready")
            responses = [await http.get(path) for path in ("/readyz", "/healthz", "/catalogDetail")]

    assert [response.status_code for response in responses] == [503, 200, 200]
    assert responses[0].json() == {"status": "unready"}
