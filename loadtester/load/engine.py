"""One process's share of a run: workers and their driver, timeouts, progress, the end."""

import asyncio
import contextlib
import gc
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from time import monotonic_ns
from typing import Any

from commons.units import NS_PER_S
from loadtester.load.heartbeat import Heartbeat
from loadtester.load.measuring.health import Health, Verdict, judge
from loadtester.load.measuring.provenance import Provenance
from loadtester.load.measuring.recorder import Recorder
from loadtester.load.measuring.result import RunResult
from loadtester.load.observer import DRAIN, REPORT_NOW, Observer, StopSignal
from loadtester.load.pacing.closed_model import ClosedDriver
from loadtester.load.pacing.driver import Driver
from loadtester.load.pacing.open_model import OpenDriver
from loadtester.load.pacing.paced_model import PacedDriver
from loadtester.load.plan import LoadPlan, OpenPacing
from loadtester.load.timeouts import Timeouts
from loadtester.load.transport.dialer import Dialer
from loadtester.load.transport.poller import Poller
from loadtester.load.transport.route import Router
from loadtester.load.worker import Dispatcher, Worker


@dataclass(frozen=True, slots=True)
class Shard:
    """Which part of the plan this process carries out: `number` of `of`."""

    number: int = 0
    of: int = 1
    observed: bool = False
    """Whether somebody wants its snapshots."""

    def part(self, whole: int) -> int:
        """This process's part of a whole number; the parts add up to it."""
        return whole // self.of + (self.number < whole % self.of)


WHOLE = Shard()
Gate = Callable[[], Awaitable[int]]
"""Waited for when a phase is ready to start: the shared instant, on the monotonic clock."""


class Engine:
    """Carries out a plan, or one shard of it, on the running event loop."""

    def __init__(
        self,
        plan: LoadPlan,
        *,
        observer: Observer | None = None,
        stop: StopSignal | None = None,
        shard: Shard = WHOLE,
    ) -> None:
        self._plan = plan
        self._shard = shard
        self._stop = stop or StopSignal()
        self._router = Router(plan.request, plan.transport)
        self._dialer = Dialer(plan.transport)
        self._recorder = Recorder(is_paced=plan.is_paced, record_cap=plan.record_cap)
        self._poller = Poller()
        self._driver = self._make_driver()
        self._timeouts = Timeouts(plan.transport, lambda: self._driver.workers)
        self._heartbeat = Heartbeat(self._driver, self._recorder, observer, self._on_beat)

    def _make_worker(self, dispatcher: Dispatcher) -> Worker:
        transport, poller = self._plan.transport, self._poller
        return Worker(transport, self._router, self._dialer, self._recorder, poller, dispatcher)

    def _make_driver(self) -> Driver:
        pacing, shard = self._plan.pacing, self._shard
        if isinstance(pacing, OpenPacing):
            part = (shard.part(pacing.connections), shard.part(pacing.max_in_flight))
            place = (shard.number, shard.of)
            return OpenDriver(self._recorder, self._make_worker, pacing, part, place)
        if pacing.qps_per_connection:
            return PacedDriver(self._recorder, self._make_worker, pacing, (shard.number, shard.of))
        return ClosedDriver(self._recorder, self._make_worker, shard.part(pacing.connections))

    async def run(self, gate: Gate | None = None) -> RunResult:
        """To the end. `gate` is asked before each phase; without one it starts when ready."""
        loop = asyncio.get_running_loop()

        def pass_on(level: int) -> None:
            loop.call_soon_threadsafe(self._on_stop, level)

        unsubscribe = self._stop.subscribe(pass_on)
        handler = loop.get_exception_handler()
        loop.set_exception_handler(self._on_unexpected)
        try:
            await self._driver.prepare()
            self._timeouts.start()
            if self._plan.warmup_ns:
                await self._carry_out("warm-up", gate, self._plan.warmup_ns, None)
            stop = self._plan.stop
            share = None if stop.requests is None else self._shard.part(stop.requests)
            return await self._carry_out("load", gate, self._plan.duration_ns, share)
        finally:
            unsubscribe()
            loop.set_exception_handler(handler)
            self._close()

    def _on_unexpected(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A defect of ours in a callback: it ends the run, or a worker would wait for ever."""
        error = context.get("exception")
        if isinstance(error, Exception):
            self._driver.fail(error)
        else:
            loop.default_exception_handler(context)

    async def _carry_out(
        self, phase: str, gate: Gate | None, duration_ns: int | None, requests: int | None
    ) -> RunResult:
        driver, recorder = self._driver, self._recorder
        for worker in driver.workers:
            worker.settle()
        if gate is not None:
            start_ns = await gate()
            await asyncio.sleep(max(0, start_ns - monotonic_ns()) / NS_PER_S)
        with _quiet_gc():
            start_ns = start_ns if gate is not None else monotonic_ns()
            unix_ns = time.time_ns() - (monotonic_ns() - start_ns)
            recorder.restart(start_ns)
            cpu_s = time.process_time()
            self._heartbeat.restart(phase)
            driver.begin(start_ns, duration_ns, requests)
            self._on_stop(self._stop.level)
            await driver.over
            end_ns = monotonic_ns()
            driver.settle(end_ns)
            for worker in driver.workers:
                worker.settle()
            result = recorder.finish(end_ns)
            cpu_s = time.process_time() - cpu_s
        result.started_unix_ns = unix_ns
        self._tell(result, cpu_s)
        return result

    def _tell(self, result: RunResult, cpu_s: float) -> None:
        driver, lag = self._driver, self._heartbeat.lag
        result.provenance = Provenance.here()
        result.plan = self._plan.to_json()
        result.issue_window_ns = max(1, driver.issued_until_ns - driver.start_ns)
        result.interrupted = self._stop.level > 0
        p50, p99 = lag.quantiles((0.5, 0.99))
        result.health = Health(cpu_s, result.wall_ns / NS_PER_S, 1, p50, p99, lag.max_ns)
        result.verdict = judge_result(result, is_paced=self._plan.is_paced)

    def _on_stop(self, level: int) -> None:
        if level >= DRAIN:
            self._driver.stop_issuing()
        if level >= REPORT_NOW:
            self._driver.abort()

    def _on_beat(self, now_ns: int) -> None:
        drain_ns, driver = self._plan.stop.drain_ns, self._driver
        if drain_ns is None or driver.issuing:
            return
        if now_ns >= driver.issued_until_ns + drain_ns:
            driver.abort()

    def _close(self) -> None:
        self._heartbeat.close()
        self._timeouts.close()
        self._driver.close()
        for worker in self._driver.workers:
            worker.close()
        self._poller.close()


def judge_result(result: RunResult, *, is_paced: bool) -> Verdict:
    """The verdict on a whole result, of one process or merged."""
    counts = result.counts
    return judge(
        is_paced=is_paced,
        shortfall=(counts.unsent + counts.dropped) / max(1, counts.planned),
        lateness=result.dispatch_lateness,
        health=result.health,
        own_failures=result.own_failures,
    )


@contextlib.contextmanager
def _quiet_gc() -> Iterator[None]:
    """No garbage collection while measuring: what lives stays, and cycles are not made."""
    was_enabled = gc.isenabled()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_enabled:
            gc.enable()
