"""Functions that change labels: `label_replace` and `label_join`."""

import re
from collections.abc import Sequence
from typing import Any

from rehearsal.metrics.patterns import PatternError, anchored
from rehearsal.metrics.promql.errors import QueryAbortedError, QueryUnsupportedError
from rehearsal.metrics.promql.functions.base import Function, text, vector
from rehearsal.metrics.promql.program import Call
from rehearsal.metrics.promql.values import Element, Value, Vector, distinct

MAX_LABEL_CHARACTERS = 65_536

# A reference of Go's regexp.Expand: `$1`, `$name`, `${name}`, and `$$` for a dollar.
_REFERENCE = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})", re.ASCII)


def _label_replace(step: Call, arguments: Sequence[Value], at_ms: int) -> Vector:
    del step, at_ms
    target, replacement, source, pattern = (text(argument) for argument in arguments[1:])
    try:
        compiled = anchored(pattern)
    except PatternError:
        raise QueryAbortedError(
            f"invalid regular expression in label_replace(): {pattern}"
        ) from None
    if not target:
        raise QueryAbortedError("invalid destination label name in label_replace(): ")
    found = Vector()
    for element in vector(arguments[0]):
        match = compiled.fullmatch(element.labels.get(source, ""))
        labels = element.labels
        if match is not None:
            labels = _with_label(labels, target, _expanded(replacement, match))
        found.append(Element(labels, element.value, element.time_ms))
    return distinct(found)


def _expanded(replacement: str, match: Any) -> str:
    groups: dict[str, str] = {str(i): match[i] or "" for i in range(match.re.groups + 1)}
    groups |= {name: match[name] or "" for name in match.re.groupindex}

    def value(reference: re.Match[str]) -> str:
        return "$" if reference[0] == "$$" else groups.get(reference[1] or reference[2], "")

    size = len(replacement)
    for reference in _REFERENCE.finditer(replacement):
        size += len(value(reference))
        _check_size(size)
    return _REFERENCE.sub(value, replacement)


def _label_join(step: Call, arguments: Sequence[Value], at_ms: int) -> Vector:
    del step, at_ms
    target, separator, *sources = (text(argument) for argument in arguments[1:])
    if not target:
        raise QueryAbortedError("invalid destination label name in label_join(): ")
    found = Vector()
    for element in vector(arguments[0]):
        parts = [element.labels.get(source, "") for source in sources]
        _check_size(sum(map(len, parts)) + len(separator) * len(parts))
        labels = _with_label(element.labels, target, separator.join(parts))
        found.append(Element(labels, element.value, element.time_ms))
    return distinct(found)


def _with_label(labels: dict[str, str], name: str, value: str) -> dict[str, str]:
    others = {k: v for k, v in labels.items() if k != name}
    return {**others, name: value} if value else others


def _check_size(characters: int) -> None:
    if characters > MAX_LABEL_CHARACTERS:
        raise QueryUnsupportedError(
            f"a label would be longer than {MAX_LABEL_CHARACTERS} characters"
        )


FUNCTIONS: dict[str, Function] = {"label_replace": _label_replace, "label_join": _label_join}
