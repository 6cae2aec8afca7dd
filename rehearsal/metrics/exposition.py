"""Prometheus' text format, read: sample names stay as they are written.

(prometheus_client's own parser is not used, for it renames counters that lack `_total`, and
Envoy's do; prometheus.io/docs: "Exposition formats".)
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rehearsal.metrics.series import NAME

_LINE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*")
_LABEL = re.compile(r'\s*([a-zA-Z_]\w*)="((?:\\.|[^"\\])*)"\s*,?')
_ESCAPES = {"n": "\n"}


@dataclass(frozen=True)
class Sample:
    """A value with its labels, the metric's name among them as `__name__`."""

    labels: dict[str, str]
    value: float


def samples(text: str) -> Iterator[Sample]:
    """The samples of a text; comments and lines that are none are passed over."""
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is not None:
            name, labels, value = match.groups()
            yield Sample({NAME: name, **_labels(labels or "")}, float(value))


def _labels(text: str) -> dict[str, str]:
    return {name: _unescaped(value) for name, value in _LABEL.findall(text)}


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text)
