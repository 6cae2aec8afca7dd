"""Live progress on a terminal: rate, in flight, latency, errors, time left."""

import math
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from commons.durations import format_duration_s
from loadtester.load.observer import Snapshot

BAR_WIDTH = 40
HISTORY = 60
"""How many moments the sparkline of the rate shows."""
_SPARKS = "▁▂▃▄▅▆▇█"


class LiveProgress:
    """Draws snapshots in place while the run goes on, and leaves nothing behind."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, refresh_per_second=5, transient=True)
        self._rates: list[float] = []

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def __call__(self, snapshot: Snapshot) -> None:
        """Take in a snapshot; drawing is done by a thread of its own."""
        self._rates = [*self._rates, snapshot.rate_rps][-HISTORY:]
        self._live.update(picture(snapshot, self._rates))


def picture(snapshot: Snapshot, rates: list[float]) -> Group:
    """What a moment of the run looks like."""
    numbers = Table.grid(padding=(0, 3))
    numbers.add_row(
        _cell("rate", f"{snapshot.rate_rps:,.0f}/s", "bold"),
        _cell("in flight", f"{snapshot.in_flight:,}"),
        _cell("waiting", f"{snapshot.backlog:,}", "yellow" if snapshot.backlog else ""),
        _cell("p50", milliseconds(snapshot.p50_ms)),
        _cell("p99", milliseconds(snapshot.p99_ms)),
        _cell("responses", f"{snapshot.completed:,}"),
        _cell("errors", f"{snapshot.errors:,}", "bold red" if snapshot.errors else "green"),
    )
    return Group(_headline(snapshot), numbers, Text(sparkline(rates), style="cyan"))


def sparkline(values: list[float]) -> str:
    """Values as bars an eighth of a line apart, from zero to the largest."""
    top = max(values, default=0.0)
    steps = len(_SPARKS) - 1
    return "".join(_SPARKS[round(steps * value / top) if top > 0 else 0] for value in values)


def milliseconds(value: float) -> str:
    """Three digits, a unit."""
    return "-" if math.isnan(value) else format_duration_s(float(f"{value / 1000:.3g}"))


def _headline(snapshot: Snapshot) -> Text:
    line = Text.assemble((f"{snapshot.phase:8}", "bold"))
    if snapshot.progress is not None:
        filled = round(BAR_WIDTH * min(1.0, snapshot.progress))
        line.append("━" * filled, style="cyan")
        line.append("━" * (BAR_WIDTH - filled), style="bright_black")
        line.append(f" {min(1.0, snapshot.progress):4.0%}")
    line.append(f"  {clock(snapshot.elapsed_s)}")
    if snapshot.remaining_s is not None:
        line.append(f"  {clock(snapshot.remaining_s)} left", style="bright_black")
    return line


def clock(seconds: float) -> str:
    """`1:05`, or `2:01:05` from an hour on."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _cell(name: str, value: str, style: str = "") -> Text:
    return Text.assemble((f"{name} ", "bright_black"), (value, style))
