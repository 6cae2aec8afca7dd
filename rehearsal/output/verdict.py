"""What a rehearsal comes to: its exit code, and three lines: the verdict, why, and what it cost."""

from collections.abc import Sequence
from enum import IntEnum

from rehearsal.flagger.canary.analysis import DURATION, SUCCESS_RATE
from rehearsal.recording.records import EventRecord, MetricRecord, Record
from rehearsal.scenario.outcome import StepOutcome, overall_state

_MOST_VALUES = 12


class ExitCode(IntEnum):
    """Exit codes of a rehearsal."""

    AS_EXPECTED = 0
    NOT_AS_EXPECTED = 1
    ROLLED_BACK = 3
    NO_END = 4
    INCONCLUSIVE = 5


def judge_ending(outcomes: Sequence[StepOutcome], expected: str | None) -> ExitCode:
    """The exit code of a rehearsal by what became of the canary at its end.

    Without an expectation a promotion is 0 and a rollback has a code of its own; steps that
    failed for another reason are not as expected, and neither is a fault that reached nobody.
    """
    state = overall_state(outcomes)
    ending = next((o.ending for o in reversed(outcomes) if o.state != "not run"), "")
    if state == "inconclusive":
        return ExitCode.INCONCLUSIVE
    if state in ("unfinished", "not run") or ending not in ("promoted", "rolled-back"):
        return ExitCode.NO_END
    if any(outcome.idle_faults for outcome in outcomes):
        return ExitCode.NOT_AS_EXPECTED
    if expected is not None and ending != expected:
        return ExitCode.NOT_AS_EXPECTED
    if expected is None and ending == "rolled-back":
        return ExitCode.ROLLED_BACK
    return ExitCode.AS_EXPECTED if state == "passed" else ExitCode.NOT_AS_EXPECTED


def judge_steps(outcomes: Sequence[StepOutcome]) -> ExitCode:
    """The exit code of a scenario, which says itself what it expects of each step."""
    state = overall_state(outcomes)
    if state == "passed":
        return ExitCode.AS_EXPECTED
    if state == "inconclusive":
        return ExitCode.INCONCLUSIVE
    if state in ("unfinished", "not run") or any(o.state == "not run" for o in outcomes):
        return ExitCode.NO_END
    return ExitCode.NOT_AS_EXPECTED


def summarise(outcomes: Sequence[StepOutcome]) -> str:
    """Step by step: how it ended, and what its traffic met; then the whole in one line."""
    rows = [
        row
        for outcome in outcomes
        for row in (_row(outcome), *_failure_rows(outcome), *_fault_rows(outcome))
    ]
    requests = sum(o.traffic.requests for o in outcomes)
    failures = sum(o.traffic.failures for o in outcomes)
    failed = f"{failures} failed" if failures else "none failed"
    return "\n".join(
        ("", "Steps", *rows, f"  {requests} requests in total, {failed}", _ending(outcomes))
    )


def explain_ending(records: Sequence[Record], canary: str) -> list[str]:
    """Why the canary ended as it did: each failed check with its values, tick by tick."""
    halts = [
        r
        for r in records
        if isinstance(r, EventRecord) and r.canary == canary and r.message.startswith("Halt ")
    ]
    if not halts:
        return []
    lines = [f"  {halts[-1].message}"]
    failed = _last_metric_before(records, canary, halts[-1].time_s)
    if failed is not None:
        values = [
            _value_and_count(r)
            for r in records
            if isinstance(r, MetricRecord) and r.canary == canary and r.metric == failed.metric
        ]
        wanted = f" (must be {failed.limits})" if failed.limits else ""
        lines.append(
            f"  {failed.metric}{wanted} at each check: {', '.join(values[-_MOST_VALUES:])}"
        )
        lines.append(f"  from the query: {' '.join(failed.query.split())}")
        lines += [f"  {line}" for line in failed.explanation]
    return lines


def _value_and_count(record: MetricRecord) -> str:
    value = "no values" if record.value is None else f"{record.value:.4g}"
    if record.counted is None:
        return value
    what = "requests" if record.metric in (SUCCESS_RATE, DURATION) else "counted"
    return f"{value} over {record.counted:.6g} {what}"


def explain_checks(records: Sequence[Record], canary: str) -> list[str]:
    """Every check of a canary: when, its value or why there was none, its query, its series."""
    lines = []
    for record in records:
        if isinstance(record, MetricRecord) and record.canary == canary:
            minutes, seconds = divmod(int(record.time_s), 60)
            value = record.error if record.value is None else f"{record.value:.6g}"
            wanted = f" (must be {record.limits})" if record.limits else ""
            lines.append(f"{minutes:02}:{seconds:02}  {record.metric}: {value}{wanted}")
            lines.append(f"       query: {' '.join(record.query.split())}")
            lines += [f"       {line}" for line in record.explanation]
    return lines


def _last_metric_before(
    records: Sequence[Record], canary: str, time_s: float
) -> MetricRecord | None:
    asked = [
        r
        for r in records
        if isinstance(r, MetricRecord) and r.canary == canary and r.time_s <= time_s
    ]
    return asked[-1] if asked else None


def _row(outcome: StepOutcome) -> str:
    traffic = outcome.traffic
    name = f"  {outcome.step.name:<12}"
    if outcome.state == "not run":
        return f"{name}  not run"
    shares = ", ".join(
        f"{traffic.sides[side]} by the {side}"
        for side in ("primary", "canary")
        if traffic.sides[side]
    )
    return (
        f"{name}  {outcome.state:<12}  {traffic.requests:>5} requests  {traffic.failures:>4} failed"
        + (f"  ({shares})" if shares else "")
    )


def _failure_rows(outcome: StepOutcome) -> list[str]:
    """At which weight of the canary how many requests failed."""
    found = outcome.traffic.failures_by_weight
    weights = sorted(weight for weight in found if weight is not None)
    parts = [f"{found[weight]} at weight {weight}" for weight in weights]
    if found[None]:
        parts.append(f"{found[None]} while the weight changed")
    return [f"{'':<16}failed: {', '.join(parts)}"] if parts else []


def _fault_rows(outcome: StepOutcome) -> list[str]:
    return [
        f"{'':<16}fault ({fault}): reached {delivered} of {matched} requests"
        for fault, (matched, delivered) in outcome.deliveries.items()
    ]


def _ending(outcomes: Sequence[StepOutcome]) -> str:
    return {
        "passed": "All steps passed.",
        "failed": "Some steps failed.",
        "inconclusive": "Inconclusive: this machine was too slow to say.",
        "unfinished": "Unfinished: the rehearsal did not come to its end.",
        "not run": "Unfinished: some steps were not run.",
    }[overall_state(outcomes)]
