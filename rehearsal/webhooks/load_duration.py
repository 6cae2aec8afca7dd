"""How long the load of a command lasts, as far as its flags say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from commons.durations import DurationError, parse_duration_s
from rehearsal.webhooks.load_programs import PROGRAMS
from rehearsal.webhooks.shell import Command

# The flags that say how long, of generators whose rate cannot be read from their flags.
_UNREAD: Mapping[str, tuple[str, ...]] = {
    "k6": ("d", "duration"),
    "locust": ("t", "run-time"),
    "oha": ("z",),
    "bombardier": ("d", "duration"),
    "h2load": ("D", "duration"),
}


def duration_s(command: Command) -> float | None:
    """Seconds that the load lasts; None where the command line does not say."""
    if command.name == "sleep":
        return _seconds(command.words[1]) if len(command.words) > 1 else None
    program = PROGRAMS.get(command.name)
    names = program.duration if program is not None else _UNREAD.get(command.name, ())
    flags = [dashes + name for name in names for dashes in ("-", "--")]
    return _seconds(flag_value(command.words, flags))


def flag_value(words: Sequence[str], flags: Sequence[str]) -> str | None:
    """The last value of one of the flags: `-z 1m`, `-z=1m`, `--duration=1m` or `-d1m`."""
    found: str | None = None
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in flags and equals:
            found = value
        elif word in flags and index + 1 < len(words):
            found = words[index + 1]
        elif len(word) > 2 and word[:2] in flags and word[2].isdigit():
            found = word[2:]
    return found


def _seconds(text: str | None) -> float | None:
    if not text:
        return None
    try:
        return parse_duration_s(text if not text.replace(".", "").isdigit() else f"{text}s")
    except DurationError:
        return None
