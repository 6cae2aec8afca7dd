"""Constants of templates: strings, characters and numbers as Go's package strconv reads them."""

from __future__ import annotations

import re

from rehearsal.flagger.golang.strings import quote
from rehearsal.flagger.golang.template.lexer import Kind
from rehearsal.flagger.golang.template.nodes import Number

_INVALID = "invalid syntax"
_ESCAPES = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
}
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\'\"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))"
)
_INTEGER = re.compile(
    r"([+-]?)(?:0[xX]_?([0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)|0[bB]_?([01]+(?:_[01]+)*)"
    r"|0[oO]?_?([0-7]+(?:_[0-7]+)*)|([1-9][0-9]*(?:_[0-9]+)*|0))"
)
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_HEX_FLOAT = re.compile(r"[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+")
_MAX_UINT = (1 << 64) - 1
_MAX_INT = (1 << 63) - 1
_MAX_DIGITS = 400
"""No constant that fits its type is longer."""


class ConstantError(ValueError):
    """A constant that Go cannot read; the text is Go's own error."""


class Overflow:
    """An unsigned constant that fits no int: an error where it is used."""


def unquoted(text: str) -> str:
    """The value of a quoted string, or of one in backquotes."""
    if text.startswith("`"):
        return text[1:-1].replace("\r", "")
    return _unescaped(text[1:-1], '"')


def character(text: str) -> int:
    """The code point of a character constant."""
    value = _unescaped_char(text)
    if value is None:
        raise ConstantError(_INVALID)
    code, length = value
    if text[1 + length :] != "'":
        raise ConstantError(f"malformed character constant: {text}")
    return code


def _unescaped_char(text: str) -> tuple[int, int] | None:
    if text[1:2] in ("", "'"):
        return None
    if text[1] != "\\":
        return ord(text[1]), 1
    escape = _ESCAPE.match(text, 1)
    code = None if escape is None else _code(escape, "'")
    return None if escape is None or code is None else (code, len(escape[0]))


def _unescaped(inside: str, mark: str) -> str:
    parts: list[bytes] = []
    at = 0
    while at < len(inside):
        slash = inside.find("\\", at)
        end = len(inside) if slash < 0 else slash
        parts.append(inside[at:end].encode("utf-8", "surrogateescape"))
        if slash < 0:
            break
        escape = _ESCAPE.match(inside, slash)
        code = None if escape is None else _code(escape, mark)
        if escape is None or code is None:
            raise ConstantError(_INVALID)
        is_byte = escape[2] is not None or escape[5] is not None
        parts.append(bytes([code]) if is_byte else chr(code).encode())
        at = escape.end()
    return b"".join(parts).decode("utf-8", "surrogateescape")


def _code(escape: re.Match[str], mark: str) -> int | None:
    if escape[1]:
        if escape[1] in "'\"":
            return ord(mark) if escape[1] == mark else None
        return ord(_ESCAPES[escape[1]])
    if escape[5]:
        code = int(escape[5], 8)
        return code if code < 256 else None
    code = int(escape[2] or escape[3] or escape[4], 16)
    if escape[2]:
        return code
    return code if code < 0x110000 and not 0xD800 <= code < 0xE000 else None


def number(text: str, kind: Kind) -> Number | Overflow:
    """The value of a number in a place that asks for no type."""
    if kind is Kind.CHAR_CONSTANT:
        return character(text)
    if len(text) > _MAX_DIGITS:
        raise ConstantError(f"illegal number syntax: {quote(text)}")
    if kind is Kind.COMPLEX or text.endswith("i"):
        return _complex(text)
    integer = _integer(text)
    if integer is not None and -_MAX_INT - 1 <= integer <= _MAX_INT:
        return integer
    if integer is not None and integer <= _MAX_UINT and text[0] not in "+-":
        return Overflow()
    value = _float(text)
    if value is None:
        raise ConstantError(f"illegal number syntax: {quote(text)}")
    if not any(char in text for char in ".eEpP"):
        raise ConstantError(f"integer overflow: {quote(text)}")
    return value


def _integer(text: str) -> int | None:
    found = _INTEGER.fullmatch(text)
    if found is None:
        return None
    sign, hexadecimal, binary, octal, decimal = found.groups()
    for digits, base in ((hexadecimal, 16), (binary, 2), (octal, 8), (decimal, 10)):
        if digits:
            value = int(digits.replace("_", ""), base)
            return -value if sign == "-" else value
    return None


def _float(text: str) -> float | None:
    if _FLOAT.fullmatch(text):
        value = float(text)
    elif _HEX_FLOAT.fullmatch(text):
        value = float.fromhex(text)
    else:
        return None
    return value if abs(value) != float("inf") else None


def _complex(text: str) -> Number:
    """A sum, or an imaginary number alone; without an imaginary part it stays complex."""
    split = max(text.rfind("+", 1), text.rfind("-", 1))
    if split > 0 and text[split - 1] in "eE":
        split = max(text.rfind("+", 1, split - 1), text.rfind("-", 1, split - 1))
    real = _float(text[:split]) if split > 0 else 0.0
    imaginary = _float(text[max(split, 0) : -1])
    if real is None or imaginary is None:
        if split > 0:
            raise ConstantError("syntax error scanning complex number")
        raise ConstantError(f"illegal number syntax: {quote(text)}")
    return complex(real, imaginary)
