from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.applications.pod import read_pod
from rehearsal.flagger.controller.workload import Config
from rehearsal.live.workloads.pod_environment import container_env, volume_folders

CONFIGS = {
    ("configmap", "c"): Config("configmap", "c", {"a": "1", "b": "2"}),
    ("secret", "s"): Config("secret", "s", {"p": "cGFzcw==", "bad": "not base64!"}),
}


def _read(kind: str, name: str) -> Config | None:
    return CONFIGS.get((kind, name))


def _env(env: list[dict[str, Any]] | None = None, **container: Any) -> dict[str, str]:
    spec = {"name": "n", "image": "i", "env": env or [], **container}
    pod = read_pod({"spec": {"containers": [spec]}})
    return container_env(pod, _read, {"metadata.name": "pod-1"})


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ({"value": "x"}, "x"),
        ({}, ""),
        ({"valueFrom": {"configMapKeyRef": {"name": "c", "key": "a"}}}, "1"),
        ({"valueFrom": {"secretKeyRef": {"name": "s", "key": "p"}}}, "pass"),
        ({"valueFrom": {"secretKeyRef": {"name": "s", "key": "bad"}}}, "not base64!"),
        ({"valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}, "pod-1"),
        ({"valueFrom": {"fieldRef": {"fieldPath": "status.unknown"}}}, ""),
        ({"valueFrom": {"configMapKeyRef": {"name": "c", "key": "absent"}}}, None),
        ({"valueFrom": {"configMapKeyRef": {"name": "absent", "key": "a"}}}, None),
        ({"valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}, None),
    ],
)
def test_a_variable_and_its_source(entry: dict[str, Any], value: str | None) -> None:
    assert _env([{"name": "V", **entry}]).get("V") == value


def test_all_of_a_config_with_a_prefix() -> None:
    sources = [
        {"prefix": "C_", "configMapRef": {"name": "c"}},
        {"secretRef": {"name": "s"}},
        {"configMapRef": {"name": "absent"}},
    ]
    env = _env([{"name": "C_a", "value": "mine"}], envFrom=sources)
    assert env == {"C_a": "mine", "C_b": "2", "p": "pass", "bad": "not base64!"}


@pytest.mark.parametrize(
    ("value", "expanded"),
    [
        ("$(A)-$(A)", "x-x"),
        ("$(B)", "$(B)"),
        ("$$(A)", "$(A)"),
        ("$A ${A} $", "$A ${A} $"),
        ("$(A", "$(A"),
        ("$()", "$()"),
    ],
)
def test_earlier_variables_are_filled_in(value: str, expanded: str) -> None:
    env = _env([{"name": "A", "value": "x"}, {"name": "V", "value": value}])
    assert env["V"] == expanded


@given(st.text(alphabet="$()Ax ", max_size=60))
def test_any_value_can_be_expanded(value: str) -> None:
    assert "V" in _env([{"name": "A", "value": "x"}, {"name": "V", "value": value}])


def _folders(folder: Path, volume: dict[str, Any], path: str = "/conf") -> dict[str, Path]:
    spec = {"name": "n", "image": "i", "volumeMounts": [{"name": "v", "mountPath": path}]}
    template = {"spec": {"containers": [spec], "volumes": [{"name": "v", **volume}]}}
    pod = read_pod(template)
    return volume_folders(pod.container, pod.volumes, _read, folder)


def _files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("volume", "files"),
    [
        ({"configMap": {"name": "c"}}, {"a": "1", "b": "2"}),
        ({"configMap": {"name": "c", "items": [{"key": "a", "path": "x/y"}]}}, {"x/y": "1"}),
        ({"configMap": {"name": "c", "items": [{"key": "a", "path": "../../escape"}]}}, {}),
        ({"configMap": {"name": "c", "items": [{"key": "a", "path": "/escape"}]}}, {}),
        ({"configMap": {"name": "absent"}}, {}),
        ({"secret": {"secretName": "s", "items": [{"key": "p", "path": "p"}]}}, {"p": "pass"}),
        ({"emptyDir": {}}, {}),
        (
            {"projected": {"sources": [{"configMap": {"name": "c"}}, {"secret": {"name": "s"}}]}},
            {"a": "1", "b": "2", "bad": "not base64!", "p": "pass"},
        ),
    ],
)
def test_volumes_are_folders(tmp_path: Path, volume: dict[str, Any], files: dict[str, str]) -> None:
    mounts = _folders(tmp_path, volume)
    assert mounts == {"/conf": tmp_path / "v"}
    assert _files(tmp_path / "v") == files
    assert not (tmp_path.parent / "escape").exists()


def test_a_mount_of_no_volume_is_left_out(tmp_path: Path) -> None:
    spec = {"name": "n", "image": "i", "volumeMounts": [{"name": "absent", "mountPath": "/x"}]}
    pod = read_pod({"spec": {"containers": [spec]}})
    assert volume_folders(pod.container, pod.volumes, _read, tmp_path) == {}
