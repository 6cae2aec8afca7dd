"""`hey [flags] URL`: send load, print what came of it."""

import sys
from collections.abc import Mapping, Sequence

from loadtester.hey import flags, outputs
from loadtester.hey.errors import UsageError
from loadtester.hey.goflag import FlagSet, Values
from loadtester.hey.helping import help_text
from loadtester.hey.plans import plan
from loadtester.hey.speed import VARIABLE, speed
from loadtester.load.plan import LoadPlan
from loadtester.load.run import run_blocking
from loadtester.report.base import Report
from loadtester.thresholds.errors import ThresholdError
from loadtester.thresholds.grammar import Threshold
from loadtester.thresholds.verdict import EXIT_CODE, judge, read_thresholds


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Exit code 0, however many requests failed, or 99 if a threshold did."""
    values = FlagSet(flags.FLAGS, twins=flags.TWINS).parse(arguments, environment)
    if values[flags.HELP]:
        print(help_text(), end="")
        return 0
    factor = speed(environment)
    load = plan(values, environment, factor)
    thresholds = _thresholds(values[flags.THRESHOLD])
    wanted = outputs.read(values)
    _notes(values, load, factor)
    result = run_blocking(load)
    report = Report(result, judge(thresholds, result), values[flags.TITLE])
    wanted.write(report)
    for judgement in report.failed:
        note(f"threshold failed: {judgement.threshold} (was {judgement.measured})")
    return EXIT_CODE if report.failed else 0


def _thresholds(texts: tuple[str, ...]) -> tuple[Threshold, ...]:
    try:
        return read_thresholds(texts)
    except ThresholdError as error:
        raise UsageError(f"--threshold {error}") from error


def note(text: str) -> None:
    """One line on stderr."""
    print(text, file=sys.stderr, flush=True)


def _notes(values: Values, load: LoadPlan, factor: float) -> None:
    if factor != 1.0 and _timed(load):
        note(f"hey: {VARIABLE}={factor:g}: run times are divided by it, request rates are not")
    if unread := values.arguments[1:]:
        note(f"hey: ignored after the URL: {' '.join(unread)} (flags go before it)")


def _timed(load: LoadPlan) -> bool:
    return load.stop.duration_ns is not None or load.is_open or load.warmup_ns > 0
