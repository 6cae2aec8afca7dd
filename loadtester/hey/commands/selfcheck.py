"""`hey selfcheck`: what this machine can generate, and how late its timers are."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from commons.errors import UsageError
from commons.values import duration_s
from loadtester.hey import flags
from loadtester.hey import selfcheck as checks
from loadtester.hey.goflag import Flag, FlagSet
from loadtester.hey.helping import flag_lines
from loadtester.load import limits
from loadtester.report.units import human_count, human_share, human_time

EACH = Flag(
    ("z", "duration"),
    duration_s(above_s=0, maximum_s=limits.MAX_DURATION_S),
    2.0,
    "How long each measurement takes.",
    "TIME",
)
OUTPUT = Flag(("o", "output"), str, "text", "text or json.", "KIND")
FLAGS = (EACH, flags.PROCESSES, OUTPUT, flags.HELP)
USAGE = """\
Usage: hey selfcheck [flags]

Send load to a server that does nothing, on this machine: the most that can be sent, and the rates
that are held with their lateness. A number from a run above them says more about this machine than
about the target.

"""
_LATE = f"{human_time(checks.HELD_LATENESS_NS)}"


def selfcheck(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Exit code 0."""
    values = FlagSet(FLAGS, twins=flags.TWINS, flags_anywhere=True).parse(arguments, environment)
    if values[flags.HELP]:
        print(USAGE + flag_lines(FLAGS, flags.TWINS), end="")
        return 0
    if values.arguments:
        raise UsageError(f"hey selfcheck takes no argument: {' '.join(values.arguments)}")
    if values[OUTPUT] not in ("text", "json"):
        raise UsageError(f"-o {values[OUTPUT]!r}: choose one of text, json")
    is_text = values[OUTPUT] == "text"
    found = []
    for part in checks.selfcheck(values[EACH], values[flags.PROCESSES]):
        found.append(part)
        if is_text:
            print(described(part), flush=True)
    check = gathered(found)
    print(conclusion(check) if is_text else json.dumps(document(check)))
    return 0


def gathered(parts: Sequence[object]) -> checks.SelfCheck:
    """The parts as one."""
    (machine,) = (part for part in parts if isinstance(part, checks.Machine))
    (ceiling,) = (part for part in parts if isinstance(part, checks.Ceiling))
    steps = tuple(part for part in parts if isinstance(part, checks.Step))
    return checks.SelfCheck(machine, ceiling, steps)


def document(check: checks.SelfCheck) -> dict[str, Any]:
    """Everything as plain values."""
    return {**dataclasses.asdict(check), "trusted_rps": check.trusted_rps}


def described(part: checks.Machine | checks.Ceiling | checks.Step) -> str:
    """One line."""
    if isinstance(part, checks.Machine):
        return (
            f"This machine    {part.cpus} CPUs, {human_count(part.open_files)} open files,"
            f" load average {part.load_average:.2f}"
        )
    if isinstance(part, checks.Ceiling):
        return (
            f"At full speed   {human_count(part.requests_per_s)} requests/sec,"
            f" {human_count(part.requests_per_cpu_s)} per CPU second, {part.errors} errors"
        )
    return (
        f"At {human_count(part.rate_rps):>9}/sec  {human_count(part.completed_rps)} answered,"
        f" late by {human_time(part.median_lateness_ns)} (median),"
        f" {human_time(part.p99_lateness_ns)} (99%), {human_share(part.busy_share)} CPU:"
        f" {'held' if part.was_held else 'not held'}"
    )


def conclusion(check: checks.SelfCheck) -> str:
    """What to make of it."""
    if not check.trusted_rps:
        return "\nNo rate was held: this machine is too busy to measure anything with."
    return (
        f"\nSchedules up to {human_count(check.trusted_rps)} requests/sec can be trusted here:"
        f" {human_share(checks.HELD_SHARE)} answered, half of them sent within {_LATE}."
    )
