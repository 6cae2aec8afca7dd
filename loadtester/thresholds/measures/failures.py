"""`error_rate`, `success_rate`, `errors`: responses of 5xx, and requests without a response.

That is what Flagger's request-success-rate counts. Responses of 4xx are what was asked for; see
`status:4xx`.
"""

from loadtester.load.measuring.result import RunResult
from loadtester.thresholds.grammar import Unit
from loadtester.thresholds.measures.base import Measure, counted

EXAMPLES = ("error_rate<1%", "success_rate>=99.9%", "errors==0")


def failures(result: RunResult) -> int:
    """Requests without a complete response, and responses of 5xx."""
    broken = sum(tally.count for status, tally in result.statuses.items() if status >= 500)
    return result.counts.errors + broken


def _error_rate(result: RunResult) -> float:
    return failures(result) / max(1, result.ended)


def _success_rate(result: RunResult) -> float:
    return (result.ended - failures(result)) / max(1, result.ended)


_MEASURES = {
    "error_rate": Measure({Unit.SHARE: _error_rate, Unit.NUMBER: _error_rate}),
    "success_rate": Measure({Unit.SHARE: _success_rate, Unit.NUMBER: _success_rate}),
    "errors": counted(failures),
}


def find(name: str) -> Measure | None:
    """The measure of a failure's name."""
    return _MEASURES.get(name)
