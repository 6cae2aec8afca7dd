import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from rehearsal.errors import LiveWorldError
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.routing import SERVICES, Backend, Routing, RoutingObject, Rule
from rehearsal.live.mesh.routes import EnvoyRoutes
from rehearsal.live.mesh.topology import Service
from rehearsal.recording import Recording
from rehearsal.recording.records import WeightRecord
from tests.rehearsal.live.fakes import FakeEnvoy, SettableClock
from tests.rehearsal.specs import canary

pytestmark = pytest.mark.anyio
ROUTE = "virtualservices.networking.istio.io"


class Scene:
    def __init__(self, **spec: Any) -> None:
        self.envoy = FakeEnvoy()
        self.recording = Recording()
        self.before: list[int] = []
        subject = canary(spec)
        envoy: Any = self.envoy
        gateway = Service("istio-system_gw", ("gw.istio-system",), (), "127.9.0.9", (80,))
        direct = Service("x_direct", ("direct.x",), ())
        self.routes = EnvoyRoutes(
            envoy,
            "istio",
            lambda: subject,
            lambda name: f"address of {name}",
            self.recording,
            SettableClock(),
            asyncio.get_running_loop(),
            lambda: self.before.append(self.envoy.changes),
            {"apex": (gateway,), "canary": (direct,)},
        )

    async def act(self, act: Callable[[], None]) -> None:
        """As the controller does: from another thread, until it returns."""
        await asyncio.to_thread(act)

    def weights(self, name: str) -> list[tuple[str, int]]:
        (service,) = (s for s in self.envoy.topology.services if s.name == name)
        return [(d.cluster, d.weight) for d in service.rules[0].destinations]


def _route(primary: int, weight: int, mirror: str = "") -> RoutingObject:
    backends = (Backend("detail-primary", primary), Backend("detail-canary", weight))
    return RoutingObject(ROUTE, "detail", rules=(Rule(backends, mirror_to=mirror),))


async def test_a_service_is_in_force_once_it_is_written() -> None:
    scene = Scene()
    service = RoutingObject(SERVICES, "detail-canary")
    await scene.act(lambda: scene.routes.write(service))
    names = {s.name: s for s in scene.envoy.topology.services}
    assert set(names) == {"flagger_detail-canary", "x_direct"}
    own = names["flagger_detail-canary"]
    assert own.address == "address of detail-canary"
    assert own.ports == (3000,)
    assert scene.weights("flagger_detail-canary") == [("flagger_detail-canary", 100)]
    assert scene.weights("x_direct") == [("flagger_detail-canary", 100)]
    changes = scene.envoy.changes
    await scene.act(lambda: scene.routes.write(service))
    assert scene.envoy.changes == changes


async def test_weights_are_in_force_and_recorded() -> None:
    scene = Scene(service={"port": 3000, "hosts": ["app.example.com", "*"]})
    await scene.act(lambda: scene.routes.write(RoutingObject(SERVICES, "detail")))
    assert scene.routes.routing == Routing(100, 0)
    assert scene.weights("flagger_detail") == [("flagger_detail-primary", 100)]
    await scene.act(lambda: scene.routes.write(_route(90, 10, "detail-canary")))
    split = [("flagger_detail-primary", 90), ("flagger_detail-canary", 10)]
    assert scene.weights("flagger_detail") == scene.weights("istio-system_gw") == split
    (apex,) = (s for s in scene.envoy.topology.services if s.name == "flagger_detail")
    assert "app.example.com" in apex.hosts
    assert "*" not in apex.hosts
    assert scene.routes.routing == Routing(90, 10, mirrored=True)
    (record,) = scene.recording.of_type(WeightRecord)
    assert (record.canary, record.primary_weight, record.canary_weight, record.mirrored) == (
        "detail.flagger",
        90,
        10,
        True,
    )
    assert scene.before == [1], "traffic is told before the change, not after"


async def test_a_deleted_route_sends_everybody_to_the_primary() -> None:
    scene = Scene()
    await scene.act(lambda: scene.routes.write(_route(0, 100)))
    await scene.act(lambda: scene.routes.delete("other", "detail"))
    assert scene.routes.routing == Routing(0, 100)
    await scene.act(lambda: scene.routes.delete(ROUTE, "detail"))
    assert scene.weights("flagger_detail") == [("flagger_detail-primary", 100)]
    assert scene.routes.routing == Routing(100, 0)
    assert scene.routes.read(ROUTE, "detail") is None


@pytest.mark.parametrize("failure", [LiveWorldError("Envoy did not take up x"), TimeoutError()])
async def test_what_the_mesh_refuses_is_the_ports_own_error(failure: Exception) -> None:
    scene = Scene()
    scene.envoy.failure = failure
    with pytest.raises(PortError, match="the mesh did not take up flagger_detail"):
        await scene.act(lambda: scene.routes.write(_route(90, 10)))
    assert scene.routes.read(ROUTE, "detail") is None, "what is not in force is not read back"
    assert scene.recording.of_type(WeightRecord) == []


async def test_tcp_is_told_by_the_protocol() -> None:
    scene = Scene(service={"port": 3000, "appProtocol": "TCP"})
    await scene.act(lambda: scene.routes.write(RoutingObject(SERVICES, "detail")))
    assert scene.envoy.topology.services[0].tcp


async def test_the_controller_waits_in_its_own_thread() -> None:
    scene = Scene()
    threads: list[str] = []
    change = scene.envoy.change

    async def noted(edit: Any) -> None:
        threads.append(threading.current_thread().name)
        await change(edit)

    scene.envoy.change = noted  # type: ignore[method-assign]
    await scene.act(lambda: scene.routes.write(_route(90, 10)))
    assert threads == [threading.current_thread().name]
