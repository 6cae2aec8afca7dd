"""What a rule is given, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rehearsal.flagger.canary.analysis import Analysis
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.canary.resources import MetricTemplate


@dataclass(frozen=True)
class Finding:
    """One finding: the rule's name, the field it is about, and one sentence."""

    rule: str
    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.field}: {self.text} [{self.rule}]"


@dataclass(frozen=True)
class Situation:
    """A canary, and what is known around it. Templates that are not among these are unknown."""

    canary: Canary
    templates: tuple[MetricTemplate, ...] = ()
    loadtester_replicas: int = 1

    @property
    def analysis(self) -> Analysis:
        return self.canary.spec.analysis

    @property
    def provider(self) -> str:
        """The provider as written; empty means that of Flagger's flag."""
        return self.canary.spec.provider or ""

    @property
    def is_weighted(self) -> bool:
        """Whether the run shifts weights."""
        return self.analysis.strategy == "canary" and self.provider != "kubernetes"


Rule = Callable[[Situation], Iterator[Finding]]
