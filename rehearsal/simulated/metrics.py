"""A metrics server whose answers are scripted by the name of the metric that asks."""

from __future__ import annotations

from collections import deque

from rehearsal.flagger.canary.analysis import DURATION, SUCCESS_RATE
from rehearsal.flagger.controller.errors import NoValuesFound, QueryFailed
from rehearsal.flagger.controller.ports import MetricSource

MetricAnswer = float | Exception
"""What a query is answered with: a value, or the PortError to raise."""

ONLINE_QUERY = "vector(1)"


class SimulatedMetrics:
    """The `Metrics` port. Each metric has a queue of answers, of which the last one stays.

    `by_query` has answers for queries that contain a text; they come before those by name. A metric
    without any is answered with `others`: no values, unless set. `queries` are those that were
    asked, without the probes for availability, which `online` answers.
    """

    def __init__(self) -> None:
        self.answers: dict[str, deque[MetricAnswer]] = {}
        self.by_query: dict[str, deque[MetricAnswer]] = {}
        self.others: MetricAnswer = NoValuesFound()
        self.online: MetricAnswer = 1.0
        self.queries: list[tuple[MetricSource, str]] = []

    @property
    def success_rate(self) -> deque[MetricAnswer]:
        """The answers of `request-success-rate`, in percent."""
        return self.answers.setdefault(SUCCESS_RATE, deque())

    @success_rate.setter
    def success_rate(self, answers: deque[MetricAnswer]) -> None:
        self.answers[SUCCESS_RATE] = answers

    @property
    def duration(self) -> deque[MetricAnswer]:
        """The answers of `request-duration`, in the unit of the provider's query."""
        return self.answers.setdefault(DURATION, deque())

    @duration.setter
    def duration(self, answers: deque[MetricAnswer]) -> None:
        self.answers[DURATION] = answers

    def query(self, source: MetricSource, promql: str, metric: str = "") -> float:
        if promql == ONLINE_QUERY and not metric:
            return _value(self.online)
        self.queries.append((source, promql))
        for part, answers in self.by_query.items():
            if part in promql:
                return _next(answers)
        own = self.answers.get(metric)
        return _next(own) if own else _value(self.others)


def no_values() -> NoValuesFound:
    """The answer to a query that matches nothing."""
    return NoValuesFound()


def refused() -> QueryFailed:
    """The answer of a server that is not there."""
    return QueryFailed('request failed: Get "http://prometheus:9090/": connection refused')


def _next(answers: deque[MetricAnswer]) -> float:
    return _value(answers.popleft() if len(answers) > 1 else answers[0])


def _value(answer: MetricAnswer) -> float:
    if isinstance(answer, Exception):
        raise answer.with_traceback(None)
    return answer
