"""The Prometheus of this machine: scrapes on the canary's clock, answers Flagger's queries."""

import json
import math
import threading
from collections.abc import Callable, Iterable

from rehearsal.clock import ScaledClock
from rehearsal.flagger.controller.errors import NoValuesFound, QueryFailed
from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.live.scraping.sources import Source, Target
from rehearsal.metrics.promql import PromQLError, QueryRejectedError, evaluate
from rehearsal.metrics.series import SeriesStore

# What Flagger's bundled Prometheus is set to (flagger kustomize/base/prometheus).
SCRAPE_INTERVAL_S = 5.0


class Prometheus:
    """Keeps what it scraped; the controller's `Metrics` port."""

    def __init__(
        self, clock: ScaledClock, source: Source, targets: Callable[[], Iterable[Target]]
    ) -> None:
        self._clock = clock
        self._source = source
        self._targets = targets
        self._store = SeriesStore()
        self._lock = threading.Lock()

    async def run(self) -> None:
        """Scrape until cancelled."""
        while True:
            started_s = self._clock.now_s()
            await self.scrape()
            await self._clock.sleep(SCRAPE_INTERVAL_S - (self._clock.now_s() - started_s))

    async def scrape(self) -> None:
        samples = await self._source.scrape(list(self._targets()))
        now_s = self._clock.now_s()
        with self._lock:
            for sample in samples:
                self._store.append(sample.labels, now_s, sample.value)
            self._store.forget(now_s)

    def query(self, source: MetricSource, promql: str, metric: str = "") -> float:
        if source.type != "prometheus":
            raise QueryFailed(f"a provider of type {source.type} can't be reached from a rehearsal")
        try:
            with self._lock:
                value = evaluate(promql, self._store, self._clock.now_s())
        except QueryRejectedError as error:
            raise QueryFailed(f"error response: Status 400 Bad Request: {_bad(error)}") from None
        except PromQLError as error:
            raise QueryFailed(str(error)) from None
        if not isinstance(value, list):
            raise QueryFailed("query returned no vector")
        if not value or math.isnan(value[-1].value):
            raise NoValuesFound
        return value[-1].value


def _bad(error: PromQLError) -> str:
    return json.dumps({"status": "error", "errorType": "bad_data", "error": str(error)})
