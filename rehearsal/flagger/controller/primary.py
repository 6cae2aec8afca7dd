"""The primary, made from the target: template, labels, a fresh id, and the settings it copies.

Source: flagger pkg/canary/deployment_controller.go and util.go.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rehearsal.flagger.controller.configs import Refs, renamed
from rehearsal.flagger.controller.workload import Workload

ID_ANNOTATION = "flagger-id"
_TOOLKIT = "toolkit.fluxcd.io"


def created(name: str, target: Workload, label: str, refs: Refs) -> Workload:
    """A new primary, with the target's replicas or one."""
    return Workload(
        name=name,
        template=template(target, label, refs),
        match_labels={label: f"{target.match_labels[label]}-primary"},
        replicas=target.replicas if target.replicas else 1,
        settings=dict(target.settings),
    )


def promoted(
    primary: Workload, target: Workload, label: str, refs: Refs, *, copy_replicas: bool
) -> Workload:
    """The primary as a promotion leaves it: never the same as before, for its id is new."""
    return replace(
        primary,
        template=template(target, label, refs),
        replicas=target.replicas if copy_replicas else primary.replicas,
        generation=primary.generation + 1,
        settings=dict(target.settings),
    )


def template(target: Workload, label: str, refs: Refs) -> dict[str, Any]:
    """The target's pod template with the primary's label, id and configs."""
    made: dict[str, Any] = copy.deepcopy(dict(target.template))
    metadata = dict(made.get("metadata") or {})
    value = f"{target.match_labels[label]}-primary"
    metadata["labels"] = _without_toolkit(metadata.get("labels") or {}) | {label: value}
    annotations = _without_toolkit(metadata.get("annotations") or {})
    metadata["annotations"] = annotations | {ID_ANNOTATION: str(uuid.uuid4())}
    made["metadata"] = metadata
    made["spec"] = renamed(made.get("spec") or {}, refs)
    return made


def _without_toolkit(metadata: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in metadata.items() if _TOOLKIT not in key}
