"""YAML text to plain values that know their lines.

Read as `kubectl` reads it: no dates, no base-60 numbers, nulls in an object are as good as absent,
a key must not come twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]
"""Keys and indices from the root of a document."""

MOST_NODES = 100_000


@dataclass(frozen=True)
class YamlError(Exception):
    """Text that is not YAML, or not YAML that kubectl takes."""

    line: int
    reason: str


@dataclass(frozen=True)
class Document:
    """One document: its value, and the line (from 1) of everything in it."""

    value: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """The line of a field, or of the nearest thing around it that exists."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 0)


class _Loader(yaml.SafeLoader):
    """SafeLoader without dates and base-60 integers."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int",
    re.compile(r"^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+)$"),
    list("-+0123456789"),
)


def documents(text: str) -> Iterator[Document]:
    """The documents of a text, the empty ones left out; raises YamlError."""
    try:
        loader = _Loader(text)
        while loader.check_node():
            node = loader.get_node()
            reader = _Reader(loader)
            value = reader.read(node, ())
            if value is not None:
                yield Document(value, reader.lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(filter(None, (error.context, error.problem)))
        raise YamlError(mark.line + 1 if mark else 0, reason) from None
    except yaml.YAMLError as error:
        raise YamlError(0, str(error).splitlines()[0]) from None


class _Reader:
    """Builds the value of one document and notes the lines on the way."""

    def __init__(self, loader: _Loader) -> None:
        self._loader = loader
        self._seen = 0
        self.lines: dict[Path, int] = {}

    def read(self, node: yaml.Node | None, path: Path) -> Any:
        if node is None:
            return None
        self._seen += 1
        if self._seen > MOST_NODES or len(path) > 100:
            raise YamlError(_line(node), "aliases make this too large to be a Canary")
        self.lines.setdefault(path, _line(node))
        if isinstance(node, yaml.MappingNode):
            return self._object(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node)

    def _object(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        self._check_keys(node)
        self._loader.flatten_mapping(node)
        value: dict[str, Any] = {}
        for key_node, item in node.value:
            key = str(key_node.value)
            here = (*path, key)
            self.lines[here] = _line(key_node)
            read = self.read(item, here)
            if read is None:
                value.pop(key, None)
            else:
                value[key] = read
        return value

    def _check_keys(self, node: yaml.MappingNode) -> None:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise YamlError(_line(key), "a key must be a plain word")
            if key.value in seen and key.value != "<<":
                raise YamlError(_line(key), f'key "{key.value}" is already set above')
            seen.add(key.value)

    def _scalar(self, node: yaml.Node) -> Any:
        try:
            return self._loader.construct_object(node, deep=True)
        except ValueError as error:
            raise YamlError(_line(node), str(error)) from None


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
