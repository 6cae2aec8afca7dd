"""`hey [flags] URL`: send load, print what came of it."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from commons.errors import UsageError
from loadtester.hey import flags, outputs
from loadtester.hey.files import make_room
from loadtester.hey.goflag import FlagSet, Values
from loadtester.hey.helping import help_text
from loadtester.hey.outputs import note
from loadtester.hey.plans import plan
from loadtester.hey.speed import VARIABLE, speed
from loadtester.load.measuring.health import Limit
from loadtester.load.measuring.result import RunResult
from loadtester.load.plan import LoadPlan, OnSaturation, OpenPacing
from loadtester.load.run import run_blocking
from loadtester.report.base import Report
from loadtester.report.progress import PROGRESS, Progress


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Exit code 0, however many requests failed, or 99 if a threshold did."""
    values = FlagSet(flags.FLAGS, twins=flags.TWINS).parse(arguments, environment)
    if values[flags.HELP]:
        print(help_text(), end="")
        return 0
    factor = speed(environment)
    load = plan(values, environment, factor)
    wanted = outputs.read(values)
    watched = _progress(values[flags.PROGRESS])
    _notes(values, load, factor)
    with watched as observer:
        result = run_blocking(load, observer=observer)
    report = Report(result, wanted.judge(result), values[flags.TITLE])
    code = outputs.judged(report, wanted)
    for words in doubts(result):
        note(f"hey: {words}")
    return code


def doubts(result: RunResult) -> list[str]:
    """What hey would have passed over in silence, though the numbers mean less by it."""
    words, counts = [], result.counts
    if counts.dropped and not result.is_open:
        words.append(
            f"{counts.dropped} of {counts.planned} ticks of -q were missed while their worker"
            f" waited for a response: {result.sent_rps:.4g} requests/sec of"
            f" {result.planned_rps:.4g}; more workers (-c) or --rate would keep the rate"
        )
    if result.is_paced and result.verdict.limit is Limit.GENERATOR:
        words.append(f"this machine was the limit, not the target: {result.verdict.reason}")
    return words


def _progress(kind: str) -> Progress:
    if kind not in PROGRESS:
        raise UsageError(f"--progress {kind!r}: choose one of {', '.join(PROGRESS)}")
    return PROGRESS[kind]()


def _notes(values: Values, load: LoadPlan, factor: Fraction) -> None:
    if factor != 1 and _timed(load):
        note(
            f"hey: {VARIABLE}={float(factor):g}: run times are divided by it, request rates are not"
        )
    if tight := make_room(_most_connections(load)):
        note(f"hey: {tight}")
    if unread := values.arguments[1:]:
        note(f"hey: ignored after the URL: {' '.join(unread)} (flags go before it)")


def _most_connections(load: LoadPlan) -> int:
    pacing = load.pacing
    if isinstance(pacing, OpenPacing) and pacing.on_saturation is OnSaturation.GROW:
        return pacing.max_in_flight
    return pacing.connections


def _timed(load: LoadPlan) -> bool:
    return load.stop.duration_ns is not None or load.is_open or load.warmup_ns > 0
