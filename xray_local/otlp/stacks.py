"""Stack traces, as texts of Python, Java and Node, to frames. Linear in their length. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xray_local.checking import printable
from xray_local.spans import StackFrame

MOST_FRAMES = 100
_MOST_CHARACTERS = 20_000
_LINE = 500
_PYTHON = re.compile(r'File "([^"]+)", line ([0-9]{1,9})(?:, in (\S.*))?')
_JAVA = re.compile(r"at ([\w.$<>/]+)\(([\w.$]+):([0-9]{1,9})\)")
_NODE = re.compile(r"at (?:([^()]+) \()?([^()\s]+):([0-9]{1,9}):[0-9]{1,9}\)?")


def frames_of(stacktrace: str) -> tuple[StackFrame, ...]:
    """The frames that its lines name, in their order; Python's innermost, the last, come first."""
    lines = stacktrace[:_MOST_CHARACTERS].splitlines()
    found = list(_frames(lines))
    if any(line.startswith("Traceback") for line in lines):
        found.reverse()
    return tuple(found[:MOST_FRAMES])


def _frames(lines: list[str]) -> Iterator[StackFrame]:
    for line in lines:
        words = line.strip()[:_LINE]
        if match := _PYTHON.match(words):
            yield StackFrame(printable(match[1]), int(match[2]), printable(match[3] or ""))
        elif match := _JAVA.match(words):
            yield StackFrame(printable(match[2]), int(match[3]), printable(match[1]))
        elif match := _NODE.match(words):
            yield StackFrame(printable(match[2]), int(match[3]), printable(match[1] or ""))
