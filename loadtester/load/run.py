"""The front door: carry out a plan and return what was measured."""

from loadtester.load.observer import Observer, StopSignal
from loadtester.load.plan import LoadPlan
from loadtester.load.result import RunResult


async def run(
    plan: LoadPlan, *, observer: Observer | None = None, stop: StopSignal | None = None
) -> RunResult:
    """Carry out `plan` on the running event loop, in this process, whatever `plan.processes`.

    Remote misbehaviour never raises: it is counted in the result. PlanError when the plan
    cannot be carried out at all (an unreadable certificate, a missing extra).
    """
    raise NotImplementedError


def run_blocking(
    plan: LoadPlan,
    *,
    observer: Observer | None = None,
    stop: StopSignal | None = None,
    handle_signals: bool = True,
) -> RunResult:
    """Carry out `plan` to its end: on uvloop, in `plan.processes` processes.

    With `handle_signals` (main thread only) the first SIGINT or SIGTERM stops issuing and
    drains, the second reports at once; either way there is a result, with `interrupted` set.
    """
    raise NotImplementedError
