"""Values of foreign documents, checked one by one. Pure.

Whoever can reach a port writes what is read here, so that types, lengths, depth and times are
checked before anything is kept. Every text becomes printable: terminals and pages show it.
"""

import json
import math
from collections.abc import Mapping

from xray_local.errors import MalformedError
from xray_local.spans import Scalar

MOST_NAME = 200
MOST_ID = 100
MOST_TEXT = 2_000
MOST_KEYS = 200
MOST_DEPTH = 64
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_TIME_LIMIT_S = 1e11


def load_json(text: bytes | str) -> object:
    """A JSON value; MalformedError of kind `json`."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise MalformedError("json", f"not JSON: {error}"[:MOST_NAME]) from None
    except RecursionError:
        raise MalformedError("json", "not JSON: nested too deeply") from None


def as_object(value: object, name: str = "it") -> dict[str, object]:
    """A JSON object; MalformedError of kind `type`."""
    if not isinstance(value, dict):
        raise MalformedError("type", f"{name} is not an object")
    return value


def object_or_empty(value: object) -> dict[str, object]:
    """A JSON object; what is none is as if it were not there."""
    return value if isinstance(value, dict) else {}


def printable(text: str, most: int = MOST_TEXT) -> str:
    """A text that can be shown: control characters and lone surrogates replaced, and cut."""
    cut = text[:most]
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() or c in "\n\t" else _REPLACEMENT for c in cut)


def required_text(fields: Mapping[str, object], name: str) -> str:
    """A text that must be there; MalformedError of kind `type`."""
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedError("type", f"{name} is not a text")
    return value


def required_id(fields: Mapping[str, object], name: str) -> str:
    """An id of at most 100 printable characters; MalformedError of kind `id`."""
    value = required_text(fields, name)
    if len(value) > MOST_ID or not value.isprintable():
        raise MalformedError("id", f"{name} is longer than {MOST_ID} characters or not printable")
    return value


def required_time_s(fields: Mapping[str, object], name: str) -> float:
    """A time in seconds since 1970; MalformedError of kind `time`."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedError("time", f"{name} is not a number")
    # A float of an integer beyond its range is an error, so compare before converting.
    if not 0 <= value < _TIME_LIMIT_S or not math.isfinite(value):
        raise MalformedError("time", f"{name} is not a time in seconds since 1970")
    return float(value)


def text_of(value: object, most: int = MOST_TEXT) -> str:
    """A text to show; empty for any other type."""
    return printable(value, most) if isinstance(value, str) else ""


def whole_of(value: object, most: int = 1 << 53) -> int:
    """A whole number from 0 on; 0 for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if 0 <= value <= most else 0


def scalars_of(value: object) -> dict[str, Scalar]:
    """The texts, numbers and truths of an object, at most 200 of them."""
    found: dict[str, Scalar] = {}
    for key, one in object_or_empty(value).items():
        if isinstance(one, str):
            found[printable(key, MOST_NAME)] = printable(one)
        elif isinstance(one, bool | int | float) and -1e300 < one < 1e300:
            found[printable(key, MOST_NAME)] = one
        if len(found) == MOST_KEYS:
            break
    return found
