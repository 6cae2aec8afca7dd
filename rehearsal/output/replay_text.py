"""Followed events, for people: each with its reason, and where cluster and model part."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TextIO

from rich.console import Console
from rich.text import Text

from rehearsal.flagger.canary.model import Canary, Phase
from rehearsal.flagger.explanations import explain
from rehearsal.flagger.messages import take_apart
from rehearsal.output.wrapping import print_indented, printable
from rehearsal.replay import Observed, Parting, Segment
from rehearsal.replay.guided import modern
from rehearsal.replay.hints import hints

_COLOURS = {"Normal": "green", "Warning": "yellow"}
_HANGING = 9


class ReplayText:
    """Lines on `out`: coloured on a terminal, plain elsewhere and under NO_COLOR."""

    def __init__(self, out: TextIO) -> None:
        self._console = Console(file=out, highlight=False, emoji=False)

    def show(self, path: str, canary: Canary, segments: tuple[Segment, ...]) -> None:
        """The whole file."""
        followed = sum(len(segment.steps) for segment in segments)
        partings = [segment.parting for segment in segments if segment.parting]
        for number, segment in enumerate(segments):
            if number or segment.start.phase is not Phase.INITIALIZING:
                self._start(segment)
            self._segment(segment)
            if segment.parting:
                self._parting(path, segment.parting, canary)
            for one in segment.passed_over:
                self._event(one, "")
        self._end(path, followed, len(partings), segments[-1])

    def _start(self, segment: Segment) -> None:
        others = (
            f" ({segment.alternatives} other states fit as well)" if segment.alternatives else ""
        )
        self._line(f"State before the next event: {segment.start}{others}.", "dim")

    def _segment(self, segment: Segment) -> None:
        lost: dict[int, list[str]] = {}
        for one in segment.lost:
            lost.setdefault(one.line, []).append(one.message)
        for step in segment.steps:
            for message in lost.pop(step.observed.line, ()):
                self._row("    -", "lost", message, "dim", "")
            why = explain(take_apart(modern(step.observed.message), step.canary), step.canary)
            self._event(step.observed, why)

    def _event(self, observed: Observed, why: str) -> None:
        head = f"{observed.line:>5}"
        if observed.time_s is not None:
            head += f"  {datetime.fromtimestamp(observed.time_s, UTC):%H:%M:%S}"
        kind = observed.type or "log"
        self._row(head, kind, observed.message, _COLOURS.get(kind, "cyan"), why)

    def _row(self, head: str, kind: str, message: str, style: str, why: str) -> None:
        text = Text()
        text.append(f"{head}  ", style="dim")
        text.append(f"{kind:<7}  ", style=style)
        text.append(printable(message), style="dim" if kind == "lost" else "default")
        indent = len(head) + 2 + _HANGING
        print_indented(self._console, text, 0, indent)
        if why:
            print_indented(self._console, Text(printable(why), style="dim"), indent)

    def _parting(self, path: str, parting: Parting, canary: Canary) -> None:
        observed = parting.observed
        self._line(f"{path}:{observed.line}: cluster and model part here", "bold red")
        status = parting.canary.status
        silence = f"nothing more to say in phase {status.phase}"
        rows = [("cluster", observed.message), ("model", parting.expected or silence)]
        if parting.expected:
            why = explain(take_apart(parting.expected, parting.canary), parting.canary)
            rows += [("because", why)] if why else []
        rows += [("perhaps", hint) for hint in hints(parting, canary)]
        for name, text in rows:
            row = Text()
            row.append(f"{name:<7}  ", style="bold")
            row.append(printable(text))
            print_indented(self._console, row, 4, _HANGING)

    def _end(self, path: str, followed: int, partings: int, last: Segment) -> None:
        events = "event" if followed == 1 else "events"
        if partings:
            times = "once" if partings == 1 else f"{partings} times"
            self._line(
                f"{path}: {followed} {events} as the model says; they part {times}.", "bold red"
            )
            return
        status = last.status
        state = f"phase {status.phase}, canary weight {last.routes.canary}"
        self._line(
            f"{path}: all {followed} {events} as the model says. At the end: {state}.", "bold green"
        )

    def _line(self, text: str, style: str) -> None:
        self._console.print(Text(printable(text), style=style), soft_wrap=True)
