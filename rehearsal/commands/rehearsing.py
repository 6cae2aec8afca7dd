"""Plays a scenario in the live world, from the start of its parts to the last report."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commons import __version__
from commons.errors import Error
from rehearsal.clock import ScaledClock, default_speed
from rehearsal.commands.keyboard import has_keyboard, typed_lines
from rehearsal.commands.outputs import Outputs
from rehearsal.commands.told_traces import draw_recent, draw_traced, find_traced
from rehearsal.commands.web import WebOptions
from rehearsal.errors import LiveWorldError, RehearsalError, UserError
from rehearsal.flagger.canary.analysis import SUCCESS_RATE
from rehearsal.live.config import EnvironmentConfig
from rehearsal.live.environment import Environment, environment
from rehearsal.live.opening import describe_opening
from rehearsal.live.preparation import Prepared
from rehearsal.live.world import LiveWorld
from rehearsal.manifests import load_manifests
from rehearsal.manifests.workloads import DeploymentSpec
from rehearsal.output.picture import picture
from rehearsal.output.renderer import Renderer, Silent, choose_renderer
from rehearsal.output.reports import ReportDocument
from rehearsal.output.reports.traced import Traced
from rehearsal.output.verdict import explain_checks, explain_ending, summarise
from rehearsal.recording import Recording
from rehearsal.recording.records import NoteRecord
from rehearsal.recording.snapshot import Snapshot
from rehearsal.scenario import Scenario, ScenarioRunner
from rehearsal.scenario.commanded import CommandedRunner
from rehearsal.scenario.gates import open_waiting_gates, open_when_asked
from rehearsal.scenario.outcome import StepOutcome, overall_state
from rehearsal.scenario.step import ApplyFile
from xray_local.pages.picture import stacked

if TYPE_CHECKING:
    from rehearsal.output.web.live_page import LivePage

_SNAPSHOT_PERIOD_S = 0.25

Judge = Callable[[list[StepOutcome]], int]
Closing = Callable[[Environment], str]


@dataclass(frozen=True)
class Rehearsal:
    """What is played, and how: all of it checked before."""

    prepared: Prepared
    scenario: Scenario
    outputs: Outputs
    judge: Judge
    speed: float | None = None
    manifest_folder: Path = Path()
    closing: Closing | None = None
    explain: bool = False
    open_after: int | None = None
    notes: tuple[str, ...] = ()
    web: WebOptions | None = None

    @property
    def config(self) -> EnvironmentConfig:
        return self.prepared.config


def rehearse(rehearsal: Rehearsal) -> int:
    """Play it; the exit code. SIGINT and SIGTERM end it with what is known so far."""
    session = _Session(rehearsal)
    return asyncio.run(_with_signals(session))


async def rehearse_silently(rehearsal: Rehearsal) -> ReportDocument:
    """Play it and print nothing. RehearsalError when a part of the world broke."""
    session = _Session(rehearsal, Silent())
    await session.play()
    return session.document


class _Session:
    """One rehearsal under way: its recording, its renderer, and the runner once there is one."""

    document: ReportDocument
    """Once it has ended."""

    def __init__(self, rehearsal: Rehearsal, renderer: Renderer | None = None) -> None:
        self._rehearsal = rehearsal
        config = rehearsal.config
        interval_s = config.canary.canary.spec.analysis.interval_s
        self._clock = ScaledClock(rehearsal.speed or default_speed(interval_s))
        self._recording = Recording()
        self._renderer = renderer or choose_renderer(
            rehearsal.outputs.format, self._clock.started_at_s
        )
        self._recording.subscribe(self._renderer.show)
        self._outcomes = [StepOutcome(step) for step in rehearsal.scenario.steps]
        self._waits_for_keys = has_keyboard() and any(
            hook.type.startswith("confirm-")
            for one in config.canaries
            for hook in one.canary.spec.analysis.webhooks
        )
        self._page: LivePage | None = None
        self._service_map: Callable[[], str] = str
        self._traced: Traced | None = None
        self.signal = 0
        """The signal that ended it, 0 if none did."""

    def _notes(self) -> Iterator[str]:
        for note in (*self._rehearsal.notes, *self._rehearsal.prepared.notes):
            yield f"Note: {note}"
        if self._waits_for_keys:
            yield "Who waits for approval gets it when you press Enter."

    async def play(self) -> int:
        opening = describe_opening(self._rehearsal.config, self._clock)
        for text in (opening, *self._notes()):
            self._note(text)
        interrupted = "interrupted"
        code = 1
        try:
            await self._play_live()
            interrupted = ""
            code = self._rehearsal.judge(self._outcomes)
        except Error as error:
            interrupted, code = str(error), error.exit_code
            raise
        except asyncio.CancelledError:
            code = 128 + (self.signal or signal.SIGINT)
            raise
        finally:
            self._renderer.close()
            self._conclude(code, interrupted)
            await self._close_page()
        return code

    async def _play_live(self) -> None:
        rehearsal, config = self._rehearsal, self._rehearsal.config
        keep_logs = rehearsal.outputs.keep_logs
        async with environment(config, self._clock, self._recording, keep_logs) as running:
            world = LiveWorld(running)
            self._service_map = partial(draw_recent, running.traces)
            canary = config.canary
            runner = ScenarioRunner(
                world,
                rehearsal.scenario,
                canary.canary.full_name,
                canary.provider,
                self._read_template,
                self._clock.speed,
                config.templates,
            )
            self._outcomes = runner.outcomes
            web = rehearsal.web
            commanded = CommandedRunner(
                runner, world, rehearsal.scenario, by_hand=web is not None and web.manual
            )
            if web is not None:
                self._page = self._open_page(web, running, world, commanded)
            beside = [self._sample(world, runner), world.watch_faults()]
            if rehearsal.open_after is not None:
                beside.append(open_waiting_gates(world, rehearsal.open_after, _SNAPSHOT_PERIOD_S))
            if self._waits_for_keys:
                beside.append(open_when_asked(world, typed_lines()))
            async with _beside(*beside):
                await commanded.play()
            if self._page is not None:
                self._page.refuse_commands()
            await running.traces.settle()
            if rehearsal.closing is not None:
                self._note(rehearsal.closing(running))
            self._traced = find_traced(running.traces)
            self._service_map = partial(str, draw_traced(self._traced))

    def _open_page(
        self, web: WebOptions, running: Environment, world: LiveWorld, runner: CommandedRunner
    ) -> "LivePage":
        """Serve the page, and say where."""
        from rehearsal.output.web.live_page import LivePage, choices_of  # Starlette is slow, too

        applications = self._rehearsal.config.applications
        choices = choices_of(
            self._rehearsal.scenario,
            manual=web.manual,
            images=tuple(applications.images),
            candidate=applications.candidate is not None,
        )
        page = LivePage(world, runner, self._document, choices, running.traces.store)
        address = page.serve(web.access, web.listener, opens_browser=web.opens_browser)
        self._note(f"The page: {address}")
        if web.manual:
            self._note("It is played by hand: the page starts each step, and ends the rehearsal.")
        return page

    async def _close_page(self) -> None:
        if self._page is not None:
            await self._page.close()
        elif self._rehearsal.web is not None:
            self._rehearsal.web.listener.close()

    async def _sample(self, world: LiveWorld, runner: ScenarioRunner) -> None:
        """Record a snapshot now and then, of each canary."""

        def snapshot(canary: str) -> Snapshot:
            step = runner.present
            now = world.snapshot(canary)
            return replace(now, step=step.name, title=step.title) if step else now

        first = world.canaries[0]
        self._renderer.watch(lambda: snapshot(first))
        while True:
            for canary in world.canaries:
                self._recording.append(snapshot(canary))
            await asyncio.sleep(_SNAPSHOT_PERIOD_S)

    def _conclude(self, code: int, interrupted: str) -> None:
        """Say how it went, and write what was asked for, however it ended."""
        rehearsal = self._rehearsal
        canary = rehearsal.config.canary
        name = canary.canary.full_name
        records = self._recording.since()
        lines = summarise(self._outcomes)
        if rehearsal.explain or code or overall_state(self._outcomes) != "passed":
            why = explain_ending(records, name)
            lines += "".join(f"\n{line}" for line in (["Why", *why] if why else []))
        if rehearsal.explain and (checks := explain_checks(records, name)):
            lines += "".join(f"\n{line}" for line in ("Checks", *checks))
        if interrupted == "interrupted":
            lines += "\nInterrupted."
        self._note(lines)
        document = self.document = self._document(code, interrupted)
        if self._page is not None:
            self._page.end(document)
        rehearsal.outputs.write_reports(document)
        if rehearsal.outputs.picture is not None:
            rehearsal.outputs.picture.write(self._draw(records))

    def _document(self, code: int = 1, interrupted: str = "") -> ReportDocument:
        """The report, as things stand."""
        config = self._rehearsal.config
        return ReportDocument(
            version=__version__,
            canary=config.canary.canary.full_name,
            provider=config.canary.provider,
            scenario=self._rehearsal.scenario.name,
            started_at_s=self._clock.started_at_s,
            speed=self._clock.most_speed,
            outcomes=self._outcomes,
            records=self._recording.since(),
            exit_code=code,
            interrupted=interrupted,
            canaries=[(c.canary, c.provider) for c in config.canaries],
            service_map=self._service_map,
            traced=self._traced,
        )

    def _draw(self, records: Any) -> str:
        canary = self._rehearsal.config.canary.canary
        limits = (m for m in canary.spec.analysis.metrics if m.name == SUCCESS_RATE)
        goal = next((m.threshold_range for m in limits if m.threshold_range), None)
        name = canary.full_name
        snapshots = [r for r in records if isinstance(r, Snapshot) and r.canary == name]
        drawn = picture(f"{name}: a rehearsal", snapshots, goal.min_ if goal else None)
        traces = self._service_map()
        return stacked([drawn, traces]) if traces else drawn

    def _read_template(self, file: ApplyFile) -> Mapping[str, object]:
        canary = self._rehearsal.config.canary.canary
        path = self._rehearsal.manifest_folder / file.path
        found = load_manifests([path], variables=file.variables)
        deployment = found.deployment(canary.namespace, canary.target)
        if deployment is None or not isinstance(deployment.spec, DeploymentSpec):
            raise UserError(
                f"{path}: no Deployment {canary.target} in it; it is the canary's target"
            )
        template: Mapping[str, object] = deployment.raw["spec"]["template"]
        return template

    def _note(self, text: str) -> None:
        self._recording.append(NoteRecord(self._clock.now_s(), text))


class _beside:  # noqa: N801
    """Runs work beside a block; an error in it ends the block's wait for it as its own."""

    def __init__(self, *work: Coroutine[Any, Any, None]) -> None:
        self._work = work
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> None:
        self._tasks = [asyncio.create_task(one) for one in self._work]

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, RehearsalError):
                raise LiveWorldError(str(result)) from result


async def _with_signals(session: _Session) -> int:
    """The session's exit code; after SIGINT or SIGTERM it is cancelled, once, and cleans up."""
    task = asyncio.create_task(session.play())

    def stop(number: int) -> None:
        if not session.signal:
            session.signal = number
            task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not session.signal:
            raise
        return 128 + session.signal
