"""What a person asks for while a scenario is played: JSON text to values. Pure.

    {"do": {"fault": "errors=5%"}}       one of the actions BY_HAND, at once; with `canary` beside
                                         it, of several canaries to that one
    {"play": "promotion"}                a step of the scenario
    {"roll-out": {"image": "2.0"}}       a rollout of its own, with `candidate`, `annotations`,
                                         `faults` and `expect` besides
    {"finish": true}                     the end of the rehearsal

Nothing of it reaches a shell: no command, no file and no variable can be given, and an image is
plain letters.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from rehearsal.errors import UserError
from rehearsal.flagger.canary.yamltext import Document, YamlError, documents
from rehearsal.scenario.loader import ScenarioReader, YamlPath
from rehearsal.scenario.rollout import rollout_scenario
from rehearsal.scenario.step import Action, Ending, Step
from rehearsal.world import TargetChange

BY_HAND = (
    *("set", "fault", "clear-faults", "gate", "rollback-gate", "suspend", "kill", "speed"),
    "pause",
)
_KINDS = ("do", "play", "roll-out", "finish")
_CHANGES = ("image", "candidate", "annotations")
_ENDINGS: tuple[Ending, ...] = ("promoted", "rolled-back")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]*")
_LONGEST = 255


@dataclass(frozen=True)
class Command:
    """Just one of its fields is given; `canary` beside an action, empty for the scenario's own."""

    action: Action | None = None
    play: str = ""
    rollout: Step | None = None
    finish: bool = False
    canary: str = ""


def parse_command(text: str) -> Command:
    """The command in a text; UserError says what is wrong in one line."""
    try:
        found = list(documents(text))
    except YamlError as error:
        raise UserError(f"the command is not JSON: {error.reason}") from None
    if len(found) != 1:
        raise UserError("the command is not one JSON object")
    return _CommandReader(found[0]).command()


class _CommandReader(ScenarioReader):
    """Reads one command."""

    def __init__(self, document: Document) -> None:
        super().__init__(document, Path("command"))
        self._root = document.value

    def command(self) -> Command:
        found = self._object((), self._root, (*_KINDS, "canary"))
        root = {key: value for key, value in found.items() if key != "canary"}
        if len(root) != 1 or ("canary" in found and "do" not in found):
            self._fail((), f"needs exactly one of {', '.join(_KINDS)}")
        kind, value = next(iter(root.items()))
        at: YamlPath = (kind,)
        if kind == "do":
            canary = self._text(("canary",), found.get("canary", ""))
            return Command(action=self._by_hand(at, value), canary=canary)
        if kind == "play":
            return Command(play=self._short(at, value))
        if kind == "roll-out":
            return Command(rollout=self._rollout(at, value))
        if not self._switch(at, value):
            self._fail(at, "must be true")
        return Command(finish=True)

    def _by_hand(self, at: YamlPath, raw: Any) -> Action:
        self._object(at, raw, BY_HAND)
        if isinstance(raw.get("set"), Mapping):
            self._object((*at, "set"), raw["set"], _CHANGES)
        action = self._action(at, raw, BY_HAND)
        if isinstance(action.value, TargetChange):
            self._plain((*at, "set", "image"), action.value.image)
        if action.kind == "kill":
            self._plain((*at, "kill"), action.value)
        return action

    def _rollout(self, at: YamlPath, raw: Any) -> Step:
        found = self._object(at, raw, (*_CHANGES, "faults", "expect"))
        change = self.change(at, {key: found[key] for key in _CHANGES if key in found})
        self._plain((*at, "image"), change.image)
        faults = self._list((*at, "faults"), found.get("faults") or [])
        read = tuple(self.fault((*at, "faults", i), one) for i, one in enumerate(faults[:20]))
        expect = found.get("expect")
        ending = None if expect is None else self._one_of((*at, "expect"), expect, _ENDINGS)
        return rollout_scenario(change, read, expected=ending).steps[1]

    def _plain(self, at: YamlPath, value: str) -> None:
        if value and not (len(value) <= _LONGEST and _PLAIN.fullmatch(value)):
            self._fail(at, "is not a plain name: letters, digits and . _ / : @ - alone")

    def _short(self, at: YamlPath, raw: Any) -> str:
        text = self._text(at, raw)
        if not 0 < len(text) <= _LONGEST:
            self._fail(at, "must be the name of a step")
        return text

    def _fail(self, at: YamlPath, reason: str) -> NoReturn:
        field = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in at).removeprefix(".")
        raise UserError(f"{field}: {reason}" if field else f"the command {reason}")
