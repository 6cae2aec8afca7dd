"""JSON as Go's `encoding/json` decodes it into a struct: names, types and its sentences.

A `Shape` says what a part has to be and how Go prints its type. Field names are matched without
regard to case, the last of a name counts, `null` leaves the zero value, what is unknown is skipped.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rehearsal.flagger.controller.errors import QueryFailed

_Kind = Literal["object", "array", "number", "string", "any"]
_ZERO: dict[_Kind, Any] = {
    "object": None,
    "array": None,
    "number": 0.0,
    "string": "",
    "any": None,
}
_LITERALS = {"t": "true", "f": "false", "n": "null"}
_BEYOND = {
    "Expecting property name enclosed in double quotes": "looking for beginning of object key"
    " string",
    "Illegal trailing comma before end of object": "looking for beginning of object key string",
    "Illegal trailing comma before end of array": "looking for beginning of value",
    "Expecting ':' delimiter": "after object key",
    "Extra data": "after top-level value",
    "Invalid control character at": "in string literal",
}


@dataclass(frozen=True)
class Shape:
    """What a part of a document has to be.

    `type` is Go's name of it; `name` that of a struct, empty where it is anonymous. `fields` are
    by their JSON name, each with the name that Go's messages call it by. `nullable` keeps a null
    apart from zero.
    """

    kind: _Kind
    type: str = ""
    name: str = ""
    fields: Mapping[str, tuple[str, "Shape"]] = field(default_factory=dict)
    element: "Shape | None" = None
    nullable: bool = False


NUMBER = Shape("number", "float64")
NULLABLE_NUMBER = Shape("number", "float64", nullable=True)
STRING = Shape("string", "string")
ANYTHING = Shape("any", "interface {}")


def struct(name: str, type_: str, /, **fields: tuple[str, str, Shape]) -> Shape:
    """A struct; each field is (JSON name, Go's name for it, shape)."""
    by_name = {json_name.lower(): (go_name, shape) for json_name, go_name, shape in fields.values()}
    return Shape("object", type_, name, by_name)


def array(type_: str, element: Shape) -> Shape:
    """A slice."""
    return Shape("array", type_, element=element)


def decode(text: str, shape: Shape) -> Any:
    """The document, shaped; raises QueryFailed with `error unmarshaling result: …`."""
    decoder = _Decoder()
    try:
        shaped = decoder.shaped(parse(text), shape, "", ())
    except ValueError as error:
        raise QueryFailed(f"error unmarshaling result: {error}, '{_shortened(text)}'") from None
    if decoder.mismatch:
        fault = decoder.mismatch
        raise QueryFailed(f"error unmarshaling result: {fault}, '{_shortened(text)}'")
    return shaped


def parse(text: str) -> Any:
    """A JSON document; raises ValueError with Go's sentence."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise ValueError(_syntax_words(text, error)) from None
    except RecursionError:
        raise ValueError("exceeded max depth") from None


class _Decoder:
    """Go goes on after a mismatch and reports the first at the end."""

    def __init__(self) -> None:
        self.mismatch = ""

    def shaped(self, value: Any, shape: Shape, owner: str, path: tuple[str, ...]) -> Any:
        if value is None:
            return None if shape.nullable else _ZERO[shape.kind]
        if shape.kind == "any":
            return value
        kind = _kind(value)
        if kind != shape.kind:
            self._mismatched(kind, shape, owner, path)
            return _ZERO[shape.kind]
        if isinstance(value, dict):
            return self._object(value, shape, path)
        if isinstance(value, list):
            assert shape.element is not None
            return [self.shaped(item, shape.element, owner, path) for item in value]
        return float(value) if kind == "number" else value

    def _object(self, value: dict[str, Any], shape: Shape, path: tuple[str, ...]) -> dict[str, Any]:
        found = {name: _ZERO[part.kind] for name, (_, part) in shape.fields.items()}
        found |= {name: None for name, (_, part) in shape.fields.items() if part.nullable}
        for key, item in value.items():
            named = shape.fields.get(key.lower())
            if named is not None:
                go_name, part = named
                found[key.lower()] = self.shaped(item, part, shape.name, (*path, go_name))
        return found

    def _mismatched(self, kind: str, shape: Shape, owner: str, path: tuple[str, ...]) -> None:
        where = "value" if not path else f"struct field {owner}.{'.'.join(path)}"
        text = f"json: cannot unmarshal {kind} into Go {where} of type {shape.type}"
        self.mismatch = self.mismatch or text


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "bool"
        case dict():
            return "object"
        case list():
            return "array"
        case str():
            return "string"
        case _:
            return "number"


def _refuse_constant(name: str) -> float:
    raise ValueError(f"invalid character '{name[0]}' looking for beginning of value")


def _syntax_words(text: str, error: json.JSONDecodeError) -> str:
    rest = text[error.pos :]
    if not rest or error.msg.startswith("Unterminated string"):
        return "unexpected end of JSON input"
    if error.msg.startswith("Invalid \\escape"):
        return f"invalid character {_char(rest[1:2])} in string escape code"
    if error.msg.startswith("Expecting ',' delimiter"):
        return _beyond_value(text, error.pos)
    if error.msg == "Expecting value" and rest[0] in _LITERALS:
        return _literal_words(rest)
    where = _BEYOND.get(error.msg, "looking for beginning of value")
    return f"invalid character {_char(rest[0])} {where}"


def _literal_words(rest: str) -> str:
    literal = _LITERALS[rest[0]]
    for index, wanted in enumerate(literal):
        if index >= len(rest):
            return "unexpected end of JSON input"
        if rest[index] != wanted:
            return (
                f"invalid character {_char(rest[index])} in literal {literal} (expecting"
                f" '{wanted}')"
            )
    return f"invalid character {_char(rest[0])} looking for beginning of value"


def _beyond_value(text: str, position: int) -> str:
    char = text[position]
    if char == "." and position + 1 < len(text):
        following = _char(text[position + 1])
        return f"invalid character {following} after decimal point in numeric literal"
    inside = "array element" if _is_in_array(text[:position]) else "object key:value pair"
    return f"invalid character {_char(char)} after {inside}"


def _is_in_array(before: str) -> bool:
    """Whether the innermost mark left open is a bracket; strings are skipped, in one pass."""
    opened, in_string, escaped = list[str](), False, False
    for char in before:
        if in_string:
            escaped, in_string = char == "\\" and not escaped, char != '"' or escaped
        elif char == '"':
            in_string = True
        elif char in "[{":
            opened.append(char)
        elif char in "]}" and opened:
            opened.pop()
    return bool(opened) and opened[-1] == "["


def _char(char: str) -> str:
    """A character as Go's decoder quotes it: its first byte."""
    if char == "'":
        return r"'\''"
    if char == '"':
        return "'\"'"
    byte = char.encode("utf-8", "replace")[:1].decode("latin-1")
    return "'" + (byte if byte.isprintable() else repr(byte)[1:-1]) + "'"


def _shortened(text: str) -> str:
    return text if len(text) <= 4096 else f"{text[:4096]}…"
