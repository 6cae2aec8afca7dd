"""Warnings for canaries that the API server takes and that then do not do what was meant.

One small function per rule, in a file per theme; `RULES` has them all. A warning never stops a
rehearsal: what it warns of can be watched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.canary.resources import MetricTemplate
from rehearsal.flagger.lint import analysis, hooks, metrics, provider, service
from rehearsal.flagger.lint.rule import Finding, Rule, Situation

__all__ = ["RULES", "Finding", "Situation", "lint"]

_THEMES = (analysis, hooks, metrics, provider, service)

RULES: tuple[Rule, ...] = tuple(rule for theme in _THEMES for rule in theme.RULES)


def lint(
    canary: Canary,
    templates: Iterable[MetricTemplate] = (),
    *,
    loadtester_replicas: int = 1,
) -> Iterator[Finding]:
    """All warnings, in the order of the rules."""
    situation = Situation(canary, tuple(templates), loadtester_replicas)
    for rule in RULES:
        yield from rule(situation)
