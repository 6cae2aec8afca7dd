"""Every provider beside Flagger's own: requests, values and errors, recorded from its Go code.

Each case of recorded.json is one call of Flagger 1.44's provider against a fake API, and what it
sent and said.
"""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.flagger.controller.errors import NoValuesFound, QueryFailed
from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.gohttp import GoClient
from rehearsal.metrics.providers import Context, provider_of
from tests.rehearsal.metrics.providers.servers import FakeApi, always, fake_api

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("recorded.json").read_text())
ASKED = [case for case in CASES if "new" not in case]
ONLINE = "ONLINE"
OWN_HEADERS = ("host", "accept-encoding", "content-length", "connection")


@pytest.fixture(scope="module")
def api() -> Iterator[FakeApi]:
    with fake_api(always(200, "")) as running:
        yield running


def _name(case: dict[str, Any]) -> str:
    return f"{case['type']} {case['status']} {case['body'][:40]} {case['query'][:20]}"


def _source(case: dict[str, Any], api: FakeApi) -> MetricSource:
    credentials = {name: value.encode() for name, value in (case.get("creds") or {}).items()}
    headers = {name: tuple(values) for name, values in case.get("headers", {}).items()}
    return MetricSource(
        type=case["type"],
        address=api.address + case.get("path", ""),
        headers=headers,
        credentials=credentials,
        interval=case.get("interval", "1m"),
    )


def _asked(case: dict[str, Any], api: FakeApi) -> float | None:
    api.respond = always(case["status"], case["body"], case.get("ctype", "application/json"))
    api.seen.clear()
    context = Context(GoClient(), lambda: case.get("epoch_s", 0.0))
    provider, source = provider_of(case["type"]), _source(case, api)
    if case["query"] == ONLINE:
        provider.check_online(source, context)
        return None
    return provider.query(source, case["query"], context)


@pytest.mark.parametrize("case", ASKED, ids=_name)
def test_as_flagger(case: dict[str, Any], api: FakeApi) -> None:
    if case.get("panic"):
        with pytest.raises(QueryFailed, match="without a value"):
            _asked(case, api)
    elif "error" in case:
        with pytest.raises(NoValuesFound if case.get("novalues") else QueryFailed) as failed:
            _asked(case, api)
        assert isinstance(failed.value, NoValuesFound) == case.get("novalues", False)
        if case["error"] != "LONG":
            assert str(failed.value).replace(f":{api.port}", ":PORT") == case["error"]
    elif case["query"] != ONLINE:
        value = _asked(case, api)
        assert value is not None
        finite = case["value"] != "nonfinite"
        assert value == case["value"] if finite else not math.isfinite(value)
    else:
        _asked(case, api)
    _check_request(case, api)


def _check_request(case: dict[str, Any], api: FakeApi) -> None:
    assert len(api.seen) == case.get("requests", 1)
    line, headers, body = api.seen[-1]
    assert line == case["request"]
    sent = sorted(f"{name}: {value}" for name, value in headers if name.lower() not in OWN_HEADERS)
    assert sent == case["sent_headers"]
    assert body.decode() == case.get("sent_body", "")


@pytest.mark.parametrize("type_", sorted({case["type"] for case in CASES} - {"splunk"}))
def test_nobody_there(type_: str) -> None:
    case = next(case for case in ASKED if case["type"] == type_ and case["query"] != ONLINE)
    nobody = FakeApi(always(200, ""), port=1)
    with pytest.raises(QueryFailed) as failed:
        _asked(case, nobody)
    assert re.search(
        r'(Get|Post) "http://127\.0\.0\.1:1/.*": dial tcp 127\.0\.0\.1:1: connect: connection'
        r" refused$",
        str(failed.value),
    )
    assert not isinstance(failed.value, NoValuesFound)
