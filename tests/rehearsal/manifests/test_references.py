"""What a Canary needs, and what of it is in none of the files."""

import pytest

from rehearsal.manifests import missing_references, parse_manifests, references, target_of
from tests.rehearsal.manifests.objects import (
    AUTOSCALER,
    CANARY,
    CONFIG,
    DEPLOYMENT,
    SECRET,
    TEMPLATE,
    joined,
)


def missing(*texts: str) -> list[str]:
    found = parse_manifests(joined(CANARY, *texts), "a.yaml")
    return [f"{one.kind} {one.name}" for one in missing_references(found.canaries[0], found)]


def test_everything_a_lonely_canary_needs() -> None:
    assert missing() == [
        "Deployment detail",
        "HorizontalPodAutoscaler detail",
        "Gateway gateway",
        "MetricTemplate late",
        "AlertProvider chat",
    ]


def test_what_the_found_objects_need_in_turn() -> None:
    assert missing(DEPLOYMENT, AUTOSCALER, TEMPLATE) == [
        "Gateway gateway",
        "AlertProvider chat",
        "ConfigMap settings",
        "Secret keys",
        "ConfigMap settings",
        "ConfigMap more",
        "Secret token",
    ]
    assert "ConfigMap settings" not in missing(DEPLOYMENT, CONFIG, SECRET)
    assert "Secret keys" not in missing(DEPLOYMENT, CONFIG, SECRET)


def test_a_reference_says_where_it_stands() -> None:
    found = parse_manifests(joined(CANARY, DEPLOYMENT), "a.yaml")
    texts = [str(one) for one in missing_references(found.canaries[0], found)]
    assert texts[0] == (
        "a.yaml:7: spec.autoscalerRef.name: HorizontalPodAutoscaler detail.flagger is in none of"
        " the files"
    )
    assert any("spec.template.spec.containers[0].envFrom[0].configMapRef" in one for one in texts)


def test_optional_configs_are_references_and_not_missing() -> None:
    found = parse_manifests(joined(CANARY, DEPLOYMENT))
    named = {(one.name, one.optional) for one in references(found.canaries[0], found)}
    assert ("passwords", True) in named
    assert "Secret passwords" not in missing(DEPLOYMENT)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("ingressRef: {apiVersion: a, kind: Ingress, name: i}", "Ingress i"),
        ("routeRef: {apiVersion: a, kind: ApisixRoute, name: r}", "ApisixRoute r"),
        ("upstreamRef: {apiVersion: a, kind: Upstream, name: u, namespace: ns}", "Upstream u"),
    ],
)
def test_references_of_single_providers(spec: str, expected: str) -> None:
    found = parse_manifests(CANARY.replace("  provider: gatewayapi:v1\n", f"  {spec}\n"))
    assert expected in [
        f"{one.kind} {one.name}" for one in missing_references(found.canaries[0], found)
    ]


def test_a_gateway_that_is_the_canarys_own_service_is_made_by_flagger() -> None:
    text = CANARY.replace(
        "{name: gateway, namespace: gw}", "{name: detail, group: core, kind: Service, port: 80}"
    )
    found = parse_manifests(text)
    kinds = {one.kind for one in missing_references(found.canaries[0], found)}
    assert "Service" not in kinds


def test_the_target() -> None:
    found = parse_manifests(joined(CANARY, DEPLOYMENT))
    assert target_of(found.canaries[0], found) is found.objects[1]
    assert target_of(found.canaries[0], parse_manifests(CANARY)) is None
