"""Config tracking: which ConfigMaps and Secrets a pod template reads, and whether they changed.

Source: flagger pkg/canary/config_tracker.go. Names come from volumes (projected ones too), `env`
and `envFrom` of containers and init containers.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.hashing import config_checksum
from rehearsal.flagger.controller.labels import included
from rehearsal.flagger.controller.ports import Workloads
from rehearsal.flagger.controller.recorder import Recorder
from rehearsal.flagger.controller.workload import Config, ConfigKind, Workload
from rehearsal.flagger.values import RememberedByIdentity

OPT_OUT = "flagger.app/config-tracking"
TRACKED_SECRET_TYPES = frozenset(
    {"Opaque", "kubernetes.io/basic-auth", "kubernetes.io/ssh-auth", "kubernetes.io/tls"}
)

Refs = Mapping[str, Config]
"""Tracked configs by `configmap/<name>` or `secret/<name>`."""

Reference = tuple[ConfigKind, dict[str, Any], str]
"""A place in a pod spec that names a config: its kind, the object, the key that holds the name."""


def references(pod_spec: Mapping[str, Any]) -> Iterator[Reference]:
    """Every place in a pod spec that names a ConfigMap or a Secret."""
    for volume in pod_spec.get("volumes") or ():
        yield from _in_source(volume, secret_key="secretName")
        for source in (volume.get("projected") or {}).get("sources") or ():
            yield from _in_source(source, secret_key="name")
    for group in ("containers", "initContainers"):
        for container in pod_spec.get(group) or ():
            yield from _in_container(container)


def _in_source(source: Mapping[str, Any], secret_key: str) -> Iterator[Reference]:
    if source.get("configMap"):
        yield "configmap", source["configMap"], "name"
    if source.get("secret"):
        yield "secret", source["secret"], secret_key


def _in_container(container: Mapping[str, Any]) -> Iterator[Reference]:
    for env in container.get("env") or ():
        yield from _either(env.get("valueFrom") or {}, "configMapKeyRef", "secretKeyRef")
    for env_from in container.get("envFrom") or ():
        yield from _either(env_from, "configMapRef", "secretRef")


def _either(holder: Mapping[str, Any], config_key: str, secret_key: str) -> Iterator[Reference]:
    if holder.get(config_key):
        yield "configmap", holder[config_key], "name"
    elif holder.get(secret_key):
        yield "secret", holder[secret_key], "name"


class ConfigTracker:
    """Reads, compares and copies the configs of a target."""

    def __init__(self, workloads: Workloads, flags: Flags, recorder: Recorder) -> None:
        self._workloads = workloads
        self._flags = flags
        self._recorder = recorder

    def refs(self, canary: Canary, target: Workload) -> Refs:
        """The tracked configs; raises PortError when a mandatory one is missing."""
        found: dict[str, Config] = {}
        for (kind, name), optional in _names_in(target.template):
            config = self._workloads.config(kind, name)
            if config is None:
                self._missing(canary, kind, name, optional)
            elif is_tracked(config):
                found[f"{kind}/{name}"] = config
        return found

    def _missing(self, canary: Canary, kind: ConfigKind, name: str, optional: bool) -> None:
        query = f"{kind} {name}.{canary.namespace} get query"
        absent = f'{kind}s "{name}" not found'
        text = f"{query} error: {absent}"
        if not optional:
            raise PortError(f"GetTargetConfigs failed: {query} error: {text}")
        line, said = (214, _unprintable(text)) if kind == "configmap" else (228, text)
        caller = f"canary/config_tracker.go:{line}"
        self._recorder.log(None, f"{query} failed: {said}", caller, "error")

    def changed(self, canary: Canary, target: Workload) -> bool:
        """Whether the configs differ from `status.trackedConfigs`; says which one does."""
        refs, tracked = self.refs(canary, target), canary.status.tracked_configs
        if tracked is None:
            return bool(refs)
        if len(refs) != len(tracked):
            return True
        for key, config in refs.items():
            if tracked.get(key) != config_checksum(config.data):
                text = f"{config.kind} {config.name} has changed"
                self._recorder.log(canary, text, "canary/config_tracker.go:286")
                return True
        return False

    def copy_for_primary(self, canary: Canary, refs: Refs) -> None:
        """Write the primary's copies, each named `<name>-primary`."""
        for config in refs.values():
            name = f"{config.name}-primary"
            labels = included(config.labels, self._flags.include_label_prefixes)
            copied = Config(config.kind, name, config.data, config.type, labels=labels)
            self._workloads.apply_config(copied)
            title, line = ("ConfigMap", 352) if config.kind == "configmap" else ("Secret", 406)
            text = f"{title} {name} synced"
            self._recorder.log(canary, text, f"canary/config_tracker.go:{line}")


def _unprintable(error: str) -> str:
    """How Go prints an error under `%w` where only `fmt.Errorf` knows that verb."""
    return f"%!w(*fmt.wrapError=&{{{error} 0xc000000000}})"


def _names(template: Mapping[str, Any]) -> tuple[tuple[tuple[ConfigKind, str], bool], ...]:
    """Names of the configs of a template, and whether it can do without; the last mention wins."""
    pod_spec = template.get("spec") or {}
    found: dict[tuple[ConfigKind, str], bool] = {
        (kind, str(holder.get(key, ""))): bool(holder.get("optional"))
        for kind, holder, key in references(pod_spec)
    }
    return tuple(sorted(found.items()))


_names_in = RememberedByIdentity(_names)


def is_tracked(config: Config) -> bool:
    """Registry secrets are not, nor what opted out by annotation."""
    if config.kind == "secret" and config.type not in TRACKED_SECRET_TYPES:
        return False
    return not config.annotations.get(OPT_OUT, "").startswith("disable")


def tracked_configs(refs: Refs) -> dict[str, str]:
    """`status.trackedConfigs` for these configs."""
    return {key: config_checksum(config.data) for key, config in refs.items()}


def renamed(pod_spec: Mapping[str, Any], refs: Refs) -> Mapping[str, Any]:
    """A pod spec whose tracked references point to the primary's copies."""
    if not refs:
        return pod_spec
    spec: dict[str, Any] = copy.deepcopy(dict(pod_spec))
    for kind, holder, key in references(spec):
        if f"{kind}/{holder.get(key)}" in refs:
            holder[key] = f"{holder[key]}-primary"
    return spec
