import json
import logging

import pytest

from loadtester.webhooks.logs import configure, formatter


def record(message: str, level: int = logging.INFO, **extra: str) -> logging.LogRecord:
    made = logging.makeLogRecord({"msg": message, "levelno": level, "created": 1784628415.1234})
    made.levelname = logging.getLevelName(level)
    made.__dict__.update(extra)
    return made


def test_json_has_flaggers_keys_in_order_and_the_run() -> None:
    line = formatter("json").format(record("hi é", canary="a.b", task="cmd", run="r1"))
    assert list(json.loads(line).items()) == [
        ("level", "info"),
        ("ts", "2026-07-21T10:06:55.123Z"),
        ("msg", "hi é"),
        ("canary", "a.b"),
        ("task", "cmd"),
        ("run", "r1"),
    ]


def test_a_line_stays_a_line() -> None:
    assert "\n" not in formatter("json").format(record("two\nlines"))


def test_for_a_person() -> None:
    line = formatter("console").format(record("hi", logging.ERROR, canary="a.b"))
    assert line == "2026-07-21T10:06:55.123Z ERROR   [a.b] hi"


@pytest.mark.parametrize(
    ("level", "number"), [("debug", 10), ("warn", 30), ("error", 40), ("nonsense", 20)]
)
def test_levels(level: str, number: int) -> None:
    logger = logging.getLogger("loadtester")
    before = (logger.level, logger.handlers, logger.propagate)
    configure(level, "json")
    assert logger.level == number
    logger.level, logger.handlers, logger.propagate = before
