"""The text of `hey --help`."""

import textwrap
from collections.abc import Iterable
from typing import Any

from loadtester.hey import flags
from loadtester.hey.goflag import Flag, dashed

WIDTH = 96
INDENT = 31
USAGE = """\
Usage: hey [flags] URL
       hey report FILE...      print saved runs again, merged into one
       hey diff A B            is B slower than A?
       hey selfcheck           what this machine can generate, and how late its timers are
"""
EXAMPLES = """\
Examples:
  hey -z 1m -q 5 -c 2 http://localhost:3000/ping
  hey -n 1000 -c 20 -m POST -T application/json -d '{"id": 1}' http://localhost:3000/catalog
  hey --rate 200 -z 30s --threshold 'p99<250ms' --threshold 'error_rate<1%' http://localhost:3000/
  hey --rate 10..200/30s,200/2m -o html http://localhost:3000/ > report.html
"""
EPILOGUE = """\
A flag may have one dash or two, and its value after a space or `=`; flags go before the URL.
Every flag has a twin in the environment, in brackets above. Exit codes: 0 whatever the responses
were, 1 if the run could not be printed or saved, 2 for a command line that cannot be carried out,
99 when a threshold failed, 130 when the run was interrupted.
"""


def help_text() -> str:
    """Usage, every flag with its default and twin, examples."""
    groups = (f"{group.heading}:\n{flag_lines(group.flags, flags.TWINS)}" for group in flags.GROUPS)
    return "\n".join([USAGE, *groups, EXAMPLES, EPILOGUE])


def flag_lines(group: Iterable[Flag[Any]], twins: str) -> str:
    """One entry per flag."""
    return "".join(_entry(flag, twins) for flag in group)


def _entry(flag: Flag[Any], twins: str) -> str:
    head = "  " + ", ".join(map(dashed, flag.names)) + (f" {flag.value}" if flag.value else "")
    twin = f" [{flag.twin(twins)}]" if flag.has_twin else ""
    meaning = f"{flag.meaning}{_default(flag)}{twin}"
    body = textwrap.wrap(meaning, WIDTH - INDENT, break_on_hyphens=False)
    if len(head) >= INDENT:
        return "\n".join([head, *(" " * INDENT + line for line in body)]) + "\n"
    lines = [head.ljust(INDENT) + body[0], *(" " * INDENT + line for line in body[1:])]
    return "\n".join(lines) + "\n"


def _default(flag: Flag[Any]) -> str:
    return f" Default {flag.default}." if flag.default else ""
