"""The first pass of metric checks."""

from typing import Any

import pytest

from rehearsal.controller.errors import NoValuesFound
from tests.rehearsal.controller.scenes import (
    CANARY_FAILED,
    HALT,
    LOW,
    advance,
    c1,
    detected,
    rolling_back,
    started,
)
from tests.rehearsal.stagehand import (
    duration,
    success_rate,
)


def test_9_low_success_rate() -> None:
    hand = c1()
    hand.metrics.success.append(40.0)
    assert hand.ticks(5) == [
        started(10),
        [advance(20)],
        [LOW],
        [LOW],
        [rolling_back(2), CANARY_FAILED],
    ]
    assert hand.weight == 0


def test_10_high_duration() -> None:
    hand = c1()
    hand.metrics.duration.appendleft(501.9)
    assert hand.ticks(2)[1] == [f"{HALT} request duration 501ms > 500ms"]


@pytest.mark.parametrize(
    ("provider", "named", "why"),
    [
        ("appmesh:v1beta2", "appmesh:v1beta2", ": running query failed: no values found"),
        ("istio", "istio", ": running query failed: no values found"),
        ("gatewayapi:v1", "gatewayapi:v1", ": no values found"),
        ("kubernetes", "kubernetes", ": no values found"),
    ],
)
def test_12_no_traffic(provider: str, named: str, why: str) -> None:
    service = {"port": 80, "gatewayRefs": [{"name": "gateway"}]}
    plan: dict[str, Any] = {"iterations": 3} if provider == "kubernetes" else {}
    spec = {"provider": provider, "service": service}
    hand = detected(spec, metrics=[success_rate()], **plan)
    hand.metrics.success.appendleft(NoValuesFound())
    hand.metrics.success[1] = NoValuesFound()
    hand.tick()
    silent = (
        f"Warning Halt advancement no values found for {named} metric request-success-rate"
        f" probably detail.flagger is not receiving traffic{why}"
    )
    assert hand.ticks(3) == [[silent], [silent], [rolling_back(2), CANARY_FAILED]]


def test_12_no_traffic_says_less_of_durations() -> None:
    hand = detected(metrics=[duration()])
    hand.metrics.duration.appendleft(NoValuesFound())
    assert hand.ticks(2)[1] == [
        "Warning Halt advancement no values found for appmesh:v1beta2 metric request-duration"
        " probably detail.flagger is not receiving traffic"
    ]


@pytest.mark.parametrize("threshold", [0, -1])
def test_49_a_threshold_of_zero_is_one(threshold: int) -> None:
    hand = c1(threshold=threshold)
    hand.metrics.success.appendleft(40.0)
    assert hand.ticks(3)[1:] == [[LOW], [rolling_back(1), CANARY_FAILED]]
