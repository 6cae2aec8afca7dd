"""A JSON object of strings, read with the manners of Go's ``encoding/json``.

Python's parser is both stricter and laxer than Go's. Go matches field names without regard to
case, lets the last duplicate win, leaves a field alone when its value is ``null``, never looks
at the value of an unknown field, and replaces broken UTF-8 by U+FFFD. It refuses ``NaN`` and
``Infinity``, and anything after the value.
"""

import codecs
import json
from collections.abc import Iterator
from typing import Any, NoReturn

from loadtester.webhooks.errors import MalformedPayloadError

_FOLDS = str.maketrans({"\u017f": "s", "\u212a": "k"})  # what strings.EqualFold adds to ASCII


class Pairs(list[tuple[str, Any]]):
    """One JSON object with its duplicates still in it, in order."""


def _replace_each_byte(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "\ufffd" * (error.end - error.start), error.end


codecs.register_error("loadtester.go", _replace_each_byte)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=Pairs,
    parse_constant=_refuse_constant,
    parse_float=lambda _: 0.0,
    parse_int=lambda _: 0,
)


def decode(body: bytes) -> Any:
    """The value of ``body``; objects are `Pairs`, numbers are 0 (no field of ours is a number).

    Raises MalformedPayloadError where ``json.Unmarshal`` would return a syntax error.
    """
    try:
        return _DECODER.decode(body.decode("utf-8", "loadtester.go"))
    except (ValueError, RecursionError) as error:
        raise MalformedPayloadError(f"not JSON: {error}") from None


def members(value: Any) -> Iterator[tuple[str, Any]]:
    """The members of an object under lower-case names, in order; nothing for ``null``."""
    if value is None:
        return
    if not isinstance(value, Pairs):
        raise MalformedPayloadError("the payload is not a JSON object")
    for name, member in value:
        yield (name if name.isascii() else name.translate(_FOLDS)).lower(), member


def text(value: Any, field: str) -> str | None:
    """A string with lone surrogates replaced as Go does; None for ``null``."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise MalformedPayloadError(f"{field} is not a string")
    return clean(value)


def clean(value: str) -> str:
    """``value`` without lone surrogates, which JSON can spell and UTF-8 cannot."""
    if value.isascii():
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
