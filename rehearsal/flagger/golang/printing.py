"""Values as Go's package fmt prints them: `Sprint`, `Sprintln` and `Sprintf`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rehearsal.flagger.golang.verbs import Flags, Value, formatted, with_type

_TOO_LARGE = 1_000_000
_SPEC = re.compile(r"%([-+# 0]*)(\[[^\]]*\]?)?(\*|[0-9]*)", re.DOTALL)


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
    return formatted("v", value, Flags())


def sprintf(text: str, values: Sequence[Value]) -> str:
    """A format filled in; what does not fit is said in the text, as Go says it."""
    return _Format(text, values).run()


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
            extra = (with_type(value, Flags()) for value in self._values[self._next :])
            parts.append(f"%!(EXTRA {', '.join(extra)})")
        return "".join(parts)

    def _directive(self, at: int) -> tuple[str, int]:
        """What one `%` becomes, and where the text goes on."""
        flags, before = Flags(), ""
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
        self, flags: Flags, before: str, at: int, after_index: bool
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

    def _filled(self, verb: str, flags: Flags) -> str:
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
        return formatted(verb, value, flags)


def _set_flag(flags: Flags, char: str) -> None:
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
