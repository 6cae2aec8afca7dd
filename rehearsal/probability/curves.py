"""The chance of a rollback over the error rate, for several traffics. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.canary.resources import MetricTemplate
from rehearsal.flagger.controller.flags import Flags
from rehearsal.probability.model import Fault, Setting
from rehearsal.probability.odds import odds_of
from rehearsal.probability.subject import subject_of

ERROR_SHARES = tuple(10 ** (exponent / 6) / 10_000 for exponent in range(25))
"""From 0.01 % of the requests to all of them, six to a decade."""

Curve = Sequence[tuple[float, float]]
"""Error shares, and the chance of a rollback at each."""


def rollback_curves(
    canary: Canary,
    traffics_per_s: Sequence[float],
    setting: Setting,
    *,
    templates: Iterable[MetricTemplate] = (),
    flags: Flags | None = None,
) -> dict[float, Curve]:
    """A curve for each traffic, for one pod and one position of the scrapes."""
    subject = subject_of(canary, templates, flags, setting)
    simple = replace(setting, phases=1, replicas=1)
    return {
        traffic: [
            (share, odds_of(subject, traffic, Fault(share), simple).rolled_back)
            for share in ERROR_SHARES
        ]
        for traffic in traffics_per_s
    }
