"""One object of a file: what it is, what it says, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from rehearsal.errors import UserError
from rehearsal.flagger.canary.errors import Problem
from rehearsal.flagger.canary.yamltext import Document, Mark, Path

SpecT_co = TypeVar("SpecT_co", covariant=True)


@dataclass(frozen=True, order=True, slots=True)
class Location:
    """A place in a file; line and column count from 1, line 0 is the file as a whole."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Source:
    """The document an object came from, and the folder it was built in, if it was built."""

    path: str
    document: Document
    unit: str = ""

    def find(self, path: Path) -> Mark:
        """The mark of a field of the object, or of the nearest thing around it."""
        return self.document.find(path)

    def location(self, path: Path) -> Location:
        """Where a field of the object stands, or the nearest thing around it."""
        mark = self.find(path)
        return Location(self.path, mark.line, mark.column)


@dataclass(frozen=True)
class Manifest(Generic[SpecT_co]):
    """A Kubernetes object. `spec` is what was understood of it, `raw` the object as written.

    `namespace` is `default` when none is written; `has_namespace` tells the two apart, since
    whoever applies the object then chooses.
    """

    api_version: str
    kind: str
    name: str
    namespace: str
    has_namespace: bool
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    spec: SpecT_co
    raw: Mapping[str, Any]
    source: Source

    @property
    def full_name(self) -> str:
        """`name.namespace`, as Flagger's messages name objects."""
        return f"{self.name}.{self.namespace}"

    @property
    def location(self) -> Location:
        """Where the object begins."""
        return self.source.location(())

    def locate(self, *path: str | int) -> Location:
        """Where a field stands: `manifest.locate("spec", "replicas")`."""
        return self.source.location(path)


@dataclass(frozen=True, order=True)
class FileProblem:
    """One problem of one file."""

    path: str
    problem: Problem

    def __str__(self) -> str:
        return self.problem.at(self.path)


class ManifestError(UserError):
    """Files that cannot be used; its text has one line for each problem of all of them."""

    def __init__(self, problems: Sequence[FileProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def file_problem(path: str, reason: str) -> FileProblem:
    """A problem with a file as a whole."""
    return FileProblem(path, Problem(0, 0, "", reason))
