import io
import time

import pytest
from rich.console import Console

from rehearsal.output.renderer import FORMATS, choose_renderer
from rehearsal.output.terminal import Terminal, render_snapshot
from rehearsal.output.text import PlainText
from rehearsal.recording.records import EventRecord, StepRecord
from rehearsal.recording.snapshot import Snapshot

MOMENT = Snapshot(
    63.0,
    "detail.flagger",
    "Progressing",
    90,
    10,
    1,
    3,
    success_percent=97.5,
    p99_ms=512.0,
    requests=120,
    failures=4,
    title="set image 2.0",
    waiting_for=("gate",),
)


def _shown(snapshot: Snapshot) -> str:
    console = Console(file=io.StringIO(), width=90, no_color=True)
    console.print(render_snapshot(snapshot))
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_a_moment_shows_what_matters() -> None:
    text = _shown(MOMENT)
    for part in (
        "set image 2.0",
        "Progressing   01:03",
        "10 %  (primary 90 %)",
        "success rate 97.50 %   p99 512 ms   failed 1 of 3",
        "120 requests, 4 failed",
        "for approval: gate",
    ):
        assert part in text


def test_what_is_not_known_yet_is_a_dash() -> None:
    text = _shown(Snapshot(0.0, "detail.flagger", "", 100, 0, 0, 1))
    assert "Starting   00:00" in text
    assert "success rate -   p99 -" in text
    assert "waiting" not in text


def test_the_live_view_shows_lines_and_the_moment_it_is_given() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=90, color_system=None)
    terminal = Terminal(console)
    try:
        terminal.show(EventRecord(63.0, "Warning", "Halt it", "detail.flagger", ""))
        terminal.show(StepRecord(63.0, "one", "first", "started"))
        asked: list[int] = []

        def snapshot() -> Snapshot:
            asked.append(1)
            return MOMENT

        terminal.watch(snapshot)
        deadline_s = time.monotonic() + 5
        while "failed 1 of 3" not in out.getvalue() and time.monotonic() < deadline_s:
            time.sleep(0.02)
    finally:
        terminal.close()
        terminal.close()
    text = out.getvalue()
    assert "01:03  Warning  Halt it" in text
    assert "Step one: first" in text
    assert asked
    assert "failed 1 of 3" in text


@pytest.mark.parametrize("colour", [True, False])
def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch, colour: bool) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    out = io.StringIO()
    terminal = Terminal(Console(file=out, force_terminal=True, width=90, color_system="standard"))
    terminal.show(EventRecord(63.0, "Warning", "Halt it", "detail.flagger", ""))
    terminal.close()
    assert (";33m" in out.getvalue()) is colour


def test_the_renderer_is_chosen_by_the_output(monkeypatch: pytest.MonkeyPatch) -> None:
    assert FORMATS == ("json", "live", "text")
    assert isinstance(choose_renderer(None, 0.0), PlainText)
    assert isinstance(choose_renderer("text", 0.0), PlainText)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(choose_renderer(None, 0.0), PlainText)
    monkeypatch.setenv("TERM", "xterm")
    live = choose_renderer(None, 0.0)
    live.close()
    assert isinstance(live, Terminal)
