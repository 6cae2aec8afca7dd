"""Documents to manifests: each kind by its own model, every problem with its line and field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from rehearsal.flagger.canary.base import Part
from rehearsal.flagger.canary.errors import Problem
from rehearsal.flagger.canary.names import service_name_error
from rehearsal.flagger.canary.parse import (
    DEFAULT_NAMESPACE,
    KINDS,
    ObjectError,
    flagger_object,
    is_flaggers,
    metadata_problems,
    yaml_problem,
)
from rehearsal.flagger.canary.problems import problem_at, problems
from rehearsal.flagger.canary.yamltext import Document, Path, YamlError, documents_and_errors
from rehearsal.manifests.configs import ConfigMapData, SecretData
from rehearsal.manifests.manifest import FileProblem, Manifest, Source
from rehearsal.manifests.networking import (
    GatewaySpec,
    HttpRouteSpec,
    IngressSpec,
    OtherSpec,
    ServiceSpec,
)
from rehearsal.manifests.sources import Text
from rehearsal.manifests.workloads import (
    AutoscalerSpec,
    DaemonSetSpec,
    DeploymentSpec,
    ScaledObjectSpec,
)

AnyManifest = Manifest[Any]


@dataclass(frozen=True)
class _Kind:
    """How a kind is read: the groups it may come from, its model, and where its spec stands."""

    groups: tuple[str, ...]
    model: type[Part]
    at_root: bool = False


_KINDS: Mapping[str, _Kind] = {
    "Deployment": _Kind(("apps",), DeploymentSpec),
    "DaemonSet": _Kind(("apps",), DaemonSetSpec),
    "Service": _Kind(("",), ServiceSpec),
    "HorizontalPodAutoscaler": _Kind(("autoscaling",), AutoscalerSpec),
    "ScaledObject": _Kind(("keda.sh",), ScaledObjectSpec),
    "ConfigMap": _Kind(("",), ConfigMapData, at_root=True),
    "Secret": _Kind(("",), SecretData, at_root=True),
    "Ingress": _Kind(("networking.k8s.io", "extensions"), IngressSpec),
    "Gateway": _Kind(("gateway.networking.k8s.io",), GatewaySpec),
    "HTTPRoute": _Kind(("gateway.networking.k8s.io",), HttpRouteSpec),
}
_NO_NAMES = {"Kustomization", "Component"}


def read_text(text: Text) -> Iterator[AnyManifest | FileProblem]:
    """Every object of a text, and a problem in place of what cannot be used."""
    for found in documents_and_errors(text.content):
        if isinstance(found, YamlError):
            if not text.is_excerpt:
                yield FileProblem(text.path, yaml_problem(found))
        else:
            yield from _document(found, text)


def is_namesake(manifest: AnyManifest) -> bool:
    """Whether its kind only has the name of one that is looked into, and is of another group."""
    known = manifest.kind in _KINDS or manifest.kind in KINDS
    return known and isinstance(manifest.spec, OtherSpec)


def _document(document: Document, text: Text) -> Iterator[AnyManifest | FileProblem]:
    value = document.value
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        if text.is_named:
            reason = 'a document without "kind" is no Kubernetes object'
            yield FileProblem(text.path, problem_at(document, (), reason))
        return
    origin = text.origin(document) if text.origin else None
    path, marked = origin or (text.path, document)
    source = Source(path, marked, text.unit)
    for entry in _objects(document, source):
        if isinstance(entry, Problem):
            yield FileProblem(source.path, entry)
            continue
        one, its_source = entry
        try:
            yield read_object(one, its_source)
        except ObjectError as error:
            if not (text.is_excerpt and _is_fragment(error)):
                yield from (FileProblem(its_source.path, problem) for problem in error.problems)


def _is_fragment(error: ObjectError) -> bool:
    """Whether something is left out, as documentation does that shows a few fields."""
    return any(problem.reason.startswith("is required") for problem in error.problems)


def _objects(document: Document, source: Source) -> Iterator[tuple[Document, Source] | Problem]:
    """The document, or the objects in it if it is a list of them."""
    value = document.value
    if not (value["kind"].endswith("List") and isinstance(value.get("items"), list)):
        yield document, source
        return
    for index, item in enumerate(value["items"]):
        path: Path = ("items", index)
        if not isinstance(item, dict) or not isinstance(item.get("kind"), str):
            yield problem_at(document, path, "an item of a list needs a kind")
        else:
            inner = Document(item, document.find(path), document.notes)
            yield inner, Source(source.path, inner, source.unit)


def read_object(document: Document, source: Source) -> AnyManifest:
    """The manifest of one object; raises ObjectError with all that is wrong with it.

    `document` says what it is; `source` where its fields stand, which for built manifests is
    another document.
    """
    if is_flaggers(document):
        spec: Part = flagger_object(_seen_from(document, source)).spec
        return _manifest(document, source, spec)
    found = list(_identity_problems(document, source))
    kind = _KINDS.get(document.value["kind"])
    if kind is None or _group(document) not in kind.groups:
        if found:
            raise ObjectError(found)
        return _manifest(document, source, OtherSpec())
    return _known(document, source, kind, found)


def _known(document: Document, source: Source, kind: _Kind, found: list[Problem]) -> AnyManifest:
    root: Path = () if kind.at_root else ("spec",)
    value = document.value if kind.at_root else document.value.get("spec")
    seen = _seen_from(document, source)
    if value is None:
        raise ObjectError([*found, problem_at(seen, ("spec",), "is required")])
    try:
        spec = kind.model.model_validate(value)
    except ValidationError as error:
        raise ObjectError(sorted([*found, *problems(error, seen, root)])) from None
    if found:
        raise ObjectError(found)
    return _manifest(document, source, spec)


def _seen_from(document: Document, source: Source) -> Document:
    """The document's value with the marks of its source."""
    return Document(document.value, source.find(()))


def _group(document: Document) -> str:
    group, slash, _ = str(document.value.get("apiVersion", "")).partition("/")
    return group if slash else ""


def _identity_problems(document: Document, source: Source) -> Iterable[Problem]:
    seen = _seen_from(document, source)
    if not isinstance(document.value.get("apiVersion"), str):
        yield problem_at(seen, ("apiVersion",), "is required")
    if document.value["kind"] in _NO_NAMES:
        return
    metadata = document.value.get("metadata")
    if isinstance(metadata, dict) and "generateName" in metadata and "name" not in metadata:
        return
    if document.value["kind"] not in _KINDS:
        yield from _other_metadata_problems(seen)
        return
    yield from metadata_problems(seen)
    yield from _special_name_problems(seen)
    for key in ("labels", "annotations"):
        yield from _string_map_problems(seen, key)


def _other_metadata_problems(document: Document) -> Iterable[Problem]:
    """RBAC objects, say, have names of other rules: only that there is one is checked."""
    metadata = document.value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(name, str) or not name:
        yield problem_at(document, ("metadata", "name"), "is required, as a string")


_SPECIAL_NAMES: Mapping[str, Callable[[str], str | None]] = {"Service": service_name_error}


def _special_name_problems(document: Document) -> Iterable[Problem]:
    check = _SPECIAL_NAMES.get(document.value["kind"])
    metadata = document.value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if check and isinstance(name, str) and name and (reason := check(name)):
        yield problem_at(document, ("metadata", "name"), reason)


def _string_map_problems(document: Document, key: str) -> Iterable[Problem]:
    metadata = document.value.get("metadata")
    entries = metadata.get(key) if isinstance(metadata, dict) else None
    if entries is None:
        return
    if not isinstance(entries, dict):
        yield problem_at(document, ("metadata", key), "must be an object")
        return
    for name, value in entries.items():
        if not isinstance(value, str):
            path = ("metadata", key, name)
            yield problem_at(document, path, "must be a string; put it in quotes")


def _manifest(document: Document, source: Source, spec: Part) -> AnyManifest:
    value = document.value
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    namespace = metadata.get("namespace")
    has_namespace = isinstance(namespace, str) and bool(namespace)
    return Manifest(
        api_version=str(value["apiVersion"]),
        kind=value["kind"],
        name=str(metadata.get("name", "")),
        namespace=str(namespace) if has_namespace else DEFAULT_NAMESPACE,
        has_namespace=has_namespace,
        labels=_strings(metadata.get("labels")),
        annotations=_strings(metadata.get("annotations")),
        spec=spec,
        raw=value,
        source=source,
    )


def _strings(value: Any) -> dict[str, str]:
    return {key: str(item) for key, item in value.items()} if isinstance(value, dict) else {}
