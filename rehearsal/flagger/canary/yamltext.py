"""YAML text to plain values that know their lines, read exactly as `kubectl` reads it.

`kubectl` turns YAML into JSON with sigs.k8s.io/yaml, which is go-yaml v2: scalars follow its
`resolve.go` (`y` is true, `1e3` is 1000, `2021-03-22` is text), keys become strings, a merge key
takes effect where it stands, and nulls in an object are as good as absent. A key set twice is
refused here, as the API server's strict validation does; `kubectl` itself lets the last one win.

The text may come from anywhere: depth, aliases and size are bounded, and every step is linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

from rehearsal.flagger.canary.yamlscalars import PREFIX, resolve
from rehearsal.flagger.golang import format_float

Path = tuple[str | int, ...]
"""Keys and indices from the root of a document."""

MAX_DEPTH = 100
MAX_ALIASED_NODES = 100_000
NOTE = "# rehearse:"

_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlError(Exception):
    """Text that is not YAML, or not YAML that kubectl takes; line and column count from 1."""

    def __init__(self, line: int, column: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.column = column
        self.reason = reason


class Mark(NamedTuple):
    """Where a value stands: its key (or its own beginning), its last line, and what is in it."""

    line: int
    column: int
    end_line: int
    children: dict[str | int, Mark] | None = None


class Note(NamedTuple):
    """A comment `# rehearse: TEXT`: where it stands, and the line of the field it is about."""

    line: int
    column: int
    field_line: int
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """One document: its value, where everything in it stands, and the comments meant for us."""

    value: Any
    mark: Mark
    notes: tuple[Note, ...] = ()

    def find(self, path: Path) -> Mark:
        """The mark of a field, or of the nearest thing around it that exists."""
        mark = self.mark
        for part in path:
            inner = (mark.children or {}).get(part)
            if inner is None:
                break
            mark = inner
        return mark

    def line(self, path: Path) -> int:
        """The line (from 1) of a field, or of the nearest thing around it that exists."""
        return self.find(path).line


def documents(text: str) -> Iterator[Document]:
    """The documents of a text, the empty ones left out; raises YamlError at the first bad one."""
    for found in documents_and_errors(text):
        if isinstance(found, YamlError):
            raise found
        yield found


def documents_and_errors(text: str) -> Iterator[Document | YamlError]:
    """The documents of a text, and an error in place of each that cannot be read."""
    for first_line, chunk in _chunks(text):
        try:
            yield from _Composer(chunk, first_line).documents()
        except YamlError as error:
            yield error


_SEPARATOR = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_PREAMBLE = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n|%[^\n]*\n)*[ \t]*")


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """The text cut before each `---`, as kubectl does, with the number of the first line."""
    start, line = 0, 1
    for separator in _SEPARATOR.finditer(text):
        preamble = _PREAMBLE.match(text, start, separator.start())
        if preamble is not None and preamble.end() == separator.start():
            continue
        yield line, text[start : separator.start()]
        line += text.count("\n", start, separator.start())
        start = separator.start()
    yield line, text[start:]


class _Composer:
    """Builds values from the parser's events."""

    def __init__(self, text: str, first_line: int) -> None:
        self._first_line = first_line
        self._text = text
        self._anchors: dict[str, tuple[Any, Mark, int]] = {}
        self._open_anchors: set[str] = set()
        self._aliased = 0
        self._nodes = 0

    def documents(self) -> Iterator[Document]:
        try:
            parser = _Parser(self._text)
            self._next = parser.get_event
            while not isinstance(event := self._next(), yaml.StreamEndEvent):
                if isinstance(event, yaml.DocumentStartEvent):
                    self._anchors.clear()
                    value, mark = self._node(self._next(), 0)
                    if value is not None:
                        yield Document(value, mark, self._notes())
        except yaml.MarkedYAMLError as error:
            raise self._syntax_error(error) from None
        except yaml.reader.ReaderError as error:
            raise self._character_error(error) from None

    def _notes(self) -> tuple[Note, ...]:
        """A comment behind a field is about that field, one on a line of its own about the next."""
        if NOTE not in self._text:
            return ()
        lines = self._text.split("\n")
        notes: list[Note] = []
        about = len(lines)
        for index in range(len(lines) - 1, -1, -1):
            before, mark, text = lines[index].partition(NOTE)
            if before.partition("#")[0].strip(" \t-"):
                about = index
            if mark and (not before or before[-1].isspace()):
                here = self._first_line + index
                notes.append(Note(here, len(before) + 1, self._first_line + about, text.strip()))
        return tuple(reversed(notes))

    def _syntax_error(self, error: yaml.MarkedYAMLError) -> YamlError:
        mark = error.problem_mark or error.context_mark
        return self._error(mark, " ".join(filter(None, (error.context, error.problem))))

    def _line_of(self, mark: Any) -> str:
        lines = self._text.split("\n", mark.line + 1)
        return lines[mark.line] if mark.line < len(lines) else ""

    def _character_error(self, error: yaml.reader.ReaderError) -> YamlError:
        before = self._text.encode("utf-8", "replace")[: error.position or 0]
        line = self._first_line + before.count(b"\n")
        return YamlError(line, 1, "control characters are not allowed")

    def _error(self, mark: Any, reason: str) -> YamlError:
        if mark is None:
            return YamlError(self._first_line, 1, reason)
        if "{{" in self._line_of(mark):
            reason += "; this looks like a template: render it first"
        return YamlError(self._first_line + mark.line, mark.column + 1, reason)

    def _node(self, event: Any, depth: int) -> tuple[Any, Mark]:
        if depth > MAX_DEPTH:
            raise self._error(event.start_mark, f"nested deeper than {MAX_DEPTH} levels")
        self._nodes += 1
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self._nodes
        if event.anchor:
            self._open_anchors.add(event.anchor)
        if isinstance(event, yaml.ScalarEvent):
            value, mark = self._scalar(event), self._mark(event, _last_line(event))
        elif isinstance(event, yaml.MappingStartEvent):
            value, mark = self._mapping(event, depth)
        else:
            value, mark = self._sequence(event, depth)
        if event.anchor:
            self._open_anchors.discard(event.anchor)
            self._anchors[event.anchor] = value, mark, self._nodes - before + 1
        return value, mark

    def _mark(self, event: Any, last_line: int, children: Any = None) -> Mark:
        start = event.start_mark
        return Mark(
            self._first_line + start.line,
            start.column + 1,
            self._first_line + last_line,
            children,
        )

    def _alias(self, event: Any) -> tuple[Any, Mark]:
        if event.anchor in self._open_anchors:
            raise self._error(event.start_mark, f"anchor '{event.anchor}' value contains itself")
        if event.anchor not in self._anchors:
            raise self._error(event.start_mark, f"unknown anchor '{event.anchor}' referenced")
        value, mark, size = self._anchors[event.anchor]
        self._aliased += size
        self._nodes += size
        if self._aliased > MAX_ALIASED_NODES:
            raise self._error(event.start_mark, "aliases make the document too large")
        return value, mark

    def _sequence(self, event: Any, depth: int) -> tuple[list[Any], Mark]:
        values: list[Any] = []
        children: dict[str | int, Mark] = {}
        while not isinstance(item := self._next(), yaml.SequenceEndEvent):
            value, children[len(values)] = self._node(item, depth + 1)
            values.append(value)
        return values, self._mark(event, self._end(event, children), children)

    def _end(self, event: Any, children: dict[str | int, Mark]) -> int:
        ends = [mark.end_line - self._first_line for mark in children.values()]
        return int(max([event.start_mark.line, *ends]))

    def _mapping(self, event: Any, depth: int) -> tuple[dict[str, Any], Mark]:
        value: dict[str, Any] = {}
        children: dict[str | int, Mark] = {}
        seen: set[str] = set()
        while not isinstance(key_event := self._next(), yaml.MappingEndEvent):
            if _is_merge(key_event):
                self._merge(key_event, value, children, depth)
                continue
            key = self._key(key_event)
            if key in seen:
                raise self._error(key_event.start_mark, f'key "{key[:80]}" is already set above')
            seen.add(key)
            item, mark = self._node(self._next(), depth + 1)
            children[key] = self._mark(
                key_event, max(mark.end_line, 0) - self._first_line, mark.children
            )
            if item is None:
                value.pop(key, None)
            else:
                value[key] = item
        return value, self._mark(event, self._end(event, children), children)

    def _merge(
        self, event: Any, value: dict[str, Any], children: dict[str | int, Mark], depth: int
    ) -> None:
        """`<<`: what is merged overrides what stands above it, and what comes below overrides it.

        Of several, earlier ones take precedence (go-yaml v2 decode.go, merge).
        """
        merged, mark = self._node(self._next(), depth + 1)
        several = isinstance(merged, list)
        parts = merged if several else [merged]
        if not all(isinstance(part, dict) for part in parts):
            reason = "a merge needs an object or a list of objects as its value"
            raise self._error(event.start_mark, reason)
        for index in range(len(parts) - 1, -1, -1):
            part_mark = (mark.children or {})[index] if several else mark
            value.update(parts[index])
            children.update(part_mark.children or {})

    def _key(self, event: Any) -> str:
        if isinstance(event, yaml.AliasEvent):
            value, _ = self._alias(event)
        elif isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
            if event.anchor:
                self._anchors[event.anchor] = value, self._mark(event, _last_line(event)), 1
        else:
            raise self._error(event.start_mark, "a key must be a plain word")
        if value is None or isinstance(value, dict | list):
            raise self._error(event.start_mark, "a key must be a plain word, not null")
        if isinstance(value, bool):
            return "true" if value else "false"
        return format_float(value) if isinstance(value, float) else str(value)

    def _scalar(self, event: Any) -> Any:
        if event.tag is None and not event.implicit[0]:
            return event.value
        try:
            return resolve(event.value, event.tag or "")
        except ValueError as error:
            raise self._error(event.start_mark, str(error)) from None


def _last_line(event: Any) -> int:
    end = event.end_mark
    return int(end.line - 1 if end.column == 0 and end.line > event.start_mark.line else end.line)


def _is_merge(event: Any) -> bool:
    return (
        isinstance(event, yaml.ScalarEvent)
        and event.value == "<<"
        and (event.implicit[0] or event.tag == f"{PREFIX}merge")
    )
