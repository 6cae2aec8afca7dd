"""A rule: what it looks for, why that hurts, what to do, and an example of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from rehearsal.flagger.canary.yamltext import Path
from rehearsal.linting.subject import Subject
from rehearsal.manifests.manifest import Location, Manifest

Severity = Literal["info", "warning", "error"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")
"""From the mildest: a note; probably not what was meant; the canary cannot do what it is for."""


class Hit(NamedTuple):
    """What a rule found: in which object, at which field, and one sentence about it."""

    manifest: Manifest[Any]
    path: Path
    text: str


Check = Callable[[Subject], Iterable[Hit]]


@dataclass(frozen=True)
class Rule:
    """One rule. The examples are fields of a Canary's spec, and whole objects after `---`.

    `sources` say where it is known from: Flagger's code or documentation, or a public issue.
    """

    id: str
    severity: Severity
    check: Check
    reason: str
    remedy: str
    bad: str
    good: str
    sources: tuple[str, ...]


@dataclass(frozen=True, order=True)
class Finding:
    """A hit with all that is said of it; `about` names the Canary, or the other object."""

    location: Location
    rule: str
    severity: Severity
    field: str
    text: str
    about: str

    def __str__(self) -> str:
        place = f"{self.location}:{self.location.column}" if self.location.line else self.location
        field = f"{self.field}: " if self.field else ""
        return f"{place}: {self.severity}: {field}{self.text} [{self.rule}]"


def rule(
    id: str,  # noqa: A002
    severity: Severity,
    *,
    reason: str,
    remedy: str,
    bad: str,
    good: str,
    source: str | Sequence[str],
) -> Callable[[Check], Rule]:
    """Make a rule of the function that checks it."""

    def decorate(check: Check) -> Rule:
        sources = (source,) if isinstance(source, str) else tuple(source)
        return Rule(id, severity, check, reason, remedy, bad, good, sources)

    return decorate


def rules_of(module: object) -> tuple[Rule, ...]:
    """The rules of a module, in the order they are written in."""
    return tuple(one for one in vars(module).values() if isinstance(one, Rule))
