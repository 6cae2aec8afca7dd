"""The odds of a Canary: how runs end, for each traffic and each fault. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from random import Random

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.canary.resources import MetricTemplate
from rehearsal.flagger.controller.flags import Flags
from rehearsal.probability.arrivals import Stream
from rehearsal.probability.distributions import poisson_at_least, poisson_reach
from rehearsal.probability.exact import End, Ending, ExactRun
from rehearsal.probability.model import Fault, Odds, OddsTable, Setting
from rehearsal.probability.sampling import Rollout, Sampler
from rehearsal.probability.subject import Subject, subject_of
from rehearsal.probability.timeline import all_scrapes

SAMPLES = 4000
"""How many rollouts are drawn where nothing else is asked for."""

_LEAST_SAMPLES = 200
_MOST_SAMPLED_TICKS = 200_000
_Z95 = 1.959964
_UPPER = 0.95


def odds(
    canary: Canary,
    traffics_per_s: Sequence[float],
    faults: Sequence[Fault],
    setting: Setting | None = None,
    *,
    templates: Iterable[MetricTemplate] = (),
    flags: Flags | None = None,
    samples: int = 0,
    seed: int = 0,
) -> OddsTable:
    """The odds for each traffic (requests per second at the apex) and each fault, in that order.

    Without `samples` a fault of errors alone is computed exactly. A latency, several replicas,
    windows that overlap while they hold very many failures, or `samples` above 0 are sampled: so
    many rollouts, or `SAMPLES` of them.
    """
    setting = setting or Setting()
    subject = subject_of(canary, templates, flags, setting)
    rows = tuple(
        odds_of(subject, traffic, fault, setting, samples=samples, seed=seed)
        for traffic in traffics_per_s
        for fault in faults
    )
    notes = list(subject.notes)
    if subject.measures_durations and any(fault.latency is None for fault in faults):
        notes.append("durations are taken to be within their limits where no latency is given")
    return OddsTable(subject.name, setting, rows, tuple(notes))


def odds_of(
    subject: Subject,
    traffic_per_s: float,
    fault: Fault,
    setting: Setting,
    *,
    samples: int = 0,
    seed: int = 0,
) -> Odds:
    """The odds of one traffic and one fault."""
    stream = Stream(traffic_per_s, fault.error_share, setting)
    if samples or fault.latency is not None or setting.replicas > 1:
        return _sampled(subject, stream, fault, samples or SAMPLES, seed)
    runs = _exact_runs(subject, stream)
    if any(run.is_coarse for run in runs):
        return _sampled(subject, stream, fault, _affordable_samples(subject, setting), seed)
    return _exact(runs, stream, fault)


def _affordable_samples(subject: Subject, setting: Setting) -> int:
    """`SAMPLES`, or fewer of a Canary whose rollouts may take very many ticks."""
    most_ticks = min(
        subject.plan.ticks + subject.plan.limit, setting.horizon_s / subject.interval_s
    )
    return min(SAMPLES, max(_LEAST_SAMPLES, int(_MOST_SAMPLED_TICKS / max(1.0, most_ticks))))


def chance_of_rollback(
    canary: Canary,
    traffic_per_s: float,
    error_share: float,
    *,
    templates: Iterable[MetricTemplate] = (),
    flags: Flags | None = None,
    setting: Setting | None = None,
) -> float:
    """How likely a build that fails `error_share` of its requests is rolled back."""
    setting = setting or Setting()
    subject = subject_of(canary, templates, flags, setting)
    return odds_of(subject, traffic_per_s, Fault(error_share), setting).rolled_back


def _exact_runs(subject: Subject, stream: Stream) -> list[ExactRun]:
    """One for each position of the scrapes."""
    setting, loads = stream.setting, subject.timeline()
    return [
        ExactRun(subject.plan, subject.interval_s, subject.share_checks, loads, stream, scrapes)
        for scrapes in all_scrapes(setting.scrape_s, setting.phases)
    ]


def _exact(runs: Sequence[ExactRun], stream: Stream, fault: Fault) -> Odds:
    shares = [(ending, ending.chance / len(runs)) for run in runs for ending in run.run()]
    means = [(ending.exposed * stream.error_share, share) for ending, share in shares]
    return Odds(
        traffic_per_s=stream.traffic_per_s,
        fault=fault,
        rolled_back=_total(shares, "rolled back"),
        promoted=_total(shares, "promoted"),
        stuck=_total(shares, "stuck"),
        failed_requests=math.fsum(mean * share for mean, share in means),
        failed_requests_p95=_quantile(means),
        verdict_s=_mean_time(shares, ("rolled back", "promoted")),
        rollback_s=_mean_time(shares, ("rolled back",)),
        promotion_s=_mean_time(shares, ("promoted",)),
        method="exact" if all(run.is_exact for run in runs) else "approximate",
    )


def _total(shares: Iterable[tuple[Ending, float]], end: End) -> float:
    return min(1.0, math.fsum(share for ending, share in shares if ending.end == end))


def _mean_time(shares: Sequence[tuple[Ending, float]], ends: Sequence[End]) -> float | None:
    """When runs that end so do, on average; None if none ever does."""
    chosen = [(ending.time_s, share) for ending, share in shares if ending.end in ends]
    weight = math.fsum(share for _, share in chosen)
    return math.fsum(time * share for time, share in chosen) / weight if weight > 1e-9 else None


def _quantile(means: Iterable[tuple[float, float]]) -> float:
    """What Poisson counts with these means, each so likely, do not exceed in 95 % of cases."""
    shares: dict[float, float] = {}
    for mean, share in means:
        rounded = round(mean, 6)
        shares[rounded] = shares.get(rounded, 0.0) + share
    low, high = -1, max(map(poisson_reach, shares))
    allowed = math.fsum(shares.values()) * (1 - _UPPER)
    while high - low > 1:
        middle = (low + high) // 2
        above = math.fsum(
            share * poisson_at_least(mean, middle + 1) for mean, share in shares.items()
        )
        low, high = (low, middle) if above <= allowed + 1e-12 else (middle, high)
    return float(high)


def _sampled(subject: Subject, stream: Stream, fault: Fault, samples: int, seed: int) -> Odds:
    setting = stream.setting
    phases = all_scrapes(setting.scrape_s, setting.phases)
    sampler = Sampler(
        subject.plan,
        subject.interval_s,
        subject.checks,
        subject.timeline(),
        stream,
        fault.latency,
    )
    randomness = Random(seed)
    rollouts = [
        sampler.rollout(phases[index % len(phases)], randomness) for index in range(samples)
    ]
    ends = [rollout.end for rollout in rollouts]
    failures = sorted(rollout.failed_requests for rollout in rollouts)
    rolled_back = ends.count("rolled back") / samples
    return Odds(
        traffic_per_s=stream.traffic_per_s,
        fault=fault,
        rolled_back=rolled_back,
        promoted=ends.count("promoted") / samples,
        stuck=ends.count("stuck") / samples,
        failed_requests=sum(failures) / samples,
        failed_requests_p95=float(failures[math.ceil(_UPPER * samples) - 1]),
        verdict_s=_mean_end(rollouts, ("rolled back", "promoted")),
        rollback_s=_mean_end(rollouts, ("rolled back",)),
        promotion_s=_mean_end(rollouts, ("promoted",)),
        method="sampled",
        samples=samples,
        interval=wilson_interval(rolled_back, samples),
    )


def _mean_end(rollouts: Sequence[Rollout], ends: Sequence[End]) -> float | None:
    times = [rollout.time_s for rollout in rollouts if rollout.end in ends]
    return math.fsum(times) / len(times) if times else None


def wilson_interval(share: float, samples: int) -> tuple[float, float]:
    """Where a chance lies with 95 % confidence, of which a share was seen (Wilson's interval)."""
    spread = _Z95**2 / samples
    middle = (share + spread / 2) / (1 + spread)
    reach = _Z95 * math.sqrt(share * (1 - share) / samples + spread / samples / 4) / (1 + spread)
    return max(0.0, min(share, middle - reach)), min(1.0, max(share, middle + reach))
