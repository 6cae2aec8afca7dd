"""YAML in shell scripts: the here-documents that are given to kubectl, each line where it was."""

from __future__ import annotations

import re
from collections.abc import Iterator

_OPENING = re.compile(r"(?<!<)<<(-?)[ \t]*(['\"\\]?)([A-Za-z_][A-Za-z0-9_]{0,63})")
_ESCAPED = re.compile(r"\\([$`\\])")


def heredocs(text: str) -> str:
    """A text of the same lines that holds only the bodies of here-documents, a document each.

    The shell's variables stay as they are written. A body that never closes goes on to the end, as
    in a shell.
    """
    return "\n".join(_kept(text.split("\n")))


def _kept(lines: list[str]) -> Iterator[str]:
    closing, has_tabs, is_quoted = "", False, False
    for line in lines:
        if not closing:
            opening = None if line.lstrip().startswith("#") else _OPENING.search(line)
            if opening is not None:
                has_tabs, is_quoted, closing = bool(opening[1]), bool(opening[2]), opening[3]
            yield "---" if opening is not None else ""
            continue
        body = line.lstrip("\t") if has_tabs else line
        if body.rstrip("\r") == closing:
            closing = ""
            yield ""
        else:
            yield body if is_quoted else _ESCAPED.sub(r"\1", body)
