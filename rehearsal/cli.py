"""The `rehearse` command."""

import importlib
import sys
from collections.abc import Sequence

from commons.errors import UserError
from commons.flags import CommandParser
from commons.main import run_main
from rehearsal.commands import COMMANDS

_EXAMPLES = """\
examples:
  rehearse tutorial
  rehearse run -f k8s/ --stable './app --port {port}' --candidate './app-new --port {port}'
  rehearse lint k8s/
"""
_OURS = ("commons", "rehearsal", "xray_local")
_EXTRAS = {"cryptography": "stackdriver", "locust": "locust"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; 2 for a user's mistake, else what the command returns."""
    return run_main("rehearse", lambda: _run(sys.argv[1:] if argv is None else list(argv)))


def _run(words: list[str]) -> int:
    if not words:
        _parser().print_help()
        return 0
    name = next((word for word in words if not word.startswith("-")), None)
    try:
        if words[0].startswith("--print-"):
            parser_of_all().parse_args(words)
        arguments = _parser(name).parse_args(words)
        return int(arguments.run(arguments))
    except ModuleNotFoundError as error:
        raise _without_extra(name, error) from error


def _without_extra(command: str | None, error: ModuleNotFoundError) -> Exception:
    """What is missing, and how to install it; the error itself where it is one of our modules."""
    module = (error.name or "").split(".")[0]
    if not module or module in _OURS:
        return error
    extra = _EXTRAS.get(module, "rehearsal")
    return UserError(
        f"{command} needs {module}, which is not installed: pip install 'canary-rehearsal[{extra}]'"
    )


def parser_of_all() -> CommandParser:
    """The parser with the flags of every command, which takes a moment to import."""
    return _parser(*COMMANDS)


def _parser(*chosen: str | None) -> CommandParser:
    parser = CommandParser(
        "rehearse",
        version=True,
        description="Rehearse a Flagger canary on this machine.",
        epilog=_EXAMPLES,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        if name in chosen:
            importlib.import_module(f"rehearsal.commands.{name}").add(commands)
        else:
            commands.add_parser(name, help=summary)
    return parser
