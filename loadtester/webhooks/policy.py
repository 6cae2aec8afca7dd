"""What the operator allows tasks to do: commands, targets, files, code.

As soon as any rule is given, all that no rule speaks for is off: files, code in the metadata, and
beside rules for targets any command whose targets cannot be told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from loadtester.webhooks.errors import BadTaskError, RefusedError
from loadtester.webhooks.shellwords import split_plain

_NO_COMMAND = "cmd is not allowed here (no --allow-command pattern matches it)"
_UNKNOWN_TARGETS = (
    "cmd is not allowed here: what it would reach cannot be told, and --allow-target is given"
    " (name it with --allow-command too)"
)
_NO_FILES = "files are not allowed here (see --task-files)"


@dataclass(frozen=True)
class Policy:
    """The rules. Without any, everything is allowed."""

    allow_commands: Sequence[str] = ()
    allow_targets: Sequence[str] = ()
    no_shell: bool = False
    files: Path | None = None
    """The one folder that tasks may name files of."""
    allow_code: bool = False

    @property
    def is_restricted(self) -> bool:
        """Whether any rule is given that takes something away."""
        return bool(self.allow_commands or self.allow_targets or self.no_shell)

    def check_command(self, words: Sequence[str] | None, text: str) -> bool:
        """Whether the words, and not the text in a shell, are what was allowed, and so must run.

        `words` is None for a text that needs a shell. RefusedError unless a pattern matches: word
        for word, where `*` alone stands for any further words and within a word for any part of
        it; or, if the pattern has `**` in it, the text as a whole, where that stands for anything.
        """
        if not self.allow_commands:
            if self.allow_targets and not (words and words[0] == "hey"):
                raise RefusedError(_UNKNOWN_TARGETS)
            return bool(self.allow_targets)
        for pattern in self.allow_commands:
            if "**" not in pattern and words is not None and _matches_words(pattern, words):
                return True
        if any("**" in pattern and _matches(pattern, text) for pattern in self.allow_commands):
            return False
        raise RefusedError(_NO_COMMAND)

    def check_target(self, host: str, port: int, field: str = "url") -> None:
        """RefusedError unless the host (`host` or `host:port`) matches a pattern."""
        name = host.lower().rstrip(".")
        if self.allow_targets and not any(
            fnmatchcase(name, pattern.lower()) or fnmatchcase(f"{name}:{port}", pattern.lower())
            for pattern in self.allow_targets
        ):
            raise RefusedError(
                f"{field}: {name}:{port} is not an allowed target (see --allow-target)"
            )

    def check_code(self, field: str) -> None:
        """RefusedError unless tasks may bring code of their own."""
        if self.is_restricted and not self.allow_code:
            raise RefusedError(f"{field}: code is not allowed here (see --allow-code)")

    def check_file(self, field: str, text: str, status: int = 400) -> Path:
        """The file that a task names, resolved; relative to the folder of files if there is one.

        RefusedError where files are not allowed, BadTaskError for what is not there; neither says
        anything about files outside of the folder.
        """
        if self.files is None:
            if self.is_restricted:
                raise RefusedError(f"{field}: {_NO_FILES}")
            path = Path(text)
        else:
            path = self.files / text
            if not path.resolve().is_relative_to(self.files.resolve()):
                raise RefusedError(f"{field}: only files below --task-files are allowed here")
        if not path.is_file():
            raise BadTaskError(f"{field}: there is no file {text}", status)
        return path.resolve()


def _matches_words(pattern: str, words: Sequence[str]) -> bool:
    """Whether the words are those of the pattern; `*` stands for any number of them. Linear enough:
    the most words times the most stars."""
    parts = _pattern_words(pattern)
    reached = {0}
    for index, part in enumerate(parts):
        if part == "*":
            reached = set(range(min(reached, default=len(words) + 1), len(words) + 1))
            if index == len(parts) - 1:
                return bool(reached)
        else:
            reached = {at + 1 for at in reached if at < len(words) and _matches(part, words[at])}
    return len(words) in reached


@lru_cache(maxsize=256)
def _pattern_words(pattern: str) -> tuple[str, ...]:
    words = split_plain(pattern)
    return tuple(words if words is not None else pattern.split())


def _matches(pattern: str, text: str) -> bool:
    """Whether the text is the pattern, in which stars stand for any text."""
    first, *others = pattern.split("*")
    if not others:
        return text == pattern
    *middle, last = others
    if not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return at <= end
