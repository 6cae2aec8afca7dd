"""The `rehearse` command."""

import argparse
import sys
from collections.abc import Sequence

from rehearsal import __version__
from rehearsal.commands import COMMANDS
from rehearsal.errors import RehearsalError


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; exit code 0 if all went as told, 1 if not, 2 for a user's mistake."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except RehearsalError as error:
        print(f"rehearse: {error}", file=sys.stderr)
        return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rehearse", description="Rehearse a Flagger canary on this machine."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser
