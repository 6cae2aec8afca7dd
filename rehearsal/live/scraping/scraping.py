"""What is scraped in a live environment: the series that each canary's checks read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rehearsal.errors import UserError
from rehearsal.flagger.controller.ports import Metrics
from rehearsal.live.scraping.measure import Measured, measure
from rehearsal.live.scraping.prometheus import SCRAPE_INTERVAL_S, Prometheus
from rehearsal.live.scraping.sources import Target, source

if TYPE_CHECKING:
    from rehearsal.live.environment import Environment
    from rehearsal.live.rollout import Rollout


class Scraping:
    """One Prometheus for each canary."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._prometheus = {name: self._make(r) for name, r in environment.rollouts.items()}

    async def run(self) -> None:
        """Scrape until cancelled, and note gaps between scrapes."""
        clock = self._environment.clock
        before_s = clock.now_s()
        while True:
            started_s = clock.now_s()
            await asyncio.gather(*(one.scrape() for one in self._prometheus.values()))
            now_s = clock.now_s()
            self._environment.punctuality.scrape(now_s, before_s, SCRAPE_INTERVAL_S)
            before_s = now_s
            await clock.sleep(SCRAPE_INTERVAL_S - (now_s - started_s))

    def metrics(self, rollout: Rollout) -> Metrics:
        """The controller's `Metrics` port for a canary."""
        return self._prometheus[rollout.name]

    def measured(self, rollout: Rollout) -> Measured:
        """What the builtin checks of a canary would be told now."""
        metrics = self._prometheus[rollout.name]
        return measure(rollout.canary(), rollout.config.provider, metrics)

    async def close(self) -> None:
        return None

    def _make(self, rollout: Rollout) -> Prometheus:
        provider = rollout.config.provider
        found = source(provider)
        if found is None:
            raise UserError(f"spec.provider: {provider!r} has no metrics on one machine yet")
        environment = self._environment
        return Prometheus(
            environment.clock, found(environment.envoy.admin), lambda: self._targets(rollout)
        )

    def _targets(self, rollout: Rollout) -> list[Target]:
        canary = rollout.config.canary
        workloads = {(canary.namespace, canary.target), (canary.namespace, canary.primary)}
        owners = self._environment.cluster.pods()
        return [
            Target(canary.namespace, pod, there.port)
            for pod, there in self._environment.envoy.topology.pods.items()
            if pod in owners and owners[pod][0] in workloads
        ]
