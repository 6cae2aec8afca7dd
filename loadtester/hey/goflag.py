"""Command lines as Go's `flag` package reads them, with values typed for Python.

Go treats `-x v`, `-x=v`, `--x v` and `--x=v` alike, never clusters letters, takes a boolean only
as `-x` or `-x=false`, and stops at `--` or at the first argument that is not a flag; what follows
is positional. argparse differs in each of these, and scripts written for hey rely on them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Generic, TypeVar, cast

from commons.errors import UsageError

T = TypeVar("T")

_LONGEST_SHOWN = 60
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})


def boolean(text: str) -> bool:
    """A boolean as Go's `strconv.ParseBool` reads it."""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError("is neither true nor false")


def _brief(text: str) -> str:
    """A user's text as Go repeats it, but not at any length."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


@dataclass(frozen=True, eq=False)
class Flag(Generic[T]):
    """One flag: its spellings (the last names its environment twin), its type and its meaning."""

    names: tuple[str, ...]
    parse: Callable[[str], T]
    default: T
    meaning: str
    value: str = ""
    """What stands for the value in the help; empty for a boolean, which takes none."""
    join: Callable[[T, T], T] | None = None
    """How a repeated flag adds to what came before; without it the last one wins."""

    has_twin: bool = True

    @property
    def spelling(self) -> str:
        """The flag as a message names it: `-n`, `--rate`."""
        return dashed(self.names[0])

    def twin(self, prefix: str) -> str:
        """The environment variable that gives the same value, `HEY_RATE`; empty if none does."""
        if not self.has_twin:
            return ""
        return prefix + self.names[-1].upper().replace("-", "_")


def repeatable(names: tuple[str, ...], meaning: str, value: str) -> Flag[tuple[str, ...]]:
    """A flag that may be given many times; its twin holds one value per line."""
    return Flag(names, _alone, (), meaning, value, join=lambda first, then: first + then)


def _alone(text: str) -> tuple[str, ...]:
    return (text,)


def dashed(name: str) -> str:
    """`-n` for a letter, `--rate` for a word (either number of dashes is read)."""
    return ("-" if len(name) == 1 else "--") + name


@dataclass(frozen=True)
class Values:
    """The value of every flag: as given, else from the environment, else the default."""

    arguments: tuple[str, ...]
    _given: Mapping[Flag[Any], Any] = field(default_factory=dict)

    def __getitem__(self, flag: Flag[T]) -> T:
        return cast(T, self._given[flag]) if flag in self._given else flag.default

    def given(self, flag: Flag[Any]) -> bool:
        """Whether the flag or its twin was set at all."""
        return flag in self._given


class FlagSet:
    """The flags of one command."""

    def __init__(
        self, flags: Sequence[Flag[Any]], *, twins: str, flags_anywhere: bool = False
    ) -> None:
        self.flags = tuple(flags)
        self.twins = twins
        self.flags_anywhere = flags_anywhere
        """Read flags behind arguments too, which Go does not."""
        self._by_name = {name: flag for flag in flags for name in flag.names}

    def parse(self, arguments: Sequence[str], environment: Mapping[str, str]) -> Values:
        """Read a command line (without the program's name); UsageError names the flag at fault."""
        given: dict[Flag[Any], Any] = {}
        positional: list[str] = []
        for spelling, flag, text in self.walk(arguments):
            if flag is None:
                positional.append(text)
            else:
                self._set(given, flag, text, spelling)
        self._add_twins(given, environment)
        return Values(tuple(positional), given)

    def walk(self, arguments: Sequence[str]) -> Iterator[tuple[str, Flag[Any] | None, str]]:
        """(spelling, flag, text of its value) of each flag, and ("", None, text) of an argument."""
        rest = list(arguments)
        while rest:
            if not (len(rest[0]) > 1 and rest[0].startswith("-")):
                if not self.flags_anywhere:
                    break
                yield "", None, rest.pop(0)
                continue
            word = rest.pop(0)
            if word == "--":
                break
            flag, text, spelling = self._take(word, rest)
            yield spelling, flag, text
        for argument in rest:
            yield "", None, argument

    def _add_twins(self, given: dict[Flag[Any], Any], environment: Mapping[str, str]) -> None:
        for flag in self.flags:
            twin = flag.twin(self.twins)
            if flag not in given and (value := environment.get(twin, "")):
                for line in value.splitlines() if flag.join else [value]:
                    self._set(given, flag, line, twin)

    def _take(self, word: str, rest: list[str]) -> tuple[Flag[Any], str, str]:
        name = word.removeprefix("-").removeprefix("-")
        name, equals, text = name.partition("=")
        if not name or name.startswith("-"):
            raise UsageError(f"bad flag syntax: {_brief(word)}")
        flag = self._by_name.get(name)
        if flag is None:
            unknown = _brief(f"-{name}")
            raise UsageError(f"flag provided but not defined: {unknown}{self._hint(name)}")
        if equals:
            return flag, text, dashed(name)
        if not flag.value:
            return flag, "true", dashed(name)
        if not rest:
            raise UsageError(f"flag needs an argument: -{name}")
        return flag, rest.pop(0), dashed(name)

    def _hint(self, name: str) -> str:
        close = get_close_matches(
            name[:_LONGEST_SHOWN], [n for n in self._by_name if len(n) > 1], n=1
        )
        return f" (did you mean {dashed(close[0])}?)" if close else ""

    @staticmethod
    def _set(given: dict[Flag[Any], Any], flag: Flag[Any], text: str, spelling: str) -> None:
        try:
            value = flag.parse(text)
        except ValueError as error:
            said = f'invalid value "{_brief(text)}" for flag {spelling}: {error}'
            raise UsageError(said) from error
        given[flag] = flag.join(given[flag], value) if flag.join and flag in given else value
