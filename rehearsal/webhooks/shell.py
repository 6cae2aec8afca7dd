"""Command lines as a shell would split them, read and never run.

Only what lint needs: the words of each simple command, and the operators between them. A text that
cannot be split, or is very long, has no commands.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from rehearsal.webhooks.shell_text import simple_text

_LONGEST = 20_000
_OPERATORS = frozenset({";", "|", "||", "&&", "&", "(", ")", "|&"})
_WRAPPERS = {"timeout": 1, "nice": 0, "time": 0, "sudo": 0, "exec": 0, "env": 0, "nohup": 0}
_FLAGS_WITH_VALUES = {  # of the wrappers
    *("-s", "--signal", "-k", "--kill-after", "-n", "--adjustment", "-f", "-o", "-u", "-g"),
    *("--user", "--group", "-C", "--chdir", "--unset", "-a"),
}
_SHELLS = frozenset({"sh", "bash", "/bin/sh", "/bin/bash"})


@dataclass(frozen=True)
class Command:
    """A simple command: its words, and the operator that follows it (empty at the end)."""

    words: tuple[str, ...]
    operator: str = ""

    @property
    def name(self) -> str:
        """The program's name without its folder."""
        return PurePosixPath(self.words[0]).name

    def has_flag(self, *names: str) -> bool:
        """Whether one of the flags is given; single letters may stand together (`-sf`)."""
        for word in self.words[1:]:
            if word.split("=")[0] in names:
                return True
            letters = word[1:] if word[:1] == "-" and word[1:].isalpha() else ""
            if any(len(name) == 2 and name[1] in letters for name in names):
                return True
        return False


@lru_cache(maxsize=256)
def commands(text: str) -> tuple[Command, ...]:
    """The simple commands of a text in order; what a shell's -c says, instead of the shell."""
    return tuple(_commands(_tokens(text), depth=0))


def addresses(command: Command) -> Iterator[str]:
    """Whatever looks like an address in the words of a command."""
    for word in command.words[1:]:
        start = word.find("http")
        if start >= 0 and word.startswith(("http://", "https://"), start):
            yield word[start:].split()[0]


def _tokens(text: str) -> list[str]:
    if len(text) > _LONGEST:
        return []
    lexer = shlex.shlex(simple_text(text), posix=True, punctuation_chars=";|&()")
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        return _without_conditions(list(lexer))
    except ValueError:
        return []


def _without_conditions(tokens: list[str]) -> list[str]:
    """Without what stands in [[ ]]: && and || are words of a condition there."""
    kept, is_inside = [], False
    for token in tokens:
        is_inside = (is_inside or token == "[[") and token != "]]"
        if not is_inside:
            kept.append("[[" if token == "]]" else token)
    return kept


def _commands(tokens: list[str], depth: int) -> Iterator[Command]:
    words: list[str] = []
    for token in [*tokens, ""]:
        if token and token not in _OPERATORS:
            words.append(token)
            continue
        inner = _inner_text(words)
        if inner is not None and depth < 3:
            found = list(_commands(_tokens(inner), depth + 1))
            yield from found[:-1]
            words = list(found[-1].words) if found else []
        words = _unwrapped(words)
        if words:
            yield Command(tuple(words), token)
        words = []


def _inner_text(words: list[str]) -> str | None:
    """What `sh -c` is told."""
    plain = _unwrapped(words)
    if len(plain) > 2 and plain[0] in _SHELLS and plain[1].startswith("-") and "c" in plain[1]:
        return plain[2]
    return None


def _without_flags(words: list[str]) -> list[str]:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in _FLAGS_WITH_VALUES else 1
    return words[at:]


def _unwrapped(words: list[str]) -> list[str]:
    """Without assignments and programs such as timeout in front."""
    rest = list(words)
    while rest:
        name, equals, _ = rest[0].partition("=")
        if equals and name.isidentifier():
            rest = rest[1:]
        elif rest[0] in _WRAPPERS:
            count = _WRAPPERS[rest[0]]
            rest = _without_flags(rest[1:])[count:]
        elif rest[0] in ("!", "{", "}", "then", "do", "else", "if", "while"):
            rest = rest[1:]
        else:
            return rest
    return rest
