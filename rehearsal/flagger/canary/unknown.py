"""Keys that no schema knows. The API server drops them without a word: a typing error is no error.

Nothing is refused for them; whoever reads a file can say them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from rehearsal.flagger.canary.base import Part, key_of
from rehearsal.flagger.canary.errors import Problem
from rehearsal.flagger.canary.problems import problem_at, suggestion
from rehearsal.flagger.canary.yamltext import Document, Path


def unknown_keys(spec: Part, document: Document) -> tuple[Problem, ...]:
    """Every key of the document's spec that was dropped, in the order of their lines."""
    paths = unknown_paths(spec, document.value["spec"], ("spec",))
    return tuple(sorted(_problem(path, known, document) for path, known in paths))


def _problem(path: Path, known: list[str], document: Document) -> Problem:
    hint = suggestion(str(path[-1]), known)
    return problem_at(document, path, f"unknown field, ignored by the API server{hint}")


def unknown_paths(
    part: Part, given: Mapping[str, Any], path: Path
) -> Iterator[tuple[Path, list[str]]]:
    """The path of every key that was dropped, with the keys that are known in its place."""
    names = _names(type(part))
    for key, value in given.items():
        if key not in names:
            yield (*path, key), list(names)
        else:
            yield from _inside(getattr(part, names[key]), value, (*path, key))


@cache
def _names(model: type[Part]) -> dict[str, str]:
    """The keys of a model in YAML, and the names of its fields."""
    return {key_of(name): name for name in model.model_fields}


def _inside(read: object, given: Any, path: Path) -> Iterator[tuple[Path, list[str]]]:
    if isinstance(read, Part):
        yield from unknown_paths(read, given, path)
    elif isinstance(read, tuple):
        for index, item in enumerate(read):
            yield from _inside(item, given[index], (*path, index))
    elif isinstance(read, Mapping):
        for key, item in read.items():
            yield from _inside(item, given[key], (*path, key))
