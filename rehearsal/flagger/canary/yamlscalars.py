"""Plain scalars of YAML as go-yaml v2 resolves them, and as they come out of its way through JSON.

Source: go.yaml.in/yaml/v2 `resolve.go`; sigs.k8s.io/yaml `yaml.go`.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from typing import Any

PREFIX = "tag:yaml.org,2002:"
_RESOLVABLE = {f"{PREFIX}{name}" for name in ("str", "bool", "int", "float", "null", "timestamp")}
_BOOLEANS = {
    text: value
    for words, value in (
        (("y", "yes", "true", "on"), True),
        (("n", "no", "false", "off"), False),
    )
    for word in words
    for text in (word, word.capitalize(), word.upper())
}
_NULLS = {"", "~", "null", "Null", "NULL"}
_NOT_IN_JSON = {f"{sign}.{word}" for sign in ("", "+", "-") for word in ("inf", "Inf", "INF")} | {
    ".nan",
    ".NaN",
    ".NAN",
}
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-", re.ASCII)
_INTEGER = re.compile(
    r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))", re.ASCII
)
_BASES = (16, 2, 8, 10)
_MAX_DIGITS = 64
_MAX_INT64 = 2**63 - 1


def resolve(text: str, tag: str = "") -> Any:
    """The value of a plain scalar, or of one with a tag; ValueError with go-yaml's words."""
    if tag == f"{PREFIX}binary":
        return _binary(text)
    if tag == f"{PREFIX}str" or (tag and tag not in _RESOLVABLE):
        return text
    value = _plain(text, dated=tag in ("", f"{PREFIX}timestamp"))
    name = _kind(value, text)
    if tag and tag != f"{PREFIX}{name}" and not (tag == f"{PREFIX}float" and name == "int"):
        short = tag.removeprefix(PREFIX)
        raise ValueError(f"cannot decode !!{name} `{text[:80]}` as a !!{short}")
    return value


def _binary(text: str) -> str:
    try:
        data = base64.b64decode("".join(text.split("\n")), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("!!binary value contains invalid base64 data") from None
    return data.decode("utf-8", "replace")


def _kind(value: Any, text: str) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "int" if _integer(text.replace("_", "")) is not None else "float"
    return "timestamp" if _is_date(text) else "str"


def _plain(text: str, dated: bool) -> Any:
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text in _NULLS:
        return None
    if text in _NOT_IN_JSON:
        raise ValueError(f"{text} is no value that JSON knows")
    if text[0] not in "+-.0123456789" or (dated and _is_date(text)):
        return text
    plain = text.replace("_", "") if text[0] != "." else text
    whole = _integer(plain)
    if whole is not None:
        return whole if -_MAX_INT64 - 1 <= whole <= _MAX_INT64 else float(whole)
    if not _FLOAT.fullmatch(plain):
        return text
    number = float(plain)
    if math.isinf(number):
        return text
    return int(number) if number.is_integer() and abs(number) <= _MAX_INT64 else number


def _integer(plain: str) -> int | None:
    match = _INTEGER.fullmatch(plain[: _MAX_DIGITS + 4])
    if match is None or len(plain) > _MAX_DIGITS + 3:
        return None
    digits = match.groups()[1:]
    base, written = next((b, d) for b, d in zip(_BASES, digits, strict=True) if d is not None)
    value = int(match[1] + written, base)
    return value if -(2**63) <= value < 2**64 else None


def _is_date(text: str) -> bool:
    """Whether go-yaml takes it for a time; kubectl then keeps the text."""
    return _DATE.match(text) is not None and _TIME.fullmatch(text) is not None


_TIME = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    r"(?:[Tt][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:[.,][0-9]{1,9})?(?:[Zz]|[-+][0-9]{2}:[0-9]{2})"
    r"|[ ][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:[.,][0-9]{1,9})?)?",
    re.ASCII,
)
