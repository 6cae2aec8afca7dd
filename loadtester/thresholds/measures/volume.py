"""`rate`, `requests`, `dropped`, `unsent`: whether the load was really there."""

from commons.units import NS_PER_S
from loadtester.load.measuring.result import RunResult
from loadtester.thresholds.grammar import Unit
from loadtester.thresholds.measures.base import Measure, Missing, counted

EXAMPLES = ("rate>=99", "rate>=99%", "requests>=1000", "dropped==0", "unsent<1%")


def _planned(result: RunResult) -> int:
    return result.counts.planned


def _rate(result: RunResult) -> float | Missing:
    """Responses per second: of the time that requests were issued in (open) or that it all took."""
    window_ns = result.issue_window_ns if result.is_open else result.wall_ns
    return result.counts.completed / (window_ns / NS_PER_S) if window_ns else Missing()


def _share_of_plan(result: RunResult) -> float | Missing:
    return result.counts.completed / result.counts.planned if result.counts.planned else Missing()


_MEASURES = {
    "rate": Measure({Unit.NUMBER: _rate, Unit.SHARE: _share_of_plan}),
    "requests": counted(lambda result: result.ended, of=_planned),
    "dropped": counted(lambda result: result.counts.dropped, of=_planned),
    "unsent": counted(lambda result: result.counts.unsent, of=_planned),
    "aborted": counted(lambda result: result.counts.aborted, of=_planned),
}


def find(name: str) -> Measure | None:
    """The measure of a volume's name."""
    return _MEASURES.get(name)
