"""`rehearse lint`: what Flagger would refuse in a Canary, and what it takes and then trips over."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.canary.parse import Documents, load
from rehearsal.flagger.lint import lint

_EXAMPLES = """\
examples:
  rehearse lint canary.yaml
  rehearse lint k8s/overlays/*/canary.yaml
"""


def add(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "lint",
        help="read a Canary as Flagger would, without playing it",
        description="Read Canary files as Flagger's CRD and controller would. Exit code 2 for what"
        " is refused, 1 if there are remarks, 0 if there is nothing to say.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print every remark; UserError for a file that is refused."""
    found = [(path, load(path)) for path in arguments.files]
    notes = [note for path, documents in found for note in _all(path, documents)]
    for note in notes:
        print(note)
    return 1 if notes else 0


def remarks(path: Path, documents: Documents, canary: Canary) -> list[str]:
    """What is odd about one canary of a file, a line each."""
    findings = lint(canary, documents.templates)
    return [*_dropped(path, documents), *(str(finding) for finding in findings)]


def _all(path: Path, documents: Documents) -> Iterable[str]:
    yield from _dropped(path, documents)
    for canary in documents.canaries:
        for finding in lint(canary, documents.templates):
            yield f"{path}: {canary.full_name}: {finding}"


def _dropped(path: Path, documents: Documents) -> list[str]:
    return [f"{path}:{problem.line}: {problem}" for problem in documents.dropped]
