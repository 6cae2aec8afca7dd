"""The live view of a terminal: the moment on top, what was said below it."""

import threading
from collections.abc import Callable

from rich.console import Console, Group, RenderableType
from rich.live import Live as RichLive
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from rehearsal.flagger.controller.ports import Event, LogLine
from rehearsal.output.text import canary_time
from rehearsal.recording.snapshot import Glance

_COLOURS = {"Normal": "green", "Warning": "yellow", "log": "dim"}
_REFRESHES_PER_S = 8


class Live:
    """Lines scroll as they come; a panel under them shows the moment. Honours NO_COLOR."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._glance: Callable[[], Glance] | None = None
        self._live = RichLive(
            console=self._console,
            get_renderable=self._panel,
            refresh_per_second=_REFRESHES_PER_S,
            transient=True,
        )
        self._lock = threading.Lock()
        self._closed = False
        self._live.start()

    def watch(self, glance: Callable[[], Glance]) -> None:
        self._glance = glance

    def log(self, line: LogLine) -> None:
        if not line.belongs_to_event:
            self._line(line.time_s, "log", line.msg)

    def event(self, event: Event) -> None:
        self._line(event.time_s, event.type, event.message)

    def narrate(self, text: str) -> None:
        self._console.print(Text(text, style="bold" if text.startswith("\n") else ""))

    def output(self, text: str) -> None:
        for line in text.splitlines():
            self._console.print(Text(f"    | {line}", style="dim"))

    def close(self) -> None:
        with self._lock:
            if not self._closed:
                self._closed = True
                self._live.stop()

    def _line(self, time_s: float, kind: str, text: str) -> None:
        line = Text(f"{canary_time(time_s)}  ", style="dim")
        line.append(f"{kind:<7}  ", style=_COLOURS[kind])
        line.append(text, style="default")
        self._console.print(line)

    def _panel(self) -> RenderableType:
        if self._glance is None:
            return Text("setting the stage ...", style="dim")
        return moment(self._glance())


def moment(glance: Glance) -> RenderableType:
    """A panel with phase, weights, checks and visitors."""
    grid = Table.grid(padding=(0, 2), expand=True)
    grid.add_column(justify="right", style="dim", no_wrap=True)
    grid.add_column(ratio=1)
    grid.add_row("phase", f"{glance.phase or 'Starting'}   {canary_time(glance.time_s)}")
    grid.add_row("canary", _weights(glance))
    grid.add_row("checks", _checks(glance))
    grid.add_row("visitors", _visitors(glance))
    return Panel(Group(grid), title=glance.act or "detail", title_align="left")


def _weights(glance: Glance) -> RenderableType:
    row = Table.grid(padding=(0, 1))
    bar = ProgressBar(total=100, completed=glance.canary_weight, width=30)
    row.add_row(bar, f"{glance.canary_weight} %  (primary {glance.primary_weight} %)")
    return row


def _checks(glance: Glance) -> Text:
    success = "-" if glance.success_percent is None else f"{glance.success_percent:.2f} %"
    p99 = "-" if glance.p99_ms is None else f"{glance.p99_ms:.0f} ms"
    failed = f"failed {glance.failed_checks} of {glance.threshold}"
    style = "red" if glance.failed_checks else ""
    return Text(f"success rate {success}   p99 {p99}   {failed}", style=style)


def _visitors(glance: Glance) -> Text:
    style = "red" if glance.failures else ""
    return Text(f"{glance.visits} read the catalog, {glance.failures} met an error", style=style)
