"""What holds in every run, whatever the plan and whatever happens on the way."""

from collections import deque
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rehearsal.flagger.controller.errors import NoValuesFound
from rehearsal.flagger.controller.workload import DeploymentStatus
from rehearsal.simulated.simulation import Simulation
from rehearsal.simulated.workloads import deadline_exceeded, waiting
from tests.rehearsal.specs import canary, duration, hook, success_rate

KINDS = (
    "rollout",
    "pre-rollout",
    "confirm-rollout",
    "confirm-promotion",
    "confirm-traffic-increase",
    "post-rollout",
    "rollback",
)
PLANS: tuple[dict[str, Any], ...] = (
    {"stepWeight": 5, "maxWeight": 15},
    {"stepWeight": 30},
    {"stepWeight": 0},
    {"stepWeights": [1, 2, 10, 80]},
    {"stepWeights": [50, 10]},
    {"iterations": 2},
    {"iterations": 1, "mirror": True},
    {"stepWeight": 20, "mirror": True},
    {"stepWeight": 50, "stepWeightPromotion": 30},
)
ANSWERS: tuple[float | Exception, ...] = (100.0, 100.0, 5.0, NoValuesFound())
PROBLEMS: tuple[DeploymentStatus | None, ...] = (None, None, None, waiting(), deadline_exceeded())


def plans() -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda plan, threshold, kinds: {
            **plan,
            "threshold": threshold,
            "metrics": [success_rate(), duration()],
            "webhooks": [hook(kind, kind) for kind in kinds],
        },
        st.sampled_from(PLANS),
        st.integers(0, 3),
        st.lists(st.sampled_from(KINDS), unique=True),
    )


def happen(data: st.DataObject, simulation: Simulation) -> None:
    """Anything that may be different on the next tick."""
    for kind in KINDS:
        simulation.hooks.answer(kind, data.draw(st.sampled_from([None, None, "no"])))
    simulation.metrics.success_rate = deque([data.draw(st.sampled_from(ANSWERS))])
    simulation.workloads.canary_problem = data.draw(st.sampled_from(PROBLEMS))
    simulation.workloads.primary_problem = data.draw(st.sampled_from(PROBLEMS))
    if data.draw(st.integers(0, 9)) == 0:
        simulation.new_revision(data.draw(st.sampled_from(["v1", "v2", "v3"])))


def check(simulation: Simulation, lines: list[str]) -> None:
    routing, status = simulation.routes.routing, simulation.status
    assert routing.primary + routing.canary == 100
    assert 0 <= routing.canary <= 100
    assert len({line for line in lines if " Advance " in line}) <= 1
    if any("Canary failed!" in line for line in lines):
        assert (status.phase, routing.canary, status.failed_checks) == ("Failed", 0, 0)
        assert simulation.workloads.target_workload is not None
        assert simulation.workloads.target_workload.replicas == 0
    if any("Promotion completed!" in line for line in lines):
        assert (status.phase, routing.canary) == ("Succeeded", 0)
        assert status.last_promoted_spec == status.last_applied_spec
    if any("Rolling back" in line and "threshold" in line for line in lines):
        assert not any("Halt" in line for line in lines)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    plan=plans(),
    provider=st.sampled_from(["istio", "kubernetes", "appmesh:v1beta2"]),
    data=st.data(),
)
def test_every_run(plan: dict[str, Any], provider: str, data: st.DataObject) -> None:
    simulation = Simulation(canary({"provider": provider}, **plan))
    simulation.bootstrap()
    simulation.new_revision()
    for _ in range(15):
        happen(data, simulation)
        check(simulation, simulation.tick())
