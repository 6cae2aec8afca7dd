"""`spec.analysis`: how often to check, how far to go per step, and what to check."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from rehearsal.flagger.canary.base import Part
from rehearsal.flagger.canary.match import RequestMatch
from rehearsal.flagger.canary.reference import NamespacedRef
from rehearsal.flagger.canary.scalars import Flag, GoInt, Number, StringMap, Text, Window
from rehearsal.flagger.golang import DurationError, parse_duration_ns

INTERVAL_S = 60.0
LEAST_INTERVAL_S = 10.0
METRIC_INTERVAL = "1m"
TOTAL_WEIGHT = 100

SUCCESS_RATE = "request-success-rate"
DURATION = "request-duration"

HookType = Literal[
    "",
    "confirm-rollout",
    "pre-rollout",
    "rollout",
    "confirm-promotion",
    "post-rollout",
    "event",
    "rollback",
    "confirm-traffic-increase",
]
Severity = Literal["", "info", "warn", "error"]
Strategy = Literal["canary", "blue-green", "ab-testing"]


class ThresholdRange(Part):
    """Bounds of a metric; both are inclusive."""

    min_: Number | None = None
    max_: Number | None = None


class Metric(Part):
    """One metric check. `interval` stays empty when absent: only the builtin pass has a default."""

    name: Text
    interval: Window = ""
    threshold: Number = 0.0
    threshold_range: ThresholdRange | None = None
    query: Text = ""
    template_ref: NamespacedRef | None = None
    template_variables: StringMap | None = None

    @property
    def is_builtin(self) -> bool:
        """Whether its name selects one of the provider's own queries."""
        return self.name in (SUCCESS_RATE, DURATION)


class Webhook(Part):
    """One outside check, gate or listener. `metadata` is None when absent."""

    name: Text
    url: Text
    type: HookType = ""
    timeout: Window = ""
    retries: GoInt = 0
    mute_alert: Flag = False
    disable_tls: Flag = False
    metadata: StringMap | None = None


class AlertRef(Part):
    """Which alert provider hears about what; an empty severity hears nothing."""

    name: Text
    provider_ref: NamespacedRef
    severity: Severity = ""


class SessionAffinity(Part):
    """Cookies that keep a visitor on the side that served them first."""

    cookie_name: Text
    primary_cookie_name: Text = ""
    domain: Text = ""
    http_only: Flag = False
    max_age: GoInt = 86400
    partitioned: Flag = False
    path: Text = ""
    same_site: Literal["Strict", "Lax", "None"] | None = None
    secure: Flag = False


class Analysis(Part):
    """The plan of one run. Numbers are as written; the properties apply Flagger's defaults."""

    interval: Window
    threshold: GoInt
    iterations: GoInt = 0
    max_weight: GoInt = 0
    step_weight: GoInt = 0
    step_weights: tuple[GoInt, ...] = ()
    step_weight_promotion: GoInt = 0
    mirror: Flag = False
    mirror_weight: GoInt = 0
    primary_ready_threshold: GoInt = 100
    canary_ready_threshold: GoInt = 100
    match: tuple[RequestMatch, ...] = ()
    metrics: tuple[Metric, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    alerts: tuple[AlertRef, ...] = ()
    session_affinity: SessionAffinity | None = None

    @model_validator(mode="before")
    @classmethod
    def _exactly_one_plan(cls, data: Any) -> Any:
        """The CRD's `oneOf`: the presence of a key counts, not its value."""
        if not isinstance(data, dict):
            return data
        plans = [key for key in ("iterations", "stepWeight", "stepWeights") if key in data]
        plans += [key for key in ("step_weight", "step_weights") if key in data]
        if len(plans) > 1:
            raise PydanticCustomError(
                "plan", "has {plans}; keep one of them", {"plans": " and ".join(plans)}
            )
        if not plans:
            raise PydanticCustomError("plan", "needs one of iterations, stepWeight or stepWeights")
        return data

    @property
    def interval_s(self) -> float:
        """Seconds between ticks: 60 when Go cannot read it, never below 10."""
        return _interval_s(self.interval)

    @property
    def failed_checks_limit(self) -> int:
        """How many failed checks end the run: `threshold`, at least 1."""
        return self.threshold if self.threshold > 0 else 1

    @property
    def strategy(self) -> Strategy:
        """Iterations make it Blue/Green, match conditions besides make it A/B."""
        if self.iterations <= 0:
            return "canary"
        return "ab-testing" if self.match else "blue-green"

    @property
    def weight_limit(self) -> int:
        """The weight at which the canary is promoted (scheduler.go, maxWeight)."""
        if self.step_weights:
            return min(TOTAL_WEIGHT, self.step_weights[-1])
        return self.max_weight if self.max_weight > 0 else TOTAL_WEIGHT


@lru_cache(maxsize=256)
def _interval_s(text: str) -> float:
    try:
        interval_s = parse_duration_ns(text) / 1e9
    except DurationError:
        return INTERVAL_S
    return max(interval_s, LEAST_INTERVAL_S)
