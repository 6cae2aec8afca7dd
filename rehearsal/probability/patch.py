"""Changes of a Canary as a patch of the very text it stands in: comments and quotes stay. Pure."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from rehearsal.probability.changes import Change, Edit

_PLAIN = re.compile(r"[A-Za-z0-9./_-]+")
_CONTEXT_LINES = 2

Replacement = tuple[int, int, str]
"""From where to where, in characters, and by what."""


class UnpatchableError(Exception):
    """The object, or the place of an edit, is not in the text as it stands."""


def patched(text: str, name: str, namespace: str, changes: Sequence[Change]) -> str:
    """The text with the changes made in the Canary of that name; raises UnpatchableError."""
    root = _find_canary(text, name, namespace)
    edits = [edit for change in changes for edit in change.edits]
    replacements = sorted((_replacement(text, root, edit) for edit in edits), reverse=True)
    for start, end, new in replacements:
        text = text[:start] + new + text[end:]
    return text


def unified_diff(path: str, old: str, new: str) -> str:
    """What `patch` and `git apply` read."""
    lines = difflib.unified_diff(
        old.splitlines(keepends=True),
        new.splitlines(keepends=True),
        f"a/{path}",
        f"b/{path}",
        n=_CONTEXT_LINES,
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def listed(changes: Sequence[Change]) -> list[str]:
    """The changes by their fields, where there is no text to patch."""
    return [
        f"{_field(edit.path)}: {json.dumps(edit.value)}"
        for change in changes
        for edit in change.edits
    ]


def _find_canary(text: str, name: str, namespace: str) -> yaml.MappingNode:
    try:
        documents = list(yaml.compose_all(text, yaml.SafeLoader))
    except yaml.YAMLError:
        raise UnpatchableError("the text is no YAML") from None
    for node in documents:
        for candidate in _objects(node):
            if _is_canary(candidate, name, namespace):
                return candidate
    raise UnpatchableError(f"there is no Canary {name}.{namespace} in the text")


def _objects(node: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    """An object, or those of a list."""
    if not isinstance(node, yaml.MappingNode):
        return
    yield node
    items = _value(node, "items")
    if isinstance(items, yaml.SequenceNode):
        yield from (item for item in items.value if isinstance(item, yaml.MappingNode))


def _is_canary(node: yaml.MappingNode, name: str, namespace: str) -> bool:
    kind, metadata = _value(node, "kind"), _value(node, "metadata")
    if kind is None or kind.value != "Canary" or not isinstance(metadata, yaml.MappingNode):
        return False
    named, placed = _value(metadata, "name"), _value(metadata, "namespace")
    return (
        named is not None and named.value == name and (placed is None or placed.value == namespace)
    )


def _value(node: yaml.MappingNode, key: str) -> yaml.Node | None:
    return next((value for found, value in node.value if found.value == key), None)


def _replacement(text: str, root: yaml.MappingNode, edit: Edit) -> Replacement:
    node: yaml.Node = root
    for depth, part in enumerate(edit.path):
        following = _child(node, part)
        if following is None:
            return _insertion(text, node, edit, depth)
        node = following
    start, end = node.start_mark.index, node.end_mark.index
    if edit.words is not None:
        old, new = edit.words
        written = text[start:end]
        if old not in written:
            raise UnpatchableError(f"{_field(edit.path)} is not written in one piece")
        return start, end, written.replace(old, new, 1)
    if not isinstance(node, yaml.ScalarNode) or node.style in ("|", ">"):
        raise UnpatchableError(f"{_field(edit.path)} is not a plain value")
    return start, end, _scalar(edit.value, node.style)


def _child(node: yaml.Node, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode) and isinstance(part, str):
        return _value(node, part)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        found: yaml.Node = node.value[part]
        return found
    return None


def _insertion(text: str, node: yaml.Node, edit: Edit, depth: int) -> Replacement:
    """A key that is not there yet, behind the first one of its object that has a plain value."""
    missing = edit.path[depth:]
    if not isinstance(node, yaml.MappingNode) or not node.value or len(missing) > 2:
        raise UnpatchableError(f"{_field(edit.path)} has no place in the text")
    written = _scalar(edit.value, None)
    if node.flow_style:
        inner = f"{missing[-1]}: {written}"
        inner = inner if len(missing) == 1 else f"{missing[0]}: {{{inner}}}"
        end = node.end_mark.index - 1
        return end, end, f", {inner}"
    key, value = node.value[0]
    indent = " " * key.start_mark.column
    nested = [f"{indent}{missing[0]}: {written}"]
    if len(missing) == 2:
        nested = [f"{indent}{missing[0]}:", f"{indent}  {missing[1]}: {written}"]
    if isinstance(value, yaml.ScalarNode) and value.style not in ("|", ">"):
        end = text.find("\n", value.end_mark.index)
        end = len(text) if end < 0 else end
        return end, end, "".join(f"\n{line}" for line in nested)
    raise UnpatchableError(f"{_field(edit.path)} has no place in the text")


def _scalar(value: Any, style: str | None) -> str:
    if isinstance(value, str) and (style in ("'", '"') or not _PLAIN.fullmatch(value)):
        return json.dumps(value) if style != "'" else "'" + value.replace("'", "''") + "'"
    return str(value) if isinstance(value, str) else json.dumps(value)


def _field(path: Sequence[str | int]) -> str:
    return "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in path
    ).removeprefix(".")
