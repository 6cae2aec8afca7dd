from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.errors import UserError
from rehearsal.flagger.canary.model import Canary, CanarySpec, CanaryStatus
from rehearsal.flagger.canary.resources import MetricTemplate, MetricTemplateSpec
from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.live.scraping.requirements import (
    Finding,
    MetricOptions,
    Secrets,
    ask_prometheus,
    check_names,
    check_server,
    examine,
    stand_ins,
)
from tests.rehearsal.metrics.providers.servers import FakeApi, always, fake_api

SERVER = "http://prometheus:9090"
ONE = '{"data":{"result":[{"metric":{},"value":[1,"1"]}]}}'
KEY = ("demo", "t")


@pytest.fixture(scope="module")
def api() -> Iterator[FakeApi]:
    with fake_api(always(200, ONE)) as running:
        yield running


def _canary(*metrics: dict[str, Any]) -> Canary:
    spec = {
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "detail"},
        "service": {"port": 80},
        "analysis": {"interval": "1m", "threshold": 1, "stepWeight": 10, "metrics": list(metrics)},
    }
    return Canary("detail", "demo", CanarySpec.model_validate(spec), status=CanaryStatus())


OWN = {"name": "own", "templateRef": {"name": "t"}}


def _template(**provider: Any) -> dict[tuple[str, str], MetricTemplate]:
    spec = MetricTemplateSpec.model_validate({"provider": provider, "query": "x"})
    return {KEY: MetricTemplate("t", "demo", spec)}


def _answers(source: MetricSource) -> str:
    del source
    return ""


def _silent(source: MetricSource) -> str:
    return f"{source.address} is gone"


def _findings(
    options: MetricOptions | None = None, secrets: Secrets | None = None, **provider: Any
) -> list[Finding]:
    templates = _template(**provider)
    return list(
        examine(_canary(OWN), templates, secrets or {}, options or MetricOptions(), _silent)
    )


@pytest.mark.parametrize(
    ("provider", "text"),
    [
        ({"type": "prometheus", "address": SERVER}, None),
        ({"type": "prometheus", "address": "http://prometheus.istio-system:9090"},
         "own: the rehearsal's own Prometheus stands in for http://prometheus.istio-system:9090"),
        ({"type": "prometheus", "address": "http://mine:9090"},
         "! own is asked of http://mine:9090, which does not answer (http://mine:9090 is gone);"
         " give a server with --prometheus URL, let the rehearsal's own stand in with"
         " --prometheus internal, or give its values with --metric own=VALUE"),
        ({"type": "datadog"},
         "! own is asked of datadog, which needs a Secret with datadog_api_key and"
         " datadog_application_key; give that, or its values with --metric own=VALUE"),
        ({"type": "graphite", "address": "http://g"}, "own is asked of graphite at http://g"),
        ({"type": "keptn"},
         "! own is asked of keptn, which needs an address (of an API server); give that, or its"
         " values with --metric own=VALUE"),
    ],
)  # fmt: skip
def test_who_answers_a_template(provider: dict[str, Any], text: str | None) -> None:
    found = [f"{'! ' if f.is_problem else ''}{f.text}" for f in _findings(**provider)]
    assert found == ([] if text is None else [text])


def test_a_secret_that_is_there_is_enough() -> None:
    secrets = {("demo", "s"): {"datadog_api_key": b"", "datadog_application_key": b""}}
    provider: dict[str, Any] = {"type": "datadog", "secretRef": {"name": "s"}}
    (found,) = _findings(secrets=secrets, **provider)
    assert found == Finding(0, "own is asked of datadog at its own address")


def test_options_change_who_answers() -> None:
    foreign: dict[str, Any] = {"type": "prometheus", "address": "http://mine:9090"}
    (found,) = _findings(MetricOptions(prometheus="http://other"), **foreign)
    assert found.text == "own is asked of http://other in place of http://mine:9090"
    (found,) = _findings(MetricOptions(prometheus="internal"), **foreign)
    assert found.text == "own: the rehearsal's own Prometheus stands in for http://mine:9090"
    (found,) = _findings(MetricOptions({"own"}), **foreign)
    assert found.text == "own has its values from --metric"


def test_an_address_that_answers_is_asked() -> None:
    templates = _template(type="prometheus", address="http://mine:9090")
    (found,) = examine(_canary(OWN), templates, {}, MetricOptions(), _answers)
    assert found == Finding(0, "own is asked of http://mine:9090")


def test_what_needs_nothing_is_passed_over() -> None:
    metrics: list[dict[str, Any]] = [
        {"name": "request-success-rate"},
        {"name": "x", "query": "y"},
        OWN,
    ]
    assert list(examine(_canary(*metrics, OWN), {}, {}, MetricOptions(), _silent)) == []


def test_scripts_of_metrics_that_nobody_has() -> None:
    check_names([_canary(OWN)], MetricOptions({"own"}))
    with pytest.raises(UserError, match=r"--metric other: no Canary .*; there are own$"):
        check_names([_canary(OWN)], MetricOptions({"other"}))
    with pytest.raises(UserError, match=r"there are none$"):
        check_names([_canary()], MetricOptions({"other"}))


def test_a_server_is_asked_before_anything_starts(api: FakeApi) -> None:
    check_server(MetricOptions(), _silent)
    check_server(MetricOptions(prometheus="internal"), _silent)
    check_server(MetricOptions(prometheus=api.address), ask_prometheus)
    with pytest.raises(UserError, match=r"^--prometheus http://127\.0\.0\.1:1: Get .*refused$"):
        check_server(MetricOptions(prometheus="http://127.0.0.1:1"), ask_prometheus)
    with pytest.raises(UserError, match=r"--prometheus x: "):
        check_server(MetricOptions(prometheus="x"), ask_prometheus)


def test_what_is_in_no_file_is_stood_in_for() -> None:
    options = MetricOptions({"own"})
    templates, secrets = stand_ins(_canary(OWN), {}, {}, options)
    assert set(templates) == {KEY}
    assert secrets == {}
    template = _template(type="datadog", secretRef={"name": "s"})
    templates, secrets = stand_ins(_canary(OWN), template, {}, options)
    assert templates == {}
    assert set(secrets[("demo", "s")]) == {"datadog_api_key", "datadog_application_key"}
    existing = {("demo", "s"): {"a": b""}}
    assert stand_ins(_canary(OWN), template, existing, options) == ({}, {})
    assert stand_ins(_canary(OWN), {}, {}, MetricOptions()) == ({}, {})
    assert stand_ins(_canary({"name": "own", "query": "x"}), {}, {}, options) == ({}, {})
