"""Each rule on what it warns of, and none of them on what is fine."""

from typing import Any

import pytest

from rehearsal.flagger.canary.resources import MetricTemplate, MetricTemplateSpec
from rehearsal.flagger.lint import lint
from tests.rehearsal.specs import canary, duration, hook, success_rate

GATEWAY = {"provider": "gatewayapi:v1", "service": {"port": 80, "gatewayRefs": [{"name": "gw"}]}}
ISTIO = {"provider": "istio"}
KUBERNETES = {"provider": "kubernetes"}
UNHEARD = [{"name": "a", "providerRef": {"name": "p"}}]
DAEMON_SET = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "detail"}
EXACT = [{"headers": {"x": {"exact": "y"}}}]
TEMPLATED = {"name": "m", "templateRef": {"name": "t"}, "thresholdRange": {"max": 1}}


def rules(spec: dict[str, Any] | None = None, **analysis: Any) -> list[str]:
    return [finding.rule for finding in lint(canary(spec or ISTIO, **analysis))]


@pytest.mark.parametrize(
    ("spec", "analysis"),
    [
        (ISTIO, {"stepWeight": 5, "maxWeight": 50}),
        (ISTIO, {"stepWeights": [1, 2, 10, 80]}),
        (ISTIO, {"iterations": 3, "match": EXACT}),
        (ISTIO, {"mirror": True}),
        (GATEWAY, {"iterations": 3, "mirror": True}),
        (KUBERNETES, {"iterations": 3}),
        (ISTIO, {"metrics": [success_rate(), duration()], "threshold": 5}),
        (ISTIO, {"webhooks": [hook("a", "rollout", timeout="15s"), hook("b", "pre-rollout")]}),
        (ISTIO, {"metrics": [{**TEMPLATED, "interval": "1m"}]}),
    ],
)
def test_nothing_to_say(spec: dict[str, Any], analysis: dict[str, Any]) -> None:
    assert rules(spec, **analysis) == []


@pytest.mark.parametrize(
    ("rule", "spec", "analysis"),
    [
        ("step-of-zero", ISTIO, {"stepWeight": 0}),
        ("steps-that-stop", ISTIO, {"stepWeights": [0, 10]}),
        ("steps-that-stop", ISTIO, {"stepWeights": [10, 5]}),
        ("steps-that-stop", ISTIO, {"stepWeights": [10, 10]}),
        ("max-weight-ignored", ISTIO, {"stepWeights": [10, 50], "maxWeight": 20}),
        ("overshoot", ISTIO, {"stepWeight": 20, "maxWeight": 50}),
        ("interval-changed", ISTIO, {"interval": "5s"}),
        ("interval-changed", ISTIO, {"interval": "1minute"}),
        (
            "alert-without-severity",
            ISTIO,
            {"alerts": UNHEARD},
        ),
        (
            "first-check-trap",
            ISTIO,
            {"threshold": 1, "metrics": [success_rate()], "webhooks": [hook("load", "rollout")]},
        ),
        ("timeout-unreadable", ISTIO, {"webhooks": [hook("w", timeout="1minute")]}),
        (
            "timeouts-fill-the-interval",
            ISTIO,
            {"webhooks": [hook("a", timeout="30s"), hook("b", "rollout", timeout="30s")]},
        ),
        (
            "retries-fill-the-interval",
            ISTIO,
            {"webhooks": [hook("a", "event", timeout="10s", retries=4)]},
        ),
        (
            "promotion-gate-of-one",
            ISTIO,
            {"iterations": 1, "webhooks": [hook("gate", "confirm-promotion")]},
        ),
        ("template-without-interval", ISTIO, {"metrics": [TEMPLATED]}),
        ("metric-without-query", ISTIO, {"metrics": [{"name": "m"}]}),
        ("checked-twice", ISTIO, {"metrics": [success_rate(query="up", interval="1m")]}),
        ("no-limit", ISTIO, {"metrics": [{"name": "request-success-rate"}]}),
        ("no-limit", ISTIO, {"metrics": [{"name": "request-duration"}]}),
        ("no-limit", ISTIO, {"metrics": [{"name": "m", "query": "up"}]}),
        ("no-limit", ISTIO, {"metrics": [{"name": "m", "query": "up", "thresholdRange": {}}]}),
        (
            "empty-range",
            ISTIO,
            {"metrics": [{"name": "m", "query": "up", "thresholdRange": {"min": 2, "max": 1}}]},
        ),
        ("mirror-unread", GATEWAY, {"mirror": True}),
        ("weights-on-kubernetes", KUBERNETES, {"stepWeight": 10}),
        ("match-on-kubernetes", KUBERNETES, {"iterations": 2, "match": EXACT}),
        (
            "apex-load-on-kubernetes",
            KUBERNETES,
            {
                "iterations": 2,
                "webhooks": [hook("l", metadata={"cmd": "hey http://detail.flagger:3000/"})],
            },
        ),
        ("match-without-iterations", ISTIO, {"match": EXACT}),
        ("gateway-refs-missing", {"provider": "gatewayapi:v1"}, {}),
        ("ingress-ref-missing", {"provider": "nginx"}, {}),
        ("route-ref-missing", {"provider": "apisix"}, {}),
        (
            "suffix-on-gateway",
            GATEWAY,
            {"iterations": 2, "match": [{"headers": {"x": {"suffix": "y"}}}]},
        ),
        (
            "same-cookie",
            ISTIO,
            {"sessionAffinity": {"cookieName": "c", "primaryCookieName": "c"}},
        ),
        (
            "daemon-set-builtins",
            {"provider": "kubernetes", "targetRef": DAEMON_SET},
            {"iterations": 2, "metrics": [success_rate()]},
        ),
        ("port-missing", {"provider": "istio", "service": None}, {}),
    ],
)
def test_rule(rule: str, spec: dict[str, Any], analysis: dict[str, Any]) -> None:
    assert rules(spec, **analysis) == [rule]


@pytest.mark.parametrize(
    ("weights", "keys"),
    [
        ({"maxWeight": 101}, {"maxWeight"}),
        ({"stepWeight": -1}, {"stepWeight"}),
        ({"stepWeights": [10, 101]}, {"stepWeights"}),
        ({"mirrorWeight": 200}, {"mirrorWeight"}),
        ({"stepWeightPromotion": -5}, {"stepWeightPromotion"}),
    ],
)
def test_weights_out_of_range(weights: dict[str, Any], keys: set[str]) -> None:
    found = [one for one in lint(canary(ISTIO, **weights)) if one.rule == "weights-out-of-range"]
    assert {one.field.removeprefix("spec.analysis.") for one in found} == keys


def test_promotion_backwards() -> None:
    assert "promotion-backwards" in rules(stepWeightPromotion=-5)


def test_app_mesh_is_dated_and_its_first_api_gone() -> None:
    assert rules({"provider": "appmesh:v1beta2"}) == ["appmesh-ends"]
    assert rules({"provider": "appmesh"}) == ["bare-appmesh", "appmesh-ends"]


def test_gates_forget_only_with_several_load_testers() -> None:
    gate = {
        **hook("gate", "confirm-rollout"),
        "url": "http://flagger-loadtester.flagger/gate/check",
    }
    gated = canary(ISTIO, webhooks=[gate])
    assert list(lint(gated)) == []
    assert [one.rule for one in lint(gated, loadtester_replicas=2)] == ["gates-forget"]


@pytest.mark.parametrize(("query", "count"), [("rate(x[{{ interval }}])", 1), ("up", 0)])
def test_a_known_template_without_interval_is_fine_if_it_does_not_use_it(
    query: str, count: int
) -> None:
    spec = {"provider": {"type": "prometheus"}, "query": query}
    template = MetricTemplate("t", "flagger", MetricTemplateSpec.model_validate(spec))
    assert len(list(lint(canary(ISTIO, metrics=[TEMPLATED]), [template]))) == count


def test_a_finding_reads_as_one_line() -> None:
    (finding,) = lint(canary(ISTIO, stepWeight=0))
    assert str(finding) == (
        "spec.analysis.stepWeight: no step leads anywhere:"
        " the run starts again on every tick and never ends [step-of-zero]"
    )
