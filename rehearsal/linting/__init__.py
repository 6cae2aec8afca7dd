"""Lint: Canaries that the API server takes, and that then never end, never catch, or catch all.

`lint` runs every rule of `RULES` over the Canaries of some `Manifests`.
"""

from rehearsal.linting.engine import lint
from rehearsal.linting.rule import SEVERITIES, Finding, Rule, Severity
from rehearsal.linting.rules import BY_ID, RULES
from rehearsal.linting.subject import Chances, Options, Subject

__all__ = [
    "BY_ID",
    "RULES",
    "SEVERITIES",
    "Chances",
    "Finding",
    "Options",
    "Rule",
    "Severity",
    "Subject",
    "lint",
]
