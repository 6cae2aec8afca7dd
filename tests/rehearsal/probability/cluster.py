"""Brute force: the real controller against a cluster in which every request is a draw of its own.

Nothing of `rehearsal.probability` is used here. Requests arrive one by one at the pods of an
Istio canary, Prometheus scrapes their counters, and Flagger's own queries are evaluated over
what it has.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from random import Random

from rehearsal.flagger.canary.model import Canary, Phase
from rehearsal.flagger.controller import Controller
from rehearsal.flagger.controller.errors import NoValuesFound
from rehearsal.flagger.controller.ports import MetricSource, Ports
from rehearsal.metrics.promql import evaluate
from rehearsal.metrics.series import NAME, SeriesStore
from rehearsal.simulated.simulation import Simulation

BUCKETS_MS = (0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, math.inf)


@dataclass(frozen=True)
class Weather:
    """What a run meets."""

    traffic_per_s: float
    error_share: float
    scrape_s: float = 15.0
    phase_s: float = 7.5
    hook_load_per_s: float = 0.0
    pods: int = 1
    p50_s: float = 0.05
    p99_s: float = 0.05


@dataclass(frozen=True)
class Ended:
    """How a run ended: phase, time from its detection, and users' failed requests."""

    phase: Phase
    time_s: float
    failed_requests: int


class Cluster:
    """One run, second by second where something happens."""

    def __init__(self, canary: Canary, weather: Weather, seed: int) -> None:
        self._weather = weather
        self._randomness = Random(seed)
        self._simulation = Simulation(canary)
        self._store = SeriesStore(10_000)
        self._counts: list[Counter[str]] = [Counter() for _ in range(weather.pods)]
        self._durations: list[Counter[float]] = [Counter() for _ in range(weather.pods)]
        self._now_s = 0.0
        self._load_until_s = 0.0
        simulation = self._simulation
        simulation.bootstrap()
        ports = simulation.ports
        self._ports = Ports(
            ports.store, ports.workloads, ports.routes, self, ports.hooks, ports.events, ports.clock
        )
        self._controller = Controller(self._ports)
        self._interval_s = canary.spec.analysis.interval_s

    def run(self, most_ticks: int = 60) -> Ended:
        """Detect a new revision at time 0, and tick to the end."""
        self._simulation.new_revision()
        self._controller.tick()
        failed = 0
        for tick in range(1, most_ticks + 1):
            end_s = tick * self._interval_s
            failed += self._pass(end_s)
            calls = len(self._simulation.hooks.calls)
            self._controller.tick()
            called = {call.hook for call in self._simulation.hooks.calls[calls:]}
            if "load" in called and self._load_until_s <= end_s:
                self._load_until_s = end_s + self._interval_s
            phase = self._simulation.status.phase
            if phase in (Phase.SUCCEEDED, Phase.FAILED):
                return Ended(phase, end_s, failed)
        return Ended(self._simulation.status.phase, math.inf, failed)

    def query(self, source: MetricSource, promql: str, metric: str = "") -> float:
        """The `Metrics` port."""
        if promql == "vector(1)":
            return 1.0
        value = evaluate(promql, self._store, self._now_s)
        assert isinstance(value, list)
        if not value or math.isnan(value[-1].value):
            raise NoValuesFound
        return value[-1].value

    def _pass(self, end_s: float) -> int:
        """Let requests and scrapes happen up to a time; how many of users' failed."""
        failed = 0
        for time_s, kind in sorted(
            [*self._users(end_s), *self._load(end_s), *self._scrapes(end_s)]
        ):
            if kind == "scrape":
                self._scrape(time_s)
            elif kind == "user":
                failed += self._user()
            else:
                self._request()
        self._now_s = end_s
        return failed

    def _users(self, end_s: float) -> list[tuple[float, str]]:
        """A Poisson stream at the apex."""
        times: list[tuple[float, str]] = []
        time_s = self._now_s
        while True:
            time_s += self._randomness.expovariate(self._weather.traffic_per_s)
            if time_s >= end_s:
                return times
            times.append((time_s, "user"))

    def _load(self, end_s: float) -> list[tuple[float, str]]:
        """The webhook's load, at equal distances."""
        rate = self._weather.hook_load_per_s
        if not rate or self._load_until_s <= self._now_s:
            return []
        count = round(rate * (min(end_s, self._load_until_s) - self._now_s))
        return [(self._now_s + (k + 0.5) / rate, "load") for k in range(count)]

    def _scrapes(self, end_s: float) -> list[tuple[float, str]]:
        every_s, phase_s = self._weather.scrape_s, self._weather.phase_s
        first = math.floor((self._now_s - phase_s) / every_s) + 1
        last = math.floor((end_s - phase_s) / every_s)
        return [(k * every_s + phase_s, "scrape") for k in range(first, last + 1)]

    def _user(self) -> bool:
        """One request at the apex; whether it met a failure of the new revision."""
        if self._randomness.random() * 100 < self._simulation.routes.routing.canary:
            return self._request()
        promoted = self._simulation.status.phase in (Phase.PROMOTING, Phase.FINALISING)
        return promoted and self._randomness.random() < self._weather.error_share

    def _request(self) -> bool:
        pod = self._randomness.randrange(self._weather.pods)
        failed = self._randomness.random() < self._weather.error_share
        self._counts[pod]["500" if failed else "200"] += 1
        spread = math.log(self._weather.p99_s / self._weather.p50_s) / 2.3263479
        duration_ms = 1000 * self._weather.p50_s * math.exp(self._randomness.gauss(0, spread))
        self._durations[pod][next(b for b in BUCKETS_MS if duration_ms <= b)] += 1
        return failed

    def _scrape(self, time_s: float) -> None:
        for pod, (counts, durations) in enumerate(zip(self._counts, self._durations, strict=True)):
            labels = {
                "reporter": "destination",
                "destination_workload_namespace": "flagger",
                "destination_workload": "detail",
                "pod": str(pod),
            }
            for code, count in counts.items():
                named = {NAME: "istio_requests_total", "response_code": code, **labels}
                self._store.append(named, time_s, count)
            if not durations:
                continue
            total = 0
            for bound in BUCKETS_MS:
                total += durations[bound]
                named = {NAME: "istio_request_duration_milliseconds_bucket", **labels}
                named["le"] = "+Inf" if math.isinf(bound) else f"{bound:g}"
                self._store.append(named, time_s, total)


def rollback_share(canary: Canary, weather: Weather, runs: int, seed: int = 0) -> float:
    """The share of runs that are rolled back."""
    ended = [Cluster(canary, weather, seed * 100_000 + k).run() for k in range(runs)]
    return sum(one.phase is Phase.FAILED for one in ended) / runs
