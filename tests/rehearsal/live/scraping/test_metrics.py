from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.flagger.controller.errors import NoValuesFound, QueryFailed
from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.live.scraping.metrics import MetricsPort
from rehearsal.live.scraping.prometheus import Prometheus
from rehearsal.metrics.scripted import read_scripts
from tests.rehearsal.metrics.providers.servers import FakeApi, always, fake_api

SERVER = "http://prometheus:9090"
ANSWER = '{"data":{"result":[{"metric":{},"value":[1,"7"]}]}}'


@pytest.fixture(scope="module")
def api() -> Iterator[FakeApi]:
    with fake_api(always(200, ANSWER)) as running:
        yield running


def _port(**changes: Any) -> MetricsPort:
    prometheus = Prometheus(lambda: 1000.0)
    prometheus.take_text("t", "a 1", {}, 1000.0)
    return MetricsPort(prometheus, lambda: 60.0, SERVER, **changes)


@pytest.mark.parametrize(
    "address", ["", SERVER, f"{SERVER}/", "http://prometheus.istio-system:9090"]
)
def test_the_cluster_s_prometheus_is_the_rehearsal_s_own(address: str) -> None:
    assert _port().query(MetricSource(address=address), "  sum(a)\n + 1 ") == 2.0
    assert _port().query(MetricSource(address=address), "vector(1)") == 1.0


def test_a_foreign_address_is_asked_there(api: FakeApi) -> None:
    api.respond, api.seen = always(200, ANSWER), []
    source = MetricSource(
        address=api.address, credentials={"token": b"t"}, headers={"X-Scope-OrgID": ("me",)}
    )
    assert _port().query(source, "a\n+ 1", "own") == 7.0
    line, headers, _ = api.seen[-1]
    assert line == "GET /api/v1/query?query=a+%2B+1 HTTP/1.1"
    assert ("Authorization", "Bearer t") in headers
    assert ("X-Scope-OrgID", "me") in headers


def test_a_foreign_address_that_nobody_has_is_never_answered_from_the_own_store() -> None:
    url = "http://127.0.0.1:1/api/v1/query?query=a"
    with pytest.raises(QueryFailed) as failed:
        _port().query(MetricSource(address="http://127.0.0.1:1"), "a", "own")
    assert str(failed.value) == (
        f'request failed: Get "{url}": dial tcp 127.0.0.1:1: connect: connection refused'
    )


def test_prometheus_names_a_server_for_all_foreign_addresses(api: FakeApi) -> None:
    api.respond = always(200, ANSWER)
    port = _port(prometheus_url=api.address)
    assert port.query(MetricSource(address="http://127.0.0.1:1"), "a", "own") == 7.0
    assert port.query(MetricSource(address=SERVER), "a", "builtin") == 1.0


def test_prometheus_internal_lets_the_own_store_stand_in() -> None:
    port = _port(prometheus_url="internal")
    assert port.query(MetricSource(address="http://127.0.0.1:1"), "a", "own") == 1.0


def test_scripts_come_first() -> None:
    port = _port(scripts=read_scripts({"own": "5"}))
    assert port.query(MetricSource(type="datadog"), "avg:x{*}", "own") == 5.0
    assert port.query(MetricSource(address=SERVER), "a", "own") == 5.0
    assert port.peek(MetricSource(type="datadog"), "x", "own") == 5.0
    assert port.explain(MetricSource(type="datadog"), "x", "own") is None


def test_other_providers_are_asked_themselves(api: FakeApi) -> None:
    api.respond = always(200, '{"series":[{"pointlist":[[1,0.5]]}]}')
    keys = {"datadog_api_key": b"", "datadog_application_key": b""}
    source = MetricSource(type="datadog", address=api.address, credentials=keys, interval="1m")
    port = _port()
    assert port.query(source, "avg:x{*}\nby y", "own") == 0.5
    assert "query=avg%3Ax%7B%2A%7D%0Aby+y" in api.seen[-1][0]
    assert port.query(source, "vector(1)") == 1.0
    assert api.seen[-1][0] == "GET /api/v1/validate HTTP/1.1"
    assert port.peek(source, "x", "own") is None
    assert port.explain(source, "x", "own") is None
    api.respond = always(403, "denied")
    with pytest.raises(QueryFailed, match="error response: denied"):
        port.query(source, "vector(1)")


def test_an_explanation_has_the_series() -> None:
    explanation = _port().explain(MetricSource(address=SERVER), "sum(a)\n+ 1", "own")
    assert explanation is not None
    assert explanation.lines() == [
        "query: sum(a) + 1",
        "  a: 1 series",
        "    a 1",
        "  sum(a) = 1",
        "  sum(a) + 1 = 2",
    ]


def test_close_ends_queries_elsewhere(api: FakeApi) -> None:
    port = _port()
    port.close()
    with pytest.raises(QueryFailed, match="context canceled"):
        port.query(MetricSource(address=api.address), "a", "own")
    with pytest.raises(NoValuesFound):
        port.query(MetricSource(), "nothing")
