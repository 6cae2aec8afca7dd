"""Where two observed runs differ: values that are chosen at random are renamed by their order."""

import json
import re
from collections.abc import Sequence
from typing import Any

from tests.rehearsal.flagger.conformance.recording import Json

Difference = dict[str, tuple[Any, Any]]
"""By aspect (events, hooks, queries, ...): what Flagger did, and what was done here."""

_SUSPENDED = "skipping canary run as object is suspended"
_SYNCED = re.compile(r"(ConfigMap|Secret) .* synced")
_POINTER = re.compile(r"0x[0-9a-f]{6,}")
_CHECKSUM = re.compile(r'"checksum":"([^"]*)"')
_TIMESTAMP = re.compile(r'"timestamp":"\d+"')


class _Names:
    """Hashes and checksums, renamed in the order in which they appear."""

    def __init__(self) -> None:
        self._hashes: dict[str, str] = {}
        self._checksums: dict[str, str] = {}

    def hash(self, value: str) -> str:
        return self._hashes.setdefault(value, f"H{len(self._hashes)}") if value else value

    def body(self, body: str) -> str:
        found = _CHECKSUM.search(body)
        if found:
            name = self._checksums.setdefault(found[1], f"C{len(self._checksums)}")
            body = body.replace(found[0], f'"checksum":"{name}"')
        return _TIMESTAMP.sub('"timestamp":"T"', body)

    def entry(self, entry: Json) -> Json:
        """One line of a trace. Notifiers of a provider know a colour, not a severity."""
        entry = dict(entry)
        if entry["k"] == "hook":
            entry["body"] = self.body(entry["body"])
        elif entry["k"] == "log":
            entry["msg"] = _POINTER.sub("PTR", entry["msg"])
        elif entry["k"] == "alert" and entry["provider"] is not None:
            severity = entry.pop("severity", None)
            entry.setdefault("color", "danger" if severity == "error" else "good")
        return entry

    def trace(self, trace: Sequence[Json]) -> list[Json]:
        shown = [self.entry(entry) for entry in trace if not _is_hidden(entry)]
        return _with_sorted_copies(shown)

    def tick(self, tick: Json) -> Json:
        tick = dict(tick)
        tick["trace"] = self.trace(tick["trace"])
        if tick.get("status"):
            status = dict(tick["status"])
            status["applied"] = self.hash(status["applied"])
            status["promoted"] = self.hash(status["promoted"])
            tick["status"] = status
        tick["gauges"] = {key: _rounded(value) for key, value in (tick.get("gauges") or {}).items()}
        return tick


def _is_hidden(entry: Json) -> bool:
    if (entry["k"], entry.get("level")) != ("log", "debug"):
        return False
    return bool(entry["msg"] != _SUSPENDED)


def _is_copy(entry: Json) -> bool:
    return entry["k"] == "log" and _SYNCED.fullmatch(entry["msg"]) is not None


def _with_sorted_copies(trace: list[Json]) -> list[Json]:
    """Flagger copies configs in the order of a Go map, which is random."""
    start = 0
    while start < len(trace):
        end = start
        while end < len(trace) and _is_copy(trace[end]):
            end += 1
        trace[start:end] = sorted(trace[start:end], key=lambda entry: str(entry["msg"]))
        start = max(end, start + 1)
    return trace


def _rounded(value: Any) -> Any:
    return round(value, 9) if isinstance(value, float) and abs(value) < 1e6 else value


def _views(trace: list[Json]) -> dict[str, list[Any]]:
    """A trace by aspect."""

    def of(kind: str) -> list[Json]:
        return [entry for entry in trace if entry["k"] == kind]

    return {
        "events": [(e["type"], e["msg"], e["phase"]) for e in of("event")],
        "hooks": [(e["name"], e["body"]) for e in of("hook")],
        "queries": [(e["src"], e["q"]) for e in of("query")],
        "alerts": [json.dumps(e, sort_keys=True) for e in of("alert")],
        "status writes": [(e["phase"], e["w"], e["f"], e["i"]) for e in of("status")],
        "logs": [(e["level"], e["msg"], e["canary"], e["caller"]) for e in of("log")],
        "crash": [e["msg"] for e in trace if e["k"] in ("panic", "crash")],
    }


def _order(trace: list[Json]) -> list[Any]:
    keys = ("msg", "name", "q", "phase")
    return [(e["k"], next((e[key] for key in keys if e.get(key)), None)) for e in trace]


def _callers(trace: list[Json]) -> list[tuple[str, str]]:
    return [(e["msg"], e["caller"]) for e in trace if _is_event_line(e)]


def _is_event_line(entry: Json) -> bool:
    return entry["k"] == "log" and str(entry["caller"]).startswith("controller/events.go")


def tick_difference(ours: Json, theirs: Json) -> Difference:
    """Aspects in which two ticks differ, as (theirs, ours)."""
    found: Difference = {}
    our_views, their_views = _views(ours["trace"]), _views(theirs["trace"])
    for aspect, view in their_views.items():
        _note(found, aspect, view, our_views[aspect])
    if not found:
        _note(found, "order", _order(theirs["trace"]), _order(ours["trace"]))
    status, our_status = theirs.get("status") or {}, ours.get("status") or {}
    for key in sorted(status.keys() | our_status.keys()):
        _note(found, f"status.{key}", status.get(key), our_status.get(key))
    if theirs.get("routes") is not None and ours.get("routes") is not None:
        _note(found, "routes", theirs["routes"], ours["routes"])
    for key in ("replicas", "primary_template", "primary_settings", "paused", "gauges"):
        _note(found, key, theirs.get(key), ours.get(key))
    return found


def _note(found: Difference, aspect: str, theirs: Any, ours: Any) -> None:
    if theirs != ours:
        found[aspect] = (theirs, ours)


def first_difference(theirs: Json, ours: Json) -> tuple[str, Difference] | None:
    """The first tick (`sync`, or its number) in which two runs differ, and how; None if equal."""
    for key in ("interval_ns", "sync_error"):
        if theirs.get(key) != ours.get(key):
            return key, {key: (theirs.get(key), ours.get(key))}
    their_names, our_names = _Names(), _Names()
    steps = [("sync", theirs["sync"], ours["sync"])] if "sync" in theirs else []
    their_ticks, our_ticks = theirs.get("ticks") or [], ours.get("ticks") or []
    if len(their_ticks) != len(our_ticks):
        return "ticks", {"count": (len(their_ticks), len(our_ticks))}
    steps += [(str(i), *pair) for i, pair in enumerate(zip(their_ticks, our_ticks, strict=True))]
    for name, their_step, our_step in steps:
        found = tick_difference(our_names.tick(our_step), their_names.tick(their_step))
        if found:
            return name, found
    return None
