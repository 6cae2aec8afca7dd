from typing import Any

import pytest

from rehearsal.flagger.canary.resources import MetricTemplate, MetricTemplateSpec
from rehearsal.scenario.prediction import (
    compare_promotion,
    compare_rollback,
    passing_value,
    predict_bootstrap,
    predict_promotion,
    steady_messages,
)
from tests.rehearsal.specs import canary, duration, hook, success_rate

MESH = "appmesh:v1beta2"
START = [
    "New revision detected! Scaling up detail.flagger",
    "Starting canary analysis for detail.flagger",
]
END = [
    "Copying detail.flagger template spec to detail-primary.flagger",
    "Routing all traffic to primary",
    "Promotion completed! Scaling down detail.flagger",
]


def _advance(*weights: int) -> list[str]:
    return [f"Advance detail.flagger canary weight {weight}" for weight in weights]


def test_a_bootstrap() -> None:
    assert predict_bootstrap(canary(), MESH) == ["Initialization done! detail.flagger"]


@pytest.mark.parametrize(
    ("analysis", "between"),
    [
        ({"stepWeight": 5, "maxWeight": 15}, _advance(5, 10, 15)),
        ({"stepWeight": 20, "maxWeight": 50}, _advance(20, 40, 60)),
        ({"stepWeight": 30}, _advance(30, 60, 90, 100)),
        ({"stepWeights": [1, 2, 10, 80]}, _advance(1, 2, 10, 80)),
    ],
)
def test_a_weighted_promotion(analysis: dict[str, Any], between: list[str]) -> None:
    subject = canary(metrics=[success_rate(), duration()], **analysis)
    assert predict_promotion(subject, MESH) == [*START, *between, *END]


def test_a_promotion_by_iterations() -> None:
    predicted = predict_promotion(canary({"provider": "kubernetes"}, iterations=2), "kubernetes")
    steps = [f"Advance detail.flagger canary iteration {n}/2" for n in (1, 2)]
    assert predicted == [*START, *steps, END[0], END[2]]


@pytest.mark.parametrize("provider", [MESH, "kubernetes", "gatewayapi:v1", "nginx", "traefik"])
def test_durations_pass_in_the_unit_of_the_provider(provider: str) -> None:
    gateway = {"port": 3000, "gatewayRefs": [{"name": "gw"}]}
    ingress = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "x"}
    spec = {"provider": provider, "service": gateway, "ingressRef": ingress}
    subject = canary(spec, iterations=1, metrics=[success_rate(), duration(500)])
    assert predict_promotion(subject, provider)[-1] == END[2]


def test_templates_are_asked_like_any_metric() -> None:
    provider = {"type": "prometheus", "address": "http://prometheus:9090"}
    spec = MetricTemplateSpec.model_validate({"provider": provider, "query": "x"})
    template = MetricTemplate("errors", "flagger", spec)
    metric = {"name": "errors", "templateRef": {"name": "errors"}, "thresholdRange": {"max": 1}}
    subject = canary(maxWeight=10, metrics=[metric])
    assert predict_bootstrap(subject, MESH, [template]) == ["Initialization done! detail.flagger"]
    assert predict_promotion(subject, MESH, [template])[-1] == END[2]
    assert predict_promotion(subject, MESH) == predict_promotion(subject, MESH, [template])
    secret = {**provider, "secretRef": {"name": "keys"}}
    spec = MetricTemplateSpec.model_validate({"provider": secret, "query": "x"})
    template = MetricTemplate("errors", "flagger", spec)
    assert predict_promotion(subject, MESH, [template])[-1] == END[2]


def test_webhooks_that_pass_say_so() -> None:
    hooks = [
        hook("smoke", "pre-rollout"),
        hook("gate", "confirm-rollout"),
        hook("undo", "rollback"),
        hook("done", "post-rollout"),
    ]
    predicted = predict_promotion(canary(maxWeight=10, webhooks=hooks), MESH)
    assert "Pre-rollout check smoke passed" in predicted
    assert "Confirm-rollout check gate passed" in predicted
    assert "Post-rollout check done passed" in predicted
    assert not any("undo" in message for message in predicted)


def test_a_plan_that_stands_still_is_predicted_up_to_there() -> None:
    predicted = predict_promotion(canary(stepWeight=0), MESH)
    assert predicted[:2] == START
    assert not set(END) & set(predicted)


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        (success_rate(99), 99),
        (duration(500), 500),
        ({"name": "x", "thresholdRange": {"min": 1, "max": 3}}, 2),
        ({"name": "x", "thresholdRange": {}}, 1),
        ({"name": "x", "threshold": 8}, 4),
        ({"name": "request-success-rate", "threshold": 99}, 100),
    ],
)
def test_a_value_that_passes(metric: dict[str, Any], value: float) -> None:
    assert passing_value(canary(metrics=[metric]).spec.analysis.metrics[0]) == value


def test_waiting_and_failed_checks_stand_apart() -> None:
    messages = [
        "all the metrics providers are available!",
        "detail-primary.flagger not ready: waiting for rollout to finish: 0 of 2",
        "Halt detail.flagger advancement success rate 1.00% < 99%",
        *START,
    ]
    assert steady_messages(messages) == START


PREDICTED = [*START, *_advance(5, 10), *END]


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        (PREDICTED, None),
        ([START[0], "Halt x", *PREDICTED[1:]], None),
        (PREDICTED[:-1], f"expected {END[2]!r}, but there were no more events"),
        ([*PREDICTED, "more"], "expected no more events, got 'more'"),
        ([*START, "Advance detail.flagger canary weight 10"],
         f"expected {_advance(5)[0]!r}, got {_advance(10)[0]!r}"),
        ([], f"expected {START[0]!r}, but there were no more events"),
    ],
)  # fmt: skip
def test_a_run_is_compared_with_the_promotion(messages: list[str], said: str | None) -> None:
    assert compare_promotion(PREDICTED, messages) == said


ROLLING = "Rolling back detail.flagger failed checks threshold reached 1"
FAILED = "Canary failed! Scaling down detail.flagger"


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([*START, *_advance(5), "Halt x", ROLLING, FAILED], None),
        ([*START, *_advance(5, 10), "Halt x", ROLLING, FAILED], None),
        ([*START, FAILED], None),
        ([*START, *_advance(5), ROLLING, FAILED, "Post-rollout check x passed"], None),
        (PREDICTED, f"expected {FAILED!r}, got 'no more events'"),
        ([*START, *_advance(5)], f"expected {FAILED!r}, got 'no more events'"),
        ([*START, *_advance(10), ROLLING, FAILED],
         f"expected a rollback, got {_advance(10)[0]!r}"),
        ([], f"expected {FAILED!r}, got 'no more events'"),
    ],
)  # fmt: skip
def test_a_run_is_compared_with_a_rollback(messages: list[str], said: str | None) -> None:
    assert compare_rollback(PREDICTED, messages, canary()) == said
