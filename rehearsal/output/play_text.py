"""A played scenario as a timeline for people: what happened on each tick, and why."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol, TextIO

from rich.console import Console
from rich.text import Text

from rehearsal.flagger.canary.analysis import DURATION, SUCCESS_RATE
from rehearsal.flagger.canary.model import Canary, Phase
from rehearsal.flagger.controller import Flags
from rehearsal.flagger.explanations import explain, limits_of
from rehearsal.flagger.golang import format_duration, format_float
from rehearsal.flagger.messages import take_apart
from rehearsal.flagger.providers import queries_of
from rehearsal.output.text import canary_time
from rehearsal.output.wrapping import print_indented, printable
from rehearsal.simulated import Check, PlayedEvent, PlayedTick, Scenario
from rehearsal.simulated.changes import QueryError

_INDENT = 4
_COLOURS = {"Normal": "green", "Warning": "yellow"}
_PHASES = {Phase.FAILED: "red", Phase.SUCCEEDED: "green", Phase.PROGRESSING: "cyan"}
_ENDINGS = ("failed", "promoted", "skipped", "promotion-failed")


class PlayedRenderer(Protocol):
    """One way of showing scenarios that are played."""

    def begin(self, scenario: Scenario) -> None:
        """A scenario begins."""

    def tick(self, tick: PlayedTick) -> None:
        """A tick is over."""

    def end(self) -> None:
        """The scenario is over."""


class PlayedText:
    """Lines on `out`: coloured on a terminal, plain elsewhere and under NO_COLOR."""

    def __init__(self, out: TextIO, flags: Flags) -> None:
        self._flags = flags
        self._console = Console(file=out, highlight=False, emoji=False)
        self._last: PlayedTick | None = None

    def begin(self, scenario: Scenario) -> None:
        self._last = None
        self._quiet: list[PlayedTick] = []
        self._failures: list[tuple[int, str]] = []
        self._ending: tuple[int, str] | None = None
        canary, analysis = scenario.canary, scenario.canary.spec.analysis
        self._status = canary.status
        self._print(
            f"{scenario.name}: {canary.full_name}, provider {self._provider(canary)},"
            f" threshold {analysis.failed_checks_limit}, {scenario.ticks} ticks, one every"
            f" {analysis.interval_s:g} s",
            style="bold",
        )

    def tick(self, tick: PlayedTick) -> None:
        before = replace(tick.canary, status=self._status)
        if self._is_quiet(tick):
            self._quiet.append(tick)
        else:
            self._show_quiet()
            self._show(tick, before)
        self._last, self._status = tick, tick.status

    def end(self) -> None:
        self._show_quiet()
        text, style = self._verdict()
        self._print(text, style=f"bold {style}")

    def _is_quiet(self, tick: PlayedTick) -> bool:
        """Nothing was said, and nothing that is shown differs from the tick before."""
        last = self._last
        if tick.events or last is None:
            return False
        return tick.routes == last.routes and _shown(tick) == _shown(last)

    def _show_quiet(self) -> None:
        if not self._quiet:
            return
        first, last = self._quiet[0], self._quiet[-1]
        number = first.number
        numbers = f"tick {number}" if first is last else f"ticks {number} to {last.number}"
        line = self._heading(numbers, first)
        line.append("  no events", style="dim")
        self._console.print(line, soft_wrap=True)
        self._show_inputs(first)
        self._quiet.clear()

    def _show(self, tick: PlayedTick, before: Canary) -> None:
        self._console.print(self._heading(f"tick {tick.number}", tick), soft_wrap=True)
        self._show_inputs(tick)
        for event in tick.events:
            line = Text(f"{event.type:<7}  ", style=_COLOURS[event.type])
            line.append(printable(event.message), style="default")
            print_indented(self._console, line, _INDENT, hanging=9)
            why = printable(self._why(event, tick.number, before))
            if why:
                print_indented(self._console, Text(why, style="dim"), _INDENT + 9)

    def _show_inputs(self, tick: PlayedTick) -> None:
        for name, text in (("hooks", _called(tick.hooks)), ("metrics", self._measured(tick))):
            if text:
                line = Text(f"{name:<7}  {printable(text)}", style="dim")
                print_indented(self._console, line, _INDENT, hanging=9)

    def _why(self, event: PlayedEvent, tick: int, before: Canary) -> str:
        message = take_apart(event.message, before)
        if message.counts_as_failed_check:
            self._failures.append((tick, event.message))
        if message.kind in ("detected", "restarting"):
            self._failures.clear()
        if message.kind in _ENDINGS:
            self._ending = tick, message.kind
        return explain(message, before)

    def _heading(self, numbers: str, tick: PlayedTick) -> Text:
        phase, weight, failed = _shown(tick)
        line = Text(f"{numbers}  {canary_time(tick.time_s)}  ", style="bold")
        line.append(phase or "-", style=_PHASES.get(tick.status.phase, "default"))
        line.append(f"  {weight}", style="default")
        line.append(f"  {failed}", style="red" if tick.status.failed_checks else "dim")
        return line

    def _measured(self, tick: PlayedTick) -> str:
        """What the checks of a tick saw, beside what they allow."""
        provider = self._provider(tick.canary)
        metrics = {metric.name: metric for metric in tick.canary.spec.analysis.metrics}
        return ", ".join(
            f"{check.metric} {_value(check, provider)} ({limits_of(metrics[check.metric])})"
            for check in tick.checks
            if check.metric in metrics
        )

    def _provider(self, canary: Canary) -> str:
        return canary.spec.provider or self._flags.mesh_provider

    def _verdict(self) -> tuple[str, str]:
        phase = self._last.status.phase if self._last else Phase.NONE
        if self._ending is None or phase not in (Phase.SUCCEEDED, Phase.FAILED):
            return f"Not decided: the scenario ends in phase {phase}.", "yellow"
        tick, kind = self._ending
        if kind in ("promoted", "skipped"):
            return f"Promoted on tick {tick}.", "green"
        if kind == "promotion-failed":
            return f"Promotion failed on tick {tick}: the canary keeps all traffic.", "red"
        reasons = "".join(f"\n  tick {number}: {text}" for number, text in self._failures)
        why = f" Failed checks:{reasons}" if reasons else ""
        return f"Rolled back on tick {tick}.{why}", "red"

    def _print(self, text: str, style: str) -> None:
        shown = "\n".join(map(printable, text.split("\n")))
        self._console.print(Text(shown, style=style), soft_wrap=True)


def _shown(tick: PlayedTick) -> tuple[str, str, str]:
    status, analysis = tick.status, tick.canary.spec.analysis
    weight = f"canary {tick.routes.canary}%{' mirrored' if tick.routes.mirrored else ''}"
    if analysis.iterations:
        weight += f", iteration {status.iterations} of {analysis.iterations}"
    failed = f"{status.failed_checks} of {analysis.failed_checks_limit} failed checks"
    return str(status.phase), weight, failed


def _called(hooks: Iterable[str]) -> str:
    return ", ".join(hooks)


def _value(check: Check, provider: str) -> str:
    if check.value is None:
        return "no values"
    if isinstance(check.value, QueryError):
        return "query failed"
    if check.metric == DURATION and math.isfinite(check.value):
        return format_duration(queries_of(provider).duration_ns(check.value))
    return f"{format_float(check.value)}{'%' if check.metric == SUCCESS_RATE else ''}"
