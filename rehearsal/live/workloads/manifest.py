"""Deployments and autoscalers read from YAML, as `kubectl apply` would take them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import yaml

from rehearsal.errors import UserError

# What a promotion copies besides the template (flagger pkg/canary/deployment_controller.go).
_SETTINGS = ("minReadySeconds", "progressDeadlineSeconds", "revisionHistoryLimit", "strategy")


@dataclass(frozen=True)
class DeploymentManifest:
    """What is needed of a Deployment to run it here."""

    name: str
    namespace: str
    template: dict[str, Any]
    match_labels: dict[str, str]
    replicas: int
    settings: dict[str, Any]


def documents(path: Path, variables: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """The objects in a YAML file; with variables, `${NAME}` is filled in as envsubst does."""
    try:
        text = path.read_text()
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; name a file that can be read") from None
    if variables is not None:
        text = Template(text).safe_substitute(variables)
    try:
        return [d for d in yaml.safe_load_all(text) if isinstance(d, dict)]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise UserError(f"{where}: not YAML: {getattr(error, 'problem', error)}") from None


def read_deployment(
    path: Path, name: str, variables: Mapping[str, str] | None = None
) -> DeploymentManifest:
    """The Deployment of that name in a file; UserError when it is not there or not whole."""
    for document in documents(path, variables):
        if document.get("kind") == "Deployment" and _name(document) == name:
            return _deployment(path, document)
    raise UserError(f"{path}: no Deployment {name!r} in it; it is the canary's target")


def read_min_replicas(path: Path, name: str) -> int:
    """`minReplicas` of the HorizontalPodAutoscaler of that name; 1 is Kubernetes' default."""
    for document in documents(path):
        if document.get("kind") == "HorizontalPodAutoscaler" and _name(document) == name:
            return int(document.get("spec", {}).get("minReplicas", 1))
    raise UserError(f"{path}: no HorizontalPodAutoscaler {name!r} in it (spec.autoscalerRef)")


def _deployment(path: Path, document: dict[str, Any]) -> DeploymentManifest:
    try:
        spec = document["spec"]
        return DeploymentManifest(
            name=document["metadata"]["name"],
            namespace=document["metadata"].get("namespace", "default"),
            template=spec["template"],
            match_labels=spec["selector"]["matchLabels"],
            replicas=int(spec.get("replicas", 1)),
            settings={key: spec[key] for key in _SETTINGS if key in spec},
        )
    except (KeyError, TypeError) as error:
        raise UserError(f"{path}: the Deployment has no {error}; add it") from None


def _name(document: dict[str, Any]) -> str:
    return str((document.get("metadata") or {}).get("name", ""))
