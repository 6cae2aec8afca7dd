"""The functions that every template has: text/template/funcs.go.

A function takes evaluated arguments and raises CallError with Go's sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus

from rehearsal.flagger.golang.printing import default, sprint, sprintf, sprintln
from rehearsal.flagger.golang.verbs import Byte, Value, type_name

_ON_ZERO = "reflect: call of reflect.Value.Type on zero Value"
_HTML = str.maketrans(
    {
        "\0": "\ufffd",
        '"': "&#34;",
        "'": "&#39;",
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
    }
)
_JS = {
    "\\": "\\\\",
    "'": "\\'",
    '"': '\\"',
    "<": "\\u003C",
    ">": "\\u003E",
    "&": "\\u0026",
    "=": "\\u003D",
}
_KINDS = {
    "bool": "bool",
    "int": "int",
    "uint8": "uint",
    "float64": "float",
    "complex128": "complex",
    "string": "string",
}


class CallError(Exception):
    """What a function says of its arguments."""


@dataclass(frozen=True)
class Function:
    """A builtin function: how many arguments it takes, and whether the first must be a string."""

    call: Callable[[Sequence[Value]], Value]
    least: int
    most: int | None = None
    takes_format: bool = False


def is_true(value: Value) -> bool:
    """Whether a value counts as true: it is not the zero of its type."""
    return bool(value)


def text_of(values: Sequence[Value]) -> str:
    """Arguments as one text."""
    return sprint(["<no value>" if value is None else value for value in values])


def _length(values: Sequence[Value]) -> Value:
    item = values[0]
    if isinstance(item, str):
        return len(item.encode("utf-8", "surrogateescape"))
    if isinstance(item, Mapping):
        return len(item)
    if item is None:
        raise CallError(_ON_ZERO)
    raise CallError(f"len of type {type_name(item)}")


def _index(values: Sequence[Value]) -> Value:
    item = values[0]
    if item is None:
        raise CallError("index of untyped nil")
    for index in values[1:]:
        item = _indexed(item, index)
    return item


def _indexed(item: Value, index: Value) -> Value:
    if isinstance(item, str):
        raw = item.encode("utf-8", "surrogateescape")
        at = _offset(index, len(raw))
        if at == len(raw):
            raise CallError("reflect: string index out of range")
        return Byte(raw[at])
    if isinstance(item, Mapping):
        if index is None:
            raise CallError("value is nil; should be of type string")
        if not isinstance(index, str):
            raise CallError(f"value has type {type_name(index)}; should be string")
        return item.get(index, "")
    raise CallError(f"can't index item of type {type_name(item)}")


def _offset(index: Value, capacity: int) -> int:
    if index is None:
        raise CallError("cannot index slice/array with nil")
    if not isinstance(index, int) or isinstance(index, bool):
        raise CallError(f"cannot index slice/array with type {type_name(index)}")
    if not 0 <= index <= capacity:
        raise CallError(f"index out of range: {int(index)}")
    return int(index)


def _slice(values: Sequence[Value]) -> Value:
    item, indexes = values[0], values[1:]
    if item is None:
        raise CallError("slice of untyped nil")
    if len(indexes) > 3:
        raise CallError(f"too many slice indexes: {len(indexes)}")
    if not isinstance(item, str):
        raise CallError(f"can't slice item of type {type_name(item)}")
    if len(indexes) == 3:
        raise CallError("cannot 3-index slice a string")
    raw = item.encode("utf-8", "surrogateescape")
    bounds = [0, len(raw)]
    for place, index in enumerate(indexes):
        bounds[place] = _offset(index, len(raw))
    if bounds[0] > bounds[1]:
        raise CallError(f"invalid slice index: {bounds[0]} > {bounds[1]}")
    return raw[bounds[0] : bounds[1]].decode("utf-8", "surrogateescape")


def _equal(values: Sequence[Value]) -> Value:
    if len(values) < 2:
        raise CallError("missing argument for comparison")
    return any(_equals(values[0], other) for other in values[1:])


def _equals(one: Value, other: Value) -> bool:
    kind, other_kind = _kind(one), _kind(other)
    if {kind, other_kind} == {"int", "uint"} or kind == other_kind != "":
        return one == other
    if one is None or other is None:
        return one is None and other is None
    if kind != other_kind:
        raise CallError(
            f"incompatible types for comparison: {type_name(one)} and {type_name(other)}"
        )
    raise CallError(f"non-comparable type {default(other)}: {type_name(other)}")


def _less(values: Sequence[Value]) -> Value:
    one, other = values
    kind, other_kind = _kind(one), _kind(other)
    if not kind or not other_kind:
        raise CallError("invalid type for comparison")
    if kind != other_kind and {kind, other_kind} != {"int", "uint"}:
        raise CallError(
            f"incompatible types for comparison: {type_name(one)} and {type_name(other)}"
        )
    if kind in ("bool", "complex"):
        raise CallError("invalid type for comparison")
    if isinstance(one, str) and isinstance(other, str):
        return one.encode("utf-8", "surrogateescape") < other.encode("utf-8", "surrogateescape")
    return one < other  # type: ignore[operator]


def _less_or_equal(values: Sequence[Value]) -> Value:
    return bool(_less(values)) or _equal(values)


def _kind(value: Value) -> str:
    return _KINDS.get(type_name(value), "")


def _html(values: Sequence[Value]) -> Value:
    return text_of(values).translate(_HTML)


def _js(values: Sequence[Value]) -> Value:
    return "".join(map(_js_char, text_of(values)))


def _js_char(char: str) -> str:
    if char in _JS:
        return _JS[char]
    if char < " ":
        return f"\\u00{ord(char):02X}"
    if char.isascii() or char.isprintable():
        return char
    return f"\\u{ord(char):04X}"


def _url_query(values: Sequence[Value]) -> Value:
    return quote_plus(text_of(values), safe="-_.~", errors="surrogateescape")


def _call(values: Sequence[Value]) -> Value:
    """No value of ours is a function."""
    if values[0] is None:
        raise CallError("call of nil")
    raise CallError(type_name(values[0]))


BUILTINS: Mapping[str, Function] = {
    "and": Function(lambda values: values[-1], 1),
    "call": Function(_call, 1),
    "eq": Function(_equal, 1),
    "ge": Function(lambda values: not _less(values), 2, 2),
    "gt": Function(lambda values: not _less_or_equal(values), 2, 2),
    "html": Function(_html, 0),
    "index": Function(_index, 1),
    "js": Function(_js, 0),
    "le": Function(_less_or_equal, 2, 2),
    "len": Function(_length, 1, 1),
    "lt": Function(_less, 2, 2),
    "ne": Function(lambda values: not _equal(values), 2, 2),
    "not": Function(lambda values: not is_true(values[0]), 1, 1),
    "or": Function(lambda values: values[-1], 1),
    "print": Function(sprint, 0),
    "printf": Function(lambda values: sprintf(str(values[0]), values[1:]), 1, None, True),
    "println": Function(sprintln, 0),
    "slice": Function(_slice, 1),
    "urlquery": Function(_url_query, 0),
}
