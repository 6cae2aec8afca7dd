"""hey's flags as values, for its man page, its completion script and the documentation."""

import re
from collections.abc import Sequence
from typing import Any

from commons.completion import SHELLS
from commons.errors import UsageError
from commons.flags import completion
from commons.manual import Option, Program, man_page
from loadtester.hey import flags, helping
from loadtester.hey.commands import diff, report, selfcheck
from loadtester.hey.goflag import Flag, dashed
from loadtester.report.progress import PROGRESS
from loadtester.report.registry import REPORTS

_CHOICES = {
    flags.OUTPUT: tuple(REPORTS),
    flags.PROGRESS: tuple(PROGRESS),
    flags.ON_SATURATION: ("queue", "drop", "grow"),
}
_COMMANDS = (
    ("report", report.FLAGS, report.USAGE),
    ("diff", diff.FLAGS, diff.USAGE),
    ("selfcheck", selfcheck.FLAGS, selfcheck.USAGE),
)
_SUMMARY = "send load to a URL, and say what came of it"
_DESCRIPTION = (
    "Send load to a URL, in a closed or an open model, and print hey's summary or another report."
    " Saved runs are printed again by report, and compared by diff; selfcheck says what this"
    " machine can generate."
)


def program() -> Program:
    """hey, with its commands."""
    commands = tuple(_command(*one) for one in _COMMANDS)
    options = tuple(map(_option, flags.FLAGS))
    epilog = f"{helping.EXAMPLES}\n{helping.EPILOGUE}"
    return Program("hey", _SUMMARY, _DESCRIPTION, ("URL",), options, commands, epilog)


def _command(name: str, table: Sequence[Flag[Any]], usage: str) -> Program:
    text = " ".join(re.sub(r"^Usage: .*\n", "", usage).split())
    arguments = () if name == "selfcheck" else ("FILE",)
    options = tuple(map(_option, table))
    return Program(f"hey {name}", text.split(". ")[0].rstrip("."), text, arguments, options)


def _option(flag: Flag[Any]) -> Option:
    twin = f" [{flag.twin(flags.TWINS)}]" if flag.has_twin else ""
    default = f" Default {flag.default}." if flag.default else ""
    names = tuple(map(dashed, flag.names))
    return Option(names, flag.value, f"{flag.meaning}{default}{twin}", _CHOICES.get(flag, ()))


def print_manual(arguments: Sequence[str]) -> int:
    """`--print-man` and `--print-completion SHELL`; exit code 0."""
    kind, _, shell = arguments[0].partition("=")
    if kind == "--print-man":
        print(man_page(program()), end="")
    elif kind == "--print-completion":
        shell = shell or "".join(arguments[1:2])
        print(completion(program(), shell), end="")
    else:
        known = ", ".join(SHELLS)
        raise UsageError(f"{kind}: there is --print-man, and --print-completion {known}")
    return 0
