"""`status:200`, `status:5xx`, `error:reset`: how many requests, or which share, ended so."""

import re

from loadtester.load.errors import ErrorClass
from loadtester.load.measuring.result import RunResult
from loadtester.thresholds.measures.base import Measure, counted

EXAMPLES = ("status:5xx==0", "status:200>=99%", "error:read-timeout==0")
_STATUS = re.compile(r"status:([1-5])(xx|[0-9]{2})")


def find(name: str) -> Measure | None:
    """The measure of a status, a class of statuses or a class of errors."""
    if match := _STATUS.fullmatch(name):
        return _status(match[1], match[2])
    kind, _, error = name.partition(":")
    if kind == "error" and error in tuple(ErrorClass):
        return _error(ErrorClass(error))
    return None


def _status(hundreds: str, rest: str) -> Measure:
    first = int(hundreds) * 100 + (0 if rest == "xx" else int(rest))
    last = first + (99 if rest == "xx" else 0)

    def count(result: RunResult) -> int:
        within = (t.count for status, t in result.statuses.items() if first <= status <= last)
        return sum(within)

    return counted(count)


def _error(error: ErrorClass) -> Measure:
    def count(result: RunResult) -> int:
        tally = result.errors.get(error)
        return tally.count if tally else 0

    return counted(count)
