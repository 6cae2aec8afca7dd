"""One of several processes of a run: `python -m loadtester.load.multiprocess.shard`.

It is told on stdin what to do and reports on stdout, in frames:

    in:   (plan, shard), then an instant to start at for each phase, or STOP
    out:  READY before each phase, snapshots, and at last the result or a PlanError

When stdin ends the parent is gone, and so is this process.
"""

import asyncio
import os
import signal
import sys
import threading
from typing import IO

from commons.loop import new_event_loop
from loadtester.load.engine import Engine, Shard
from loadtester.load.errors import PlanError
from loadtester.load.measuring.result import RunResult
from loadtester.load.multiprocess.frames import READY, STOP, receive, send
from loadtester.load.observer import StopSignal
from loadtester.load.plan import LoadPlan


async def _run(plan: LoadPlan, shard: Shard, commands: IO[bytes], reports: IO[bytes]) -> RunResult:
    loop = asyncio.get_running_loop()
    starts: asyncio.Queue[int] = asyncio.Queue()
    stop = StopSignal()

    def listen() -> None:
        try:
            while True:
                command = receive(commands)
                if command == STOP:
                    stop.request()
                else:
                    loop.call_soon_threadsafe(starts.put_nowait, command)
        except (EOFError, OSError):
            os._exit(1)

    threading.Thread(target=listen, daemon=True).start()

    async def gate() -> int:
        send(reports, READY)
        return await starts.get()

    observer = (lambda snapshot: send(reports, snapshot)) if shard.observed else None
    return await Engine(plan, observer=observer, stop=stop, shard=shard).run(gate)


def main() -> None:
    """Carry out the shard that stdin tells."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the parent decides, and tells us
    commands, reports = sys.stdin.buffer, sys.stdout.buffer
    plan, shard = receive(commands)
    try:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            outcome: RunResult | PlanError = runner.run(_run(plan, shard, commands, reports))
    except PlanError as error:
        outcome = PlanError(str(error))
    send(reports, outcome)
    os._exit(0)  # the listening thread sits in a read that nothing will end


if __name__ == "__main__":
    main()
