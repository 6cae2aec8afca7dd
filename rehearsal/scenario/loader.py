"""Scenario files: YAML to values, every mistake with its file, line and field."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from commons.durations import DurationError, parse_duration_ns
from commons.input_file import InputFileError, read_at_most
from rehearsal.errors import UserError
from rehearsal.faults import parse_fault
from rehearsal.flagger.canary.model import Phase
from rehearsal.flagger.canary.yamltext import Document, YamlError, documents
from rehearsal.scenario.actions import ACTIONS, ONLY_BY_HAND
from rehearsal.scenario.step import (
    ENDINGS,
    Action,
    ApplyFile,
    Condition,
    Expectations,
    Response,
    Scenario,
    Step,
)
from rehearsal.world import TargetChange

MOST_BYTES = 1_000_000
MOST_STEPS = 200
_LIBRARY = Path(__file__).parent / "library"
_PHASES = tuple(str(phase) for phase in Phase if phase)

_IN_FILES = tuple(name for name in ACTIONS if name not in ONLY_BY_HAND)

T = TypeVar("T")
YamlPath = tuple[str | int, ...]


def shipped_scenarios() -> dict[str, Path]:
    """The scenarios that come with the package, by name."""
    return {path.stem: path for path in sorted(_LIBRARY.glob("*.yaml"))}


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file; UserError says what is wrong, where, in one line."""
    try:
        raw = read_at_most(path, MOST_BYTES)
    except InputFileError as error:
        raise UserError(f"{path}: {error.sentence}") from None
    return parse_scenario(raw.decode("utf-8", "replace"), path)


def parse_scenario(text: str, path: Path) -> Scenario:
    """The scenario in a text; `path` is how errors name it, and what files are relative to."""
    try:
        found = list(documents(text))
    except YamlError as error:
        raise UserError(f"{path}:{error.line}: is not YAML: {error.reason}") from None
    if len(found) != 1:
        raise UserError(f"{path}: must be one YAML document, not {len(found)}")
    return ScenarioReader(found[0], path).scenario()


class ScenarioReader:
    """Reads one document; every method takes the path of what it reads."""

    def __init__(self, document: Document, path: Path) -> None:
        self._document = document
        self._path = path

    def scenario(self) -> Scenario:
        root = self._object((), self._document.value, ("name", "description", "steps"))
        steps = self._list(("steps",), root.get("steps"))
        if not steps:
            self._fail(("steps",), "at least one step is needed")
        if len(steps) > MOST_STEPS:
            self._fail(("steps",), f"more than {MOST_STEPS} steps")
        return Scenario(
            name=self._text(("name",), root.get("name", self._path.stem)),
            description=self._text(("description",), root.get("description", "")),
            steps=tuple(self._step(("steps", i), raw) for i, raw in enumerate(steps)),
            path=self._path,
        )

    def _step(self, at: YamlPath, raw: Any) -> Step:
        keys = ("name", "title", "actions", "meanwhile", "until", "expect", "patience")
        step = self._object(at, raw, keys)
        name = self._text((*at, "name"), step.get("name"))
        if not name:
            self._fail(at, "name: is required")
        until = step.get("until")
        return Step(
            name=name,
            title=self._text((*at, "title"), step.get("title", name)),
            actions=self._actions((*at, "actions"), step.get("actions")),
            meanwhile=self._actions((*at, "meanwhile"), step.get("meanwhile")),
            until=None if until is None else self._condition((*at, "until"), until),
            expect=self._expectations((*at, "expect"), step.get("expect") or {}),
            patience=self._count((*at, "patience"), step.get("patience", 40)),
        )

    def _actions(self, at: YamlPath, raw: Any) -> tuple[Action, ...]:
        return tuple(
            self._action((*at, index), one) for index, one in enumerate(self._list(at, raw or []))
        )

    def _action(self, at: YamlPath, raw: Any, known: Sequence[str] = _IN_FILES) -> Action:
        if isinstance(raw, str):
            raw = {raw: True}
        action = self._object(at, raw, known)
        if len(action) != 1:
            self._fail(at, f"needs exactly one of {', '.join(known)}")
        kind, value = next(iter(action.items()))
        read = _VALUES.get(kind)
        here = (*at, kind)
        line = self._document.line(at)
        return Action(kind, value if read is None else read(self, here, value), line)

    def condition(self, at: YamlPath, raw: Any) -> Condition:
        return self._condition(at, raw)

    def _condition(self, at: YamlPath, raw: Any) -> Condition:
        if isinstance(raw, str):
            return Condition(ending=self._one_of(at, raw, ENDINGS))
        keys = ("ending", "phase", "event", "weight", "iterations", "gate")
        found = self._object(at, raw, keys)
        if not found:
            self._fail(at, f"needs one of {', '.join(keys)}")
        ending, phase = found.get("ending"), found.get("phase")
        return Condition(
            ending=None if ending is None else self._one_of((*at, "ending"), ending, ENDINGS),
            phase="" if phase is None else self._one_of((*at, "phase"), phase, _PHASES),
            event=self._text((*at, "event"), found.get("event", "")),
            weight=self._maybe_count((*at, "weight"), found.get("weight")),
            iterations=self._maybe_count((*at, "iterations"), found.get("iterations")),
            gate=self._text((*at, "gate"), found.get("gate", "")),
        )

    def _expectations(self, at: YamlPath, raw: Any) -> Expectations:
        keys = (
            *("ending", "phase", "events", "image", "response", "weights"),
            *("most-failures", "least-failures", "delivered"),
        )
        found = self._object(at, raw, keys)
        ending, phase, events = (found.get(key) for key in ("ending", "phase", "events"))
        response = found.get("response")
        return Expectations(
            ending=None if ending is None else self._one_of((*at, "ending"), ending, ENDINGS),
            phase="" if phase is None else self._one_of((*at, "phase"), phase, _PHASES),
            events=None if events is None else self._one_of((*at, "events"), events, ENDINGS[:3]),
            image=self._text((*at, "image"), found.get("image", "")),
            response=None if response is None else self._response((*at, "response"), response),
            weights=self._switch((*at, "weights"), found.get("weights", False)),
            most_failures=self._maybe_count((*at, "most-failures"), found.get("most-failures")),
            least_failures=self._maybe_count((*at, "least-failures"), found.get("least-failures")),
            delivered=self._switch((*at, "delivered"), found.get("delivered", True)),
        )

    def _response(self, at: YamlPath, raw: Any) -> Response:
        found = self._object(at, raw, ("path", "contains"))
        path = self._text((*at, "path"), found.get("path", "/"))
        return Response(path, self._text((*at, "contains"), found.get("contains", "")))

    def change(self, at: YamlPath, raw: Any) -> TargetChange:
        found = self._object(at, raw, ("image", "env", "annotations", "candidate"))
        if not found:
            self._fail(at, "needs one of image, env, annotations, candidate")
        return TargetChange(
            image=self._text((*at, "image"), found.get("image", "")),
            env=self._texts((*at, "env"), found.get("env") or {}),
            annotations=self._texts((*at, "annotations"), found.get("annotations") or {}),
            candidate=self._switch((*at, "candidate"), found.get("candidate", False)),
        )

    def apply_file(self, at: YamlPath, raw: Any) -> ApplyFile:
        if isinstance(raw, str):
            raw = {"file": raw}
        found = self._object(at, raw, ("file", "variables"))
        name = self._text((*at, "file"), found.get("file"))
        if not name:
            self._fail(at, "file: is required")
        variables = self._texts((*at, "variables"), found.get("variables") or {})
        return ApplyFile(Path(name), variables)

    def fault(self, at: YamlPath, raw: Any) -> Any:
        try:
            return parse_fault(self._text(at, raw))
        except UserError as error:
            self._fail(at, str(error))

    def seconds(self, at: YamlPath, raw: Any) -> float:
        try:
            return parse_duration_ns(self._text(at, raw)) / 1e9
        except DurationError as error:
            self._fail(at, str(error))

    def factor(self, at: YamlPath, raw: Any) -> float:
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 < raw <= 1000:
            self._fail(at, "must be a number above 0 and up to 1000")
        return float(raw)

    def gate(self, at: YamlPath, raw: Any) -> str:
        return self._one_of(at, raw, ("open", "closed"))

    def switch(self, at: YamlPath, raw: Any) -> bool:
        return self._switch(at, raw)

    def text(self, at: YamlPath, raw: Any) -> str:
        return self._text(at, raw)

    def patch(self, at: YamlPath, raw: Any) -> Mapping[str, Any]:
        if not isinstance(raw, Mapping):
            self._fail(at, "must be an object: what to merge into the Canary's spec")
        return raw

    def _object(self, at: YamlPath, raw: Any, keys: Sequence[str]) -> Mapping[str, Any]:
        if not isinstance(raw, Mapping):
            self._fail(at, f"must be an object with {', '.join(keys)}")
        for key in raw:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, 1)
                hint = f'; did you mean "{near[0]}"?' if near else f"; known: {', '.join(keys)}"
                self._fail((*at, key), f"unknown field{hint}")
        return raw

    def _list(self, at: YamlPath, raw: Any) -> Sequence[Any]:
        if not isinstance(raw, list):
            self._fail(at, "must be a list")
        return raw

    def _text(self, at: YamlPath, raw: Any) -> str:
        if raw is None:
            return ""
        if not isinstance(raw, str):
            self._fail(at, "must be a string; put it in quotes")
        return raw

    def _texts(self, at: YamlPath, raw: Any) -> dict[str, str]:
        if not isinstance(raw, Mapping):
            self._fail(at, "must be an object of strings")
        return {key: self._text((*at, key), value) for key, value in raw.items()}

    def _switch(self, at: YamlPath, raw: Any) -> bool:
        if not isinstance(raw, bool):
            self._fail(at, "must be true or false")
        return raw

    def _count(self, at: YamlPath, raw: Any) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= 1_000_000:
            self._fail(at, "must be a whole number, 0 or more")
        return raw

    def _maybe_count(self, at: YamlPath, raw: Any) -> int | None:
        return None if raw is None else self._count(at, raw)

    def _one_of(self, at: YamlPath, raw: Any, allowed: Sequence[T]) -> T:
        found = next((one for one in allowed if raw == one), None)
        if found is None:
            known = ", ".join(map(str, allowed))
            self._fail(at, f"must be one of {known}, not {str(raw)[:60]!r}")
        return found

    def _fail(self, at: YamlPath, reason: str) -> NoReturn:
        line = self._document.line(at)
        field = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in at).removeprefix(".")
        raise UserError(f"{self._path}:{line}: {f'{field}: ' if field else ''}{reason}")


_VALUES: dict[str, Callable[[ScenarioReader, YamlPath, Any], Any]] = {
    "deploy": ScenarioReader.switch,
    "set": ScenarioReader.change,
    "apply": ScenarioReader.apply_file,
    "fault": ScenarioReader.fault,
    "clear-faults": ScenarioReader.switch,
    "gate": ScenarioReader.gate,
    "rollback-gate": ScenarioReader.gate,
    "exec": ScenarioReader.text,
    "wait-for": ScenarioReader.condition,
    "wait": ScenarioReader.seconds,
    "suspend": ScenarioReader.switch,
    "edit": ScenarioReader.patch,
    "kill": ScenarioReader.text,
    "speed": ScenarioReader.factor,
    "pause": ScenarioReader.switch,
}
