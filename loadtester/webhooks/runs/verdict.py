"""How the last run of a task answers the next call for it. Pure.

Flagger shows the body of a 4xx response in its events and hides that of a 5xx one, so a failed run
answers 412 unless told otherwise.
"""

from dataclasses import dataclass

from loadtester.webhooks.runs.run import Run, RunState


@dataclass(frozen=True)
class Decision:
    """The response to a call, whether it starts a run, and whether it reports the last one."""

    status: int
    body: str = ""
    start: bool = False
    report: bool = False


def decide_later(last: Run | None, checksum: str, failure_status: int, *, repeat: bool) -> Decision:
    """Answer a call whose verdict comes later.

    `last` is the newest run of the same canary and task. The first call for a revision
    (`checksum`) starts a run: 202. While it runs, and once it passed: 200; with `repeat` the call
    after a pass also starts the next run, so that load keeps flowing while the canary advances.
    Once it failed: `failure_status` and what failed, until the revision changes. A run that was
    interrupted or lost says nothing about the canary: it is started again.
    """
    if last is not None and last.is_running:
        return Decision(200 if last.checksum == checksum else 202)
    if last is None or last.checksum != checksum:
        return Decision(202, start=True)
    if last.state is RunState.PASSED:
        return Decision(200, start=repeat, report=True)
    if last.state is RunState.FAILED:
        return Decision(failure_status, failure_reasons(last), report=True)
    return Decision(202, start=True)


def failure_reasons(run: Run) -> str:
    """Why `run` failed, short enough for an event: thresholds if any, else the error."""
    what = "; ".join(run.failed) or run.error or "failed"
    return f"{run.type} failed: {what}"
