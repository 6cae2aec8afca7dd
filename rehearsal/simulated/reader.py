"""Scenario files: YAML to the fields of a Scenario, every mistake with its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

from pydantic import ValidationError

from rehearsal.flagger.canary.model import Canary, CanarySpec
from rehearsal.flagger.canary.names import label_error, name_error
from rehearsal.flagger.canary.parse import API_VERSION, DEFAULT_NAMESPACE
from rehearsal.flagger.canary.resources import AlertProvider, MetricTemplate
from rehearsal.flagger.canary.unknown import unknown_keys
from rehearsal.manifests import ManifestError, as_canary, load_manifests
from rehearsal.simulated.answers import read_hook, read_metric
from rehearsal.simulated.changes import MOST_TICKS, Change
from rehearsal.simulated.source import (
    FieldPath,
    ScenarioError,
    Source,
    did_you_mean,
    merged,
    one_line,
    read_source,
    without_nulls,
)
from rehearsal.simulated.workloads import Readiness

MOST_NAME = 253
MOST_CONFIGS = 100
MOST_EDITS = 200
MOST_PODS = 1_000_000

_TOP = ("canary", "ticks", "world", "replicas")
_CHANGE = (
    "at",
    "revision",
    "configs",
    "ready",
    "metrics",
    "hooks",
    "prometheus",
    "spec",
)
_READINESS = ("ready", "updated", "replicas", "available", "observed", "deadline_exceeded")
_OBJECT = ("apiVersion", "kind", "metadata", "spec", "status")
_PROMETHEUS = {"up": True, "down": False}


class ScenarioFields(TypedDict):
    """The fields of a `rehearsal.simulated.scenario.Scenario`."""

    canary: Canary
    ticks: int
    world: tuple[Change, ...]
    replicas: int
    templates: tuple[MetricTemplate, ...]
    alert_providers: tuple[AlertProvider, ...]
    name: str
    notes: tuple[str, ...]


def read_file(path: Path) -> ScenarioFields:
    """The scenario of a file."""
    return read_text(read_source(path), path)


def read_text(text: str, path: Path) -> ScenarioFields:
    """The scenario of a text; a Canary named by a path is looked for beside `path`."""
    return _Reader(Source.parse(text, str(path)), path.parent).fields()


def read_mapping(mapping: Mapping[str, Any]) -> ScenarioFields:
    """The scenario of plain values; a Canary named by a path is looked for here."""
    return _Reader(Source.of_values(mapping, "scenario"), Path()).fields()


class _Reader:
    """Reads one scenario, from the top to the bottom."""

    def __init__(self, source: Source, folder: Path) -> None:
        self._source = source
        self._folder = folder
        self._templates: tuple[MetricTemplate, ...] = ()
        self._alert_providers: tuple[AlertProvider, ...] = ()
        self._raw_spec: Any = {}
        self._dropped: tuple[str, ...] = ()
        self._edits = 0
        self._ticks = 0

    def fields(self) -> ScenarioFields:
        source = self._source
        top = source.mapping(source.value, (), _TOP)
        source.check()
        for key in ("canary", "ticks"):
            if top.get(key) is None:
                source.problem((key,), "is required")
        source.check()
        canary = self._canary(top["canary"])
        self._ticks = source.whole(top["ticks"], ("ticks",), 1, MOST_TICKS)
        source.check()
        assert canary is not None
        world = self._world(top.get("world"))
        replicas = 2
        if top.get("replicas") is not None:
            replicas = source.whole(top["replicas"], ("replicas",), 0, MOST_PODS)
        source.check()
        return {
            "canary": canary,
            "ticks": self._ticks,
            "world": world,
            "replicas": replicas,
            "templates": self._templates,
            "alert_providers": self._alert_providers,
            "name": source.name,
            "notes": self._notes(canary, world),
        }

    def _canary(self, value: Any) -> Canary | None:
        if isinstance(value, str):
            return self._canary_of_file(value, None)
        if isinstance(value, Mapping) and "path" in value:
            fields = self._source.mapping(value, ("canary",), ("path", "name"))
            path = self._source.text(fields["path"], ("canary", "path"), 4096)
            name = fields.get("name")
            if name is not None:
                name = self._source.text(name, ("canary", "name"), MOST_NAME)
            self._source.check()
            return self._canary_of_file(path, name)
        return self._canary_in_line(value)

    def _canary_of_file(self, given: str, name: str | None) -> Canary:
        try:
            found = load_manifests([self._folder / given])
            chosen = found.choose_canary(name)
        except ManifestError as error:
            first, *rest = map(str, error.problems)
            raise ScenarioError(f"{first}{f' (and {len(rest)} more)' if rest else ''}") from None
        self._templates, self._alert_providers = found.templates(), found.alert_providers()
        self._raw_spec = chosen.raw.get("spec")
        source = chosen.source
        problems = unknown_keys(chosen.spec, source.document)
        self._dropped = tuple(problem.at(source.path) for problem in problems)
        return as_canary(chosen)

    def _canary_in_line(self, value: Any) -> Canary | None:
        source = self._source
        if not isinstance(value, Mapping):
            source.problem(("canary",), "must be a Canary object or the path of its file")
            return None
        fields = without_nulls(source.mapping(value, ("canary",), _OBJECT))
        for key, expected in (("apiVersion", API_VERSION), ("kind", "Canary")):
            if fields.get(key, expected) != expected:
                source.problem(("canary", key), f"must be {expected}")
        metadata = fields.get("metadata")
        if not isinstance(metadata, Mapping):
            source.problem(("canary", "metadata"), "is required, with a name")
            metadata = {}
        name = self._identifier(metadata, "name", None)
        namespace = self._identifier(metadata, "namespace", DEFAULT_NAMESPACE)
        self._raw_spec = fields.get("spec")
        if self._raw_spec is None:
            source.problem(("canary", "spec"), "is required")
            return None
        spec = self._validated(self._raw_spec, ("canary", "spec"))
        if spec is None:
            return None
        self._dropped = tuple(
            f"{source.name}:{problem.line}: canary.{problem}"
            for problem in unknown_keys(spec, source.part("canary", fields))
        )
        return Canary(name, namespace, spec)

    def _identifier(self, metadata: Mapping[str, Any], key: str, default: str | None) -> str:
        path = ("canary", "metadata", key)
        given = metadata.get(key, default)
        if given is None or given == "":
            self._source.problem(path, "is required, as a string")
            return ""
        text = self._source.text(given, path, MOST_NAME)
        reason = (name_error if key == "name" else label_error)(text) if text else None
        if reason:
            self._source.problem(path, reason)
        return text

    def _validated(self, raw: Any, path: FieldPath) -> CanarySpec | None:
        try:
            return CanarySpec.model_validate(raw)
        except ValidationError as error:
            self._source.invalid(error, path)
            return None

    def _world(self, value: Any) -> tuple[Change, ...]:
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            self._source.problem(("world",), "must be a list of changes")
            return ()
        if len(value) > MOST_TICKS:
            self._source.problem(("world",), f"must have at most {MOST_TICKS} changes")
            return ()
        order: list[tuple[int, int, Mapping[str, Any]]] = []
        for index, item in enumerate(value):
            path: FieldPath = ("world", index)
            fields = self._source.mapping(item, path, _CHANGE)
            if "at" in fields:
                at = self._source.whole(fields["at"], (*path, "at"), 0, self._ticks - 1)
                order.append((at, index, fields))
            elif isinstance(item, Mapping):
                self._source.problem((*path, "at"), "is required")
        order.sort(key=lambda entry: entry[:2])
        changes = tuple(self._change(at, index, fields) for at, index, fields in order)
        names = {name for change in changes for name in change.configs}
        if len(names) > MOST_CONFIGS:
            self._source.problem(("world",), f"must name at most {MOST_CONFIGS} configs")
        return changes

    def _change(self, at: int, index: int, fields: Mapping[str, Any]) -> Change:
        path: FieldPath = ("world", index)
        source = self._source
        given = {key: (*path, key) for key in _CHANGE if key in fields}
        for key, where in given.items():
            if fields[key] is None:
                source.problem(where, "must not be null; leave it out to change nothing")
        given = {key: where for key, where in given.items() if fields[key] is not None}
        revision = None
        if "revision" in given:
            revision = source.text(fields["revision"], given["revision"], MOST_NAME)
        ready = self._ready(fields["ready"], given["ready"]) if "ready" in given else {}
        return Change(
            at,
            revision,
            self._named(fields, given, "configs", self._config),
            ready.get("primary"),
            ready.get("canary"),
            self._named(fields, given, "metrics", read_metric),
            self._named(fields, given, "hooks", read_hook),
            self._prometheus(fields, given),
            self._spec(fields["spec"], given["spec"]) if "spec" in given else None,
        )

    def _named(
        self, fields: Mapping[str, Any], given: Mapping[str, FieldPath], key: str, read: Any
    ) -> dict[str, Any]:
        if key not in given:
            return {}
        path = given[key]
        values = self._source.mapping(fields[key], path)
        return {
            str(name): read(self._source, item, (*path, str(name))) for name, item in values.items()
        }

    def _config(self, source: Source, value: Any, path: FieldPath) -> str | None:
        return None if value is None else source.text(value, path, 4096)

    def _prometheus(self, fields: Mapping[str, Any], given: Mapping[str, FieldPath]) -> bool | None:
        if "prometheus" not in given:
            return None
        value = fields["prometheus"]
        if not isinstance(value, str) or value not in _PROMETHEUS:
            self._source.problem(given["prometheus"], "must be up or down")
            return None
        return _PROMETHEUS[value]

    def _ready(self, value: Any, path: FieldPath) -> dict[str, Readiness]:
        fields = self._source.mapping(value, path, ("primary", "canary"))
        return {
            role: self._readiness(fields[role], (*path, role))
            for role in ("primary", "canary")
            if role in fields
        }

    def _readiness(self, value: Any, path: FieldPath) -> Readiness:
        if isinstance(value, bool):
            return Readiness(value)
        if not isinstance(value, Mapping):
            self._source.problem(
                path, f"must be true, false or an object with {', '.join(_READINESS)}"
            )
            return Readiness()
        fields = self._source.mapping(value, path, _READINESS)
        flags = {
            key: self._source.flag(fields[key], (*path, key))
            for key in ("ready", "observed", "deadline_exceeded")
            if key in fields
        }
        counts = {
            key: self._source.whole(fields[key], (*path, key), 0, MOST_PODS)
            for key in ("updated", "replicas", "available")
            if key in fields
        }
        return Readiness(
            flags.get("ready", True),
            counts.get("updated"),
            counts.get("replicas"),
            counts.get("available"),
            flags.get("observed", True),
            flags.get("deadline_exceeded", False),
        )

    def _spec(self, value: Any, path: FieldPath) -> CanarySpec | None:
        patch = self._source.mapping(value, path)
        self._edits += 1
        if self._edits > MOST_EDITS:
            self._source.problem(path, f"at most {MOST_EDITS} changes may edit the spec")
            return None
        if "targetRef" in patch and merged(self._raw_spec, patch).get(
            "targetRef"
        ) != self._raw_spec.get("targetRef"):
            self._source.problem((*path, "targetRef"), "cannot change: a scenario has one target")
            return None
        self._raw_spec = merged(self._raw_spec, patch)
        return self._validated(without_nulls(self._raw_spec), path)

    def _notes(self, canary: Canary, world: tuple[Change, ...]) -> tuple[str, ...]:
        """Names in `metrics` and `hooks` that no check and no webhook has."""
        specs = [canary.spec, *(change.spec for change in world if change.spec)]
        known = {
            "metrics": {metric.name for spec in specs for metric in spec.analysis.metrics},
            "hooks": {hook.name for spec in specs for hook in spec.analysis.webhooks},
        }
        notes: dict[tuple[str, str], str] = {}
        for index, item in enumerate(self._source.value.get("world") or ()):
            for key, names in known.items():
                for name in item.get(key) or ():
                    if name not in names and (key, name) not in notes:
                        what = "metric" if key == "metrics" else "webhook"
                        hint = did_you_mean(name, names)
                        text = f"the Canary has no {what} of this name"
                        path: FieldPath = ("world", index, key, name)
                        notes[key, name] = self._source.note(
                            path, f"{text}; {hint}" if hint else text
                        )
        return (*map(one_line, self._dropped), *notes.values())


__all__ = ["ScenarioError", "ScenarioFields", "read_file", "read_mapping", "read_text"]
