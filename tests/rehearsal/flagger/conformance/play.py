"""Plays the scenario of a recording on this controller, and says what it did in the same form."""

import math
from collections.abc import Mapping
from typing import Any

from commons.errors import UserError
from rehearsal.flagger.controller import Controller
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.recorder import Recorder
from rehearsal.flagger.controller.tick import make_router
from tests.rehearsal.flagger.conformance.recording import Json
from tests.rehearsal.flagger.conformance.world import World

_FRESH = ("creationTimestamp", "flagger-id")


def play(scenario: Json) -> Json:
    """One run from the first sight of the Canary to the last step."""
    world = World(scenario)
    controller = Controller(world.ports, world.flags)
    interval_ns = int(world.store.get().spec.analysis.interval_s * 1e9)
    played: Json = {"id": scenario["id"], "interval_ns": interval_ns}
    try:
        controller.sync()
    except UserError as error:
        played["sync_error"] = str(error)
    played["sync"] = observed(world)
    if "sync_error" in played:
        return played
    played["ticks"] = []
    for step in world.scenario["steps"]:
        world.happen(step)
        if not step.get("no_tick"):
            _tick(controller, world)
        played["ticks"].append(observed(world))
    return played


def _tick(controller: Controller, world: World) -> None:
    """One tick; whatever leaves it is a crash, and so a difference."""
    try:
        controller.tick()
    except Exception as error:
        world.trace.add("crash", msg=f"{type(error).__name__}: {error}")


def observed(world: World) -> Json:
    """What was done since the last call, and how things stand."""
    seen: Json = {"trace": world.trace.take(), "status": None}
    if not world.store.is_deleted:
        seen["status"] = _status(world)
        seen["routes"] = _routes(world)
    seen["replicas"] = _replicas(world)
    workloads, primary = world.workloads, world.workloads.primary_workload
    seen["primary_template"] = _bare(primary.template) if primary else None
    if primary and workloads.kind == "Deployment":
        settings = primary.settings
        seen["primary_settings"] = _bare(
            {
                "progressDeadlineSeconds": settings.get("progressDeadlineSeconds"),
                "minReadySeconds": settings.get("minReadySeconds", 0),
                "revisionHistoryLimit": settings.get("revisionHistoryLimit"),
            }
        )
    if workloads.scaler == "ScaledObject" and workloads.has_scaler:
        seen["paused"] = workloads.is_paused
    seen["gauges"] = {key: _plain(value) for key, value in world.events.gauges.items()}
    return seen


def _status(world: World) -> Json:
    status = world.store.get().status
    tracked = status.tracked_configs
    return {
        "phase": str(status.phase),
        "w": status.canary_weight,
        "f": status.failed_checks,
        "i": status.iterations,
        "applied": status.last_applied_spec,
        "promoted": status.last_promoted_spec,
        "cookie": status.session_affinity_cookie != "",
        "prevcookie": status.previous_session_affinity_cookie != "",
        "tracked": dict(tracked) if tracked is not None else None,
        "conds": [f"{c.type} {c.status} {c.reason} {c.message}" for c in status.conditions],
    }


def _routes(world: World) -> list[Any] | None:
    """The split as the canary's provider reads it back; None where it cannot."""
    canary = world.store.get()
    provider = canary.spec.provider or world.flags.mesh_provider
    not_ready, world.routes.not_ready = world.routes.not_ready, None
    world.trace.muted = True
    recorder = Recorder(world.ports, world.flags)
    try:
        routing = make_router(provider, world.ports, recorder).get(canary)
    except PortError:
        return None
    finally:
        world.routes.not_ready = not_ready
        world.trace.muted = False
    return [routing.primary, routing.canary, routing.mirrored]


def _replicas(world: World) -> Json:
    workloads = world.workloads
    found: Json = {}
    named = {"target": workloads.target_workload, "primary": workloads.primary_workload}
    for name, workload in named.items():
        if workload is None:
            continue
        if workloads.kind == "Deployment":
            found[name] = "nil" if workload.replicas is None else workload.replicas
        elif workloads.kind == "DaemonSet":
            found[name] = 0 if name == "target" and workloads.is_off else 1
    return found


def _bare(value: Any) -> Any:
    """Plain data without what is fresh each time or absent."""
    if isinstance(value, Mapping):
        parts = {key: _bare(item) for key, item in value.items() if key not in _FRESH}
        return {key: item for key, item in parts.items() if item is not None and item != {}}
    if isinstance(value, list | tuple):
        return [_bare(item) for item in value]
    return value


def _plain(value: float) -> float | str:
    """A float as the recordings write it: JSON has no infinities."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return value
