"""How the texts of flags and environment variables become values.

Every parser is a callable that raises ValueError with a text that says what is allowed. It also
knows how help names such a value and how it prints one.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Generic, TypeVar

from commons.durations import format_duration_s, parse_duration_s
from commons.units import GIB, KIB, MIB

T = TypeVar("T")

_TRUE = frozenset({"1", "t", "true", "y", "yes", "on"})
_FALSE = frozenset({"0", "f", "false", "n", "no", "off"})
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?"
)
_SIZE = re.compile(r"([0-9]{1,15})(|k|K|M|G)")
_SIZES = {"": 1, "k": KIB, "K": KIB, "M": MIB, "G": GIB}
_LONGEST_SHOWN = 60
_LONGEST_DURATION = 100
_LONGEST_PROBLEM = 200


@dataclass(frozen=True)
class ValueParser(Generic[T]):
    """One type of values: how its texts are read, named in help, and printed."""

    read: Callable[[str], T]
    metavar: str
    render: Callable[[T], str] = str

    def __call__(self, value: str) -> T:
        """The value of a text; ValueError says what is wrong with it."""
        return self.read(value)


def shown(value: str) -> str:
    """A user's text as a message repeats it: quoted, on one line, and not at any length."""
    if len(value) > _LONGEST_SHOWN:
        return f"{value[:_LONGEST_SHOWN]!r}..."
    return repr(value)


def did_you_mean(word: str, known: tuple[str, ...]) -> str:
    """` (did you mean ...?)`, or nothing if no known word is close."""
    close = get_close_matches(word[:_LONGEST_SHOWN], known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def whole_number(
    minimum: int | None = None, maximum: int | None = None, metavar: str = "N"
) -> ValueParser[int]:
    """A whole number; both limits are allowed values."""

    def read(value: str) -> int:
        if not _WHOLE.fullmatch(value):
            raise ValueError(f"{shown(value)} is not a whole number{_range(minimum, maximum)}")
        return _within(int(value), value, minimum, maximum)

    return ValueParser(read, metavar)


def number(
    minimum: float | None = None,
    maximum: float | None = None,
    *,
    above: float | None = None,
    metavar: str = "N",
) -> ValueParser[float]:
    """A finite number; `minimum` and `maximum` are allowed values, `above` is not."""

    def read(value: str) -> float:
        if not _NUMBER.fullmatch(value) or not math.isfinite(float(value)):
            raise ValueError(f"{shown(value)} is not a number{_range(minimum, maximum)}")
        found = _within(float(value), value, minimum, maximum)
        if above is not None and found <= above:
            raise ValueError(f"{value} is not above {above:g}")
        return found

    return ValueParser(read, metavar, lambda found: f"{found:g}")


def duration_s(
    minimum_s: float = 0, maximum_s: float | None = None, *, above_s: float | None = None
) -> ValueParser[float]:
    """A Go duration such as 500ms or 1m30s, in seconds; the limits are as those of `number`."""

    def read(value: str) -> float:
        try:
            if len(value) > _LONGEST_DURATION:
                raise ValueError(f"{shown(value)} is too long for a duration")
            seconds = parse_duration_s(value)
        except ValueError as error:
            problem = str(error)
            if len(problem) > _LONGEST_PROBLEM:
                problem = f"{shown(value)} is not a duration"
            raise ValueError(f"{problem}; write 500ms, 10s or 1m30s") from None
        if seconds < minimum_s:
            raise ValueError(f"{value} is below {format_duration_s(minimum_s)}")
        if maximum_s is not None and seconds > maximum_s:
            raise ValueError(f"{value} is above {format_duration_s(maximum_s)}")
        if above_s is not None and seconds <= above_s:
            raise ValueError(f"{value} is not above {format_duration_s(above_s)}")
        return seconds

    return ValueParser(read, "DURATION", format_duration_s)


def size_bytes(minimum: int = 1, maximum: int | None = None) -> ValueParser[int]:
    """A number of bytes, with k, M or G for powers of 1024."""

    def read(value: str) -> int:
        match = _SIZE.fullmatch(value)
        if match is None:
            raise ValueError(f"{shown(value)} is not a size such as 65536, 64k or 1M")
        return _within(int(match[1]) * _SIZES[match[2]], value, minimum, maximum)

    return ValueParser(read, "SIZE", _format_size)


def one_of(*words: str) -> ValueParser[str]:
    """One of a few words, in any case."""
    by_lower = {word.lower(): word for word in words}

    def read(value: str) -> str:
        if value.lower() not in by_lower:
            hint = did_you_mean(value.lower(), tuple(by_lower))
            raise ValueError(f"{shown(value)} is not one of {', '.join(words)}{hint}")
        return by_lower[value.lower()]

    return ValueParser(read, "|".join(words))


def comma_list(metavar: str = "A,B") -> ValueParser[tuple[str, ...]]:
    """Items between commas; empty ones are dropped."""
    return ValueParser(
        lambda value: tuple(item.strip() for item in value.split(",") if item.strip()),
        metavar,
        ",".join,
    )


def text(metavar: str = "TEXT") -> ValueParser[str]:
    """Any text but one with a NUL, which no file name and no argument can hold."""

    def read(value: str) -> str:
        if "\0" in value:
            raise ValueError(f"{shown(value)} holds a NUL byte")
        return value

    return ValueParser(read, metavar)


ANY_TEXT = text()


def not_empty(metavar: str = "TEXT") -> ValueParser[str]:
    """A text with something in it."""

    def read(value: str) -> str:
        if not value.strip():
            raise ValueError("is empty")
        return ANY_TEXT.read(value)

    return ValueParser(read, metavar)


def input_file(metavar: str = "FILE") -> ValueParser[Path]:
    """A file that can be read."""

    def read(value: str) -> Path:
        path = Path(not_empty().read(value))
        try:
            with path.open("rb"):
                return path
        except OSError as error:
            raise ValueError(f"{shown(value)}: {error.strerror or error}") from None

    return ValueParser(read, metavar)


def file_path(metavar: str = "FILE") -> ValueParser[Path]:
    """The path of a file or folder, whether it is there or not."""
    return ValueParser(lambda value: Path(not_empty().read(value)), metavar)


def _read_switch(value: str) -> bool:
    word = value.strip().lower()
    if word not in _TRUE and word not in _FALSE:
        raise ValueError(f"{shown(value)} is neither true nor false")
    return word in _TRUE


switch = ValueParser(_read_switch, "", lambda value: str(value).lower())
"""Yes or no; on the command line its name alone means yes."""

port = whole_number(0, 65535, "PORT")
"""A TCP port; 0 lets the system choose."""


def _range(minimum: float | None, maximum: float | None) -> str:
    if minimum is not None and maximum is not None:
        return f" from {minimum:.15g} to {maximum:.15g}"
    if minimum is not None:
        return f", {minimum:.15g} or more"
    return f", {maximum:.15g} or less" if maximum is not None else ""


N = TypeVar("N", int, float)


def _within(found: N, value: str, minimum: float | None, maximum: float | None) -> N:
    if minimum is not None and maximum is not None and not minimum <= found <= maximum:
        raise ValueError(f"{value} is not between {minimum:.15g} and {maximum:.15g}")
    if minimum is not None and found < minimum:
        raise ValueError(f"{value} is below {minimum:.15g}")
    if maximum is not None and found > maximum:
        raise ValueError(f"{value} is above {maximum:.15g}")
    return found


def _format_size(size: int) -> str:
    for letter, unit in (("G", GIB), ("M", MIB), ("k", KIB)):
        if size and size % unit == 0:
            return f"{size // unit}{letter}"
    return str(size)
