import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.live import access_log
from rehearsal.live.access_log import read_access_log
from tests.growth import assert_linear

AT = 1_700_000_000.0
"""2023-11-14T22:13:20Z"""
LINES = [
    '10.0.0.1 - kim [14/Nov/2023:22:13:20 +0000] "GET /a HTTP/1.1" 200 123',
    '10.0.0.1 - - [15/Nov/2023:00:13:20 +0200] "GET /a HTTP/1.1" 200 5 "http://x/[y]" "curl/8"',
    '[2023-11-14T22:13:20.000Z] "GET /a HTTP/2" 200 - 0 5 3 2 "-" "hey" "id" "shop" "10.0.0.3:80"',
    '[2023-11-14T22:13:20Z] "GET http://shop.example/a HTTP/1.1" 200 -',
    json.dumps({"time_local": "14/Nov/2023:22:13:20 +0000", "request": "GET /a HTTP/1.1"}),
    json.dumps({"time_iso8601": "2023-11-14T22:13:20+00:00", "uri": "/a", "request_method": "GET"}),
    json.dumps({"start_time": "2023-11-14T22:13:20.000Z", "method": "GET", "path": "/a"}),
    json.dumps({"ts": AT, "request": {"method": "GET", "uri": "/a", "proto": "HTTP/2.0"}}),
    json.dumps({"StartUTC": "2023-11-14T22:13:20Z", "RequestMethod": "GET", "RequestPath": "/a"}),
    json.dumps({"timestamp": AT * 1000, "httpRequest": {"url": "https://x.y/a#z"}}),
    json.dumps({"msec": str(AT), "request_uri": "/a", "method": "get"}),
]


@pytest.mark.parametrize("line", LINES)
def test_every_format_is_read(line: str) -> None:
    later = line.replace("22:13:20", "22:13:22").replace("00:13:20", "00:13:22")
    later = later.replace("1700000000", "1700000002")
    assert later != line
    log = read_access_log([later, "", line])
    assert log.unreadable == log.with_bodies == 0
    assert [(one.after_s, one.method, one.path) for one in log.requests] == [
        (0.0, "GET", "/a"),
        (2.0, "GET", "/a"),
    ]
    assert log.duration_s == 2.0


@pytest.mark.parametrize(
    "line",
    [
        "noise",
        '1.2.3.4 - - [14/Nov/2023:22:13:20 +0000] "-" 400 0',
        '1.2.3.4 - - [14/Nov/2023:22:13:20 +0000] "\\x16\\x03\\x01" 400 0',
        '1.2.3.4 - - [14/Foo/2023:22:13:20 +0000] "GET / HTTP/1.1" 400 0',
        '1.2.3.4 - - [99/Nov/2023:22:13:20 +0000] "GET / HTTP/1.1" 400 0',
        '1.2.3.4 - - [14/Nov/2023:22:13:20 +9900] "GET / HTTP/1.1" 400 0',
        '[2023-11-14T22:13:20Z] "GET /a',
        '[2023-11-14T22:13:20Z] "GET /a\x00b HTTP/1.1"',
        '[] "GET /a HTTP/1.1"',
        '[1e400] "GET /a HTTP/1.1"',
        "{",
        "{}",
        '{"ts": true, "path": "/a"}',
        '{"ts": NaN, "path": "/a"}',
        '{"ts": 1, "path": 7}',
        '{"ts": 1, "request": [1]}',
        '{"ts": ' + "1" * 5000 + ', "path": "/a"}',
        '{"a":' * 30_000,
        '{"a":' + "[" * 60_000,
        '[2023-11-14T22:13:20Z] "GET /' + "a" * 70_000 + '"',
    ],
)
def test_what_is_no_request_is_counted(line: str) -> None:
    log = read_access_log([line])
    assert (log.requests, log.unreadable) == ((), 1)
    assert log.duration_s == 0.0


def test_requests_with_bodies_are_left_out_and_counted() -> None:
    line = '1.2.3.4 - - [14/Nov/2023:22:13:20 +0000] "{} /a HTTP/1.1" 200 0'
    log = read_access_log([line.format(method) for method in ("POST", "PUT", "GET", "PATCH")])
    assert (len(log.requests), log.with_bodies, log.unreadable) == (1, 3, 0)


def test_a_log_in_whole_seconds_is_spread_over_them() -> None:
    line = '1.2.3.4 - - [14/Nov/2023:22:13:{} +0000] "GET /{} HTTP/1.1" 200 0'
    log = read_access_log([line.format(20, n) for n in range(4)] + [line.format(21, 4)])
    assert [one.after_s for one in log.requests] == [0, 0.25, 0.5, 0.75, 1]


def test_a_log_in_fractions_stays_as_it_is() -> None:
    line = '{{"ts": {}, "path": "/a"}}'
    log = read_access_log([line.format(at) for at in (1.5, 1.5, 2)])
    assert [one.after_s for one in log.requests] == [0, 0, 0.5]


def test_there_is_an_end_to_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_log, "MOST_REQUESTS", 3)
    assert len(read_access_log([LINES[0]] * 9).requests) == 3


@given(st.lists(st.text(max_size=200), max_size=20))
def test_any_text_is_counted_or_read(lines: list[str]) -> None:
    log = read_access_log(lines)
    known = len(log.requests) + log.unreadable + log.with_bodies
    assert known == sum(bool(line.strip()) for line in lines)


_SCALARS = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=30)


@given(st.dictionaries(st.sampled_from(["ts", "time", "path", "method", "request"]), _SCALARS))
def test_any_object_is_counted_or_read(fields: dict[str, Any]) -> None:
    log = read_access_log([json.dumps(fields)])
    assert len(log.requests) + log.unreadable + log.with_bodies == 1


@pytest.mark.parametrize("text", ["[", '"', "[]", '["', " ", "GET /"])
def test_reading_takes_linear_time(text: str) -> None:
    assert_linear(lambda length: read_access_log([text * (length // len(text))] * 20), 60_000)
