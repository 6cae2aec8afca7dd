"""Where the report of a run goes: standard output, and a file to come back to."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from commons.errors import UsageError
from loadtester.hey import flags
from loadtester.hey.goflag import Values
from loadtester.load.measuring.result import RunResult
from loadtester.report import json
from loadtester.report.base import Renderer, Report
from loadtester.report.registry import REPORTS
from loadtester.thresholds.errors import ThresholdError
from loadtester.thresholds.grammar import Threshold
from loadtester.thresholds.verdict import EXIT_CODE, Judgement, judge, read_thresholds

NOT_SAVED = 1
"""What a command exits with when the run was made and printed, but not saved."""


@dataclass(frozen=True)
class Outputs:
    """What to print, where to save, and what the run has to keep."""

    render: Renderer
    save: Path | None = None
    thresholds: tuple[Threshold, ...] = ()

    def judge(self, result: RunResult) -> tuple[Judgement, ...]:
        """Hold a run against the thresholds that were given."""
        return judge(self.thresholds, result)

    def write(self, report: Report) -> bool:
        """Save and print, neither at the cost of the other; whether it could be saved."""
        saved = self._save(report)
        try:
            sys.stdout.write(self.render(report))
            sys.stdout.flush()
        except BrokenPipeError:
            # As Python's documentation advises: nothing is left to fail at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return saved

    def _save(self, report: Report) -> bool:
        if self.save is None:
            return True
        try:
            write_whole(self.save, json.render(report))
        except OSError as error:
            note(f"hey: the run could not be saved: {self.save}: {error.strerror}")
            return False
        return True


def read(values: Values) -> Outputs:
    """The outputs that the flags ask for; UsageError before the run for what could not be kept."""
    save = Path(values[flags.SAVE]) if values[flags.SAVE] else None
    if save is not None and not os.access(save.parent, os.W_OK):
        raise UsageError(f"--save {save}: the folder {save.parent} cannot be written to")
    if save is not None and save.is_dir():
        raise UsageError(f"--save {save}: this is a folder; name a file in it")
    thresholds = _thresholds(values[flags.THRESHOLD])
    return Outputs(renderer(values[flags.OUTPUT]), save, thresholds)


def judged(report: Report, outputs: Outputs) -> int:
    """Write the report, name on stderr what was not kept, and say the exit code."""
    saved = outputs.write(report)
    for judgement in report.failed:
        note(f"threshold failed: {judgement.threshold} (was {judgement.measured})")
    return EXIT_CODE if report.failed else 0 if saved else NOT_SAVED


def note(text: str) -> None:
    """One line on stderr."""
    print(text, file=sys.stderr, flush=True)


def renderer(kind: str) -> Renderer:
    """The renderer of a kind of report; hey's summary if none is named."""
    if kind and kind not in REPORTS:
        raise UsageError(f"-o {kind!r}: choose one of {', '.join(REPORTS)}")
    return REPORTS[kind or "text"]


def write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees half of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _thresholds(texts: tuple[str, ...]) -> tuple[Threshold, ...]:
    try:
        return read_thresholds(texts)
    except ThresholdError as error:
        raise UsageError(f"--threshold {error}") from error
