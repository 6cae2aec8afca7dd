"""Looking objects up, and choosing a Canary."""

from pathlib import Path

import pytest

from rehearsal.manifests import ManifestError, as_canary, load_manifests, parse_manifests
from tests.rehearsal.manifests.objects import AUTOSCALER, CANARY, DEPLOYMENT, TEMPLATE, joined

OTHER = CANARY.replace("name: detail, namespace: flagger", "name: other, namespace: b", 1)


def test_by_kind_namespace_and_name() -> None:
    found = parse_manifests(joined(DEPLOYMENT, AUTOSCALER, TEMPLATE))
    assert found.find("Deployment", "flagger", "detail") is found.objects[0]
    assert found.find("Deployment", "other", "detail") is None
    assert found.find("Deployment", "flagger", "other") is None
    assert found.of_kind("MetricTemplate") == (found.objects[2],)
    assert [one.name for one in found.templates()] == ["late"]


def test_an_object_without_a_namespace_may_be_applied_to_any() -> None:
    nameless = DEPLOYMENT.replace("  namespace: flagger\n", "")
    found = parse_manifests(nameless)
    assert found.find("Deployment", "flagger", "detail") is found.objects[0]
    both = parse_manifests(joined(nameless, DEPLOYMENT))
    assert both.find("Deployment", "flagger", "detail") is both.objects[1]
    canary = parse_manifests(CANARY.replace(", namespace: flagger", "", 1)).canaries[0]
    placed = parse_manifests(DEPLOYMENT)
    assert placed.find("Deployment", "default", "detail", near=canary) is placed.objects[0]


def test_the_nearest_of_one_name(tmp_path: Path) -> None:
    for name in ("blue", "green"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "canary.yaml").write_text(CANARY)
        (tmp_path / name / "target.yaml").write_text(DEPLOYMENT)
    found = load_manifests([tmp_path])
    for canary in found.canaries:
        target = found.deployment("flagger", "detail", canary)
        assert target is not None
        assert Path(target.source.path).parent == Path(canary.source.path).parent


def test_choosing_a_canary() -> None:
    found = parse_manifests(joined(CANARY, OTHER), "a.yaml")
    assert as_canary(found.choose_canary("other")).full_name == "other.b"
    assert found.choose_canary("detail.flagger").name == "detail"
    with pytest.raises(ManifestError, match=r"^a\.yaml: contains detail\.flagger, other\.b; name"):
        found.choose_canary()
    with pytest.raises(ManifestError, match=r"contains no Canary third, only detail\.flagger"):
        found.choose_canary("third")
    with pytest.raises(ManifestError, match=r"^a\.yaml: no Canary was given"):
        parse_manifests(DEPLOYMENT, "a.yaml").choose_canary()
    with pytest.raises(ManifestError, match=r"^-f: no Canary was given"):
        parse_manifests("").choose_canary()
    other = CANARY.replace("flagger.app/v1beta1", "canary.example/v1")
    with pytest.raises(ManifestError, match=r"^a\.yaml:1: apiVersion: .* flagger\.app/v1beta1"):
        parse_manifests(other, "a.yaml").choose_canary()


def test_of_two_of_one_name_one_is_chosen_by_its_place() -> None:
    found = parse_manifests(joined(CANARY, CANARY.replace("istio", "nginx")), "a.yaml")
    first, second = found.canaries
    with pytest.raises(ManifestError, match=r"contains detail\.flagger 2 times; .*a\.yaml:1, a"):
        found.choose_canary("detail")
    assert found.choose_canary(str(first.location)) is first
    assert found.choose_canary(str(second.location)) is second
