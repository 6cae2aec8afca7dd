"""Overlays and charts are built first, and what is in them still knows its file."""

import stat
from pathlib import Path

import pytest

from rehearsal.manifests import load_manifests, read_manifests, shipped_manifests
from rehearsal.manifests.builders import _program
from tests.rehearsal.manifests.objects import AUTOSCALER, CANARY, DEPLOYMENT, joined

needs_kubectl = pytest.mark.skipif(_program("kubectl") is None, reason="needs kubectl")


def overlay(folder: Path, more: str = "") -> Path:
    (folder / "base").mkdir()
    (folder / "base" / "kustomization.yaml").write_text("resources: [all.yaml]\n")
    (folder / "base" / "all.yaml").write_text(joined(DEPLOYMENT, AUTOSCALER))
    (folder / "overlay").mkdir()
    (folder / "overlay" / "kustomization.yaml").write_text(
        f"resources: [../base, canary.yaml]\n{more}"
    )
    (folder / "overlay" / "canary.yaml").write_text(f"# a comment\n{CANARY}")
    return folder / "overlay"


@needs_kubectl
def test_an_overlay(tmp_path: Path) -> None:
    found = load_manifests([overlay(tmp_path, "namePrefix: pre-\nnamespace: other\n")])
    (canary,) = found.canaries
    assert canary.full_name == "pre-detail.other"
    assert str(canary.locate("spec", "provider")) == f"{tmp_path}/overlay/canary.yaml:6"
    deployment = found.deployment("other", "pre-detail", canary)
    assert deployment is not None
    assert str(deployment.locate("spec", "replicas")) == f"{tmp_path}/base/all.yaml:7"
    assert "annotations" not in deployment.raw["metadata"]


@needs_kubectl
def test_an_object_whose_annotations_are_patched_away_is_found_beside(tmp_path: Path) -> None:
    patch = """\
patches:
  - target: {kind: Canary}
    patch: '[{"op": "add", "path": "/metadata/annotations", "value": {"a": "b"}}]'
"""
    (canary,) = load_manifests([overlay(tmp_path, patch)]).canaries
    assert canary.annotations == {"a": "b"}
    assert str(canary.location) == f"{tmp_path}/overlay/canary.yaml:2"


@needs_kubectl
def test_an_overlay_that_cannot_be_built_is_one_line(tmp_path: Path) -> None:
    folder = overlay(tmp_path, "components: [../nowhere]\n")
    _, (problem,) = read_manifests([folder])
    assert str(problem).startswith(f"{folder}: kustomize failed: ")
    assert "\n" not in str(problem)


@needs_kubectl
def test_problems_of_built_objects_are_those_of_their_files(tmp_path: Path) -> None:
    folder = overlay(tmp_path)
    (folder / "canary.yaml").write_text(CANARY.replace("stepWeight: 5", "stepWeight: x"))
    _, (problem,) = read_manifests([folder])
    assert str(problem).startswith(f"{folder}/canary.yaml:12: spec.analysis.stepWeight")


@needs_kubectl
def test_everything_that_is_shipped_is_read() -> None:
    found, problems = read_manifests([shipped_manifests()])
    assert problems == ()
    folders = sorted((shipped_manifests() / "overlays").iterdir())
    assert [Path(canary.source.path).parent.name for canary in found.canaries] == [
        folder.name for folder in folders
    ]


def program(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def chart(folder: Path) -> Path:
    (folder / "chart" / "templates").mkdir(parents=True)
    (folder / "chart" / "Chart.yaml").write_text("apiVersion: v2\nname: detail\nversion: 1.0.0\n")
    (folder / "chart" / "templates" / "canary.yaml").write_text("name: {{ .Values.name }}\n")
    return folder / "chart"


def test_a_chart_is_rendered_with_the_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "values.yaml").write_text(CANARY)
    script = f'echo "$@" >{tmp_path}/arguments\necho "---\n# Source: c/t.yaml"\ncat "$5"\n'
    program(tmp_path, "helm", script)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    found = load_manifests([chart(tmp_path)], values=[tmp_path / "values.yaml"])
    (canary,) = found.canaries
    assert canary.full_name == "detail.flagger"
    assert str(canary.locate("spec", "provider")) == f"{tmp_path}/c/t.yaml (rendered):7"
    assert (tmp_path / "arguments").read_text() == (
        f"template release {tmp_path}/chart --values {tmp_path}/values.yaml\n"
    )


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'Error: bad chart' >&2; exit 1", "helm failed: Error: bad chart"),
        ("exit 3", "helm failed: no reason given"),
    ],
)
def test_a_chart_that_cannot_be_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    program(tmp_path, "helm", script)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    _, problems = read_manifests([chart(tmp_path)])
    assert [str(one) for one in problems] == [f"{tmp_path}/chart: {said}"]


def test_missing_programs_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rehearsal.manifests.builders._program", lambda name: None)
    _, problems = read_manifests([chart(tmp_path), overlay(tmp_path)])
    helm, kustomize = map(str, problems)
    assert "helm is not on PATH" in helm
    assert "neither kubectl nor kustomize is on PATH" in kustomize
