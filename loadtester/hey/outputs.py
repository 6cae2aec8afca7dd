"""Where the report of a run goes: standard output, and a file to come back to."""

import contextlib
import os
import sys
import tempfile
from dataclasses import dataclass

from commons.errors import UsageError
from commons.main import INTERRUPTED
from commons.values import shown
from loadtester.hey import flags
from loadtester.hey.goflag import Values
from loadtester.hey.output_file import OutputFile, output_file
from loadtester.load.measuring.result import RunResult
from loadtester.report import json
from loadtester.report.base import Outcome, Renderer, Report
from loadtester.report.registry import REPORTS
from loadtester.thresholds.errors import ThresholdError
from loadtester.thresholds.grammar import Threshold
from loadtester.thresholds.verdict import EXIT_CODE, Judgement, judge, read_thresholds

NOT_WRITTEN = 1
"""What a command exits with when the run was made, but not saved or not printed."""


@dataclass(frozen=True)
class Outputs:
    """What to print, where to save, and what to hold the run against."""

    render: Renderer
    save: OutputFile | None = None
    thresholds: tuple[Threshold, ...] = ()

    def judge(self, result: RunResult) -> tuple[Judgement, ...]:
        """Hold a run against the thresholds that were given."""
        return judge(self.thresholds, result)


def parse_outputs(values: Values) -> Outputs:
    """The outputs that the flags ask for; UsageError before the run for what could not be kept."""
    save = output_file(values[flags.SAVE], flags.SAVE.spelling) if values[flags.SAVE] else None
    return Outputs(renderer(values[flags.OUTPUT]), save, _thresholds(values[flags.THRESHOLD]))


def emit_report(report: Report, outputs: Outputs) -> int:
    """Save and print, neither at the cost of the other, and return the exit code.

    130 for a run that was interrupted, whatever its thresholds: it has neither passed nor failed.
    """
    saved = _save(report, outputs.save)
    printed = _print(report, outputs.render)
    if not printed and not (saved and outputs.save):
        _rescue(report)
    for judgement in report.failed:
        note(f"threshold failed: {judgement.threshold} (was {judgement.measured})")
    if report.outcome is Outcome.INTERRUPTED:
        note("hey: interrupted; these are the numbers up to then")
        return INTERRUPTED
    if report.failed:
        return EXIT_CODE
    return 0 if saved and printed else NOT_WRITTEN


def _save(report: Report, file: OutputFile | None) -> bool:
    """Whether nothing was to be saved, or could be."""
    if file is None:
        return True
    try:
        file.write(json.render(report))
    except OSError as error:
        note(f"hey: the run could not be saved: {file.path}: {error.strerror or error}")
        return False
    return True


def _print(report: Report, render: Renderer) -> bool:
    """Whether it could be; a reader that went away has got what it wanted."""
    try:
        sys.stdout.write(render(report))
        sys.stdout.flush()
    except BrokenPipeError:
        return True
    except (OSError, ValueError, AttributeError):  # full, closed, or not there at all
        return False
    return True


def _rescue(report: Report) -> None:
    """Keep a run that could neither be printed nor saved."""
    try:
        descriptor, name = tempfile.mkstemp(".json", "hey-run-")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json.render(report))
    except OSError as error:
        note(f"hey: nor could the run be kept in {tempfile.gettempdir()}: {error.strerror}")
        return
    note(f"hey: the run is kept in {name}; `hey report` prints it")


def note(text: str) -> None:
    """One line on stderr; nothing when nobody can read it."""
    with contextlib.suppress(OSError, ValueError):
        print(" ".join(text.splitlines()), file=sys.stderr, flush=True)


def renderer(kind: str) -> Renderer:
    """The renderer of a kind of report; hey's summary if none is named."""
    if kind and kind not in REPORTS:
        raise UsageError(f"-o {shown(kind)}: choose one of {', '.join(REPORTS)}")
    return REPORTS[kind or "text"]


def _thresholds(texts: tuple[str, ...]) -> tuple[Threshold, ...]:
    try:
        return read_thresholds(texts)
    except ThresholdError as error:
        raise UsageError(f"--threshold {error}") from error
