"""Runs that Flagger itself has played, played again here.

`runs.json` holds scripted runs and what Flagger v1.44.0 (commit 15bd6ad5) was seen to do with them:
events, webhook calls and the status after every tick. "when" is a step without what is ordinary,
"then" what was seen; the webhook server's port is always written as 1.
"""

from __future__ import annotations

import json
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from rehearsal.flagger.canary.model import Canary, CanarySpec
from rehearsal.flagger.controller.errors import NoValuesFound, PortError, QueryFailed
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.recorder import Recorder
from rehearsal.flagger.controller.tick import make_router
from rehearsal.flagger.controller.workload import DeploymentCondition, DeploymentStatus, Workload
from rehearsal.simulated.simulation import Simulation

RUNS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("runs.json").read_text())
HOST = "http://127.0.0.1:1/"
SEEN = 10**6
TOGGLES = {"skip": "skip_analysis", "suspend": "suspend"}


def stage(spec: dict[str, Any]) -> Simulation:
    """The stage of a recording: podinfo in the default namespace, and a listener to its events."""
    fields = json.loads(json.dumps(spec))
    hooks = fields["analysis"]["webhooks"]
    hooks.append({"name": "listener", "type": "event"})
    for hook in hooks:
        hook["url"] = f"{HOST}{hook['name']}"
    simulation = Simulation(Canary("podinfo", "default", CanarySpec.model_validate(fields)))
    simulation.workloads.min_replicas = 1
    simulation.workloads.target_workload = Workload(
        "podinfo",
        {"metadata": {"labels": {"app": "podinfo"}}, "spec": {"containers": [{"image": "v1"}]}},
        {"app": "podinfo"},
        2,
    )
    simulation.controller.sync()
    return simulation


def rollout(how: str, workload: Workload | None) -> DeploymentStatus:
    """The status of a Deployment; that of one that was just created is empty."""
    count = (workload.replicas or 0) if workload else 0
    exceeded = DeploymentCondition("Progressing", "False", "ProgressDeadlineExceeded")
    return {
        "ready": DeploymentStatus(SEEN, count, count, count),
        "old": DeploymentStatus(SEEN, count + 1, count, count),
        "unready": DeploymentStatus(SEEN, 2, 2, 0),
        "deadline": DeploymentStatus(SEEN, 2, 2, 0, (exceeded,)),
    }[how]


def answer(text: str) -> float | Exception:
    """What Prometheus says."""
    if text == "none":
        return NoValuesFound()
    if text == "error":
        return QueryFailed("error response: Status 400 Bad Request: bad")
    return float(text)


def refusal(name: str, status: int) -> str:
    """What a webhook's refusal is called."""
    gave_up = f"POST {HOST}{name} giving up after 1 attempt(s)"
    return gave_up if status >= 500 else "refused"


def happen(simulation: Simulation, when: dict[str, Any]) -> None:
    """Bring about what is different on this tick."""
    simulation.hooks.answers.clear()
    for name, status in when.get("hooks", {}).items():
        simulation.hooks.answer(name, refusal(name, status))
    simulation.metrics.others = answer(when["success"])
    simulation.metrics.success_rate = deque([simulation.metrics.others])
    simulation.metrics.duration = deque([answer(when["duration"])])
    if "image" in when:
        simulation.workloads.change(containers=[{"image": when["image"]}])
    for name, value in when.get("toggle", {}).items():
        spec = simulation.store.get().spec
        simulation.store.put_spec(spec.model_copy(update={TOGGLES[name]: value}))
    primary = simulation.workloads.primary_workload
    how = when.get("primary", "ready")
    status = DeploymentStatus(SEEN) if primary is None else rollout(how, primary)
    simulation.workloads.primary_problem = status
    target = simulation.workloads.target_workload
    simulation.workloads.canary_problem = rollout(when.get("canary", "ready"), target)


def seen(simulation: Simulation, then: dict[str, Any]) -> dict[str, Any]:
    """What this tick did, in the form of a recording."""
    status, canary = simulation.status, simulation.store.get()
    target = simulation.workloads.target_workload
    recorder = Recorder(simulation.ports, Flags())
    routes = [0, 0, False]
    with suppress(PortError):
        split = make_router(canary.spec.provider or "", simulation.ports, recorder).get(canary)
        routes = [split.primary, split.canary, split.mirrored]
    (condition,) = status.conditions
    assert target is not None
    told = [call for call in simulation.hooks.calls if call.hook == "listener"]
    events = [(call.phase, call.payload["metadata"]) for call in told]
    return {
        "events": [
            f"{phase}|{event['eventType']}|{event['eventMessage']}" for phase, event in events
        ],
        "hooks": [f"{one.hook}|{one.phase}" for one in simulation.hooks.calls if one not in told],
        "status": [status.phase, status.failed_checks, status.canary_weight, status.iterations],
        "routes": routes,
        "condition": f"{condition.status} {condition.reason} {condition.message}",
        "replicas": target.replicas,
        "promoted": status.last_applied_spec == status.last_promoted_spec,
    }


@pytest.mark.parametrize("number", range(len(RUNS)))
def test_recorded_run(number: int) -> None:
    """Routes of 0/0 are those of an object that does not exist yet."""
    run = RUNS[number]
    simulation = stage(run["spec"])
    for tick, step in enumerate(run["steps"]):
        simulation.hooks.calls.clear()
        happen(simulation, step["when"])
        simulation.clock.advance(60)
        simulation.controller.tick()
        assert (tick, seen(simulation, step["then"])) == (tick, step["then"])


def test_the_recording_is_worth_its_name() -> None:
    steps = [step for run in RUNS for step in run["steps"]]
    events = {event for step in steps for event in step["then"]["events"]}
    providers = {run["spec"]["provider"] for run in RUNS}
    assert len(RUNS) >= 20
    assert len(events) >= 100
    assert {"istio", "kubernetes", "appmesh:v1beta2", "gatewayapi:v1"} <= providers
