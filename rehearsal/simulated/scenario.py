"""A scenario: one Canary, a number of ticks, and what changes in its world before which of them.

What is set stays until it is set again. Read from a file or from plain values by
`rehearsal.simulated.reader`; docs/play.md describes the format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.canary.resources import AlertProvider, MetricTemplate
from rehearsal.simulated import reader
from rehearsal.simulated.changes import Change


@dataclass(frozen=True)
class Scenario:
    """What is played. `world` is in the order of its ticks; `notes` are doubts about the file.

    `replicas` is how many pods the target wants before anything scales it.
    """

    canary: Canary
    ticks: int
    world: tuple[Change, ...] = ()
    replicas: int = 2
    templates: tuple[MetricTemplate, ...] = ()
    alert_providers: tuple[AlertProvider, ...] = ()
    name: str = "scenario"
    notes: tuple[str, ...] = ()

    @staticmethod
    def load(path: Path | str) -> Scenario:
        """The scenario of a YAML file; raises ScenarioError or a CanaryFileError."""
        return Scenario(**reader.read_file(Path(path)))

    @staticmethod
    def parse(text: str, path: Path | str = "<text>") -> Scenario:
        """The scenario of a YAML text; `path` is how errors name it."""
        return Scenario(**reader.read_text(text, Path(path)))

    @staticmethod
    def from_mapping(mapping: Mapping[str, Any]) -> Scenario:
        """The scenario of plain values, as they would stand in a file."""
        return Scenario(**reader.read_mapping(mapping))

    @property
    def config_names(self) -> tuple[str, ...]:
        """Every ConfigMap that the scenario mentions, in order."""
        return tuple(sorted({name for change in self.world for name in change.configs}))
