"""What a run says, and runs at their usual beginnings."""

from typing import Any

from rehearsal.simulated.simulation import Simulation
from tests.rehearsal.specs import canary, duration, hook, success_rate

STARTING = "Normal Starting canary analysis for detail.flagger"
DETECTED = "Normal New revision detected! Scaling up detail.flagger"
COPYING = "Normal Copying detail.flagger template spec to detail-primary.flagger"
TO_PRIMARY = "Normal Routing all traffic to primary"
COMPLETED = "Normal Promotion completed! Scaling down detail.flagger"
CANARY_FAILED = "Warning Canary failed! Scaling down detail.flagger"
AVAILABLE = "Normal all the metrics providers are available!"
PRE_PASSED = "Normal Pre-rollout check acceptance-test passed"
NOT_READY = (
    "canary deployment detail.flagger not ready: waiting for rollout to finish:"
    " 0 of 2 (readyThreshold 100%) updated replicas are available"
)
INITIALIZED = "Normal Initialization done! detail.flagger"
HALT = "Warning Halt detail.flagger advancement"
LOW = f"{HALT} success rate 40.00% < 99%"


def advance(weight: int) -> str:
    return f"Normal Advance detail.flagger canary weight {weight}"


def rolling_back(failed: int) -> str:
    return f"Warning Rolling back detail.flagger failed checks threshold reached {failed}"


def iteration(done: int, planned: int) -> str:
    return f"Normal Advance detail.flagger canary iteration {done}/{planned}"


def c1(*webhooks: dict[str, Any], **analysis: Any) -> Simulation:
    """Threshold 2, steps of 10 up to 30, both builtin metrics; its new revision is detected."""
    plan: dict[str, Any] = {
        "maxWeight": 30,
        "metrics": [success_rate(), duration()],
        "webhooks": [hook("pre", "pre-rollout"), hook("load", "rollout"), *webhooks],
        **analysis,
    }
    simulation = Simulation(canary(**plan))
    simulation.detected()
    return simulation


def started(weight: int) -> list[str]:
    return [STARTING, "Normal Pre-rollout check pre passed", advance(weight)]


def detected(spec: dict[str, Any] | None = None, **analysis: Any) -> Simulation:
    simulation = Simulation(canary(spec, **analysis))
    simulation.detected()
    return simulation


def failed() -> Simulation:
    simulation = c1(threshold=1)
    simulation.metrics.success_rate.appendleft(40.0)
    simulation.tick(3)
    assert simulation.status.phase == "Failed"
    return simulation
