"""Every directory builds, is complete, and leaves the rehearsed objects alone."""

import pytest

from tests.k8s.cluster import (
    ADDONS,
    K8S,
    OVERLAYS,
    PROVIDERS,
    build,
    canary,
    of_kind,
    one,
    read,
)


def test_all_overlays_of_the_field_are_there() -> None:
    assert set(OVERLAYS) == set(PROVIDERS)
    assert {"xray", "xray-collector", "xray-local", "locust", "prometheus"} == set(ADDONS)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_is_complete(overlay: str) -> None:
    objects = build(f"overlays/{overlay}")
    for kind, name in (
        ("Namespace", "flagger"),
        ("Deployment", "detail"),
        ("HorizontalPodAutoscaler", "detail"),
        ("PodDisruptionBudget", "detail-primary"),
        ("Deployment", "frontend"),
        ("Service", "frontend"),
        ("Deployment", "flagger-loadtester"),
        ("Service", "flagger-loadtester"),
        ("Role", "flagger-loadtester"),
        ("NetworkPolicy", "detail"),
        ("NetworkPolicy", "flagger-loadtester"),
    ):
        one(objects, kind, name)
    assert canary(overlay)["spec"]["provider"] == PROVIDERS[overlay]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_does_not_touch_what_is_rehearsed(overlay: str) -> None:
    (shipped,) = read(K8S / "base/detail/deployment.yaml")

    assert one(build(f"overlays/{overlay}"), "Deployment", "detail") == shipped


@pytest.mark.parametrize("directory", [f"overlays/{name}" for name in OVERLAYS])
def test_flagger_makes_the_services_of_the_target(directory: str) -> None:
    """Flagger refuses to adopt a Service that it did not make."""
    services = {item["metadata"]["name"] for item in of_kind(build(directory), "Service")}

    assert not services & {"detail", "detail-canary", "detail-primary"}


def test_names_are_unique_across_an_overlay_and_the_addons() -> None:
    for overlay in OVERLAYS:
        seen: set[tuple[str, str]] = set()
        for directory in (f"overlays/{overlay}", *(f"addons/{name}" for name in ADDONS)):
            names = {(item["kind"], item["metadata"]["name"]) for item in build(directory)}
            # the daemon and the collector are alternatives
            clash = (seen & names) - {("NetworkPolicy", "xray-daemon")}
            assert not clash, (directory, clash)
            seen |= names


def test_everything_lives_in_one_namespace() -> None:
    cluster_wide = {"Namespace", "Mesh", "GatewayClass"}
    for directory in (*(f"overlays/{name}" for name in OVERLAYS), *(f"addons/{n}" for n in ADDONS)):
        for item in build(directory):
            if item["kind"] not in cluster_wide:
                assert item["metadata"]["namespace"] == "flagger", item["metadata"]


@pytest.mark.parametrize(
    ("overlay", "words"),
    [("nginx", "retired upstream in March 2026"), ("appmesh", "ended App Mesh on 2026-09-30")],
)
def test_what_has_ended_says_so_in_the_cluster(overlay: str, words: str) -> None:
    notes = [
        item["metadata"].get("annotations", {}).get("canary-rehearsal/retired", "")
        for item in build(f"overlays/{overlay}")
    ]

    assert any(words in note for note in notes)


def test_each_gateway_class_is_the_one_that_the_gateway_asks_for() -> None:
    gateway = one(build("overlays/gatewayapi"), "Gateway", "detail")
    offered = {
        path.stem: of_kind(read(path), "GatewayClass")[0]["metadata"]["name"]
        for path in K8S.glob("overlays/gatewayapi/classes/*.yaml")
    }

    assert set(offered) == {"aws-alb", "envoy-gateway", "istio", "vpc-lattice"}
    assert set(offered.values()) == {gateway["spec"]["gatewayClassName"]}
