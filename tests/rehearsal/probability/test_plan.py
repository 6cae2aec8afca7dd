"""Plans: what the controller does in a run that passes every check."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.flagger.canary.model import Phase
from rehearsal.probability.plan import plan_of
from rehearsal.simulated.simulation import Simulation
from tests.rehearsal.specs import canary, hook, success_rate

ISTIO = {"provider": "istio"}


def shares(spec: dict[str, Any], **plan: Any) -> list[float]:
    return [round(one.canary_share, 6) for one in plan_of(canary(spec, **plan)).positions]


def test_weights() -> None:
    plan = plan_of(canary(ISTIO, stepWeight=5, maxWeight=15))
    asked = [one.asks for one in plan.positions]
    assert asked == ["start", "check", "check", "check", "free", "free"]
    assert [one.canary_share for one in plan.positions] == [0, 0.05, 0.1, 0.15, 0.15, 0]
    assert [one.promoted for one in plan.positions] == [False] * 4 + [True] * 2
    assert [one.following for one in plan.positions] == [1, 2, 3, 4, 5, None]
    assert (plan.ticks, plan.checks, plan.is_endless) == (6, 3, False)
    assert [one.exposed_share for one in plan.positions] == [0, 0.05, 0.1, 0.15, 1, 1]


@pytest.mark.parametrize(
    ("spec", "plan", "expected"),
    [
        (ISTIO, {"stepWeights": [1, 10, 80]}, [0, 0.01, 0.1, 0.8, 0.8, 0]),
        (ISTIO, {"stepWeight": 60}, [0, 0.6, 1, 1, 0]),
        (ISTIO, {"stepWeight": 50, "stepWeightPromotion": 50}, [0, 0.5, 1, 1, 0.5, 0]),
        (ISTIO, {"iterations": 2}, [0, 0, 0, 1, 1, 0]),
        ({"provider": "kubernetes"}, {"iterations": 2}, [0] * 6),
        ({"provider": "kubernetes"}, {"stepWeight": 20}, [0] * 14),
        ({**ISTIO, "skipAnalysis": True}, {"stepWeight": 20}, [0]),
    ],
)
def test_shares(spec: dict[str, Any], plan: dict[str, Any], expected: list[float]) -> None:
    assert shares(spec, **plan) == expected


def test_a_mirror_copies_before_the_first_weight() -> None:
    plan = plan_of(canary(ISTIO, stepWeight=50, mirror=True, mirrorWeight=40))
    assert [one.copied_share for one in plan.positions][:3] == [0, 0.4, 0]
    assert [one.asks for one in plan.positions][:3] == ["start", "check", "check"]


@pytest.mark.parametrize(
    ("spec", "plan"),
    [(ISTIO, {"stepWeight": 0}), ({"provider": "linkerd"}, {"stepWeight": 10, "mirror": True})],
)
def test_a_plan_that_goes_round(spec: dict[str, Any], plan: dict[str, Any]) -> None:
    found = plan_of(canary(spec, **plan))
    assert found.is_endless
    assert found.positions[-1].following == len(found.positions) - 1


@pytest.mark.parametrize(
    ("spec", "obstacle"),
    [
        ({"provider": "gatewayapi:v1"}, "GatewayRefs must be specified"),
        ({"provider": "nginx"}, "ingress selector is empty"),
        ({**ISTIO, "suspend": True}, "suspended"),
    ],
)
def test_a_canary_that_never_begins(spec: dict[str, Any], obstacle: str) -> None:
    plan = plan_of(canary(spec))
    assert plan.positions == ()
    assert obstacle in plan.obstacle


def test_gates_scalers_and_alerts_do_not_stand_in_the_way() -> None:
    hooks = [
        hook("gate", "confirm-rollout"),
        hook("wait", "confirm-promotion"),
        hook("back", "rollback"),
    ]
    scaler = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "name": "detail"}
    bare = plan_of(canary(ISTIO))
    assert plan_of(canary({**ISTIO, "autoscalerRef": scaler}, webhooks=hooks)) == bare


PLANS = st.sampled_from(
    [
        {"stepWeight": 20, "maxWeight": 60},
        {"stepWeights": [5, 30, 90]},
        {"iterations": 3},
        {"iterations": 2, "mirror": True},
        {"stepWeight": 50, "stepWeightPromotion": 25},
    ]
)


@settings(max_examples=40, deadline=None)
@given(
    plan=PLANS,
    provider=st.sampled_from(["istio", "kubernetes", "appmesh:v1beta2", "traefik"]),
    threshold=st.integers(1, 4),
    verdicts=st.lists(st.booleans(), max_size=30),
)
def test_the_controller_walks_the_plan(
    plan: dict[str, Any], provider: str, threshold: int, verdicts: list[bool]
) -> None:
    """Whatever the checks say: it is where the plan has it, until the same end at the same tick."""
    spec = canary(
        {"provider": provider},
        threshold=threshold,
        metrics=[success_rate()],
        webhooks=[hook("load", "rollout")],
        **plan,
    )
    planned = plan_of(spec)
    simulation = Simulation(spec)
    simulation.detected()
    at, failed = 0, 0
    for verdict in [*verdicts, *[True] * 40]:
        position = planned.positions[at]
        assert simulation.status.phase is position.phase
        assert simulation.weight == round(100 * position.canary_share)
        simulation.metrics.answers["request-success-rate"][0] = 100.0 if verdict else 0.0
        simulation.tick()
        if position.asks != "free" and failed >= threshold:
            assert simulation.status.phase is Phase.FAILED
            return
        if position.asks == "check" and not verdict:
            failed += 1
            assert simulation.status.failed_checks == failed
        elif position.following is None:
            assert simulation.status.phase is Phase.SUCCEEDED
            return
        else:
            at = position.following
    raise AssertionError("the run did not end")
