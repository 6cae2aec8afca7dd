"""Whatever happens in a scenario, its events alone lead the model through the same rollouts."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rehearsal.replay import Observed, replay
from rehearsal.simulated import Run, Scenario, play
from tests.rehearsal.replay.clusters import START_S
from tests.rehearsal.simulated.scenarios import canary
from tests.rehearsal.specs import duration, hook, success_rate

KINDS = (
    "pre-rollout",
    "rollout",
    "confirm-rollout",
    "confirm-promotion",
    "confirm-traffic-increase",
    "post-rollout",
    "rollback",
    "event",
)
PLANS: tuple[dict[str, Any], ...] = (
    {"stepWeight": 10, "maxWeight": 30},
    {"stepWeight": 40},
    {"stepWeights": [5, 50, 80]},
    {"stepWeight": 50, "stepWeightPromotion": 30},
    {"iterations": 2},
    {"iterations": 1, "mirror": True},
    {"stepWeight": 20, "maxWeight": 40, "mirror": True},
)
METRICS = [success_rate(), duration(), {"name": "own", "query": "up", "thresholdRange": {"max": 5}}]
VALUES: dict[str, list[Any]] = {
    "request-success-rate": [100, 100, 99, 98.996, 20, None, {"error": "no"}],
    "request-duration": [20, 20, 500, 501, 1515.7, None],
    "own": [1, 1, 5.001, None, {"error": "down"}],
}
READINESS: list[Any] = [
    True,
    True,
    False,
    {"updated": 1},
    {"replicas": 3},
    {"available": 1},
    {"observed": False},
    {"ready": False, "deadline_exceeded": True},
]
HOOKS: list[Any] = [200, 200, 202, 403, 500, {"status": 400, "body": "no, thanks"}, "timeout"]


def one_of(values: list[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


@st.composite
def scenarios(draw: st.DrawFn) -> dict[str, Any]:
    """A plan, and anything that may happen to it; the primary is good until the first rollout."""
    kinds = draw(st.lists(st.sampled_from(KINDS), unique=True, max_size=4))
    analysis = {
        **draw(st.sampled_from(PLANS)),
        "threshold": draw(st.integers(1, 3)),
        "metrics": draw(st.lists(one_of(METRICS), unique_by=lambda m: m["name"])),
        "webhooks": [hook(kind, kind) for kind in kinds],
    }
    provider = draw(st.sampled_from(["istio", "kubernetes", "linkerd", "gatewayapi:v1", "nginx"]))
    spec: dict[str, Any] = {"provider": provider}
    if provider == "gatewayapi:v1":
        spec["service"] = {"port": 80, "gatewayRefs": [{"name": "gateway", "namespace": "gw"}]}
    if provider == "nginx":
        spec["ingressRef"] = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "i"}
    ticks = draw(st.integers(3, 22))
    return {
        "canary": canary(spec, **analysis),
        "ticks": ticks,
        "world": [
            {"at": 0, "revision": "v1", "metrics": {name: VALUES[name][0] for name in VALUES}},
            {"at": 1, "revision": "v2"},
            *(draw(_change(at, kinds)) for at in range(1, ticks)),
        ],
    }


@st.composite
def _change(draw: st.DrawFn, at: int, kinds: list[str]) -> dict[str, Any]:
    change: dict[str, Any] = {
        "at": at,
        "metrics": {name: draw(one_of(values)) for name, values in VALUES.items()},
        "hooks": {kind: draw(one_of(HOOKS)) for kind in kinds},
    }
    if draw(st.integers(0, 3)) == 0:
        change["ready"] = {
            "primary": draw(one_of(READINESS)),
            "canary": draw(one_of(READINESS)),
        }
    else:
        change["ready"] = {"primary": True, "canary": True}
    if draw(st.integers(0, 7)) == 0:
        change["revision"] = draw(st.sampled_from(["v1", "v2", "v3", "v4"]))
    return change


def observed(run: Run) -> tuple[Observed, ...]:
    found = [(tick, event) for tick in run.ticks for event in tick.events]
    return tuple(
        Observed(number, event.message, event.type, START_S + tick.time_s)
        for number, (tick, event) in enumerate(found, start=1)
    )


def check(run: Run) -> None:
    """What holds on every tick."""
    for tick in run.ticks:
        routes, status = tick.routes, tick.status
        assert routes.primary + routes.canary == 100
        assert 0 <= routes.canary <= 100
        assert status.failed_checks >= 0
        advances = [text for text in tick.messages if text.startswith("Advance ")]
        assert len(advances) <= 1
        if "Canary failed! Scaling down detail.flagger" in tick.messages:
            assert (status.phase, routes.canary, status.failed_checks) == ("Failed", 0, 0)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios())
def test_events_lead_the_model_through_the_same_rollouts(mapping: dict[str, Any]) -> None:
    scenario = Scenario.from_mapping(mapping)
    run = play(scenario)
    check(run)
    segments = replay(scenario.canary, observed(run))
    assert len(segments) == 1
    assert segments[0].parting is None
    assert not segments[0].lost
