import io
import math

import pytest
from rich.console import Console

from loadtester.load.observer import Snapshot
from loadtester.report.live import LiveProgress, clock, milliseconds, picture, sparkline

MOMENT = Snapshot(
    elapsed_s=65.2,
    remaining_s=54.8,
    progress=0.543,
    rate_rps=1234.5,
    completed=98_765,
    errors=3,
    in_flight=12,
    backlog=7,
    p50_ms=2.12345,
    p99_ms=math.nan,
)


def drawn(moment: Snapshot) -> str:
    console = Console(file=io.StringIO(), width=120)
    with console.capture() as captured:
        console.print(picture(moment, [1.0, 2.0]))
    return captured.get()


def test_a_moment_shows_what_one_asks_for() -> None:
    text = drawn(MOMENT)
    for part in ("load", "54%", "1:05", "0:55 left", "rate 1,234/s", "in flight 12", "waiting 7"):
        assert part in text
    for part in ("p50 2.12ms", "p99 -", "responses 98,765", "errors 3"):
        assert part in text


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def written(**environment: str) -> str:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        file = io.StringIO()
        console = Console(file=file, force_terminal=True, width=120)
        with LiveProgress(console) as progress:
            progress(MOMENT)
        return file.getvalue()

    assert "\x1b[36m" in written(TERM="xterm")
    assert "\x1b[36m" not in written(NO_COLOR="1")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (3_725, "1:02:05"), (-1, "0:00")]
)
def test_a_clock_counts_minutes_and_hours(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_a_sparkline_stands_on_zero() -> None:
    assert sparkline([0.0, 50.0, 100.0]) == "▁▅█"
    assert sparkline([0.0, 0.0]) == "▁▁"
    assert sparkline([]) == ""


def test_milliseconds_have_three_digits() -> None:
    assert milliseconds(1234.5) == "1.23s"
    assert milliseconds(math.nan) == "-"
