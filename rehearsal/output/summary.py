"""What is said before and after a story."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rehearsal.clock import ScaledClock
from rehearsal.flagger.canary.model import Canary
from rehearsal.live.traffic import FAILED
from rehearsal.live.webhooks import PATIENCE_S
from rehearsal.live.workloads.cluster import START_PATIENCE_S
from rehearsal.scenario.runner import Outcome
from rehearsal.scenario.step import Act


def opening(canary: Canary, clock: ScaledClock) -> str:
    """What is rehearsed, and what the clock does to it."""
    analysis = canary.spec.analysis
    return (
        f"Rehearsing {canary.full_name} ({canary.spec.provider}): every"
        f" {analysis.interval_s:g} s, threshold {analysis.failed_checks_limit}.\n"
        f"The canary's clock runs {clock.speed:g} times as fast as yours: one minute takes"
        f" {clock.real_s(60):.3g} s. Interval, metric windows, scrapes, probes, the run time of"
        " load and webhook timeouts are scaled with it; request rates are not.\n"
        "Real processes are not faster for that: a webhook has at least"
        f" {PATIENCE_S:g} s, the start of replicas at least {START_PATIENCE_S:g} s."
    )


def all_as_told(outcomes: Sequence[Outcome], acts: Sequence[Act]) -> bool:
    """Whether every act was played and ended as told."""
    return len(outcomes) == len(acts) and all(outcome.as_told for outcome in outcomes)


def summary(outcomes: Sequence[Outcome], acts: Sequence[Act]) -> str:
    """Who met what, act by act: the point of a canary."""
    rows = [_row(outcome) for outcome in outcomes]
    rows += [f"  {act.name:<10}  not played" for act in acts[len(outcomes) :]]
    people = sum(outcome.visits.requests for outcome in outcomes)
    errors = sum(outcome.visits.failures for outcome in outcomes)
    met = "nobody met an error" if not errors else f"{errors} met an error"
    ending = "All acts ended as told." if all_as_told(outcomes, acts) else "Not as told."
    return "\n".join(("\nVisitors", *rows, f"  of {people} people in all, {met}", ending))


def write_report(path: Path, outcomes: Sequence[Outcome]) -> None:
    """The outcomes as JSON."""
    path.write_text(json.dumps([_plain(outcome) for outcome in outcomes], indent=2) + "\n")


def _row(outcome: Outcome) -> str:
    visits = outcome.visits
    shares = ", ".join(
        f"{count} met v{version}"
        for version, count in sorted(visits.versions.items())
        if version != FAILED
    )
    state = "as told" if outcome.as_told else "NOT as told"
    return (
        f"  {outcome.act.name:<10}  {visits.requests:>5} visits  {visits.failures:>4} errors"
        f"  {state}" + (f"  ({shares})" if shares else "")
    )


def _plain(outcome: Outcome) -> dict[str, Any]:
    visits = outcome.visits
    return {
        "act": outcome.act.name,
        "as_told": outcome.as_told,
        "complaints": outcome.complaints,
        "version": outcome.version,
        "messages": outcome.messages,
        "visits": visits.requests,
        "failures": visits.failures,
        "failure_examples": visits.examples[:5],
        "versions": dict(visits.versions),
        "versions_by_weight": {str(w): dict(met) for w, met in visits.by_weight.items()},
    }
