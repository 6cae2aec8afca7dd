"""How long the load of a command lasts, as far as its flags say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from commons.durations import DurationError, parse_duration_s
from rehearsal.webhooks.shell import Command

# The flag that says how long, by program. A number without a unit is seconds.
_DURATION_FLAGS: Mapping[str, tuple[str, ...]] = {
    "hey": ("-z",),
    "wrk": ("-d", "--duration"),
    "wrk2": ("-d", "--duration"),
    "ghz": ("-z", "--duration"),
    "fortio": ("-t",),
    "vegeta": ("-duration", "--duration"),
    "k6": ("-d", "--duration"),
    "locust": ("-t", "--run-time"),
    "oha": ("-z",),
    "bombardier": ("-d", "--duration"),
    "ab": ("-t",),
    "h2load": ("-D", "--duration"),
    "sleep": (),
}


def duration_s(command: Command) -> float | None:
    """Seconds that the load lasts; None where the command line does not say."""
    flags = _DURATION_FLAGS.get(command.name)
    if flags is None:
        return None
    written = command.words[1] if command.name == "sleep" and len(command.words) > 1 else None
    return _seconds(written or flag_value(command.words, flags))


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
