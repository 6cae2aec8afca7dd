"""What the metrics of Canaries are taken for."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.flagger.canary.resources import MetricTemplate, MetricTemplateSpec
from rehearsal.probability.check_reading import checks_of
from rehearsal.probability.checks import Check, DurationCheck, FailingCheck, ShareCheck
from tests.rehearsal.specs import canary, duration, success_rate

RATE = 'sum(rate(r{app="x"%s}[{{ interval }}]))'
GOOD, BAD, ALL = RATE % ',status!~"5.."', RATE % ',status=~"5.."', RATE % ""


def custom(query: str, **limits: float) -> dict[str, Any]:
    return {"name": "mine", "query": query, "interval": "1m", "thresholdRange": limits}


def read(metric: dict[str, Any], provider: str = "istio") -> tuple[list[Check], list[str]]:
    checks, notes = checks_of(canary({"provider": provider}, metrics=[metric]), (), "istio")
    return list(checks), list(notes)


@pytest.mark.parametrize(
    ("metric", "least", "most"),
    [
        (success_rate(99), 0.99, None),
        ({"name": "request-success-rate", "threshold": 95}, 0.95, None),
        ({"name": "request-success-rate", "thresholdRange": {"max": 99}}, None, 0.99),
        (custom(f"{GOOD} / {ALL} * 100", min=98), 0.98, None),
        (custom(f"{GOOD} / {ALL}", min=0.98), 0.98, None),
        (custom(f"100 * {BAD} / {ALL}", max=2), 0.98, None),
        (custom(f"{BAD} / {ALL}", max=0.02), 0.98, None),
        (custom(f"100 - {GOOD} / {ALL} * 100", min=98), 0.98, None),
    ],
)
def test_shares(metric: dict[str, Any], least: float | None, most: float | None) -> None:
    ((check,), _) = read(metric)
    assert isinstance(check, ShareCheck)
    assert check.window_us == 60_000_000
    assert check.least == pytest.approx(least)
    assert check.most == pytest.approx(most)


@pytest.mark.parametrize(
    ("query", "needs"),
    [
        (f"{BAD} / {ALL}", True),
        (f"({BAD} or vector(0)) / {ALL}", False),
        (f"{GOOD} / {ALL}", False),
    ],
)
def test_a_plain_ratio_of_errors_has_no_value_without_any(query: str, needs: bool) -> None:
    ((check,), _) = read(custom(query, max=0.5))
    assert isinstance(check, ShareCheck)
    assert check.needs_failures == needs


@pytest.mark.parametrize(
    ("metric", "provider", "quantile", "unit_s"),
    [
        (duration(), "istio", 0.99, 0.001),
        (duration(), "kubernetes", 0.99, 1.0),
        (duration(), "nginx", None, 0.001),
        (
            custom("histogram_quantile(0.9, sum(rate(x_seconds_bucket[1m])) by (le))", max=1),
            "istio",
            0.9,
            1.0,
        ),
        (
            custom(
                "histogram_quantile(0.5, sum(rate(x_seconds_bucket[1m])) by (le)) * 1000", max=1
            ),
            "istio",
            0.5,
            0.001,
        ),
        (
            custom("sum(rate(x_seconds_sum[1m])) / sum(rate(x_seconds_count[1m]))", max=1),
            "istio",
            None,
            1.0,
        ),
    ],
)
def test_durations(
    metric: dict[str, Any], provider: str, quantile: float | None, unit_s: float
) -> None:
    ((check,), _) = read(metric, provider)
    assert isinstance(check, DurationCheck)
    assert check.quantile == quantile
    assert check.unit_s == pytest.approx(unit_s)


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        ({"name": "mine"}, "neither a query nor a template"),
        (custom("sum(rate(x[1m])", max=1), "parse error"),
    ],
)
def test_what_always_fails(metric: dict[str, Any], reason: str) -> None:
    ((check,), (note,)) = read(metric)
    assert isinstance(check, FailingCheck)
    assert reason in check.reason
    assert note.startswith(f"metric {metric['name']} always fails")


def test_what_cannot_be_foretold_is_assumed_to_pass_and_said_to() -> None:
    checks, (note,) = read(custom("avg(queue_length)", max=3))
    assert (checks, "assumed to pass" in note) == ([], True)


def test_templates_are_found_by_name_and_namespace() -> None:
    metric = {
        "name": "errors",
        "interval": "30s",
        "templateRef": {"name": "errors"},
        "thresholdRange": {"max": 1},
    }
    spec = {
        "provider": {"type": "prometheus", "address": "http://p"},
        "query": f"100 * {BAD} / {ALL}",
    }
    template = MetricTemplate("errors", "flagger", MetricTemplateSpec.model_validate(spec))
    asking = canary({"provider": "istio"}, metrics=[metric])
    (found,), (note,) = checks_of(asking, [template], "istio")
    assert isinstance(found, ShareCheck)
    assert found.window_us == 30_000_000
    assert found.least == pytest.approx(0.99)
    assert note == "metric errors is taken for the share of requests that fail"
    missing, (said,) = checks_of(asking, (), "istio")
    assert (missing, "in none of the files" in said) == ((), True)


def test_builtins_of_a_daemon_set_judge_the_primary() -> None:
    target = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "detail"}
    spec = {"provider": "kubernetes", "targetRef": target}
    checks, (note,) = checks_of(canary(spec, metrics=[success_rate()], iterations=2), (), "istio")
    assert checks == ()
    assert "judges the primary's pods" in note


@pytest.mark.parametrize(
    ("good", "bad", "passes"),
    [(99, 1, True), (98, 1, False), (0, 0, False), (5, 0, True), (0, 3, False), (990, 10, True)],
)
def test_a_share_on_the_limit_passes(good: int, bad: int, passes: bool) -> None:
    ((check,), _) = read(success_rate(99))
    assert isinstance(check, ShareCheck)
    assert check.passes(good, bad) is passes
