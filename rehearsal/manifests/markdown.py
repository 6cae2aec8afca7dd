"""YAML in Markdown: the fenced blocks of a document, each line where it was."""

from __future__ import annotations

import re

_FENCE = re.compile(r"([ \t>]{0,40})(`{3,}|~{3,})[ \t]*([^\s`{]{0,40})")
_LANGUAGES = {"yaml", "yml", "json"}


def yaml_blocks(text: str) -> str:
    """A text of the same lines that holds only the YAML blocks, a document each."""
    kept: list[str] = []
    fence, indent, is_yaml = "", "", False
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if not fence and match is not None:
            indent, fence, language = match.groups()
            is_yaml = language.lower() in _LANGUAGES
            kept.append("---" if is_yaml else "")
        elif match is not None and _closes(match, fence, line):
            fence = ""
            kept.append("")
        else:
            kept.append(line.removeprefix(indent) if fence and is_yaml else "")
    return "\n".join(kept)


def _closes(match: re.Match[str], fence: str, line: str) -> bool:
    return match[2].startswith(fence) and not line[match.end() :].strip() and not match[3]
