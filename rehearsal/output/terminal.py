"""The live view of a terminal: the moment on top, what was said below it."""

import threading
from collections.abc import Callable

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from rehearsal.output.text import canary_time, lines_of
from rehearsal.recording.records import Record, StepRecord
from rehearsal.recording.snapshot import Snapshot

_COLOURS = {"Normal": "green", "Warning": "yellow", "alert": "magenta", "replica": "red"}
_STEP_STYLES = {"started": "bold", "passed": "green"}
_REFRESHES_PER_S = 8


class Terminal:
    """Lines scroll as they come; a panel under them shows the moment. Honours NO_COLOR."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._snapshot: Callable[[], Snapshot] | None = None
        self._live = Live(
            console=self._console,
            get_renderable=self._panel,
            refresh_per_second=_REFRESHES_PER_S,
            transient=True,
        )
        self._lock = threading.Lock()
        self._closed = False
        self._live.start()

    def watch(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot

    def show(self, record: Record) -> None:
        for kind, text in lines_of(record):
            self._console.print(_line(record, kind, text))

    def close(self) -> None:
        with self._lock:
            if not self._closed:
                self._closed = True
                self._live.stop()

    def _panel(self) -> RenderableType:
        if self._snapshot is None:
            return Text("starting ...", style="dim")
        return render_snapshot(self._snapshot())


def render_snapshot(snapshot: Snapshot) -> RenderableType:
    """A panel with phase, weights, checks, traffic, and who waits."""
    grid = Table.grid(padding=(0, 2), expand=True)
    grid.add_column(justify="right", style="dim", no_wrap=True)
    grid.add_column(ratio=1)
    grid.add_row("phase", f"{snapshot.phase or 'Starting'}   {canary_time(snapshot.time_s)}")
    grid.add_row("canary", _weights(snapshot))
    grid.add_row("checks", _checks(snapshot))
    grid.add_row("traffic", _traffic(snapshot))
    if snapshot.waiting_for:
        gates = ", ".join(snapshot.waiting_for)
        grid.add_row("waiting", Text(f"for approval: {gates}", style="yellow"))
    return Panel(Group(grid), title=snapshot.title or snapshot.canary, title_align="left")


def _line(record: Record, kind: str, text: str) -> Text:
    if not kind:
        style = _STEP_STYLES.get(record.state, "red") if isinstance(record, StepRecord) else ""
        return Text(text, style="dim" if text.startswith("    |") else style)
    line = Text(f"{canary_time(record.time_s)}  ", style="dim")
    line.append(f"{kind:<7}  ", style=_COLOURS.get(kind, "dim"))
    line.append(text, style="default")
    return line


def _weights(snapshot: Snapshot) -> RenderableType:
    row = Table.grid(padding=(0, 1))
    bar = ProgressBar(total=100, completed=snapshot.canary_weight, width=30)
    row.add_row(bar, f"{snapshot.canary_weight} %  (primary {snapshot.primary_weight} %)")
    return row


def _checks(snapshot: Snapshot) -> Text:
    success = "-" if snapshot.success_percent is None else f"{snapshot.success_percent:.2f} %"
    p99 = "-" if snapshot.p99_ms is None else f"{snapshot.p99_ms:.0f} ms"
    failed = f"failed {snapshot.failed_checks} of {snapshot.threshold}"
    style = "red" if snapshot.failed_checks else ""
    return Text(f"success rate {success}   p99 {p99}   {failed}", style=style)


def _traffic(snapshot: Snapshot) -> Text:
    style = "red" if snapshot.failures else ""
    return Text(f"{snapshot.requests} requests, {snapshot.failures} failed", style=style)
