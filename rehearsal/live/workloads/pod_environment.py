"""What a pod's container finds: variables from its manifest, and folders for its volumes."""

import base64
import binascii
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rehearsal.applications.pod import Container, PodSpec
from rehearsal.flagger.controller.workload import Config, ConfigKind

ReadConfig = Callable[[ConfigKind, str], Config | None]
"""A ConfigMap or Secret of the pod's namespace, by kind and name."""


def container_env(
    pod: PodSpec, read_config: ReadConfig, fields: Mapping[str, str]
) -> dict[str, str]:
    """The container's variables.

    `fields` are those of the downward API, by path (`metadata.name`). A reference that leads
    nowhere leaves its variable out, as `optional` does; `$(NAME)` of an earlier variable is filled
    in.
    """
    env: dict[str, str] = {}
    container = pod.container
    for source in container.env_from:
        env |= _all_of(source, read_config)
    for entry in container.env:
        value = _value(entry, read_config, fields)
        if value is not None:
            env[str(entry["name"])] = _expanded(value, env)
    return env


def volume_folders(
    container: Container,
    volumes: Mapping[str, Mapping[str, Any]],
    read_config: ReadConfig,
    folder: Path,
) -> dict[str, Path]:
    """A folder for each mounted volume, by mount path; ConfigMaps and Secrets are written there."""
    mounts: dict[str, Path] = {}
    for name, path in container.mounts:
        volume = volumes.get(name)
        if volume is None or not path:
            continue
        target = folder / name
        target.mkdir(parents=True, exist_ok=True)
        for file_name, content in _files(volume, read_config).items():
            inside = target / file_name
            inside.parent.mkdir(parents=True, exist_ok=True)
            inside.write_bytes(content)
        mounts[path] = target
    return mounts


def _all_of(source: Mapping[str, Any], read_config: ReadConfig) -> dict[str, str]:
    prefix = str(source.get("prefix") or "")
    for key, kind in _REFERENCES:
        reference = source.get(key)
        if reference:
            config = read_config(kind, str(reference.get("name")))
            if config is not None:
                return {f"{prefix}{k}": _text(config, v) for k, v in config.data.items()}
    return {}


_REFERENCES: tuple[tuple[str, ConfigKind], ...] = (
    ("configMapRef", "configmap"),
    ("secretRef", "secret"),
)


def _value(
    entry: Mapping[str, Any], read_config: ReadConfig, fields: Mapping[str, str]
) -> str | None:
    if "value" in entry or "valueFrom" not in entry:
        return str(entry.get("value", ""))
    source = entry["valueFrom"] or {}
    if "fieldRef" in source:
        return fields.get(str(source["fieldRef"].get("fieldPath")), "")
    if reference := source.get("configMapKeyRef"):
        return _keyed("configmap", reference, read_config)
    if reference := source.get("secretKeyRef"):
        return _keyed("secret", reference, read_config)
    return None


def _keyed(kind: ConfigKind, reference: Mapping[str, Any], read_config: ReadConfig) -> str | None:
    config = read_config(kind, str(reference.get("name")))
    key = str(reference.get("key"))
    if config is None or key not in config.data:
        return None
    return _text(config, config.data[key])


def _files(volume: Mapping[str, Any], read_config: ReadConfig) -> dict[str, bytes]:
    if source := volume.get("configMap"):
        config = read_config("configmap", str(source.get("name")))
    elif source := volume.get("secret"):
        config = read_config("secret", str(source.get("secretName")))
    elif projected := volume.get("projected"):
        found: dict[str, bytes] = {}
        for part in projected.get("sources") or ():
            inner = {**part}
            if "secret" in inner:
                inner["secret"] = {**inner["secret"], "secretName": inner["secret"].get("name")}
            found |= _files(inner, read_config)
        return found
    else:
        return {}
    if config is None:
        return {}
    items = source.get("items")
    if items:
        chosen = {str(i["path"]): str(i["key"]) for i in items if i.get("key") in config.data}
    else:
        chosen = {key: key for key in config.data}
    return {
        path: _bytes(config, config.data[key])
        for path, key in chosen.items()
        if not path.startswith("/") and ".." not in Path(path).parts
    }


def _text(config: Config, value: str) -> str:
    return _bytes(config, value).decode(errors="replace")


def _bytes(config: Config, value: str) -> bytes:
    if config.kind == "configmap":
        return value.encode()
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return value.encode()


def _expanded(value: str, env: Mapping[str, str]) -> str:
    """`$(NAME)` filled in where NAME is known; `$$` is one dollar (core/v1 EnvVar)."""
    out, rest = [], value
    while "$" in rest:
        head, _, rest = rest.partition("$")
        out.append(head)
        name = rest[1:].partition(")")[0] if rest.startswith("(") and ")" in rest else None
        if rest.startswith("$"):
            out.append("$")
            rest = rest[1:]
        elif name is not None and name in env:
            out.append(env[name])
            rest = rest[len(name) + 2 :]
        else:
            out.append("$")
    return "".join([*out, rest])
