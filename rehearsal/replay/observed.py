"""What a cluster's Flagger was seen to say: Kubernetes events, or Flagger's JSON log.

Read are the output of `kubectl get events -o json` (a list, one event, or the stream of `--watch`),
the log of Flagger (`-zap-encoding=json`), and the JSON lines of `rehearse play`. Lines that are no
JSON are passed over, as a log has them.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from commons.input_file import InputFileError, read_at_most
from rehearsal.errors import UserError

MOST_BYTES = 32 << 20
MOST_EVENTS = 100_000
MOST_COPIES = 1_000
"""So often one event is repeated at most, whatever its `count` says."""

_RECORDER = "controller/events.go:"
_NO_EVENT = "error sending event to webhook"
_SPACE = re.compile(r"\s*")
_DECODER = json.JSONDecoder()
_NS_PER_S = 1_000_000_000
_CLOCK_SKEW_NS = 120 * _NS_PER_S


class EventFileError(UserError):
    """A file of events that cannot be used."""


@dataclass(frozen=True)
class Observed:
    """One event as it was seen. `line` counts from 1, `time_s` from the epoch.

    `type` is empty and `time_s` None where the file does not say. Of an event that Kubernetes
    counted instead of repeating it, the copies between the first and the last have a time that is a
    guess (`is_guessed`).
    """

    line: int
    message: str
    type: str = ""
    time_s: float | None = None
    canary: str = ""
    is_guessed: bool = False


def read_events(path: Path) -> tuple[Observed, ...]:
    """The events of all canaries in a file, or in standard input (`-`), in their order.

    Raises EventFileError.
    """
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            data = read_at_most(path, MOST_BYTES)
    except InputFileError as error:
        raise EventFileError(f"{path}: {error.sentence}") from None
    except OSError as error:
        raise EventFileError(f"{path}: cannot be read: {error}") from None
    if len(data) > MOST_BYTES:
        raise EventFileError(f"{path}: is larger than {MOST_BYTES >> 20} MiB")
    return parse_events(data.decode("utf-8", "replace"), str(path))


def parse_events(text: str, name: str = "<text>") -> tuple[Observed, ...]:
    """The events of a text; `name` is how errors name it."""
    found: list[tuple[int, int, Observed]] = []
    for line, value in _values(text, name):
        for moment_ns, observed in _events_of(value, line):
            found.append((moment_ns, len(found), observed))
            if len(found) > MOST_EVENTS:
                raise EventFileError(f"{name}: has more than {MOST_EVENTS} events")
    if not found:
        hint = "give the output of kubectl get events -o json, or Flagger's JSON log"
        raise EventFileError(f"{name}: has no events of a Canary; {hint}")
    found.sort(key=lambda entry: entry[:2])
    return tuple(observed for _, _, observed in found)


def _values(text: str, name: str) -> Iterator[tuple[int, Any]]:
    """The JSON values of a text with their lines; the items of a list one by one."""
    lines = _Lines(text)
    at = _skip(text, 0)
    while at < len(text):
        try:
            if text[at] in "{[":
                items, end = (_items if text[at] == "{" else _elements)(text, at)
                for start, value in items:
                    yield lines.at(start), value
                at = _skip(text, end)
                continue
        except RecursionError:
            raise EventFileError(f"{name}:{lines.at(at)}: is nested too deeply") from None
        except (ValueError, IndexError):
            pass
        at = _skip(text, _end_of_line(text, at))


def _items(text: str, at: int) -> tuple[list[tuple[int, Any]], int]:
    """The items of a list at `at`, or the object itself; and where it ends."""
    value, end = _DECODER.raw_decode(text, at)
    if not isinstance(value.get("items"), list):
        return [(at, value)], end
    found: list[tuple[int, Any]] = []
    inside = _skip(text, at + 1)
    while text[inside] != "}":
        key, inside = _DECODER.raw_decode(text, inside)
        inside = _skip(text, _skip(text, inside) + 1)
        if key == "items" and text[inside] == "[":
            found, inside = _elements(text, inside)
        else:
            _, inside = _DECODER.raw_decode(text, inside)
        inside = _skip(text, inside)
        if text[inside] == ",":
            inside = _skip(text, inside + 1)
    return found, end


def _elements(text: str, at: int) -> tuple[list[tuple[int, Any]], int]:
    found: list[tuple[int, Any]] = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        value, end = _DECODER.raw_decode(text, at)
        found.append((at, value))
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found, at + 1


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


class _Lines:
    """Line numbers of rising offsets."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._offset = 0
        self._line = 1

    def at(self, offset: int) -> int:
        if offset >= self._offset:
            self._line += self._text.count("\n", self._offset, offset)
            self._offset = offset
        return self._line


def _events_of(value: Any, line: int) -> Iterator[tuple[int, Observed]]:
    """The events that a JSON value stands for, each with its moment in ns."""
    if not isinstance(value, dict):
        return
    if isinstance(value.get("object"), dict) and "type" in value:
        value = value["object"]
    if "involvedObject" in value or "regarding" in value:
        yield from _kubernetes_events(value, line)
    elif isinstance(value.get("msg"), str):
        yield from _log_line(value, line)
    elif isinstance(value.get("message"), str) and "tick" in value:
        yield 0, Observed(line, value["message"], _type(value.get("type")))


def _kubernetes_events(value: dict[str, Any], line: int) -> Iterator[tuple[int, Observed]]:
    owner = value.get("involvedObject") or value.get("regarding")
    if not isinstance(owner, dict) or owner.get("kind") != "Canary":
        return
    message = value.get("message", value.get("note"))
    if not isinstance(message, str):
        return
    canary = f"{owner.get('name', '')}.{owner.get('namespace', '')}"
    times = [_epoch_s(value.get(key)) for key in ("firstTimestamp", "lastTimestamp", "eventTime")]
    first_s = next((one for one in (times[0], times[2], times[1]) if one is not None), None)
    observed = Observed(line, message, _type(value.get("type")), first_s, canary)
    moment_ns = _moment_ns(value, first_s)
    yield moment_ns, observed
    yield from _copies(value, observed, moment_ns, times[1])


def _copies(
    value: dict[str, Any], first: Observed, moment_ns: int, last_s: float | None
) -> Iterator[tuple[int, Observed]]:
    """The other occurrences of an event that was counted."""
    count = value.get("count")
    if not isinstance(count, int) or count < 2 or first.time_s is None or last_s is None:
        return
    count = min(count, MOST_COPIES)
    step_s = (last_s - first.time_s) / (count - 1)
    for number in range(1, count):
        later_s = step_s * number
        copied = replace(first, time_s=first.time_s + later_s, is_guessed=number < count - 1)
        yield moment_ns + int(later_s * _NS_PER_S), copied


def _moment_ns(value: dict[str, Any], time_s: float | None) -> int:
    """When it came: Kubernetes writes the ns in the event's name, behind the last dot."""
    rounded_ns = int((time_s or 0.0) * _NS_PER_S)
    metadata = value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    suffix = name.rpartition(".")[2] if isinstance(name, str) else ""
    if 14 <= len(suffix) <= 16 and all(char in "0123456789abcdef" for char in suffix):
        exact_ns = int(suffix, 16)
        if abs(exact_ns - rounded_ns) < _CLOCK_SKEW_NS:
            return exact_ns
    return rounded_ns


def _log_line(value: dict[str, Any], line: int) -> Iterator[tuple[int, Observed]]:
    """A line of Flagger's log that belongs to an event."""
    caller, canary = value.get("caller"), value.get("canary")
    if not isinstance(canary, str) or not canary:
        return
    if isinstance(caller, str) and caller and not caller.startswith(_RECORDER):
        return
    if value["msg"].startswith(_NO_EVENT):
        return
    types = {f"{_RECORDER}33": "Normal", f"{_RECORDER}45": "Warning", f"{_RECORDER}39": "Warning"}
    kind = types.get(caller, "") if isinstance(caller, str) else ""
    time_s = _epoch_s(value.get("ts"))
    moment_ns = int((time_s or 0.0) * _NS_PER_S)
    yield moment_ns, Observed(line, value["msg"], kind, time_s, canary)


def _type(value: Any) -> str:
    return value if value in ("Normal", "Warning") else ""


def _epoch_s(value: Any) -> float | None:
    """Seconds since the epoch of an RFC 3339 time, or of a number as zap may write it."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if 0 < value < 1e11 else None
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        return datetime.fromisoformat(value).timestamp()
    except (ValueError, OverflowError):
        return None
