"""Command-line flags, each with its environment twin.

A flag wins over its twin, the twin over the default. A value that does not parse is one line that
names where it came from, never a traceback.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from detail_service.errors import SettingError

TRUE_WORDS = frozenset({"1", "true", "t", "yes", "y", "on"})
FALSE_WORDS = frozenset({"", "0", "false", "f", "no", "n", "off"})


@dataclass(frozen=True, slots=True)
class Flag:
    """One setting. `parse` raises ValueError with a text that says what is allowed."""

    name: str
    env: str
    help: str
    default: Any
    parse: Callable[[str], Any] = str
    metavar: str = "VALUE"

    @property
    def option(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def is_switch(self) -> bool:
        return self.parse is switch


def switch(text: str) -> bool:
    """An environment variable's yes or no."""
    word = text.strip().lower()
    if word in TRUE_WORDS or word in FALSE_WORDS:
        return word in TRUE_WORDS
    raise ValueError(f"{text!r} is neither true nor false")


def number(minimum: float, maximum: float) -> Callable[[str], float]:
    """A parser for a number between `minimum` and `maximum`, both included."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise ValueError(f"{text!r} is not a number") from None
        if not minimum <= value <= maximum:
            raise ValueError(f"{text} is not between {minimum:g} and {maximum:g}")
        return value

    return parse


def whole(minimum: int, maximum: int) -> Callable[[str], int]:
    """A parser for a whole number between `minimum` and `maximum`, both included."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise ValueError(f"{text!r} is not a whole number") from None
        if not minimum <= value <= maximum:
            raise ValueError(f"{text} is not between {minimum} and {maximum}")
        return value

    return parse


def one_of(*allowed: str) -> Callable[[str], str]:
    """A parser for one of a few words."""

    def parse(text: str) -> str:
        if text.lower() not in allowed:
            raise ValueError(f"{text!r} is not one of {', '.join(allowed)}")
        return text.lower()

    return parse


def names(text: str) -> tuple[str, ...]:
    """A comma-separated list; empty items are dropped."""
    return tuple(item.strip() for item in text.split(",") if item.strip())


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def read(
    flags: Sequence[Flag],
    argv: Sequence[str] | None,
    environ: Mapping[str, str],
    *,
    prog: str,
    description: str,
    epilog: str,
) -> dict[str, Any]:
    """The value of every flag, by name. Raises SettingError for a value that cannot be used."""
    parser = _Parser(
        prog=prog,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for flag in flags:
        _declare(parser, flag)
    given = vars(parser.parse_args(sys.argv[1:] if argv is None else list(argv)))
    return {flag.name: _value(flag, given.get(flag.name), environ) for flag in flags}


def _declare(parser: argparse.ArgumentParser, flag: Flag) -> None:
    shown = "" if flag.default in (None, "", (), False) else f"default {flag.default}, "
    text = f"{flag.help} ({shown}env {flag.env})"
    if flag.is_switch:
        parser.add_argument(
            flag.option, dest=flag.name, action="store_const", const="true", help=text
        )
    else:
        parser.add_argument(flag.option, dest=flag.name, metavar=flag.metavar, help=text)


def _value(flag: Flag, given: str | None, environ: Mapping[str, str]) -> Any:
    source, text = (flag.option, given) if given is not None else (flag.env, environ.get(flag.env))
    if text is None or (text == "" and given is None):
        return flag.default
    try:
        return flag.parse(text)
    except ValueError as error:
        raise SettingError(source, str(error)) from None
