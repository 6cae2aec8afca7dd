"""A scenario: one Canary, a number of ticks, and what changes in its world before which of them.

What is set stays until it is set again. Read from a file or from plain values by
`rehearsal.simulated.reader`; docs/play.md describes the format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.flagger.canary.model import Canary, CanarySpec
from rehearsal.flagger.canary.resources import AlertProvider, MetricTemplate
from rehearsal.flagger.controller.delivery import Answer, TransportError
from rehearsal.simulated.workloads import Readiness

MOST_TICKS = 10_000


@dataclass(frozen=True)
class QueryError:
    """A query that fails with this text."""

    text: str


MetricValue = float | None | QueryError
"""What a metric's query is answered with; None is no values."""

HookBehaviour = Answer | TransportError
"""What becomes of one attempt to call a webhook."""


@dataclass(frozen=True)
class Change:
    """What is different from tick `at` (0 is the first) on; None and absent keys change nothing.

    A config set to None is deleted. `spec` is the whole spec that results from a merge.
    """

    at: int
    revision: str | None = None
    configs: Mapping[str, str | None] = field(default_factory=dict)
    primary: Readiness | None = None
    canary: Readiness | None = None
    metrics: Mapping[str, MetricValue] = field(default_factory=dict)
    hooks: Mapping[str, HookBehaviour] = field(default_factory=dict)
    prometheus_up: bool | None = None
    spec: CanarySpec | None = None


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
        from rehearsal.simulated.reader import load_scenario

        return load_scenario(Path(path))

    @staticmethod
    def parse(text: str, path: Path | str = "<text>") -> Scenario:
        """The scenario of a YAML text; `path` is how errors name it."""
        from rehearsal.simulated.reader import parse_scenario

        return parse_scenario(text, Path(path))

    @staticmethod
    def from_mapping(mapping: Mapping[str, Any]) -> Scenario:
        """The scenario of plain values, as they would stand in a file."""
        from rehearsal.simulated.reader import scenario_from_mapping

        return scenario_from_mapping(mapping)

    @property
    def config_names(self) -> tuple[str, ...]:
        """Every ConfigMap that the scenario mentions, in order."""
        return tuple(sorted({name for change in self.world for name in change.configs}))
