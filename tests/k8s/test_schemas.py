"""Every object is one that its API server would take as it stands, unknown fields included."""

import copy
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tests.data import FLAGGER_CRD
from tests.k8s.cluster import (
    ADDONS,
    K8S,
    OVERLAYS,
    Manifest,
    build,
    canary,
    of_kind,
    read,
)

# preStop's sleep is on by default since 1.30
VERSIONS = ("1.30", kubernetes_validate.latest_version())
DIRECTORIES = (*(f"overlays/{name}" for name in OVERLAYS), *(f"addons/{name}" for name in ADDONS))
CLASSES = tuple(sorted(K8S.glob("overlays/gatewayapi/classes/*.yaml")))


@cache
def others() -> dict[str, Any]:
    schemas: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("schemas.yaml").read_text())
    return schemas


def closed(schema: Any) -> Any:
    """A CRD's schema with unknown fields refused: the API server would drop them in silence."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    if made.pop("x-kubernetes-int-or-string", False):
        made.pop("type", None)
    if "properties" in made and not made.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made


@cache
def flaggers() -> dict[str, Any]:
    found = {}
    for crd in read(FLAGGER_CRD):
        for version in crd["spec"]["versions"]:
            schema = closed(version["schema"]["openAPIV3Schema"])
            schema["properties"]["metadata"] = {"type": "object"}
            found[f"{crd['spec']['group']}/{version['name']}/{crd['spec']['names']['kind']}"] = (
                schema
            )
    return found


def check(item: Manifest) -> None:
    """Hold one object against whatever describes it. Raises ValidationError, or KeyError."""
    key = f"{item['apiVersion']}/{item['kind']}"
    if item["apiVersion"].startswith("flagger.app/"):
        jsonschema.Draft7Validator(flaggers()[key]).validate(item)
    elif key in others():
        jsonschema.Draft7Validator(others()[key]).validate(item["spec"])
    else:
        for version in VERSIONS:
            kubernetes_validate.validate(item, version, strict=True)


@pytest.mark.slow
@pytest.mark.parametrize("directory", DIRECTORIES)
def test_every_object_is_valid(directory: str) -> None:
    for item in build(directory):
        check(item)


@pytest.mark.parametrize("path", CLASSES, ids=lambda path: path.stem)
def test_every_gateway_class_is_valid(path: Path) -> None:
    for item in read(path):
        check(item)


def test_flaggers_objects_were_really_held_against_its_crd() -> None:
    kinds = {
        f"{item['apiVersion']}/{item['kind']}"
        for name in OVERLAYS
        for item in of_kind(build(f"overlays/{name}"), "Canary", "MetricTemplate")
    }

    assert kinds == {"flagger.app/v1beta1/Canary", "flagger.app/v1beta1/MetricTemplate"}
    assert kinds <= set(flaggers())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda spec: spec["analysis"].update(iterations=5),
        lambda spec: spec["analysis"].pop("threshold"),
        lambda spec: spec.update(provider="appmesh:v2"),
        lambda spec: spec["analysis"]["webhooks"][0]["metadata"].update(logCmdOutput=True),
        lambda spec: spec["analysis"].update(maxWieght=15),
    ],
    ids=["two strategies", "no threshold", "no such provider", "metadata not text", "misspelt"],
)
def test_a_spoilt_canary_is_refused(spoil: Any) -> None:
    spoilt = copy.deepcopy(canary("appmesh"))
    spoil(spoilt["spec"])

    with pytest.raises(jsonschema.ValidationError):
        check(spoilt)


@pytest.mark.parametrize(
    ("overlay", "kind"),
    [
        ("base", "Deployment"),
        ("overlays/gatewayapi", "Gateway"),
        ("overlays/istio", "VirtualService"),
        ("overlays/traefik", "IngressRoute"),
        ("overlays/appmesh", "VirtualGateway"),
    ],
)
def test_an_unknown_field_is_refused(overlay: str, kind: str) -> None:
    spoilt = copy.deepcopy(of_kind(build(overlay), kind)[0])
    spoilt["spec"]["unheardOf"] = True

    with pytest.raises((jsonschema.ValidationError, kubernetes_validate.ValidationError)):
        check(spoilt)
