"""YAML in Markdown: its blocks, and here-documents in those of shell, each line where it was."""

from __future__ import annotations

import re

from rehearsal.manifests.heredocs import heredocs

_FENCE = re.compile(r"([ \t>]{0,40})(`{3,}|~{3,})[ \t]*([^\s`{]{0,40})")
_YAML = {"yaml", "yml", "json"}
_SHELL = {"", "bash", "sh", "shell", "zsh", "console", "shell-session"}


def yaml_blocks(text: str) -> str:
    """A text of the same lines that holds only the YAML of its blocks, a document each."""
    kept: list[str] = []
    block: list[str] = []
    fence, indent, language = "", "", ""
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if not fence and match is not None:
            indent, fence, language = match.groups()
            kept.append("---" if language.lower() in _YAML else "")
        elif fence and match is not None and _closes(match, fence, line):
            kept += _yaml_of(block, language.lower())
            block, fence = [], ""
            kept.append("")
        elif fence:
            block.append(line.removeprefix(indent))
        else:
            kept.append("")
    return "\n".join(kept + _yaml_of(block, language.lower()))


def _yaml_of(block: list[str], language: str) -> list[str]:
    """The lines of a block, those that are no YAML empty."""
    if language in _YAML or not block:
        return block
    return heredocs("\n".join(block)).split("\n") if language in _SHELL else [""] * len(block)


def _closes(match: re.Match[str], fence: str, line: str) -> bool:
    return match[2].startswith(fence) and not line[match.end() :].strip() and not match[3]
