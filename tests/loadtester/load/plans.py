"""Short ways to say the plans of tests."""

from fractions import Fraction
from typing import Any

import pytest

from loadtester.load import schedules
from loadtester.load.measuring.provenance import IS_COMPILED
from loadtester.load.plan import (
    ClosedPacing,
    LoadPlan,
    OnSaturation,
    OpenPacing,
    RequestSpec,
    StopCondition,
    Transport,
)

MS = 1_000_000
interpreted_only = pytest.mark.skipif(
    IS_COMPILED, reason="a class or a method of the engine is replaced, which compiled code forbids"
)


def closed(
    url: str,
    *,
    requests: int | None = None,
    ms: int | None = None,
    connections: int = 1,
    qps: int = 0,
    drain_ms: int | None = None,
    transport: Transport | None = None,
    request: dict[str, Any] | None = None,
    **plan: Any,
) -> LoadPlan:
    """The closed model, over a number of requests or milliseconds."""
    return LoadPlan(
        RequestSpec(url, **(request or {})),
        ClosedPacing(connections, Fraction(qps)),
        _stop(requests, ms, drain_ms),
        transport or Transport(timeout_s=5),
        **plan,
    )


def opened(
    url: str,
    schedule: str,
    *,
    requests: int | None = None,
    ms: int | None = None,
    connections: int = 1,
    most: int = 1000,
    policy: OnSaturation = OnSaturation.QUEUE,
    drain_ms: int | None = None,
    transport: Transport | None = None,
    **plan: Any,
) -> LoadPlan:
    """The open model, by a schedule in its notation."""
    return LoadPlan(
        RequestSpec(url),
        OpenPacing(schedules.parse(schedule), connections, most, policy),
        _stop(requests, ms, drain_ms),
        transport or Transport(timeout_s=5),
        **plan,
    )


def _stop(requests: int | None, ms: int | None, drain_ms: int | None) -> StopCondition:
    drain_ns = None if drain_ms is None else drain_ms * MS
    return StopCondition(requests, None if ms is None else ms * MS, drain_ns)
