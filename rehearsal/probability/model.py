"""What the odds are asked for, and what comes out: values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Arrivals = Literal["random", "even"]
Method = Literal["exact", "approximate", "sampled"]

PROMETHEUS_SCRAPE_S = 15.0
HEALTHY_SHARE = 0.001


@dataclass(frozen=True)
class Latency:
    """How long a build takes to respond: log-normal, given by its median and its 99th percentile.

    Besides, `slow_share` of the responses take `slow_s`. Seconds.
    """

    p50_s: float
    p99_s: float
    slow_share: float = 0.0
    slow_s: float = 0.0


@dataclass(frozen=True)
class Fault:
    """What is wrong with a build: a share of its requests fails, or it is slow, or both."""

    error_share: float = 0.0
    latency: Latency | None = None


@dataclass(frozen=True)
class Setting:
    """What a Canary does not say, and its odds depend on.

    scrape_s        seconds between two scrapes; None for a Prometheus that sees every request, so
                    that a check judges exactly the requests of its window
    arrivals        of users' requests: `random` is a Poisson stream, of which the weights take a
                    random share; `even` sends as many as the rate says. A load generator's own
                    requests come evenly either way.
    replicas        pods of the canary, each with series of its own
    hook_load       whether the load of the Canary's webhooks is counted in
    hooks_meet_faults   whether requests on a health path fail like all others
    matched_share   of users' requests satisfies `analysis.match`
    probes_per_s    requests to the canary that its success rate counts and that never fail
    phases          how many positions of the scrapes against the ticks are averaged
    horizon_s       a run that is still under way after this is stuck
    """

    scrape_s: float | None = PROMETHEUS_SCRAPE_S
    arrivals: Arrivals = "random"
    replicas: int = 1
    hook_load: bool = True
    hooks_meet_faults: bool = False
    matched_share: float = 1.0
    probes_per_s: float = 0.0
    phases: int = 2
    horizon_s: float = 86_400.0


TEXTBOOK = Setting(scrape_s=None, arrivals="even", hook_load=False)
"""Plain binomials: no scrapes, even arrivals, users' requests alone."""


@dataclass(frozen=True)
class Odds:
    """How runs of one build under one traffic end.

    Chances are shares of 1 and add up to 1. `failed_requests` of users meet the new revision's
    faults until the end: the mean over all runs, and `failed_requests_p95`, which 95 % of the runs
    do not exceed. Times count from the detection of the revision; None for what never happens.
    `interval` is where the true chance of a rollback lies with 95 % confidence, of sampled runs.
    """

    traffic_per_s: float
    fault: Fault
    rolled_back: float
    promoted: float
    stuck: float
    failed_requests: float
    failed_requests_p95: float
    verdict_s: float | None
    rollback_s: float | None
    promotion_s: float | None
    method: Method
    samples: int = 0
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class OddsTable:
    """All odds of one Canary. `notes` say what was assumed, in sentences."""

    canary: str
    setting: Setting
    rows: tuple[Odds, ...]
    notes: tuple[str, ...] = field(default=())
