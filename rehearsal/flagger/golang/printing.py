"""Values as Go's package fmt prints them: `Sprint`, `Sprintln` and `Sprintf`.

Values are those that templates know: strings, ints, bytes of strings, floats, complex numbers,
bools, maps of strings, and nil (None).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rehearsal.flagger.golang.numbers import format_float
from rehearsal.flagger.golang.strings import quote

_TOO_LARGE = 1_000_000
_SPEC = re.compile(r"%([-+# 0]*)(\[[^\]]*\]?)?(\*|[0-9]*)", re.DOTALL)


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


def sprint(values: Sequence[Value]) -> str:
    """Values in a row, with a blank between two of which neither is a string."""
    parts: list[str] = []
    for index, value in enumerate(values):
        if index and not isinstance(value, str) and not isinstance(values[index - 1], str):
            parts.append(" ")
        parts.append(default(value))
    return "".join(parts)


def sprintln(values: Sequence[Value]) -> str:
    """Values with blanks between them, and a new line."""
    return " ".join(map(default, values)) + "\n"


def default(value: Value) -> str:
    """A value under `%v`."""
    return _verb("v", value, _Flags())


def sprintf(text: str, values: Sequence[Value]) -> str:
    """A format filled in; what does not fit is said in the text, as Go says it."""
    return _Format(text, values).run()


@dataclass
class _Flags:
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
        return _Flags(minus=self.minus, width=self.width).pad(sign + digits)


class _Format:
    """One call of Sprintf."""

    def __init__(self, text: str, values: Sequence[Value]) -> None:
        self._text = text
        self._values = values
        self._next = 0
        self._reordered = False
        self._good_index = True

    def run(self) -> str:
        parts: list[str] = []
        at = 0
        while at < len(self._text):
            percent = self._text.find("%", at)
            if percent < 0:
                parts.append(self._text[at:])
                break
            parts.append(self._text[at:percent])
            part, at = self._directive(percent)
            parts.append(part)
        if not self._reordered and self._next < len(self._values):
            extra = (_with_type(value, _Flags()) for value in self._values[self._next :])
            parts.append(f"%!(EXTRA {', '.join(extra)})")
        return "".join(parts)

    def _directive(self, at: int) -> tuple[str, int]:
        """What one `%` becomes, and where the text goes on."""
        flags, before = _Flags(), ""
        at += 1
        while at < len(self._text) and self._text[at] in "-+# 0":
            _set_flag(flags, self._text[at])
            at += 1
        self._good_index, after_index = True, False
        at, after_index = self._index(at)
        if self._text[at : at + 1] == "*":
            width, at = self._star(), at + 1
            before += "" if width is not None else "%!(BADWIDTH)"
            if width is not None and width < 0:
                flags.minus, flags.zero, width = True, False, -width
            flags.width, after_index = width, False
        else:
            flags.width, at = _number(self._text, at)
            if after_index and flags.width is not None:
                self._good_index = False
        if self._text[at : at + 1] == ".":
            before, at, after_index = self._precision(flags, before, at + 1, after_index)
        if not after_index:
            at, after_index = self._index(at)
        if at >= len(self._text):
            return before + "%!(NOVERB)", at
        verb = self._text[at]
        return before + self._filled(verb, flags), at + 1

    def _precision(
        self, flags: _Flags, before: str, at: int, after_index: bool
    ) -> tuple[str, int, bool]:
        if after_index:
            self._good_index = False
        at, after_index = self._index(at)
        if self._text[at : at + 1] == "*":
            precision = self._star()
            if precision is None:
                before += "%!(BADPREC)"
            elif precision < 0:
                precision = None
            flags.precision = precision
            return before, at + 1, False
        precision, at = _number(self._text, at)
        flags.precision = precision or 0
        return before, at, after_index

    def _index(self, at: int) -> tuple[int, bool]:
        """An explicit argument index `[n]`, if there is one."""
        if self._text[at : at + 1] != "[":
            return at, False
        self._reordered = True
        end = self._text.find("]", at)
        if end < 0:
            self._good_index = False
            return at + 1, False
        inside = self._text[at + 1 : end]
        number = int(inside) if inside.isascii() and inside.isdigit() and len(inside) < 8 else 0
        if not 1 <= number <= len(self._values):
            self._good_index = False
            return end + 1, True
        self._next = number - 1
        return end + 1, True

    def _star(self) -> int | None:
        """The argument that is a width or a precision; None if it is none."""
        if self._next >= len(self._values):
            return None
        value = self._values[self._next]
        self._next += 1
        is_int = isinstance(value, int) and not isinstance(value, bool)
        return value if is_int and abs(value) <= _TOO_LARGE else None  # type: ignore[return-value,arg-type]

    def _filled(self, verb: str, flags: _Flags) -> str:
        if verb == "%":
            return "%"
        if not self._good_index:
            return f"%!{verb}(BADINDEX)"
        if self._next >= len(self._values):
            return f"%!{verb}(MISSING)"
        value = self._values[self._next]
        self._next += 1
        if verb == "v":
            flags.go_syntax, flags.sharp, flags.plus = flags.sharp, False, False
        return _verb(verb, value, flags)


def _set_flag(flags: _Flags, char: str) -> None:
    if char == "-":
        flags.minus, flags.zero = True, False
    elif char == "0":
        flags.zero = not flags.minus
    else:
        setattr(flags, {"+": "plus", "#": "sharp", " ": "space"}[char], True)


def _number(text: str, at: int) -> tuple[int | None, int]:
    start = at
    while at < len(text) and text[at] in "0123456789":
        at += 1
    if start == at:
        return None, at
    digits = text[start:at]
    too_large = len(digits) > 7 or int(digits) > _TOO_LARGE
    return (None, at) if too_large else (int(digits), at)


def _with_type(value: Value, flags: _Flags) -> str:
    return "<nil>" if value is None else f"{type_name(value)}={_verb('v', value, flags)}"


def _bad(verb: str, value: Value, flags: _Flags) -> str:
    return f"%!{verb}({_with_type(value, flags)})"


def _verb(verb: str, value: Value, flags: _Flags) -> str:
    """One value under one verb."""
    if verb == "T":
        return _Flags(minus=flags.minus, width=flags.width).pad(type_name(value))
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


def _map(verb: str, value: Mapping[str, str], flags: _Flags) -> str:
    if verb == "v" and flags.go_syntax:
        inside = ", ".join(f"{quote(key)}:{quote(value[key])}" for key in sorted(value))
        return f"map[string]string{{{inside}}}"
    pairs = (f"{_verb(verb, k, flags)}:{_verb(verb, value[k], flags)}" for k in sorted(value))
    return f"map[{' '.join(pairs)}]"


def _string(verb: str, value: str, flags: _Flags) -> str:
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


def _hexadecimal(verb: str, value: str, flags: _Flags) -> str:
    raw = value.encode("utf-8", "surrogateescape")
    raw = raw if flags.precision is None else raw[: flags.precision]
    prefix = f"0{verb}" if flags.sharp and raw else ""
    between = " " if flags.space else ""
    digits = between.join(
        (prefix if index == 0 or flags.space else "") + f"{byte:02x}"
        for index, byte in enumerate(raw)
    )
    return digits.upper().replace("0X", "0X") if verb == "X" else digits


def _sign(negative: bool, flags: _Flags) -> str:
    return "-" if negative else "+" if flags.plus else " " if flags.space else ""


def _integer(verb: str, value: int, flags: _Flags) -> str:
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


def _base(verb: str, flags: _Flags) -> tuple[int, str]:
    sharp = {"b": "0b", "o": "0", "x": "0x", "X": "0X"}
    base = {"b": 2, "o": 8, "O": 8, "x": 16, "X": 16}[verb]
    prefix = "0o" if verb == "O" else sharp.get(verb, "") if flags.sharp else ""
    return (-base if verb == "X" else base), prefix


def _digits(value: int, base: int, prefix: str, flags: _Flags) -> str:
    code = {2: "b", 8: "o", 10: "d", 16: "x", -16: "X"}[base]
    if flags.precision == 0 and value == 0:
        return _Flags(width=flags.width).pad("")
    digits = format(abs(value), code)
    sign = _sign(value < 0, flags)
    if flags.precision is not None:
        digits = digits.rjust(flags.precision, "0")
        unpadded = _Flags(minus=flags.minus, width=flags.width)
        return unpadded.pad(sign + _prefixed(prefix, digits))
    if flags.zero and not flags.minus and flags.width is not None:
        digits = digits.rjust(flags.width - len(sign), "0")
    return _Flags(minus=flags.minus, width=flags.width).pad(sign + _prefixed(prefix, digits))


def _prefixed(prefix: str, digits: str) -> str:
    return digits if prefix == "0" and digits.startswith("0") else prefix + digits


def _rune(code: int) -> str:
    return chr(code) if 0 <= code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def _quoted_rune(code: int, flags: _Flags) -> str:
    char = _rune(code)
    if char == "'":
        return "'\\''"
    if char == '"':
        return "'\"'"
    return f"'{quote(char)[1:-1]}'"


def _unicode(code: int, flags: _Flags) -> str:
    digits = format(code % (1 << 64), "X").rjust(max(4, flags.precision or 0), "0")
    text = f"U+{digits}"
    if flags.sharp and 0 <= code < 0x110000 and chr(code).isprintable():
        text += f" '{chr(code)}'"
    return _Flags(minus=flags.minus, width=flags.width).pad(text)


def _float(verb: str, value: float, flags: _Flags) -> str:
    if verb not in "vbgGxXfFeE":
        return _bad(verb, value, flags)
    sign, digits = _float_digits(verb, value, flags)
    if not math.isfinite(value):
        sign = sign or ("+" if flags.plus else "")
        unzeroed = _Flags(minus=flags.minus, width=flags.width)
        return unzeroed.pad(sign + digits)
    return flags.pad_number(sign, digits)


def _float_digits(verb: str, value: float, flags: _Flags) -> tuple[str, str]:
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


def _complex(verb: str, value: complex, flags: _Flags) -> str:
    if verb not in "vbgGxXfFeE":
        return _bad(verb, value, flags)
    real = "".join(_float_digits(verb, value.real, flags))
    plus = _Flags(plus=True, precision=flags.precision)
    imaginary = "".join(_float_digits(verb, value.imag, plus))
    return f"({real}{imaginary}i)"
