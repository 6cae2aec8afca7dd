"""`hey [flags] URL`: send load, print what came of it."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from commons import __version__
from commons.errors import UsageError
from commons.values import shown
from loadtester.distributed.running import run_workers
from loadtester.hey import flags
from loadtester.hey.command_line import masked_command
from loadtester.hey.distribution import read_assignment
from loadtester.hey.files import make_room
from loadtester.hey.goflag import FlagSet, Values
from loadtester.hey.helping import help_text
from loadtester.hey.outputs import emit_report, note, parse_outputs
from loadtester.hey.plans import plan
from loadtester.hey.requests import framing_headers
from loadtester.hey.time_scale import VARIABLE, time_scale
from loadtester.load.measuring.health import Limit
from loadtester.load.measuring.provenance import Provenance
from loadtester.load.measuring.result import RunResult
from loadtester.load.observer import StopSignal
from loadtester.load.plan import LoadPlan, OnSaturation, OpenPacing
from loadtester.load.run import run_blocking, stop_on_signals
from loadtester.report.base import Report
from loadtester.report.progress import PROGRESS, Progress

PROGRAM = "hey"


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """The exit code: 0 however many requests failed, 99 if a threshold did, 130 if interrupted."""
    flag_set = FlagSet(flags.FLAGS, twins=flags.TWINS)
    values = flag_set.parse(arguments, environment)
    if values[flags.HELP]:
        print(help_text(), end="")
        return 0
    if values[flags.VERSION]:
        print(f"{PROGRAM} {__version__}")
        return 0
    factor = time_scale(environment)
    load = plan(values, environment, factor)
    assignment = read_assignment(values, arguments, load, environment, factor)
    outputs = parse_outputs(values)
    progress = _progress(values[flags.PROGRESS])
    _notes(values, load, factor)
    stop = StopSignal()
    with stop_on_signals(stop):  # the report is written under it, too
        with progress as observer:
            if assignment is None:
                result = run_blocking(load, observer=observer, stop=stop, handle_signals=False)
            else:
                result = run_workers(load, assignment, observer, stop)
        result.provenance = Provenance.here(PROGRAM, masked_command(PROGRAM, arguments, flag_set))
        report = Report(result, outputs.judge(result), values[flags.TITLE])
        code = emit_report(report, outputs)
    for words in doubts(result):
        note(f"hey: {words}")
    return code


def doubts(result: RunResult) -> list[str]:
    """What hey would have passed over in silence, though the numbers mean less by it."""
    words, counts = [], result.counts
    if counts.dropped and not result.is_open:
        words.append(
            f"{counts.dropped} of {counts.planned} requests of -q were skipped because their"
            f" worker was still waiting for a response: {result.sent_rps:.4g} requests/sec of"
            f" {result.planned_rps:.4g}; more workers (-c) or --rate would keep the rate"
        )
    if lost := [one for one in result.plan.get("workers", ()) if "lost" in one]:
        missing = "1 worker is" if len(lost) == 1 else f"{len(lost)} workers are"
        return [*words, f"{missing} missing from this: {result.verdict.reason}"]
    has_plan = result.is_paced or bool(result.own_failures)
    if has_plan and result.verdict.limit is Limit.GENERATOR:
        words.append(f"this machine was the limit, not the target: {result.verdict.reason}")
    return words


def _progress(kind: str) -> Progress:
    if kind not in PROGRESS:
        raise UsageError(f"--progress {shown(kind)}: choose one of {', '.join(PROGRESS)}")
    return PROGRESS[kind]()


def _notes(values: Values, load: LoadPlan, factor: Fraction) -> None:
    if factor != 1 and _timed(load):
        note(
            f"hey: {VARIABLE}={float(factor):g}: run times are divided by it, request rates are not"
        )
    if tight := make_room(_most_connections(load)):
        note(f"hey: {tight}")
    if framing := framing_headers(values):
        note(f"hey: ignored: -H {', '.join(framing)} (the length of a request is what is sent)")
    if unread := values.arguments[1:]:
        note(f"hey: ignored after the URL: {' '.join(unread)} (flags go before it)")


def _most_connections(load: LoadPlan) -> int:
    pacing = load.pacing
    if isinstance(pacing, OpenPacing) and pacing.on_saturation is OnSaturation.GROW:
        return pacing.max_in_flight
    return pacing.connections


def _timed(load: LoadPlan) -> bool:
    return load.stop.duration_ns is not None or load.is_open or load.warmup_ns > 0
