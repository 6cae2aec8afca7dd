from pathlib import Path

import pytest

from rehearsal.applications.container import container_of
from rehearsal.errors import UserError
from rehearsal.live.workloads.manifest import documents, read_deployment, read_min_replicas
from rehearsal.manifests import manifests
from rehearsal.scenario.tutorial import AUTOSCALER, DEPLOYMENT, RETRY


def test_the_shipped_deployment() -> None:
    manifest = read_deployment(manifests() / DEPLOYMENT, "detail")
    assert manifest.namespace == "flagger"
    assert manifest.match_labels == {"app": "detail"}
    assert container_of(manifest.template).version == "1.0"
    assert manifest.settings["minReadySeconds"] == 5


def test_the_shipped_autoscaler() -> None:
    assert read_min_replicas(manifests() / AUTOSCALER, "detail") == 2


def test_the_retry_differs_by_image_and_annotation_alone() -> None:
    first = read_deployment(manifests() / DEPLOYMENT, "detail").template
    retry = read_deployment(manifests() / RETRY, "detail", {"APP_VERSION_3": "1.0"}).template
    assert first["metadata"]["annotations"] != retry["metadata"]["annotations"]
    assert first["spec"] == retry["spec"]


def test_variables_that_are_not_given_stay(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: ${A}\nb: ${B}\n")
    assert documents(file, {"A": "x"}) == [{"a": "x", "b": "${B}"}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: Deployment\nmetadata: {name: other}\n", "no Deployment 'detail'"),
        ("kind: Deployment\nmetadata: {name: detail}\n", "no 'spec'"),
        ("a: [\n", r"a\.yaml:2: not YAML"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text)
    with pytest.raises(UserError, match=said):
        read_deployment(file, "detail")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"absent\.yaml: No such file"):
        read_deployment(tmp_path / "absent.yaml", "detail")


def test_a_missing_autoscaler_is_said() -> None:
    with pytest.raises(UserError, match="no HorizontalPodAutoscaler 'detail'"):
        read_min_replicas(manifests() / DEPLOYMENT, "detail")
