"""Metrics whose values come from the command line: `--metric NAME=VALUE` or `NAME=FILE`. Pure.

A file has one value on each line, and the last one stays. A line is what the metric is worth at
the next check, or, with a time before it, from that time of the rehearsal on:

    99.5            # the first check
    97              # the second
    null            # no values found
    error timeout   # the query fails with these words

    0s 100
    2m30s 80
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from commons.durations import DurationError, parse_duration_ns
from commons.input_file import read_at_most
from commons.units import NS_PER_S
from rehearsal.errors import UserError
from rehearsal.flagger.controller.errors import NoValuesFound, QueryFailed
from rehearsal.metrics.exposition import parse_value

MOST_BYTES = 1 << 20
MOST_LINES = 100_000
_NO_VALUES = ("null", "none", "nan")
_ERROR = "error "


@dataclass(frozen=True)
class Answer:
    """What a metric is worth: a value, none, or an error; `from_s` where its line has a time."""

    value: float | None = None
    error: str = ""
    from_s: float | None = None

    def result(self) -> float:
        """The value; raises NoValuesFound or QueryFailed."""
        if self.error:
            raise QueryFailed(self.error)
        if self.value is None:
            raise NoValuesFound
        return self.value


@dataclass
class Script:
    """The answers of one metric, in the order of the checks that ask for them or by time."""

    answers: Sequence[Answer]
    asked: int = field(default=0, init=False)

    def next(self, now_s: float) -> float:
        """The value at a check; raises NoValuesFound or QueryFailed."""
        answer = self._answer(self.asked, now_s)
        self.asked += 1
        return answer.result()

    def current(self, now_s: float) -> float:
        """The value at the last check, or at the first that comes; raises as `next`."""
        return self._answer(max(0, self.asked - 1), now_s).result()

    def _answer(self, number: int, now_s: float) -> Answer:
        if self.answers[0].from_s is not None:
            current = [a for a in self.answers if a.from_s is not None and a.from_s <= now_s]
            return current[-1] if current else Answer()
        return self.answers[min(number, len(self.answers) - 1)]


def read_scripts(values: Mapping[str, str]) -> dict[str, Script]:
    """Scripts by metric, from what `--metric` was given; UserError says which and what."""
    return {name: _script(name, text) for name, text in values.items()}


def _script(name: str, text: str) -> Script:
    answer = _answer(text)
    if answer is not None:
        return Script([answer])
    try:
        if not Path(text).is_file():
            raise UserError(
                f"--metric {name}={text}: must be a number, null, error TEXT, or a file with one of"
                " these on each line"
            )
        content = read_at_most(text, MOST_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(f"--metric {name}={text}: {reason}") from None
    return Script(_lines(text, content.decode("utf-8", "replace")))


def _lines(path: str, content: str) -> list[Answer]:
    answers: list[Answer] = []
    lines = content.split("\n")
    if len(lines) > MOST_LINES:
        raise UserError(f"{path}: has more than {MOST_LINES} lines")
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].strip()
        if words:
            answers.append(_line(f"{path}:{number}", words, answers))
    if not answers:
        raise UserError(f"{path}: has no value in it")
    return answers


def _line(where: str, words: str, before: Sequence[Answer]) -> Answer:
    answer = _answer(words)
    if answer is None:
        first, _, rest = words.partition(" ")
        answer = _answer(rest.strip())
        from_s = _seconds(first)
        if answer is None or from_s is None:
            shown = words if len(words) <= 60 else f"{words[:60]}…"
            raise UserError(
                f"{where}: {shown}: must be a value (a number, null or error TEXT), with or without"
                " a time such as 1m30s before it"
            )
        answer = Answer(answer.value, answer.error, from_s)
    _check_order(where, answer, before)
    return answer


def _check_order(where: str, answer: Answer, before: Sequence[Answer]) -> None:
    if not before:
        return
    last_s = before[-1].from_s
    if (last_s is None) != (answer.from_s is None):
        raise UserError(f"{where}: either every line has a time or none has")
    if last_s is not None and answer.from_s is not None and answer.from_s < last_s:
        raise UserError(f"{where}: its time is before that of the line above")


def _answer(text: str) -> Answer | None:
    if text.lower() in _NO_VALUES:
        return Answer()
    if text.startswith(_ERROR):
        return Answer(error=text.removeprefix(_ERROR).strip())
    value = parse_value(text)
    return None if value is None or math.isnan(value) else Answer(value)


def _seconds(text: str) -> float | None:
    try:
        return parse_duration_ns(text) / NS_PER_S
    except DurationError:
        return None
