"""The front door: carry out a plan and return what was measured."""

import asyncio
import contextlib
import resource
import signal
from collections.abc import Iterator
from types import FrameType

from commons.loop import new_event_loop
from loadtester.load.engine import Engine
from loadtester.load.measuring.result import RunResult
from loadtester.load.multiprocess.processes import run_processes
from loadtester.load.observer import REPORT_NOW, Observer, StopSignal
from loadtester.load.plan import LoadPlan


async def run(
    plan: LoadPlan, *, observer: Observer | None = None, stop: StopSignal | None = None
) -> RunResult:
    """Carry out `plan` on the running event loop, in this process, whatever `plan.processes`.

    Remote misbehaviour never raises: it is counted in the result. PlanError when the plan
    cannot be carried out at all (an unreadable certificate, a missing extra).
    """
    return await Engine(plan, observer=observer, stop=stop).run()


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
    stop = stop or StopSignal()
    _raise_file_limit()
    if plan.processes > 1:
        with stop_on_signals(stop) if handle_signals else contextlib.nullcontext():
            return run_processes(plan, observer, stop)
    guard = stop_on_signals(stop) if handle_signals else contextlib.nullcontext()
    with guard, asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(run(plan, observer=observer, stop=stop))


def _raise_file_limit() -> None:
    """Every connection is an open file: use what the system allows, as Go programs do."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.contextmanager
def stop_on_signals(stop: StopSignal) -> Iterator[None]:
    """SIGINT and SIGTERM ask `stop` to end the run; the third of them raises KeyboardInterrupt.

    In the main thread only.
    """

    def request_stop(number: int, frame: FrameType | None) -> None:
        if stop.level >= REPORT_NOW:
            raise KeyboardInterrupt
        stop.request()

    caught = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, request_stop) for number in caught}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
