"""Rules on the odds of a canary under a declared traffic; whoever lints computes them."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.linting.rule import Hit, rule
from rehearsal.linting.subject import ANALYSIS, Subject

_FEW = "stepWeight: 1, maxWeight: 10, threshold: 1, webhooks: []"
_MANY = "stepWeight: 10, maxWeight: 50, threshold: 3, webhooks: []"


@rule(
    "odds-false-alarm",
    "warning",
    reason="Under the traffic that --traffic declares, a healthy build (0.1 % of its requests fail)"
    " is rolled back more often than --floor allows: a window without a request, or with a single"
    " failure among few, is a failed check.",
    remedy="Raise the threshold or the steps, lengthen the interval, or add load;"
    " `rehearse odds --spare` looks for the smallest change.",
    bad=f"analysis: {{{_FEW}}}",
    good=f"analysis: {{{_MANY}}}",
    source="rehearsal/odds",
)
def odds_false_alarm(subject: Subject) -> Iterator[Hit]:
    chances = subject.chances
    if chances is not None and chances.false_alarm > 1 - subject.options.floor:
        text = (
            f"at {chances.traffic_per_s:g} requests/s a healthy build is rolled back in"
            f" {100 * chances.false_alarm:.3g} % of the runs"
        )
        yield Hit(subject.manifest, ANALYSIS, text)


@rule(
    "odds-missed",
    "warning",
    reason="Under the traffic that --traffic declares, a build that fails 5 % of its requests"
    " (twice what the success rate allows, if that is more) is promoted more often than --floor"
    " allows: the checks see too few requests to notice.",
    remedy="Lower the threshold, add steps or load; `rehearse odds --catch` looks for the smallest"
    " change.",
    bad="analysis: {stepWeight: 50, maxWeight: 50, threshold: 10, webhooks: []}",
    good="analysis: {stepWeight: 5, maxWeight: 50, threshold: 3}",
    source="rehearsal/odds",
)
def odds_missed(subject: Subject) -> Iterator[Hit]:
    chances = subject.chances
    if chances is not None and chances.missed > 1 - subject.options.floor:
        text = (
            f"at {chances.traffic_per_s:g} requests/s a build that fails"
            f" {100 * chances.broken_share:g} % of them is promoted in"
            f" {100 * chances.missed:.3g} % of the runs"
        )
        yield Hit(subject.manifest, ANALYSIS, text)
