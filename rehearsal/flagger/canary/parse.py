"""Canary files: YAML text to Canary, MetricTemplate and AlertProvider objects.

A file may hold several documents, and documents of other kinds, which are left alone. What the API
server would refuse is refused here with file, line and field; see `lint` for what it takes and
Flagger then chokes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from rehearsal.flagger.canary.base import Part
from rehearsal.flagger.canary.errors import (
    CanaryFileError,
    InvalidError,
    NotACanaryError,
    NotYamlError,
    Problem,
    UndecodableError,
    UnreadableError,
)
from rehearsal.flagger.canary.model import Canary, CanarySpec
from rehearsal.flagger.canary.problems import problems, undecodable_only
from rehearsal.flagger.canary.resources import (
    AlertProvider,
    AlertProviderSpec,
    MetricTemplate,
    MetricTemplateSpec,
)
from rehearsal.flagger.canary.unknown import unknown_keys
from rehearsal.flagger.canary.yamltext import Document, YamlError, documents

API_VERSION = "flagger.app/v1beta1"
DEFAULT_NAMESPACE = "default"

SpecT = TypeVar("SpecT", bound=Part)


@dataclass(frozen=True)
class Documents:
    """What a file holds that concerns Flagger.

    `dropped` are the keys of its canaries that no schema knows; the API server drops them.
    """

    canaries: tuple[Canary, ...] = ()
    templates: tuple[MetricTemplate, ...] = ()
    alert_providers: tuple[AlertProvider, ...] = ()
    dropped: tuple[Problem, ...] = ()


def load_canary(path: Path | str, name: str | None = None) -> Canary:
    """The one Canary of a file, or the one of that name; raises a CanaryFileError."""
    return choose(load(path), path, name)


def choose(found: Documents, path: Path | str, name: str | None = None) -> Canary:
    """The one Canary among those of a file, or the one of that name."""
    named = [one for one in found.canaries if name in (None, one.name, one.full_name)]
    if len(named) == 1:
        return named[0]
    names = ", ".join(one.full_name for one in found.canaries)
    reason = f"holds no canary {name}, only {names}" if name else f"holds {names}; name one"
    raise NotACanaryError(path, [Problem(0, "", reason)])


def load(path: Path | str) -> Documents:
    """All that a file holds; raises a CanaryFileError, also when there is no Canary in it."""
    return parse(_read(Path(path)), path)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnreadableError(path, [Problem(0, "", f"cannot be read: {reason}")]) from None
    except UnicodeDecodeError:
        raise NotYamlError(path, [Problem(0, "", "is not YAML: not UTF-8 text")]) from None


def parse(text: str, path: Path | str = "<text>") -> Documents:
    """All that a text holds; `path` is how errors name it."""
    try:
        found = list(documents(text))
    except YamlError as error:
        problem = Problem(error.line, "", f"is not YAML: {error.reason}")
        raise NotYamlError(path, [problem]) from None
    sources = [one for one in found if _kind(one) == "Canary"]
    canaries = [_canary(one, path) for one in sources]
    if not canaries:
        raise NotACanaryError(path, [Problem(0, "", _nothing_found(found))])
    return Documents(
        tuple(canaries),
        tuple(_template(one, path) for one in found if _kind(one) == "MetricTemplate"),
        tuple(_alert_provider(one, path) for one in found if _kind(one) == "AlertProvider"),
        tuple(
            problem
            for canary, source in zip(canaries, sources, strict=True)
            for problem in unknown_keys(canary.spec, source)
        ),
    )


def _nothing_found(found: Iterable[Document]) -> str:
    kinds = sorted({_kind(one) or "something without a kind" for one in found})
    return f"no Canary in it, only {', '.join(kinds)}" if kinds else "no Canary in it: it is empty"


def _kind(document: Document) -> str:
    """The kind of an object of Flagger's or of anyone's."""
    value = document.value
    return str(value.get("kind", "")) if isinstance(value, dict) else ""


def _canary(document: Document, path: Path | str) -> Canary:
    name, namespace = _identity(document, path)
    return Canary(name, namespace, _spec(document, path, CanarySpec))


def _template(document: Document, path: Path | str) -> MetricTemplate:
    name, namespace = _identity(document, path)
    return MetricTemplate(name, namespace, _spec(document, path, MetricTemplateSpec))


def _alert_provider(document: Document, path: Path | str) -> AlertProvider:
    name, namespace = _identity(document, path)
    return AlertProvider(name, namespace, _spec(document, path, AlertProviderSpec))


def _identity(document: Document, path: Path | str) -> tuple[str, str]:
    """Name and namespace."""
    value = document.value
    version = value.get("apiVersion")
    if version != API_VERSION:
        raise _invalid(document, path, ("apiVersion",), f"must be {API_VERSION}, not {version}")
    metadata = value.get("metadata")
    if not isinstance(metadata, dict):
        raise _invalid(document, path, ("metadata",), "is required, with a name")
    name = metadata.get("name")
    namespace = metadata.get("namespace", DEFAULT_NAMESPACE)
    for key, given in (("name", name), ("namespace", namespace)):
        if not isinstance(given, str) or not given:
            raise _invalid(document, path, ("metadata", key), "is required, as a string")
    return str(name), str(namespace)


def _spec(document: Document, path: Path | str, model: type[SpecT]) -> SpecT:
    spec: Any = document.value.get("spec")
    if spec is None:
        raise _invalid(document, path, ("spec",), "is required")
    try:
        return model.model_validate(spec)
    except ValidationError as error:
        kind: Callable[..., CanaryFileError] = (
            UndecodableError if undecodable_only(error) else InvalidError
        )
        raise kind(path, problems(error, document, ("spec",))) from None


def _invalid(
    document: Document, path: Path | str, field: tuple[str, ...], reason: str
) -> InvalidError:
    return InvalidError(path, [Problem(document.line(field), ".".join(field), reason)])
