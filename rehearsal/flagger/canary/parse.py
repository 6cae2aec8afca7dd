"""Canary files: YAML text to Canary, MetricTemplate and AlertProvider objects.

A file may hold several documents, and documents of other kinds, which are left alone. What the API
server would refuse is refused here with file, line and field; see `lint` for what it takes and
Flagger then chokes on. Several files, folders and the objects of other kinds are read by
`rehearsal.manifests`, which stands on this.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from rehearsal.flagger.canary.names import label_error, name_error
from rehearsal.flagger.canary.problems import problem_at, problems
from rehearsal.flagger.canary.resources import (
    AlertProvider,
    AlertProviderSpec,
    MetricTemplate,
    MetricTemplateSpec,
)
from rehearsal.flagger.canary.unknown import unknown_keys
from rehearsal.flagger.canary.yamltext import Document, YamlError, documents_and_errors

API_GROUP = "flagger.app"
API_VERSION = "flagger.app/v1beta1"
DEFAULT_NAMESPACE = "default"
_MOST_BYTES = 32 << 20
KINDS = ("Canary", "MetricTemplate", "AlertProvider")

FlaggerObject = Canary | MetricTemplate | AlertProvider
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


class ObjectError(Exception):
    """An object that the API server or Flagger would refuse, with all its problems."""

    def __init__(self, found: Sequence[Problem]) -> None:
        super().__init__("; ".join(map(str, found)))
        self.problems = tuple(found)


def load_canary(path: Path | str, name: str | None = None) -> Canary:
    """The one Canary of a file, or the one of that name; raises a CanaryFileError."""
    return choose(load(path), path, name)


def choose(found: Documents, path: Path | str, name: str | None = None) -> Canary:
    """The one Canary among those of a file, or the one of that name."""
    named = [one for one in found.canaries if name in (None, one.name, one.full_name)]
    if len(named) == 1:
        return named[0]
    names = ", ".join(one.full_name for one in found.canaries)
    reason = f"contains no Canary {name}, only {names}" if name else f"contains {names}; name one"
    raise NotACanaryError(path, [Problem(0, 0, "", reason)])


def load(path: Path | str) -> Documents:
    """All that a file holds; raises a CanaryFileError, also when there is no Canary in it."""
    return parse(_read(Path(path)), path)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            reason = f"is larger than {_MOST_BYTES >> 20} MiB"
            raise UnreadableError(path, [Problem(0, 0, "", reason)])
        return data.decode("utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnreadableError(path, [Problem(0, 0, "", f"cannot be read: {reason}")]) from None
    except UnicodeDecodeError:
        raise NotYamlError(path, [Problem(0, 0, "", "is not YAML: not UTF-8 text")]) from None


def parse(text: str, path: Path | str = "<text>") -> Documents:
    """All that a text holds; `path` is how errors name it. Raises a CanaryFileError with them all.

    Objects of other API groups are left alone, whatever their kind is called.
    """
    objects: list[FlaggerObject] = []
    kinds: list[str] = []
    dropped: list[Problem] = []
    broken: list[Problem] = []
    invalid: list[Problem] = []
    for found in documents_and_errors(text):
        if isinstance(found, YamlError):
            broken.append(yaml_problem(found))
            continue
        kinds.append(kind_of(found))
        if not is_flaggers(found):
            continue
        try:
            objects.append(one := flagger_object(found))
            dropped += unknown_keys(one.spec, found) if isinstance(one, Canary) else ()
        except ObjectError as error:
            invalid += error.problems
    _raise(path, broken, invalid)
    if not any(isinstance(one, Canary) for one in objects):
        raise NotACanaryError(path, [Problem(0, 0, "", _nothing_found(kinds))])
    return Documents(
        tuple(one for one in objects if isinstance(one, Canary)),
        tuple(one for one in objects if isinstance(one, MetricTemplate)),
        tuple(one for one in objects if isinstance(one, AlertProvider)),
        tuple(dropped),
    )


def _raise(path: Path | str, broken: list[Problem], invalid: list[Problem]) -> None:
    """The error of the first sort there is, with the problems of all sorts."""
    found: list[Problem] = sorted([*broken, *invalid])
    if broken:
        raise NotYamlError(path, found)
    if invalid:
        all_undecodable = all(problem.undecodable for problem in invalid)
        kind: type[CanaryFileError] = UndecodableError if all_undecodable else InvalidError
        raise kind(path, found)


def _nothing_found(kinds: Iterable[str]) -> str:
    names = sorted({kind or 'a document without "kind"' for kind in kinds})
    if not names:
        return "contains no Canary (the file is empty)"
    return f"contains no Canary, only {', '.join(names)}"


def yaml_problem(error: YamlError) -> Problem:
    """The problem of a text that is not YAML."""
    return Problem(error.line, error.column, "", f"is not YAML: {error.reason}")


def kind_of(document: Document) -> str:
    """The kind of an object of Flagger's or of anyone's; empty when it has none."""
    value = document.value
    return str(value.get("kind", "")) if isinstance(value, dict) else ""


def is_flaggers(document: Document) -> bool:
    """Whether it is one of Flagger's kinds. Other groups have kinds of these names, too."""
    if kind_of(document) not in KINDS:
        return False
    version = document.value.get("apiVersion")
    group, slash, _ = str(version).partition("/")
    return not isinstance(version, str) or not slash or group == API_GROUP


def flagger_object(document: Document) -> FlaggerObject:
    """The object of a document of one of Flagger's kinds; raises ObjectError."""
    found = [*_version_problems(document), *metadata_problems(document)]
    kind = kind_of(document)
    if kind == "Canary":
        spec: Part | None = _spec(document, CanarySpec, found)
    elif kind == "MetricTemplate":
        spec = _spec(document, MetricTemplateSpec, found)
    else:
        spec = _spec(document, AlertProviderSpec, found)
    if found or spec is None:
        raise ObjectError(sorted(found))
    metadata = document.value["metadata"]
    name, namespace = metadata["name"], metadata.get("namespace", DEFAULT_NAMESPACE)
    if isinstance(spec, CanarySpec):
        return Canary(name, namespace, spec)
    if isinstance(spec, MetricTemplateSpec):
        return MetricTemplate(name, namespace, spec)
    assert isinstance(spec, AlertProviderSpec)
    return AlertProvider(name, namespace, spec)


def _version_problems(document: Document) -> list[Problem]:
    version = document.value.get("apiVersion")
    if version == API_VERSION:
        return []
    reason = f"must be {API_VERSION}, not {str(version)[:80]}"
    if version is None:
        reason = f"is required: {API_VERSION}"
    spec = document.value.get("spec")
    if isinstance(spec, dict) and "canaryAnalysis" in spec and "analysis" not in spec:
        reason += "; and rename spec.canaryAnalysis to spec.analysis"
    return [problem_at(document, ("apiVersion",), reason)]


def metadata_problems(document: Document) -> list[Problem]:
    """What is wrong with an object's name and namespace."""
    metadata = document.value.get("metadata")
    if not isinstance(metadata, dict):
        return [problem_at(document, ("metadata",), "is required, with a name")]
    found: list[Problem] = []
    for key, check in (("name", name_error), ("namespace", label_error)):
        given: Any = metadata.get(key, None if key == "name" else DEFAULT_NAMESPACE)
        if not isinstance(given, str) or not given:
            reason: str | None = "is required, as a string"
        else:
            reason = check(given)
        if reason:
            found.append(problem_at(document, ("metadata", key), reason))
    return found


def _spec(document: Document, model: type[SpecT], found: list[Problem]) -> SpecT | None:
    """The spec, or None after noting what is wrong with it."""
    spec: Any = document.value.get("spec")
    if spec is None:
        found.append(problem_at(document, ("spec",), "is required"))
        return None
    try:
        return model.model_validate(spec)
    except ValidationError as error:
        found += problems(error, document, ("spec",))
        return None
