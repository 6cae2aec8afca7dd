"""The tutorial's own objects: equal in meaning to what the workshop applied."""

from string import Template

import yaml

from rehearsal.commands import tutorial
from rehearsal.manifests import shipped_manifests
from rehearsal.scenario import load_scenario, shipped_scenarios
from rehearsal.scenario.step import ApplyFile
from tests.data import TUTORIAL_MANIFESTS
from tests.k8s.cluster import K8S, OURS, Manifest, canary, read


def test_the_canary_is_the_workshops() -> None:
    (theirs,) = read(TUTORIAL_MANIFESTS / "flagger-canary.yaml")
    # Kubernetes removed v2beta2 in 1.26
    theirs["spec"]["autoscalerRef"]["apiVersion"] = "autoscaling/v2"

    assert canary("appmesh") == theirs


def test_the_deployment_keeps_the_workshops_pace() -> None:
    documents = (TUTORIAL_MANIFESTS / "flagger-app.yaml").read_text().rstrip("-\n")
    theirs = next(
        item for item in yaml.safe_load_all(documents) if item and item["kind"] == "Deployment"
    )
    (ours,) = read(K8S / "base/detail/deployment.yaml")

    for field in ("minReadySeconds", "progressDeadlineSeconds", "strategy", "selector"):
        assert ours["spec"][field] == theirs["spec"][field]
    assert "replicas" not in ours["spec"]


def retry(version: str) -> Manifest:
    text = (K8S / "tutorial/detail-retry.yaml").read_text()
    manifest: Manifest = yaml.safe_load(Template(text).substitute(APP_VERSION_3=version))
    return manifest


def test_the_retry_differs_by_its_image_and_its_annotation_alone() -> None:
    (first,) = read(K8S / "base/detail/deployment.yaml")
    again = retry("3.0")
    before, after = first["spec"]["template"], again["spec"]["template"]

    assert after["spec"]["containers"][0].pop("image") == f"{OURS}detail:3.0"
    del before["spec"]["containers"][0]["image"]
    stamps = [template["metadata"]["annotations"].pop("timestamp") for template in (before, after)]
    assert stamps[0] != stamps[1], "an equal pod template is no new revision"
    assert again == first


def test_what_is_rehearsed_is_what_is_shipped() -> None:
    """The rehearsal plays these files, not copies of its own."""
    assert shipped_manifests() == K8S
    scenario = load_scenario(shipped_scenarios()["tutorial"])
    applied = [a.value for step in scenario.steps for a in step.actions if a.kind == "apply"]
    assert [file.path.name for file in applied if isinstance(file, ApplyFile)] == [
        "detail-retry.yaml"
    ]
    for name in (tutorial.DEPLOYMENT, tutorial.CANARY, *(file.path for file in applied)):
        assert read(K8S / name), name
    assert read(K8S / tutorial.CANARY) == (canary("appmesh"),)
