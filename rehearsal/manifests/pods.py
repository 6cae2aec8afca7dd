"""Pod templates: containers with their environment, ports and probes, and volumes.

Field names, types and defaults are those of Kubernetes' `core/v1`; fields that nothing here needs
are left out. What is checked is what the API server checks (kubernetes pkg/apis/core/validation).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from rehearsal.flagger.canary.base import Part
from rehearsal.flagger.canary.names import label_error
from rehearsal.flagger.canary.scalars import Flag, GoInt32, IntOrString, StringMap, Text

_PORT_NAME = re.compile(r"(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?")
_ENV_NAME = re.compile(r"[ -<>-~]+")


def _label(text: str) -> str:
    if reason := label_error(text):
        raise PydanticCustomError("name", "{reason}", {"reason": reason})
    return text


def _port_name(text: str) -> str:
    if not _PORT_NAME.fullmatch(text):
        reason = 'must be at most 15 lower case letters, digits and "-", with a letter'
        raise PydanticCustomError("name", "{reason}", {"reason": reason})
    return text


def _env_name(text: str) -> str:
    if not _ENV_NAME.fullmatch(text):
        raise PydanticCustomError("name", 'must be printable ASCII without "="')
    return text


def _positive(value: int) -> int:
    if value < 0:
        raise PydanticCustomError("negative", "must not be negative")
    return value


def _port(value: int) -> int:
    if not 1 <= value <= 65535:
        raise PydanticCustomError("port", "must be a port from 1 to 65535")
    return value


def _port_or_name(value: int | str) -> int | str:
    return _port(value) if isinstance(value, int) else _port_name(value)


Label = Annotated[Text, AfterValidator(_label)]
PortName = Annotated[Text, AfterValidator(_port_name)]
EnvName = Annotated[Text, AfterValidator(_env_name)]
Count = Annotated[GoInt32, AfterValidator(_positive)]
"""A whole number that is not negative."""
Port = Annotated[GoInt32, AfterValidator(_port)]
PortOrName = Annotated[IntOrString, AfterValidator(_port_or_name)]


def count_given(part: Part, *names: str) -> int:
    """How many of the fields are given."""
    return sum(getattr(part, name) is not None for name in names)


class KeyRef(Part):
    """One key of a ConfigMap or Secret."""

    name: Text = ""
    key: Text
    optional: Flag = False


class FieldRef(Part):
    """A field of the pod itself, such as `metadata.name`."""

    field_path: Text


class ResourceFieldRef(Part):
    """A resource of the container, such as `limits.cpu`."""

    resource: Text


class ValueFrom(Part):
    """Where a variable's value comes from: exactly one place."""

    config_map_key_ref: KeyRef | None = None
    secret_key_ref: KeyRef | None = None
    field_ref: FieldRef | None = None
    resource_field_ref: ResourceFieldRef | None = None
    file_key_ref: Mapping[str, Any] | None = None


class EnvVar(Part):
    """One variable of the environment."""

    name: EnvName
    value: Text = ""
    value_from: ValueFrom | None = None

    @model_validator(mode="after")
    def _one_source(self) -> EnvVar:
        if self.value and self.value_from is not None:
            raise PydanticCustomError("env", "must not have both value and valueFrom")
        return self


class ConfigRef(Part):
    """A ConfigMap or Secret by name."""

    name: Text = ""
    optional: Flag = False


class EnvFrom(Part):
    """All keys of a ConfigMap or Secret as variables."""

    prefix: Text = ""
    config_map_ref: ConfigRef | None = None
    secret_ref: ConfigRef | None = None


class ContainerPort(Part):
    """A port that a container listens on."""

    name: Annotated[Text, AfterValidator(lambda text: text and _port_name(text))] = ""
    container_port: Port
    protocol: Literal["TCP", "UDP", "SCTP"] = "TCP"


class HttpHeader(Part):
    """A header of a probe."""

    name: Text
    value: Text = ""


class HttpGet(Part):
    """A probe that expects 200 to 399."""

    path: Text = "/"
    port: PortOrName
    host: Text = ""
    scheme: Literal["HTTP", "HTTPS"] = "HTTP"
    http_headers: tuple[HttpHeader, ...] = ()


class TcpSocket(Part):
    """A probe that expects to connect."""

    port: PortOrName
    host: Text = ""


class Exec(Part):
    """A probe that expects exit code 0 of a command in the container."""

    command: tuple[Text, ...] = ()


class Grpc(Part):
    """A probe by the gRPC health protocol."""

    port: Port
    service: Text = ""


class Probe(Part):
    """How the kubelet asks a container; times in seconds, 0 is Kubernetes' default."""

    http_get: HttpGet | None = None
    tcp_socket: TcpSocket | None = None
    exec: Exec | None = None
    grpc: Grpc | None = None
    initial_delay_seconds: Count = 0
    period_seconds: Count = 10
    timeout_seconds: Count = 1
    success_threshold: Count = 1
    failure_threshold: Count = 3
    termination_grace_period_seconds: Count | None = None

    @model_validator(mode="after")
    def _one_handler(self) -> Probe:
        if count_given(self, "http_get", "tcp_socket", "exec", "grpc") != 1:
            text = "must have exactly one of httpGet, tcpSocket, exec or grpc"
            raise PydanticCustomError("probe", text)
        return self


class VolumeMount(Part):
    """Where a volume appears in a container."""

    name: Text
    mount_path: Text
    sub_path: Text = ""
    read_only: Flag = False


class Container(Part):
    """One container. `command` replaces the image's entrypoint, `args` its arguments."""

    name: Label
    image: Text = ""
    command: tuple[Text, ...] = ()
    args: tuple[Text, ...] = ()
    working_dir: Text = ""
    env: tuple[EnvVar, ...] = ()
    env_from: tuple[EnvFrom, ...] = ()
    ports: tuple[ContainerPort, ...] = ()
    readiness_probe: Probe | None = None
    liveness_probe: Probe | None = None
    startup_probe: Probe | None = None
    volume_mounts: tuple[VolumeMount, ...] = ()
    restart_policy: Text = ""

    def port_number(self, port: int | str) -> int | None:
        """The number of a port given by number or by name; None for a name it does not have."""
        if isinstance(port, int):
            return port
        return next((one.container_port for one in self.ports if one.name == port), None)


class KeyToPath(Part):
    """One key of a ConfigMap or Secret as a file."""

    key: Text
    path: Text


class ConfigMapVolume(Part):
    """A ConfigMap as files."""

    name: Text = ""
    items: tuple[KeyToPath, ...] = ()
    optional: Flag = False


class SecretVolume(Part):
    """A Secret as files."""

    secret_name: Text = ""
    items: tuple[KeyToPath, ...] = ()
    optional: Flag = False


class Projection(Part):
    """One source of a projected volume; a Secret's name is `name` here."""

    config_map: ConfigMapVolume | None = None
    secret: ConfigMapVolume | None = None


class ProjectedVolume(Part):
    """Several sources in one folder."""

    sources: tuple[Projection, ...] = ()


class Volume(Part):
    """A volume; of the kinds there are, those that hold configuration."""

    name: Label
    config_map: ConfigMapVolume | None = None
    secret: SecretVolume | None = None
    projected: ProjectedVolume | None = None


def _not_empty(containers: tuple[Container, ...]) -> tuple[Container, ...]:
    if not containers:
        raise PydanticCustomError("containers", "must have at least one container")
    return containers


class PodSpec(Part):
    """What runs in a pod."""

    containers: Annotated[tuple[Container, ...], AfterValidator(_not_empty)]
    init_containers: tuple[Container, ...] = ()
    volumes: tuple[Volume, ...] = ()
    termination_grace_period_seconds: Annotated[int, Field(strict=True, ge=0)] = 30
    node_selector: StringMap = Field(default_factory=dict)
    service_account_name: Text = ""

    @model_validator(mode="after")
    def _names_are_known(self) -> PodSpec:
        names = [one.name for one in self.all_containers]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise PydanticCustomError("twice", 'has two containers named "{name}"', {"name": twice})
        volumes = {volume.name for volume in self.volumes}
        for container in self.all_containers:
            for mount in container.volume_mounts:
                if mount.name not in volumes:
                    text = 'container {container} mounts "{name}", and no volume has that name'
                    context = {"container": container.name, "name": mount.name}
                    raise PydanticCustomError("volume", text, context)
        return self

    @property
    def all_containers(self) -> tuple[Container, ...]:
        """The containers, after those that run before them."""
        return self.init_containers + self.containers


class TemplateMetadata(Part):
    """Labels and annotations of the pods."""

    labels: StringMap = Field(default_factory=dict)
    annotations: StringMap = Field(default_factory=dict)


class PodTemplate(Part):
    """What a workload's pods are made from."""

    metadata: TemplateMetadata = TemplateMetadata()
    spec: PodSpec


class UsedConfig(Part):
    """A ConfigMap or Secret that a template uses, and the path of the field that says so."""

    kind: Literal["ConfigMap", "Secret"]
    name: Text
    optional: Flag
    path: tuple[str | int, ...]


def used_configs(spec: PodSpec) -> Iterator[UsedConfig]:
    """Every ConfigMap and Secret that pods read, with paths below the pod's spec."""
    for index, volume in enumerate(spec.volumes):
        yield from _volume_configs(volume, ("volumes", index))
    for key, containers in (
        ("initContainers", spec.init_containers),
        ("containers", spec.containers),
    ):
        for index, container in enumerate(containers):
            yield from _container_configs(container, (key, index))


def _volume_configs(volume: Volume, path: tuple[str | int, ...]) -> Iterator[UsedConfig]:
    if volume.config_map is not None:
        yield _used("ConfigMap", volume.config_map, (*path, "configMap", "name"))
    if volume.secret is not None:
        ref = ConfigRef(name=volume.secret.secret_name, optional=volume.secret.optional)
        yield _used("Secret", ref, (*path, "secret", "secretName"))
    for index, source in enumerate(volume.projected.sources if volume.projected else ()):
        here = (*path, "projected", "sources", index)
        if source.config_map is not None:
            yield _used("ConfigMap", source.config_map, (*here, "configMap", "name"))
        if source.secret is not None:
            yield _used("Secret", source.secret, (*here, "secret", "name"))


def _container_configs(container: Container, path: tuple[str | int, ...]) -> Iterator[UsedConfig]:
    for index, variable in enumerate(container.env):
        value = variable.value_from or ValueFrom()
        here = (*path, "env", index, "valueFrom")
        if value.config_map_key_ref is not None:
            yield _used("ConfigMap", value.config_map_key_ref, (*here, "configMapKeyRef", "name"))
        if value.secret_key_ref is not None:
            yield _used("Secret", value.secret_key_ref, (*here, "secretKeyRef", "name"))
    for index, source in enumerate(container.env_from):
        here = (*path, "envFrom", index)
        if source.config_map_ref is not None:
            yield _used("ConfigMap", source.config_map_ref, (*here, "configMapRef", "name"))
        if source.secret_ref is not None:
            yield _used("Secret", source.secret_ref, (*here, "secretRef", "name"))


def _used(
    kind: Literal["ConfigMap", "Secret"],
    ref: KeyRef | ConfigRef | ConfigMapVolume,
    path: tuple[str | int, ...],
) -> UsedConfig:
    return UsedConfig(kind=kind, name=ref.name, optional=ref.optional, path=path)
