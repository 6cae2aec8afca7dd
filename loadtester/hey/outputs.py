"""Where the report of a run goes: standard output, and a file to come back to."""

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from loadtester.hey import flags
from loadtester.hey.errors import UsageError
from loadtester.hey.goflag import Values
from loadtester.report import json
from loadtester.report.base import Renderer, Report
from loadtester.report.registry import REPORTS


@dataclass(frozen=True)
class Outputs:
    """What to print, and where to save."""

    render: Renderer
    save: Path | None = None

    def write(self, report: Report) -> None:
        """Save first, so that a reader that went away costs nothing that was measured."""
        if self.save is not None:
            write_whole(self.save, json.render(report))
        sys.stdout.write(self.render(report))
        sys.stdout.flush()


def read(values: Values) -> Outputs:
    """The outputs that the flags ask for; UsageError before the run for what could not be kept."""
    save = Path(values[flags.SAVE]) if values[flags.SAVE] else None
    if save is not None and not os.access(save.parent, os.W_OK):
        raise UsageError(f"--save {save}: the folder {save.parent} cannot be written to")
    return Outputs(renderer(values[flags.OUTPUT]), save)


def renderer(kind: str) -> Renderer:
    """The renderer of a kind of report; hey's summary if none is named."""
    if kind and kind not in REPORTS:
        raise UsageError(f"-o {kind!r}: choose one of {', '.join(REPORTS)}")
    return REPORTS[kind or "text"]


def write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(path)
