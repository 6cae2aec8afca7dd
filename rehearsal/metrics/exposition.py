"""Prometheus' text format and OpenMetrics, read: sample names stay as they are written.

(prometheus_client's own parser is not used, for it renames counters that lack `_total`, and
Envoy's do. Sources: prometheus.io/docs "Exposition formats", the OpenMetrics specification.)

Every line is read in one pass from left to right, so that its cost is linear whatever it holds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rehearsal.metrics.series import NAME

MAX_LINE_CHARACTERS = 65_536

# Go's strconv.ParseFloat as Prometheus allows it: no underscores, no blanks, ASCII alone.
_VALUE = re.compile(
    r"[+-]?(?:[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?|inf|infinity|nan)",
    re.IGNORECASE | re.ASCII,
)
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*", re.ASCII)
_BLANKS = " \t"
_ESCAPES = {"n": "\n", "\\": "\\", '"': '"'}


@dataclass(frozen=True)
class Sample:
    """A value with its labels, the metric's name among them as `__name__`."""

    labels: dict[str, str]
    value: float


def samples(text: str) -> Iterator[Sample]:
    """The samples of a text; comments and lines that are none are passed over.

    Time stamps are passed over as well: what a process says of its own clock means nothing on the
    canary's. So are exemplars.
    """
    for line in text.split("\n"):
        sample = parse_line(line)
        if sample is not None:
            yield sample


def parse_line(line: str) -> Sample | None:
    """The sample of one line; None for a comment, a blank line, or one that is malformed."""
    if len(line) > MAX_LINE_CHARACTERS:
        return None
    line = line.strip(_BLANKS + "\r")
    if not line or line[0] == "#":
        return None
    try:
        labels, rest = _series(line)
    except _MalformedError:
        return None
    value = _value(rest)
    return None if value is None or NAME not in labels else Sample(labels, value)


def series_part(line: str) -> str | None:
    """The part of a line that names the series, as written: a key to remember it by.

    None where that takes a whole parse, as with exemplars.
    """
    if "#" in line:
        return None
    end = line.rfind("}")
    return line[: end + 1] if end >= 0 else line.split(None, 1)[0] if line.strip() else None


def parse_value(text: str) -> float | None:
    """A number as Go reads one; None if it is none."""
    return float(text) if _VALUE.fullmatch(text) else None


class _MalformedError(ValueError):
    """A line that is no sample."""


def _series(line: str) -> tuple[dict[str, str], str]:
    """The labels of a line and what follows them."""
    labels: dict[str, str] = {}
    name = _NAME.match(line)
    at = 0
    if name is not None:
        labels[NAME], at = name[0], name.end()
    at = _skip(line, at)
    if line[at : at + 1] == "{":
        at = _labels(line, at + 1, labels)
    elif name is None or at == name.end():
        raise _MalformedError
    return labels, line[at:]


def _labels(line: str, at: int, labels: dict[str, str]) -> int:
    """Read `a="b", …}` into `labels`; where it ends. A quoted text alone is the metric's name."""
    while True:
        at = _skip(line, at)
        if line[at : at + 1] == "}":
            return at + 1
        name, at = _label_name(line, at)
        at = _skip(line, at)
        if line[at : at + 1] == "=":
            labels[name], at = _quoted(line, _skip(line, at + 1))
        else:
            labels[NAME] = name
        at = _skip(line, at)
        if line[at : at + 1] == ",":
            at += 1
        elif line[at : at + 1] != "}":
            raise _MalformedError


def _label_name(line: str, at: int) -> tuple[str, int]:
    if line[at : at + 1] == '"':
        return _quoted(line, at)
    name = _NAME.match(line, at)
    if name is None:
        raise _MalformedError
    return name[0], name.end()


def _quoted(line: str, at: int) -> tuple[str, int]:
    """A quoted text that begins at `at`, unescaped, and where it ends."""
    if line[at : at + 1] != '"':
        raise _MalformedError
    parts, start = list[str](), at + 1
    end, escape = line.find('"', start), line.find("\\", start)
    while 0 <= escape < end:
        char = line[escape + 1]
        parts += (line[start:escape], _ESCAPES.get(char, "\\" + char))
        start = escape + 2
        if end < start:
            end = line.find('"', start)
        escape = line.find("\\", start)
    if end < 0:
        raise _MalformedError
    return "".join(parts) + line[start:end], end + 1


def _value(rest: str) -> float | None:
    """The value behind the labels; a time stamp and an exemplar may follow."""
    words = rest.partition("#")[0].split(None, 2)
    if not words or len(words) > 2:
        return None
    if len(words) == 2 and parse_value(words[1]) is None:
        return None
    return parse_value(words[0])


def _skip(line: str, at: int) -> int:
    while line[at : at + 1] in (" ", "\t"):
        at += 1
    return at
