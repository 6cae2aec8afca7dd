import dataclasses
import io
import json
import sys

import pytest

from loadtester.report.live import LiveProgress
from loadtester.report.progress import PROGRESS, JsonLines, automatic
from tests.loadtester.report.test_live import MOMENT


def test_one_line_a_second_and_one_at_the_end() -> None:
    file = io.StringIO()
    with JsonLines(file) as write:
        for tenth in range(1, 32):
            write(dataclasses.replace(MOMENT, elapsed_s=tenth / 10))
    lines = [json.loads(line)["progress"] for line in file.getvalue().splitlines()]
    assert [line["elapsed_s"] for line in lines] == [1.0, 2.0, 3.0, 3.1]


def test_a_line_is_plain_values() -> None:
    file = io.StringIO()
    with JsonLines(file) as write:
        write(MOMENT)
    moment = json.loads(file.getvalue(), parse_constant=lambda name: 1 / 0)["progress"]
    assert (moment["sent"], moment["done"], moment["errors"]) == (98_780, 98_768, 3)
    assert (moment["p50_ms"], moment["p99_ms"]) == (2.123, None)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_live_progress_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert automatic().__enter__() is None
    monkeypatch.setattr(sys, "stderr", _Terminal())
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(automatic(), LiveProgress)
    monkeypatch.setenv("TERM", "dumb")
    assert automatic().__enter__() is None


def test_nothing_is_nothing() -> None:
    assert PROGRESS["none"]().__enter__() is None
