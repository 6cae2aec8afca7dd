"""An API server that stands still: what depends on it says so soon, and nothing is lost by it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from loadtester.webhooks import app
from loadtester.webhooks.runs import recorder
from loadtester.webhooks.runs.run import RunState
from loadtester.webhooks.service import Service
from loadtester.webhooks.settings import parse
from loadtester.webhooks.stores.configmap import ConfigMapStore
from loadtester.webhooks.stores.kubernetes import ConfigMapClient, Credentials
from tests.loadtester.webhooks.running import environment
from tests.loadtester.webhooks.stores.fake_kubernetes import FakeKubernetes, fake_kubernetes

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
GATE = {"name": "a", "namespace": "n"}
SHORTEST_TIMEOUT_S = 5.0
"""Of webhooks in public Canaries."""


@asynccontextmanager
async def replica(
    fake: FakeKubernetes, folder: Path
) -> AsyncIterator[tuple[Service, httpx2.AsyncClient]]:
    """A load tester over the fake API server, in this process."""
    (folder / "token").write_text(fake.token)
    credentials = Credentials(fake.url, folder / "token", None, "flagger")
    gates, runs = (ConfigMapClient(credentials, name) for name in ("state", "state-runs"))
    store = ConfigMapStore(gates, runs)
    store.beat_s, store.patience_s = 0.1, 1.0
    settings = parse([], environment())
    service = Service.build(settings, settings.keys(), store)
    service.processes._owns_children = False
    service.heartbeat.start()
    transport = httpx2.ASGITransport(app.build(service))
    try:
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            yield service, http
    finally:
        fake.answers.set()
        await service.runner.kill()
        service.processes.close()
        await service.heartbeat.stop()
        await store.close()


async def wait_until(condition: object, timeout_s: float = 15.0) -> None:
    assert callable(condition)
    deadline = time.monotonic() + timeout_s
    while not await condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_gates_and_readiness_say_so_well_before_a_webhook_times_out(tmp_path: Path) -> None:
    assert recorder.STORE_S <= SHORTEST_TIMEOUT_S / 2
    with fake_kubernetes() as fake:
        async with replica(fake, tmp_path) as (service, http):
            assert (await http.post("/gate/open", json=GATE)).status_code == 202
            fake.answers.clear()
            for path in ("/gate/check", "/gate/open", "/rollback/close"):
                started = time.monotonic()
                response = await http.post(path, json=GATE)
                assert response.status_code == 503
                assert "has not answered within" in response.text
                assert response.headers["retry-after"]
                assert time.monotonic() - started < SHORTEST_TIMEOUT_S
            ready = await http.get("/readyz")
            assert ready.status_code == 503
            assert "has not answered within" in ready.text
            assert (await http.get("/healthz")).status_code == 200
            fake.answers.set()

            async def is_ready() -> bool:
                return (await http.get("/readyz")).status_code == 200

            await wait_until(is_ready)
            assert (await http.post("/gate/check", json=GATE)).text == "Approved"
            assert service.heartbeat.store_error == ""


async def test_a_run_that_ends_meanwhile_is_saved_afterwards_and_judges_meanwhile(
    tmp_path: Path,
) -> None:
    flag = tmp_path / "go"
    task = {**GATE, "checksum": "c1"}
    task["metadata"] = {  # type: ignore[assignment]
        "cmd": f"while [ ! -e {flag} ]; do sleep 0.05; done; exit 3",
        "verdict": "later",
    }
    with fake_kubernetes() as fake:
        async with replica(fake, tmp_path) as (service, http):
            assert (await http.post("/", json=task)).status_code == 202
            fake.answers.clear()
            flag.touch()

            async def has_ended() -> bool:
                return not service.runner.active()

            await wait_until(has_ended)
            (unsaved,) = service.recorder.unsaved.values()
            assert unsaved.state is RunState.FAILED
            response = await http.post("/", json=task)
            assert (response.status_code, response.text) == (412, "cmd failed: exit status 3")
            fake.answers.set()

            async def is_saved() -> bool:
                return not service.recorder.unsaved

            await wait_until(is_saved)
            response = await http.post("/", json=task)
            assert (response.status_code, response.text) == (412, "cmd failed: exit status 3")
        async with replica(fake, tmp_path) as (_, http):
            assert (await http.post("/", json=task)).status_code == 412


async def test_nothing_is_started_that_cannot_be_put_on_record(tmp_path: Path) -> None:
    task = {**GATE, "metadata": {"cmd": f"touch {tmp_path}/started", "verdict": "later"}}
    with fake_kubernetes() as fake:
        async with replica(fake, tmp_path) as (service, http):
            fake.answers.clear()
            assert (await http.post("/", json=task)).status_code == 503
            assert service.runner.active() == []
            assert not (tmp_path / "started").exists()


async def test_a_replica_that_is_gone_leaves_no_run_that_is_believed(tmp_path: Path) -> None:
    """Its pod is replaced, process ids and host name alike: only the random name is gone."""
    task = {**GATE, "metadata": {"cmd": "sleep 300", "verdict": "later"}}
    with fake_kubernetes() as fake:
        async with replica(fake, tmp_path) as (one, http):
            assert (await http.post("/", json=task)).status_code == 202
            async with replica(fake, tmp_path) as (_, other):
                assert (await other.post("/", json=task)).status_code == 200
                await one.heartbeat.stop()

                async def is_started_again() -> bool:
                    return (await other.post("/", json=task)).status_code == 202

                await wait_until(is_started_again)
                assert (await other.post("/", json=task)).status_code == 200
