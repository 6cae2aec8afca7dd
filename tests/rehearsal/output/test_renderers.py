"""Every way of showing: what comes out for the same events."""

import io
import json

import pytest
from rich.console import Console

from rehearsal.flagger.canary.model import Canary, CanarySpec
from rehearsal.flagger.controller.ports import Event, LogLine
from rehearsal.output.jsonl import JsonLines
from rehearsal.output.renderer import FORMATS, choose
from rehearsal.output.terminal import Live, moment
from rehearsal.output.text import PlainText, canary_time
from rehearsal.recording.event_log import Journal, Show
from rehearsal.recording.snapshot import Glance

SPEC = {
    "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "detail"},
    "analysis": {"interval": "1m", "threshold": 1, "stepWeight": 5},
}
CANARY = Canary("detail", "flagger", CanarySpec.model_validate(SPEC))
GLANCE = Glance("promotion", "set image 2.0", "Progressing", 95, 5, 1, 1, 98.5, 12.0, 321, 4, 183.0)


def _play(show: Show) -> None:
    journal = Journal(show)
    journal.narrate("Act 1")
    journal.log(LogLine("info", 61.0, "Synced flagger/detail", None))
    journal.log(LogLine("debug", 62.0, "not for people", None))
    journal.log(LogLine("info", 183.5, "Halt <it>", "detail.flagger", "controller/events.go:45"))
    journal.event(Event("Warning", 183.5, "Halt <it>", CANARY))
    journal.output("one\ntwo\n")


def test_plain_text_shows_each_thing_once() -> None:
    out = io.StringIO()
    _play(PlainText(out))
    assert out.getvalue().splitlines() == [
        "Act 1",
        "01:01  log      Synced flagger/detail",
        "03:03  Warning  Halt <it>",
        "    | one",
        "    | two",
    ]


def test_json_lines_are_the_log_and_nothing_else() -> None:
    out, aside = io.StringIO(), io.StringIO()
    _play(JsonLines(out, aside, epoch_s=1_700_000_000.0))
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    keys = ["level", "ts", "caller", "msg", "canary"]
    assert [list(line) for line in lines] == [keys, keys]
    assert [line["canary"] for line in lines] == ["", "detail.flagger"]
    assert lines[1]["msg"] == "Halt <it>"
    assert lines[1]["ts"] == "2023-11-14T22:16:23.500Z"
    assert aside.getvalue().splitlines() == ["Act 1", "    one", "    two"]


def test_a_live_view_scrolls_and_shows_the_moment() -> None:
    out = io.StringIO()
    live = Live(Console(file=out, force_terminal=True, width=100, color_system=None))
    live.watch(lambda: GLANCE)
    _play(live)
    live.close()
    live.close()
    text = out.getvalue()
    assert "03:03  Warning  Halt <it>" in text
    assert "    | two" in text


def test_the_moment_in_words() -> None:
    console = Console(file=io.StringIO(), width=100, color_system=None)
    console.print(moment(GLANCE))
    text = str(console.file.getvalue())  # type: ignore[attr-defined]
    for part in (
        "set image 2.0",
        "Progressing",
        "5 %  (primary 95 %)",
        "success rate 98.50 %",
        "p99 12 ms",
        "failed 1 of 1",
        "321 read the catalog, 4 met an error",
    ):
        assert part in text


def test_the_canary_s_time() -> None:
    assert [canary_time(s) for s in (0, 59.9, 61, 3725)] == ["00:00", "00:59", "01:01", "62:05"]


def test_a_listener_hears_every_event() -> None:
    journal = Journal(PlainText(io.StringIO()))
    heard: list[str] = []
    journal.listen(lambda event: heard.append(event.message))
    journal.event(Event("Normal", 0, "one", CANARY))
    journal.event(Event("Normal", 1, "two", CANARY))
    assert heard == ["one", "two"]
    assert [event.message for event in journal.events(1)] == ["two"]


def test_a_pipe_gets_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert isinstance(choose(None, 0), PlainText)
    assert set(FORMATS) == {"json", "live", "text"}
    capsys.readouterr()
