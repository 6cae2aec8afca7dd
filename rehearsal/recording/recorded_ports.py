"""Ports that are recorded on the way: webhooks and metric queries, with what came of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, runtime_checkable

from rehearsal.flagger.canary.model import Canary, CanaryStatus
from rehearsal.flagger.controller.errors import HookFailed, PortError
from rehearsal.flagger.controller.ports import Clock, HookRequest, Hooks, Metrics, MetricSource
from rehearsal.flagger.controller.store import MemoryStore
from rehearsal.flagger.explanations import limits_of
from rehearsal.metrics.explanation import Explanation
from rehearsal.recording.recording import Recording
from rehearsal.recording.records import HookRecord, MetricRecord, StatusRecord

_MOST_LINES = 60


class RecordedStore(MemoryStore):
    """A store of one canary that leaves a record of each status that is written.

    `record_to` has to be called before the first status is written.
    """

    def record_to(self, recording: Recording, clock: Clock) -> None:
        self._recording = recording
        self._clock = clock

    def put_status(self, status: CanaryStatus) -> None:
        super().put_status(status)
        self._recording.append(
            StatusRecord(
                self._clock.now_s(),
                self.get().full_name,
                str(status.phase),
                status.canary_weight,
                status.failed_checks,
                status.iterations,
            )
        )


class RecordedHooks:
    """A `Hooks` port that leaves a record of each call."""

    def __init__(self, hooks: Hooks, canary: str, recording: Recording, clock: Clock) -> None:
        self._hooks = hooks
        self._canary = canary
        self._recording = recording
        self._clock = clock

    def call(self, request: HookRequest) -> None:
        failure = ""
        try:
            self._hooks.call(request)
        except HookFailed as error:
            failure = str(error) or "refused without a reason"
            raise
        finally:
            self._recording.append(
                HookRecord(self._clock.now_s(), self._canary, request.name, request.type, failure)
            )


@runtime_checkable
class Explaining(Protocol):
    """Metrics that can say from which series a value came."""

    def explain(self, source: MetricSource, promql: str, metric: str = "") -> Explanation | None:
        """None for a query that another server answers."""
        ...


class RecordedMetrics:
    """A `Metrics` port that leaves a record of each query on behalf of a metric."""

    def __init__(
        self,
        metrics: Metrics,
        read_canary: Callable[[], Canary],
        recording: Recording,
        clock: Clock,
    ) -> None:
        self._metrics = metrics
        self._read_canary = read_canary
        self._recording = recording
        self._clock = clock

    def query(self, source: MetricSource, promql: str, metric: str = "") -> float:
        value: float | None = None
        failure = ""
        try:
            value = self._metrics.query(source, promql, metric)
        except PortError as error:
            failure = str(error)
            raise
        finally:
            if metric:
                asked = MetricRecord(self._clock.now_s(), "", metric, promql, value, failure)
                self._recording.append(self._completed(asked, source))
        return value

    def _completed(self, record: MetricRecord, source: MetricSource) -> MetricRecord:
        """With the canary, its limits, and where the value came from."""
        canary, why = self._read_canary(), None
        if isinstance(self._metrics, Explaining):
            why = self._metrics.explain(source, record.query, record.metric)
        return replace(
            record,
            canary=canary.full_name,
            limits=_limits_of(record.metric, canary),
            counted=None if why is None else why.counted,
            explanation=() if why is None else tuple(why.lines()[1 : _MOST_LINES + 1]),
        )


def _limits_of(name: str, canary: Canary) -> str:
    metrics = canary.spec.analysis.metrics
    return next((limits_of(metric) for metric in metrics if metric.name == name), "")
