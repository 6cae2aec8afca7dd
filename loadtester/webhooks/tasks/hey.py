"""A load run by our own engine: the ``hey`` program in a process of its own, without a shell."""

import json
import re
import shlex
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtester.webhooks.processes.running import Finished
from loadtester.webhooks.tasks.base import Outcome, Scene

THRESHOLD_FAILED = 99
_SHELL = re.compile(r"[;&|<>$`(){}*?\[\]~#!\\\n\r]")


@dataclass(frozen=True)
class HeyJob:
    """Run ``hey`` with ``flags`` on ``url``; ``needs_answers`` fails a run that got none."""

    title: str
    key: str
    flags: Sequence[str]
    url: str
    needs_answers: bool = False

    async def run(self, scene: Scene) -> Outcome:
        with tempfile.TemporaryDirectory(prefix="loadtester-") as folder:
            saved = Path(folder) / "run.json"
            argv = [sys.executable, "-m", "loadtester.hey", "--progress", "json"]
            argv += ["--save", str(saved), *self.flags, self.url]
            finished = await scene.run_process(argv, keep=progress_reader(scene.show))
            return self._outcome(finished, read_report(saved))

    def _outcome(self, finished: Finished, document: Mapping[str, Any] | None) -> Outcome:
        report = normalise(document) if document else None
        failed = failures(document) if document else ()
        if self.needs_answers and report and not report["summary"]["requests"]:
            failed = (*failed, "no request was answered")
        if finished.ok and not failed:
            return Outcome(True, finished.output, report=report)
        error = "" if finished.returncode in (0, THRESHOLD_FAILED) else _error(finished)
        body = f"{self.title} failed: {'; '.join(failed) or error}".encode()
        return Outcome(False, finished.output, error, body, failed, report)


def progress_reader(show: Callable[[Mapping[str, Any]], None]) -> Callable[[bytes], bytes]:
    """A filter of output that takes the progress lines out and hands their numbers to ``show``."""
    rest = b""

    def keep(piece: bytes) -> bytes:
        nonlocal rest
        *lines, rest = (rest + piece).split(b"\n")
        if not rest.startswith(b'{"progress"'[: len(rest)]):
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
    except ValueError:
        return None
    return live if isinstance(live, dict) else None


def read_report(path: Path) -> Mapping[str, Any] | None:
    """The document that ``--save`` wrote, if it did."""
    try:
        document = json.loads(path.read_text())
    except (OSError, ValueError):
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


def plain_invocation(command: str) -> list[str] | None:
    """The arguments of a ``hey ...`` command that needs no shell, else None."""
    if _SHELL.search(command):
        return None
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    return words[1:] if len(words) > 1 and words[0] == "hey" else None
