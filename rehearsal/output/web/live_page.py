"""The page beside a rehearsal under way: recording, commands and server put together."""

import asyncio
import socket
import tempfile
import webbrowser
from collections.abc import Callable, Mapping
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

from rehearsal.errors import UserError
from rehearsal.output.reports.document import ReportDocument
from rehearsal.output.reports.facts import RecordFacts
from rehearsal.output.reports.json_report import report_value
from rehearsal.output.web.access import Access
from rehearsal.output.web.page import render_report
from rehearsal.output.web.server import PageServer, Rehearsed
from rehearsal.output.web.service_map import ServiceMap
from rehearsal.output.web.stream import RecordStream
from rehearsal.scenario import Scenario
from rehearsal.scenario.commanded import CommandedRunner
from rehearsal.scenario.commands import parse_command
from rehearsal.world import TargetChange, World
from xray_local.pages import routes
from xray_local.store import TraceStore

_TOLD_AT_THE_END = ("state", "exit_code", "interrupted", "steps", "why")


class LivePage:
    """`document` is the report so far; `traces` are those of the services, where they send any."""

    def __init__(
        self,
        world: World,
        runner: CommandedRunner,
        document: Callable[[], ReportDocument],
        choices: Mapping[str, Any],
        traces: TraceStore | None = None,
    ) -> None:
        self._runner = runner
        self._document = document
        self._traces = traces
        self._service_map = ServiceMap(traces)
        self._choices = {**choices, "apex_url": world.apex_url(world.canaries[0])}
        known = {c.full_name: (c, provider) for c, provider in document().canaries}
        self._stream = RecordStream(RecordFacts(known))
        self._takes_commands = True
        self._forwarder: Path | None = None
        self._leave = world.recording.subscribe(self._stream.show, replay=True)

    def serve(self, access: Access, listener: socket.socket, *, opens_browser: bool = False) -> str:
        """Serve it on a socket that listens, and open it where that is asked for; its address."""
        rehearsed = Rehearsed(
            describe=self._describe,
            execute=self._execute,
            report=lambda: render_report(self._document()),
            service_map=self._service_map.draw,
            trace_pages=routes(self._traces) if self._traces is not None else (),
            apex_url=self._choices["apex_url"],
        )
        self._server = PageServer(rehearsed, self._stream, access, listener)
        self._server.start()
        if opens_browser:
            self._forwarder = _write_forwarder(access.address)
            asyncio.get_running_loop().run_in_executor(None, _open, self._forwarder)
        return access.address

    def refuse_commands(self) -> None:
        """The world is about to go."""
        self._takes_commands = False

    def end(self, document: ReportDocument) -> None:
        """Tell readers how it ended."""
        self._leave()
        value = report_value(document, ())
        self._stream.end({name: value[name] for name in _TOLD_AT_THE_END})

    async def close(self) -> None:
        """Serve no more."""
        await self._server.close()
        if self._forwarder is not None:
            with suppress(OSError):
                self._forwarder.unlink()

    def _describe(self) -> Mapping[str, Any]:
        now = {"state": "running", "exit_code": None, "live": self._choices}
        return {**report_value(self._document(), ()), **now}

    async def _execute(self, command: str) -> None:
        if not self._takes_commands:
            raise UserError("the rehearsal has ended")
        await self._runner.execute(parse_command(command))


def choices_of(
    scenario: Scenario, *, manual: bool, images: tuple[str, ...] = (), candidate: bool = False
) -> Mapping[str, Any]:
    """What the page offers: steps to play, and what can be rolled out."""
    return {
        "manual": manual,
        "steps": [{"name": step.name, "title": step.title} for step in scenario.steps],
        "images": list(dict.fromkeys((*images, *_scenario_images(scenario)))),
        "candidate": candidate,
    }


def _scenario_images(scenario: Scenario) -> list[str]:
    actions = [a for step in scenario.steps for a in (*step.actions, *step.meanwhile)]
    changes = [a.value for a in actions if isinstance(a.value, TargetChange)]
    return [change.image for change in changes if change.image]


def _write_forwarder(address: str) -> Path:
    """A file that only its owner reads: an address on a command line is seen by everybody."""
    with tempfile.NamedTemporaryFile("w", suffix=".html", delete=False) as file:
        url = escape(address)
        file.write(f'<!doctype html><meta http-equiv="refresh" content="0; url={url}">')
    return Path(file.name)


def _open(page: Path) -> None:
    with suppress(webbrowser.Error):
        webbrowser.open(page.as_uri())
