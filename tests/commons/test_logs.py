import json
import logging
import sys

import pytest

from commons.logs import LEVELS, ConsoleFormatter, JsonFormatter, timestamp


def record(message: str, level: int = logging.INFO, **extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"msg": message, "levelno": level, "created": 1784628415.1234})
    made.levelname = logging.getLevelName(level)
    made.__dict__.update(extra)
    return made


def test_keys_have_an_order_then_come_context_extras_and_fields() -> None:
    formatter = JsonFormatter(
        ("level", "ts", "msg"), extras=("canary", "run"), context=lambda: {"trace_id": "1-2"}
    )
    line = formatter.format(record("hi é", run="r1", fields={"status": 200}))
    assert list(json.loads(line).items()) == [
        ("level", "info"),
        ("ts", "2026-07-21T10:06:55.123Z"),
        ("msg", "hi é"),
        ("trace_id", "1-2"),
        ("run", "r1"),
        ("status", 200),
    ]


def test_the_default_keys_are_those_of_the_services() -> None:
    line = JsonFormatter().format(record("hi", name="detail"))
    assert list(json.loads(line)) == ["ts", "level", "logger", "msg"]


def test_separators_may_be_gos() -> None:
    assert JsonFormatter(("msg",), separators=(",", ":")).format(record("a")) == '{"msg":"a"}'


@pytest.mark.parametrize("message", ["two\nlines", "\u2028", "\udc80 lone", "\0", '"quoted\\"'])
def test_a_line_stays_a_line_and_json(message: str) -> None:
    line = JsonFormatter().format(record(message))
    assert "\n" not in line
    assert line.encode()
    assert json.loads(line)["msg"] == message


def test_a_value_that_json_does_not_know_is_its_text() -> None:
    line = JsonFormatter().format(record("x", fields={"at": ValueError("bad")}))
    assert json.loads(line)["at"] == "bad"


def test_an_exception_stays_on_its_line() -> None:
    try:
        raise ValueError("bad")
    except ValueError:
        failed = record("failed", exc_info=sys.exc_info())
    line = JsonFormatter(exception="stacktrace").format(failed)
    assert "ValueError: bad" in json.loads(line)["stacktrace"]
    assert "\n" not in line
    assert "ValueError: bad" in ConsoleFormatter().format(failed)


def test_for_a_person() -> None:
    line = ConsoleFormatter(extras=("canary",)).format(record("hi", logging.ERROR, canary="a.b"))
    assert line == "2026-07-21T10:06:55.123Z ERROR   [a.b] hi"


def test_timestamps_are_rfc_3339_in_utc() -> None:
    assert timestamp(1_700_000_000.5) == "2023-11-14T22:13:20.500Z"


def test_levels() -> None:
    assert LEVELS["warn"] == LEVELS["warning"] == logging.WARNING
