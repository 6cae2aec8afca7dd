"""`hey diff A B`: is B slower than A, or is it noise?"""

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from commons.durations import format_duration_s
from commons.errors import UsageError
from commons.values import shown
from loadtester.hey import flags, saved
from loadtester.hey.comparison import FEWEST_SLOTS, Change, Comparison, Row, compare
from loadtester.hey.goflag import Flag, FlagSet, boolean
from loadtester.hey.helping import flag_lines
from loadtester.hey.numbers import share
from loadtester.hey.outputs import note
from loadtester.report import markdown
from loadtester.thresholds.verdict import EXIT_CODE

TOLERANCE = Flag(
    ("tolerance",), share, 0.05, "A relative change that is of no concern: 5% or 0.05.", "SHARE"
)
CONFIDENCE = Flag(
    ("confidence",), share, 0.95, "That all the intervals together are right.", "SHARE"
)
GATE = Flag(("fail-if-slower",), boolean, False, "Exit with 99 when B is slower.")
OUTPUT = Flag(("o", "output"), str, "text", "text, json or markdown.", "KIND")
FLAGS = (TOLERANCE, CONFIDENCE, flags.SEED, GATE, OUTPUT, flags.HELP)
SHORT = (
    f"Fewer than {FEWEST_SLOTS} seconds were measured: the intervals take requests for independent"
    " and are too narrow."
)
USAGE = """\
Usage: hey diff [flags] A B

Hold the saved run B against the saved run A: the change of each quantile with an interval.

"""


def diff(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Exit code 0, or 99 if B is slower and `--fail-if-slower` was given."""
    values = FlagSet(FLAGS, twins=flags.TWINS, flags_anywhere=True).parse(arguments, environment)
    if values[flags.HELP]:
        print(USAGE + flag_lines(FLAGS, flags.TWINS), end="")
        return 0
    if len(values.arguments) != 2:
        raise UsageError("hey diff: name two saved runs, the one before and the one after")
    if not 0 < values[CONFIDENCE] < 1:
        raise UsageError("--confidence lies between 0 and 1, such as 95%")
    if values[OUTPUT] not in RENDERERS:
        raise UsageError(f"-o {shown(values[OUTPUT])}: choose one of {', '.join(RENDERERS)}")
    a, b = (saved.read(Path(name)) for name in values.arguments)
    for name, run in zip(values.arguments, (a, b), strict=True):
        if run.interrupted:
            note(f"hey: {name} was interrupted: it is only the beginning of what was planned")
    comparison = compare(
        a,
        b,
        confidence=values[CONFIDENCE],
        tolerance=values[TOLERANCE],
        seed=values[flags.SEED],
    )
    print(RENDERERS[values[OUTPUT]](comparison, *values.arguments))
    return EXIT_CODE if comparison.slower and values[GATE] else 0


def render_text(comparison: Comparison, a: str, b: str) -> str:
    """The comparison as a table and a sentence."""
    table = _table(comparison)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(row[:-1], widths, strict=False))
        + f"  {row[-1]}"
        for row in table
    ]
    text = "\n".join(line.rstrip() for line in lines)
    caution = f"\n{SHORT}" if comparison.is_short else ""
    return f"A  {a}\nB  {b}\n\n{text}\n\n{verdict(comparison)}{caution}"


def render_markdown(comparison: Comparison, a: str, b: str) -> str:
    """The comparison for the summary of a pipeline's job, or a comment on a change."""
    heads, *rows = _table(comparison)
    symbol = "❌" if comparison.slower else "✅"
    parts = [
        f"**{symbol if comparison.quantiles else '⚠️'} {markdown.escape(verdict(comparison))}**",
        f"A: {markdown.code(a)}  \nB: {markdown.code(b)}",
        markdown.table(heads, [[markdown.escape(cell) for cell in row] for row in rows]),
    ]
    if comparison.is_short:
        parts.append(SHORT)
    return "\n\n".join(parts)


def render_json(comparison: Comparison, a: str, b: str) -> str:
    """The comparison for a program."""
    return json.dumps({"a": a, "b": b, **document(comparison)})


def _table(comparison: Comparison) -> list[tuple[str, ...]]:
    """Heads and rows."""
    table: list[tuple[str, ...]] = [
        ("", "A", "B", "change", f"{comparison.confidence:.0%} interval", "")
    ]
    table += [_latency(row) for row in comparison.quantiles]
    if comparison.failures is not None:
        table.append(_share(comparison.failures))
    return table


def document(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain values: latencies in seconds, their changes relative."""
    return {**dataclasses.asdict(comparison), "slower": comparison.slower}


def verdict(comparison: Comparison) -> str:
    """One sentence."""
    if not comparison.quantiles:
        return "Too few requests to compare."
    slower = [row.name for row in comparison.quantiles if row.change is Change.SLOWER]
    faster = [row.name for row in comparison.quantiles if row.change is Change.FASTER]
    parts = [f"slower in {', '.join(slower)}"] if slower else []
    parts += [f"faster in {', '.join(faster)}"] if faster else []
    failures = comparison.failures
    if failures is not None and failures.change in (Change.SLOWER, Change.FASTER):
        parts.append("failing more" if failures.change is Change.SLOWER else "failing less")
    if not parts:
        return "No significant slowdown."
    return f"B is {' and '.join(parts)}."


def _latency(row: Row) -> tuple[str, ...]:
    change = f"{row.difference:+.1%}"
    interval = f"[{row.low:+.1%}, {row.high:+.1%}]"
    return (row.name, _time(row.before), _time(row.after), change, interval, row.change)


def _time(seconds: float) -> str:
    return format_duration_s(float(f"{seconds:.3g}"))


def _share(row: Row) -> tuple[str, ...]:
    words = {Change.SLOWER: "more", Change.FASTER: "fewer"}
    interval = f"[{row.low * 100:+.2f}, {row.high * 100:+.2f}] pp"
    change = f"{row.difference * 100:+.2f} pp"
    said = words.get(row.change, row.change.value)
    return (row.name, f"{row.before:.2%}", f"{row.after:.2%}", change, interval, said)


RENDERERS: dict[str, Callable[[Comparison, str, str], str]] = {
    "text": render_text,
    "json": render_json,
    "markdown": render_markdown,
}
