"""Saved runs: what `--save` and `-o json` wrote, read back and merged."""

import copy
import json
from collections.abc import Sequence
from pathlib import Path

from commons.errors import UserError
from commons.input_file import InputFileError, read_at_most
from commons.units import GIB
from loadtester.load.measuring.result import ResultFormatError, RunResult
from loadtester.load.measuring.result_json import decode_result
from loadtester.report.document import SCHEMA

MAX_SAVED_BYTES = 2 * GIB


class SavedRunError(UserError):
    """A file that is not a saved run, or not one this version can read."""


def read(path: Path) -> RunResult:
    """The run in a file; SavedRunError says why there is none."""
    try:
        document = json.loads(read_at_most(path, MAX_SAVED_BYTES))
    except InputFileError as error:
        raise SavedRunError(f"{path}: {error}") from error
    except (ValueError, RecursionError) as error:
        raise SavedRunError(f"{path}: not a saved run (not JSON: {error})") from error
    if isinstance(document, dict) and document.get("schema") == SCHEMA:
        document = document.get("result")
    try:
        return decode_result(document)
    except ResultFormatError as error:
        raise SavedRunError(f"{path}: {error}") from error


def merged(runs: Sequence[RunResult]) -> RunResult:
    """One run of many: counts added, histograms merged without loss, times side by side."""
    whole, *others = copy.deepcopy(list(runs))
    for other in others:
        whole.merge(other)
    return whole
