"""A load run by our own engine: the `hey` program in a process of its own, without a shell."""

import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commons.input_file import read_at_most
from commons.main import FAILED, INTERRUPTED
from loadtester.webhooks.processes.running import Finished
from loadtester.webhooks.tasks.base import Outcome, RunContext

THRESHOLD_FAILED = 99
_LONGEST_PROGRESS_BYTES = 65536
_LARGEST_REPORT_BYTES = 64 << 20
_LOST = "the process that watched it was killed"


@dataclass(frozen=True)
class HeyJob:
    """Run `hey` with `flags` on `url`; `needs_responses` fails a run that got none.

    With `is_distributed` workers on other machines make the load. Where too few of them came, or
    some died, nothing is known about what was tested.
    """

    title: str
    key: str
    flags: Sequence[str]
    url: str
    needs_responses: bool = False
    places: int = 1
    is_distributed: bool = False

    async def run(self, context: RunContext) -> Outcome:
        with tempfile.TemporaryDirectory(prefix="loadtester-") as folder:
            saved = Path(folder) / "run.json"
            argv = [sys.executable, "-P", "-m", "loadtester.hey", "--progress", "json"]
            argv += ["--save", str(saved), *self.flags, self.url]
            finished = await context.run_command(argv, keep=progress_reader(context.show))
            return self._outcome(finished, read_report(saved))

    def _outcome(self, finished: Finished, document: Mapping[str, Any] | None) -> Outcome:
        report = normalise(document) if document else None
        failed = failures(document) if document else ()
        if self.needs_responses and report and not report["summary"]["requests"]:
            failed = (*failed, "no request was answered")
        if finished.ok and not failed:
            return Outcome(True, finished.output, report=report)
        error = "" if finished.returncode in (0, THRESHOLD_FAILED) else _error(finished)
        body = f"{self.title} failed: {'; '.join(failed) or error}".encode("utf-8", "replace")
        lost = _LOST if finished.lost else ""
        if self.is_distributed and finished.returncode in (FAILED, INTERRUPTED):
            lost = lost or _error(finished)
        return Outcome(False, finished.output, error, body, failed, report, lost)


def progress_reader(show: Callable[[Mapping[str, Any]], None]) -> Callable[[bytes], bytes]:
    """A filter of output that takes the progress lines out and hands their numbers to ``show``."""
    rest = b""

    def keep(piece: bytes) -> bytes:
        nonlocal rest
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > _LONGEST_PROGRESS_BYTES or not rest.startswith(b'{"progress"'[: len(rest)]):
            lines, rest = [*lines, rest], b""
            return _take(lines, show)
        return b"".join(line + b"\n" for line in _plain(lines, show))

    return keep


def _take(lines: Sequence[bytes], show: Callable[[Mapping[str, Any]], None]) -> bytes:
    *whole, tail = lines
    return b"".join(line + b"\n" for line in _plain(whole, show)) + tail


def _plain(lines: Sequence[bytes], show: Callable[[Mapping[str, Any]], None]) -> list[bytes]:
    plain = []
    for line in lines:
        live = _progress(line)
        if live is None:
            plain.append(line)
        else:
            show(live)
    return plain


def _progress(line: bytes) -> Mapping[str, Any] | None:
    if not line.startswith(b'{"progress"'):
        return None
    try:
        live = json.loads(line)["progress"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return live if isinstance(live, dict) else None


def read_report(path: Path) -> Mapping[str, Any] | None:
    """The document that a run left, if it did and it is of a sane size."""
    try:
        document = json.loads(read_at_most(path, _LARGEST_REPORT_BYTES))
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def failures(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Each threshold that was not kept, and what was measured."""
    return tuple(
        f"{item['threshold']} (was {item['actual']})"
        for item in document.get("thresholds", ())
        if not item["ok"]
    )


def normalise(document: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers that every kind of load run has in common, with the whole document beside."""
    summary, latency = document["summary"], document["latency_s"].get("responses") or {}
    percentiles = latency.get("percentiles", {})
    return {
        "kind": "hey",
        "summary": {
            "requests": sum(summary["statuses"].values()),
            "errors": _count(summary["errors"]),
            "duration_s": summary["total_s"],
            "requests_per_s": summary["requests_per_s"],
            **{f"p{percent}_s": percentiles.get(percent) for percent in ("50", "90", "95", "99")},
            "max_s": latency.get("max"),
            "statuses": dict(summary["statuses"]),
        },
        "thresholds": list(document.get("thresholds", ())),
        "document": dict(document),
    }


def _count(errors: Any) -> int:
    return sum(errors.values()) if isinstance(errors, dict) else len(errors)


def _error(finished: Finished) -> str:
    if finished.timed_out:
        return f"{finished.error} at its deadline"
    lines = finished.output.decode("utf-8", "replace").strip().splitlines()
    return f"{finished.error}: {lines[-1]}" if lines else finished.error
