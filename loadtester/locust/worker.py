"""A locust worker for load runs of hey: `python -m loadtester.locust.worker MASTER[:PORT]`.

It joins the master and waits. Told of a run it makes the plan that hey's command line says, carries
out its shard in a process without locust, and passes on what that measures. It leaves with its
master, and exits 0 then; whoever keeps it running starts it again.
"""

import dataclasses
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

import gevent
from locust.env import Environment
from locust.runners import WorkerRunner

from commons import __version__
from commons.errors import Error, UsageError
from commons.main import run_main
from loadtester.distributed.messages import (
    LEAD_MS,
    LOST,
    READY,
    REFUSED,
    RESULT,
    SNAPSHOT,
    START,
    STOP,
    TYPE_PREFIX,
    WORK,
)
from loadtester.hey import flags
from loadtester.hey.goflag import FlagSet
from loadtester.hey.plans import plan
from loadtester.hey.time_scale import time_scale
from loadtester.load.engine import Shard
from loadtester.load.errors import PlanError
from loadtester.load.measuring.result import RunResult
from loadtester.load.measuring.result_json import encode_result
from loadtester.load.multiprocess import frames
from loadtester.load.observer import Snapshot
from loadtester.load.plan import LoadPlan

PORT = 5557
_SNAPSHOT_PERIOD_S = 1.0
_USAGE = "usage: python -m loadtester.locust.worker MASTER[:PORT]"


class _Part:
    """The part of one run that this worker carries out."""

    def __init__(self, runner: WorkerRunner, work: Mapping[str, Any]) -> None:
        self._runner = runner
        self._work = work
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Carry it out; whatever comes of it is told to the master."""
        try:
            load = _plan(self._work)
        except Error as error:
            self._tell(REFUSED, str(error))
            return
        shard = Shard(self._work["number"], self._work["of"], observed=True)
        self._process = process = subprocess.Popen(
            [sys.executable, "-m", "loadtester.load.multiprocess.shard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,
        )
        try:
            self.command((load, shard))
            self._listen(process)
        finally:
            process.kill()
            process.wait()

    def _listen(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout is not None
        told_s = 0.0
        try:
            while True:
                message = frames.receive(process.stdout)
                if isinstance(message, RunResult):
                    self._tell(RESULT, json.dumps(encode_result(message)))
                    return
                if isinstance(message, PlanError):
                    self._tell(REFUSED, str(message))
                    return
                if message == frames.READY:
                    self._tell(READY)
                elif isinstance(message, Snapshot) and time.monotonic() > told_s:
                    told_s = time.monotonic() + _SNAPSHOT_PERIOD_S
                    self._tell(SNAPSHOT, dataclasses.asdict(message))
        except (EOFError, OSError):
            self._tell(LOST, f"its load process ended with {process.wait()}")

    def command(self, message: object) -> None:
        """Tell the load process; one that is gone does not mind."""
        if self._process is not None and self._process.stdin is not None:
            try:
                frames.send(self._process.stdin, message)
            except OSError:
                return

    def _tell(self, kind: str, data: Any = None) -> None:
        self._runner.send_message(TYPE_PREFIX + kind, {"data": data})


def _plan(work: Mapping[str, Any]) -> LoadPlan:
    if work["version"] != __version__:
        raise PlanError(f"is version {__version__}, and hey is {work['version']}: install the same")
    own = {name: value for name, value in os.environ.items() if not name.startswith("HEY_")}
    environment = {**own, **work["environment"]}
    values = FlagSet(flags.FLAGS, twins=flags.TWINS).parse(work["arguments"], environment)
    return plan(values, environment, time_scale(environment))


def join(host: str, port: int) -> None:
    """Work for one master until it sends its workers away."""
    try:
        runner = Environment(user_classes=[]).create_worker_runner(host, port)
    except ConnectionError:
        raise Error(f"no master answers at {host}:{port}") from None
    parts: list[_Part] = []

    def work(msg: Any, **_: Any) -> None:
        parts[:] = [_Part(runner, msg.data)]
        parts[0].run()

    def start(**_: Any) -> None:
        for part in parts:
            part.command(time.monotonic_ns() + LEAD_MS * 1_000_000)

    def stop(**_: Any) -> None:
        for part in parts:
            part.command(frames.STOP)

    runner.register_message(TYPE_PREFIX + WORK, work, concurrent=True)
    runner.register_message(TYPE_PREFIX + START, start)
    runner.register_message(TYPE_PREFIX + STOP, stop)
    runner.greenlet.join()


def main() -> int:
    """Run the command line."""
    return run_main("worker", _run)


def _run() -> int:
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        raise UsageError(_USAGE)
    host, colon, port = sys.argv[1].rpartition(":")
    if not colon:
        host, port = sys.argv[1], str(PORT)
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65_536):
        raise UsageError(f"{sys.argv[1]!r} is not MASTER[:PORT]; {_USAGE}")
    logging.basicConfig(level=logging.WARNING)
    join(host, int(port))
    gevent.sleep(0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
