"""The primary, made from the target: template, labels, a fresh id, and the settings it copies.

Source: flagger pkg/canary/deployment_controller.go, daemonset_controller.go and util.go. Templates
are never changed in place, so what is not rewritten is shared with the target.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rehearsal.flagger.controller.configs import Refs, renamed
from rehearsal.flagger.controller.labels import included, without_toolkit
from rehearsal.flagger.controller.workload import Workload

ID_ANNOTATION = "flagger-id"

ChangeSpec = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""What a kind of target does to the pod spec of its primary."""


@dataclass(frozen=True)
class Primary:
    """How the primary of a target is made: selected by `label`, with copies of `refs`."""

    target: Workload
    label: str
    refs: Refs
    label_prefixes: Iterable[str] = ()

    @property
    def _value(self) -> str:
        return f"{self.target.match_labels[self.label]}-primary"

    def created(self, name: str, change_spec: ChangeSpec) -> Workload:
        """A new primary, with the target's replicas or one."""
        target = self.target
        return Workload(
            name=name,
            template=self._template(change_spec),
            match_labels={self.label: self._value},
            replicas=target.replicas if target.replicas else 1,
            settings=dict(target.settings),
            labels=included(target.labels, self.label_prefixes) | {self.label: self._value},
            annotations=without_toolkit(target.annotations),
        )

    def promoted(
        self, current: Workload, change_spec: ChangeSpec, *, copy_replicas: bool
    ) -> Workload:
        """The primary as a promotion leaves it: never the same as before, for its id is new."""
        target = self.target
        return replace(
            current,
            template=self._template(change_spec),
            replicas=target.replicas if copy_replicas else current.replicas,
            generation=current.generation + 1,
            settings=dict(target.settings),
            labels=included(target.labels, self.label_prefixes) | {self.label: self._value},
            annotations=included(target.annotations, self.label_prefixes),
        )

    def _template(self, change_spec: ChangeSpec) -> dict[str, Any]:
        """The target's pod template with the primary's label, id and configs."""
        template = self.target.template
        metadata = dict(template.get("metadata") or {})
        labels = without_toolkit(metadata.get("labels") or {})
        annotations = without_toolkit(metadata.get("annotations") or {})
        metadata["labels"] = labels | {self.label: self._value}
        metadata["annotations"] = annotations | {ID_ANNOTATION: str(uuid.uuid4())}
        spec = change_spec(renamed(template.get("spec") or {}, self.refs))
        return {**template, "metadata": metadata, "spec": spec}
