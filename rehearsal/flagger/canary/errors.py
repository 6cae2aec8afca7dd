"""What can be wrong with a Canary file, each said in one line with file, line and field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rehearsal.errors import UserError


@dataclass(frozen=True, order=True)
class Problem:
    """One fault: on which line (from 1), in which field (`spec.analysis.interval`), and what."""

    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}" if self.field else self.reason


class CanaryFileError(UserError):
    """A file that cannot be used; `problems` has all that is known, the text the first of them."""

    def __init__(self, path: Path | str, problems: Sequence[Problem]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__(self._text())

    def _text(self) -> str:
        first, *rest = self.problems
        where = f"{self.path}:{first.line}" if first.line else str(self.path)
        more = f" (and {len(rest)} more)" if rest else ""
        return f"{where}: {first}{more}"


class UnreadableError(CanaryFileError):
    """There is no such file, or it cannot be read."""


class NotYamlError(CanaryFileError):
    """The file is not YAML."""


class NotACanaryError(CanaryFileError):
    """The file holds no Canary, or not the one that was asked for."""


class InvalidError(CanaryFileError):
    """The API server would refuse the object."""


class UndecodableError(CanaryFileError):
    """The API server takes the object, and Flagger cannot read it."""
