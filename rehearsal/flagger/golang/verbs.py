"""One value under one verb of Go's package fmt (fmt/print.go and fmt/format.go).

Values are those that templates know: strings, ints, bytes of strings, floats, complex numbers,
bools, maps of strings, and nil (None).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from rehearsal.flagger.golang.numbers import format_float
from rehearsal.flagger.golang.strings import quote


class Byte(int):
    """One byte of a string: a Go uint8."""


Value = str | int | float | complex | Mapping[str, str] | None
"""A value of a template; None is Go's nil."""


def type_name(value: Value) -> str:
    """The Go type of a value."""
    match value:
        case bool():
            return "bool"
        case Byte():
            return "uint8"
        case int():
            return "int"
        case float():
            return "float64"
        case complex():
            return "complex128"
        case str():
            return "string"
        case None:
            return "<nil>"
    return "map[string]string"


@dataclass
class Flags:
    """Flags, width and precision of a verb."""

    minus: bool = False
    plus: bool = False
    sharp: bool = False
    go_syntax: bool = False
    space: bool = False
    zero: bool = False
    width: int | None = None
    precision: int | None = None

    def pad(self, text: str) -> str:
        missing = (self.width or 0) - len(text)
        if missing <= 0:
            return text
        if self.minus:
            return text + " " * missing
        return ("0" if self.zero else " ") * missing + text

    def pad_number(self, sign: str, digits: str) -> str:
        """A number: zeros go between the sign and the digits."""
        if self.zero and not self.minus and self.width is not None:
            digits = digits.rjust(self.width - len(sign), "0")
        return Flags(minus=self.minus, width=self.width).pad(sign + digits)


def with_type(value: Value, flags: Flags) -> str:
    """A value behind the name of its type, as errors within formats show it."""
    return "<nil>" if value is None else f"{type_name(value)}={formatted('v', value, flags)}"


def _bad(verb: str, value: Value, flags: Flags) -> str:
    return f"%!{verb}({with_type(value, flags)})"


def formatted(verb: str, value: Value, flags: Flags) -> str:
    """One value under one verb."""
    if verb == "T":
        return Flags(minus=flags.minus, width=flags.width).pad(type_name(value))
    if value is None:
        return flags.pad("<nil>") if verb == "v" else f"%!{verb}(<nil>)"
    if isinstance(value, bool):
        return flags.pad(str(value).lower()) if verb in "tv" else _bad(verb, value, flags)
    if isinstance(value, int):
        return _integer(verb, value, flags)
    if isinstance(value, float):
        return _float(verb, value, flags)
    if isinstance(value, complex):
        return _complex(verb, value, flags)
    if isinstance(value, str):
        return _string(verb, value, flags)
    return _map(verb, value, flags)


def _map(verb: str, value: Mapping[str, str], flags: Flags) -> str:
    if verb == "v" and flags.go_syntax:
        inside = ", ".join(f"{quote(key)}:{quote(value[key])}" for key in sorted(value))
        return f"map[string]string{{{inside}}}"
    pairs = (
        f"{formatted(verb, key, flags)}:{formatted(verb, value[key], flags)}"
        for key in sorted(value)
    )
    return f"map[{' '.join(pairs)}]"


def _string(verb: str, value: str, flags: Flags) -> str:
    text = value if flags.precision is None else value[: flags.precision]
    match verb:
        case "v" if flags.go_syntax:
            return flags.pad(quote(text))
        case "s" | "v":
            return flags.pad(text)
        case "q":
            if flags.sharp and "`" not in text and _can_backquote(text):
                return flags.pad(f"`{text}`")
            return flags.pad(quote(text))
        case "x" | "X":
            return flags.pad(_hexadecimal(verb, value, flags))
    return _bad(verb, value, flags)


def _can_backquote(text: str) -> bool:
    return all(char == "\t" or (char >= " " and char not in "\x7f\ufeff") for char in text)


def _hexadecimal(verb: str, value: str, flags: Flags) -> str:
    raw = value.encode("utf-8", "surrogateescape")
    raw = raw if flags.precision is None else raw[: flags.precision]
    prefix = f"0{verb}" if flags.sharp and raw else ""
    between = " " if flags.space else ""
    digits = between.join(
        (prefix if index == 0 or flags.space else "") + f"{byte:02x}"
        for index, byte in enumerate(raw)
    )
    return digits.upper() if verb == "X" else digits


def _sign(negative: bool, flags: Flags) -> str:
    return "-" if negative else "+" if flags.plus else " " if flags.space else ""


def _integer(verb: str, value: int, flags: Flags) -> str:
    is_byte = isinstance(value, Byte)
    match verb:
        case "v" if flags.go_syntax and is_byte:
            return flags.pad_number("", f"0x{int(value):x}")
        case "v" | "d":
            return _digits(value, 10, "", flags)
        case "b" | "o" | "O" | "x" | "X":
            return _digits(value, *_base(verb, flags), flags)
        case "c":
            return flags.pad(_rune(value))
        case "q":
            return flags.pad(_quoted_rune(value, flags))
        case "U":
            return _unicode(value, flags)
    return _bad(verb, value, flags)


def _base(verb: str, flags: Flags) -> tuple[int, str]:
    sharp = {"b": "0b", "o": "0", "x": "0x", "X": "0X"}
    base = {"b": 2, "o": 8, "O": 8, "x": 16, "X": 16}[verb]
    prefix = "0o" if verb == "O" else sharp.get(verb, "") if flags.sharp else ""
    return (-base if verb == "X" else base), prefix


def _digits(value: int, base: int, prefix: str, flags: Flags) -> str:
    code = {2: "b", 8: "o", 10: "d", 16: "x", -16: "X"}[base]
    if flags.precision == 0 and value == 0:
        return Flags(width=flags.width).pad("")
    digits = format(abs(value), code)
    sign = _sign(value < 0, flags)
    if flags.precision is not None:
        digits = digits.rjust(flags.precision, "0")
        unpadded = Flags(minus=flags.minus, width=flags.width)
        return unpadded.pad(sign + _prefixed(prefix, digits))
    if flags.zero and not flags.minus and flags.width is not None:
        digits = digits.rjust(flags.width - len(sign), "0")
    return Flags(minus=flags.minus, width=flags.width).pad(sign + _prefixed(prefix, digits))


def _prefixed(prefix: str, digits: str) -> str:
    return digits if prefix == "0" and digits.startswith("0") else prefix + digits


def _rune(code: int) -> str:
    return chr(code) if 0 <= code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def _quoted_rune(code: int, flags: Flags) -> str:
    char = _rune(code)
    if char == "'":
        return "'\\''"
    if char == '"':
        return "'\"'"
    return f"'{quote(char)[1:-1]}'"


def _unicode(code: int, flags: Flags) -> str:
    digits = format(code % (1 << 64), "X").rjust(max(4, flags.precision or 0), "0")
    text = f"U+{digits}"
    if flags.sharp and 0 <= code < 0x110000 and chr(code).isprintable():
        text += f" '{chr(code)}'"
    return Flags(minus=flags.minus, width=flags.width).pad(text)


def _float(verb: str, value: float, flags: Flags) -> str:
    if verb not in "vbgGxXfFeE":
        return _bad(verb, value, flags)
    sign, digits = _float_digits(verb, value, flags)
    if not math.isfinite(value):
        sign = sign or ("+" if flags.plus else "")
        unzeroed = Flags(minus=flags.minus, width=flags.width)
        return unzeroed.pad(sign + digits)
    return flags.pad_number(sign, digits)


def _float_digits(verb: str, value: float, flags: Flags) -> tuple[str, str]:
    """Sign and digits of a float."""
    if math.isnan(value):
        return ("+" if flags.plus else " " if flags.space else ""), "NaN"
    negative = math.copysign(1.0, value) < 0
    if math.isinf(value):
        return _sign(negative, flags) or "+", "Inf"
    return _sign(negative, flags), _magnitude(verb, abs(value), flags.precision)


def _magnitude(verb: str, value: float, precision: int | None) -> str:
    if verb in "vgG" and precision is None:
        text = format_float(value)
        return text.upper() if verb == "G" else text
    if verb in "fF":
        return f"{value:.{6 if precision is None else precision}f}"
    if verb in "eE":
        return format(value, f".{6 if precision is None else precision}{verb}")
    if verb in "vgG":
        return format(value, f".{precision}{'G' if verb == 'G' else 'g'}")
    return value.hex()


def _complex(verb: str, value: complex, flags: Flags) -> str:
    if verb not in "vbgGxXfFeE":
        return _bad(verb, value, flags)
    real = "".join(_float_digits(verb, value.real, flags))
    plus = Flags(plus=True, precision=flags.precision)
    imaginary = "".join(_float_digits(verb, value.imag, plus))
    return f"({real}{imaginary}i)"
