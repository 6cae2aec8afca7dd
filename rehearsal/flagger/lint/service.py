"""Services that cannot be generated."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.flagger.lint.rule import Finding, Rule, Situation


def port_missing(situation: Situation) -> Iterator[Finding]:
    if situation.canary.spec.service.port == 0:
        text = "is 0 or the service is missing: Flagger cannot create its Services"
        yield Finding("port-missing", "spec.service.port", text)


RULES: tuple[Rule, ...] = (port_missing,)
