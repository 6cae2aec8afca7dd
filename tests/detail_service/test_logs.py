import io
import json
import logging

from detail_service.logs import AccessLog
from tests.detail_service.support import scope


def test_a_line_is_one_json_object(log_stream: io.StringIO) -> None:
    logging.getLogger("detail").info("two\nlines %d", 5)
    logging.getLogger("detail").debug("not shown")

    (line,) = log_stream.getvalue().splitlines()
    record = json.loads(line)
    assert record["msg"] == "two\nlines 5"
    assert record["level"] == "info"
    assert record["ts"].endswith("Z")


def test_an_exception_stays_on_its_line(log_stream: io.StringIO) -> None:
    try:
        raise ValueError("bad")
    except ValueError:
        logging.getLogger("detail").exception("failed")

    (line,) = log_stream.getvalue().splitlines()
    assert "ValueError: bad" in json.loads(line)["exception"]


def test_the_access_log_says_who_what_and_which_trace(log_stream: io.StringIO) -> None:
    AccessLog().write(scope("/ping"), 200, 0.0123456, "1-5759e988-bd862e3fe1be46a994272793")

    record = json.loads(log_stream.getvalue())
    del record["ts"]
    assert record == {
        "level": "info",
        "logger": "detail.access",
        "msg": "request",
        "method": "GET",
        "path": "/ping",
        "status": 200,
        "duration_ms": 12.346,
        "trace_id": "1-5759e988-bd862e3fe1be46a994272793",
        "client": "192.0.2.7",
    }
