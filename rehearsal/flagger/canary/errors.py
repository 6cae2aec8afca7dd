"""What can be wrong with a Canary file, each said in one line with file, line and field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from commons.errors import UserError


@dataclass(frozen=True, order=True)
class Problem:
    """One fault: where (from 1; line 0 is the whole file), in which field, and what.

    `field` is a path such as `spec.analysis.interval`, or empty for the document. `undecodable`
    marks what the API server takes and Flagger's Go types cannot hold.
    """

    line: int
    column: int
    field: str
    reason: str
    undecodable: bool = False

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}" if self.field else self.reason

    def at(self, path: Path | str) -> str:
        """The line that names it, `file:line: field: reason`."""
        return f"{path}:{self.line}: {self}" if self.line else f"{path}: {self}"


class CanaryFileError(UserError):
    """A file that cannot be used; `problems` has all that is known, its text a line for each."""

    def __init__(self, path: Path | str, problems: Sequence[Problem]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """Each problem on a line of its own."""
        return [problem.at(self.path) for problem in self.problems]


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
