"""The odds against brute force: the real controller, PromQL, and requests drawn one by one."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from random import Random
from statistics import mean
from typing import Any

import pytest

from rehearsal.flagger.canary.model import Canary, Phase
from rehearsal.probability import Fault, Latency, Setting, odds, odds_of, subject_of
from rehearsal.probability.arrivals import Stream
from rehearsal.probability.exact import ExactRun
from rehearsal.probability.sampling import Sampler
from rehearsal.probability.timeline import Scrapes, microseconds
from tests.rehearsal.probability.cluster import Cluster, Weather, rollback_share
from tests.rehearsal.specs import canary, duration, hook, success_rate

RUNS = 60

pytestmark = pytest.mark.slow


def istio(**analysis: Any) -> Canary:
    return canary({"provider": "istio"}, metrics=[success_rate()], **analysis)


def load(rate: float, interval_s: float) -> dict[str, Any]:
    command = f"hey -z {interval_s:g}s -q {rate:g} -c 1 http://detail-canary.flagger:3000/read"
    return hook(
        "load", "rollout", url="http://flagger-loadtester.flagger/", metadata={"cmd": command}
    )


@dataclass(frozen=True)
class Case:
    """A plan in some weather."""

    name: str
    weather: Weather
    plan: dict[str, Any] = field(default_factory=dict)

    @property
    def canary(self) -> Canary:
        plan = dict(self.plan)
        if self.weather.hook_load_per_s:
            interval_s = float(str(plan.get("interval", "60s")).removesuffix("s"))
            plan["webhooks"] = [load(self.weather.hook_load_per_s, interval_s)]
        return istio(**plan)


CASES = (
    Case(
        "windows apart", Weather(20, 0.01), {"interval": "60s", "stepWeight": 10, "maxWeight": 30}
    ),
    Case(
        "windows that overlap",
        Weather(30, 0.01, phase_s=3.75),
        {"interval": "30s", "stepWeight": 15, "maxWeight": 30, "threshold": 2},
    ),
    Case(
        "windows of four intervals",
        Weather(30, 0.01, scrape_s=5, phase_s=2.5),
        {"interval": "15s", "stepWeight": 20, "maxWeight": 60, "threshold": 3},
    ),
    Case(
        "so little traffic that there are no values",
        Weather(0.5, 0.01),
        {"interval": "60s", "stepWeight": 10, "maxWeight": 30, "threshold": 2},
    ),
    Case(
        "load of a webhook",
        Weather(2, 0.01, hook_load_per_s=3),
        {"interval": "60s", "stepWeight": 20, "maxWeight": 40, "threshold": 1},
    ),
    Case(
        "scrapes that shift against the ticks",
        Weather(20, 0.01, scrape_s=25, phase_s=5),
        {"interval": "60s", "stepWeight": 20, "maxWeight": 60, "threshold": 2},
    ),
    Case(
        "blue green",
        Weather(5, 0.01, hook_load_per_s=2),
        {"interval": "60s", "iterations": 3, "threshold": 2},
    ),
)


def exact_rollback(case: Case) -> float:
    """The chance under the very position of the scrapes that the brute force has."""
    weather, subject = case.weather, subject_of(case.canary)
    scrapes = Scrapes(microseconds(weather.scrape_s), microseconds(weather.phase_s))
    stream = Stream(weather.traffic_per_s, weather.error_share, Setting(scrape_s=weather.scrape_s))
    run = ExactRun(
        subject.plan, subject.interval_s, subject.share_checks, subject.timeline(), stream, scrapes
    )
    return math.fsum(one.chance for one in run.run() if one.end == "rolled back")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_rollbacks_are_as_likely_as_the_controller_has_them(case: Case) -> None:
    expected = exact_rollback(case)
    seen = rollback_share(case.canary, case.weather, RUNS)
    deviation = math.sqrt(max(expected * (1 - expected), 1 / RUNS) / RUNS)
    assert abs(seen - expected) < 4 * deviation, (expected, seen)
    assert 0.02 < expected < 0.98, "the case tells little"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_exact_and_sampled_odds_agree(case: Case) -> None:
    weather, subject, runs = case.weather, subject_of(case.canary), 1200
    scrapes = Scrapes(microseconds(weather.scrape_s), microseconds(weather.phase_s))
    stream = Stream(weather.traffic_per_s, weather.error_share, Setting(scrape_s=weather.scrape_s))
    sampler = Sampler(subject.plan, subject.interval_s, subject.checks, subject.timeline(), stream)
    randomness = Random(7)
    drawn = [sampler.rollout(scrapes, randomness) for _ in range(runs)]
    share = sum(one.end == "rolled back" for one in drawn) / runs
    expected = exact_rollback(case)
    deviation = math.sqrt(max(expected * (1 - expected), 1 / runs) / runs)
    assert abs(share - expected) < 4 * deviation, (expected, share)


def test_failed_requests_and_times_are_as_the_controller_has_them() -> None:
    case = replace(CASES[0], weather=replace(CASES[0].weather, phase_s=7.5))
    setting = Setting(phases=1)
    (row,) = odds(
        case.canary, [case.weather.traffic_per_s], [Fault(case.weather.error_share)], setting
    ).rows
    ended = [Cluster(case.canary, case.weather, k).run() for k in range(RUNS)]
    failures = [one.failed_requests for one in ended]
    assert mean(failures) == pytest.approx(row.failed_requests, rel=0.15)
    assert mean(one.time_s for one in ended) == pytest.approx(row.verdict_s, rel=0.1)
    within = sum(count <= row.failed_requests_p95 for count in failures) / RUNS
    assert 0.9 < within <= 0.99


def test_latency_is_sampled_as_the_controller_has_it() -> None:
    latency = Latency(0.05, 0.5)
    weather = Weather(5, 0.0, p50_s=0.05, p99_s=0.5)
    subject_canary = canary(
        {"provider": "istio"}, metrics=[duration()], stepWeight=20, maxWeight=40, threshold=1
    )
    setting, runs = Setting(phases=1), 200
    row = odds_of(subject_of(subject_canary), 5, Fault(0.0, latency), setting, samples=3000, seed=3)
    ended = [Cluster(subject_canary, weather, k).run() for k in range(runs)]
    share = sum(one.phase is Phase.FAILED for one in ended) / runs
    deviation = math.sqrt(row.rolled_back * (1 - row.rolled_back) / runs)
    assert 0.1 < row.rolled_back < 0.9
    assert abs(share - row.rolled_back) < 4 * deviation
