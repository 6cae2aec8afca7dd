"""What Flagger would say of a run of this very Canary, from the simulated world. Pure.

A promotion is the run in which every check and webhook passes. Events that tell of waiting or of a
failed check differ from run to run, so they stand apart: a run is as predicted when the others are
the promotion's, in order and complete; a rollback is one when it follows the promotion up to some
step and then ends as a rollback does.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from rehearsal.flagger.canary.analysis import DURATION, Metric
from rehearsal.flagger.canary.model import Canary, CanaryStatus
from rehearsal.flagger.canary.resources import MetricTemplate
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.providers import queries_of
from rehearsal.simulated.simulation import Simulation
from rehearsal.simulated.store import GenerousStore

Templates = Sequence[MetricTemplate]

_MOST_TICKS = 300
_CHATTER = ("all the metrics providers are available!",)
_APART = ("Halt ", "Rollback hook ", "Progressive traffic is not", "Setting canaryAnalysis")
_ENDS = frozenset({"Succeeded", "Failed"})


def steady_messages(messages: Sequence[str]) -> list[str]:
    """The messages without those that only say what is waited for."""
    return [m for m in messages if m not in _CHATTER and not _is_apart(m)]


def predict_bootstrap(canary: Canary, provider: str, templates: Templates = ()) -> list[str]:
    """The events of an initialization."""
    simulation = _simulation(canary, provider, templates)
    simulation.bootstrap()
    return steady_messages([e.message for e in simulation.events.events])


def predict_promotion(canary: Canary, provider: str, templates: Templates = ()) -> list[str]:
    """The events of a run in which everything passes; up to where it stands still, if it does."""
    simulation = _simulation(canary, provider, templates)
    simulation.bootstrap()
    before = len(simulation.events.events)
    simulation.new_revision()
    for _ in range(_MOST_TICKS):
        simulation.tick()
        if simulation.status.phase in _ENDS:
            break
    return steady_messages([e.message for e in simulation.events.events[before:]])


def compare_promotion(predicted: Sequence[str], messages: Sequence[str]) -> str | None:
    """What differs from a promotion, in one sentence; None when nothing does."""
    seen = steady_messages(messages)
    for index, expected in enumerate(predicted):
        if index >= len(seen):
            return f"expected {expected!r}, but there were no more events"
        if seen[index] != expected:
            return f"expected {expected!r}, got {seen[index]!r}"
    if len(seen) > len(predicted):
        return f"expected no more events, got {seen[len(predicted)]!r}"
    return None


def compare_rollback(
    predicted: Sequence[str], messages: Sequence[str], canary: Canary
) -> str | None:
    """What differs from a rollback; None when the run left the promotion's path and was ended."""
    seen = steady_messages(messages)
    ends = (f"Rolling back {canary.full_name} ", f"Canary failed! Scaling down {canary.full_name}")
    shared = 0
    while shared < min(len(seen), len(predicted)) and seen[shared] == predicted[shared]:
        shared += 1
    rest = [m for m in seen[shared:] if m not in predicted[:shared]]
    failed = [m for m in rest if m.startswith(ends)]
    if not any(m.startswith(ends[1]) for m in rest):
        found = rest[0] if rest else "no more events"
        return f"expected {ends[1]!r}, got {found!r}"
    others = [m for m in rest if m not in failed and not m.startswith(("Post-rollout",))]
    return f"expected a rollback, got {others[0]!r}" if others else None


def _simulation(canary: Canary, provider: str, templates: Templates) -> Simulation:
    fresh = replace(canary, status=CanaryStatus())
    hooks = tuple(h for h in canary.spec.analysis.webhooks if h.type != "rollback")
    analysis = canary.spec.analysis.model_copy(update={"webhooks": hooks})
    spec = canary.spec.model_copy(update={"analysis": analysis, "suspend": False})
    simulation = Simulation(
        replace(fresh, spec=spec),
        flags=Flags(mesh_provider=provider),
        templates=templates,
        store=GenerousStore,
    )
    for metric in canary.spec.analysis.metrics:
        value = passing_value(metric)
        if metric.name == DURATION:
            value /= queries_of(provider).ms_per_unit
        simulation.metrics.answers[metric.name] = deque([value])
    return simulation


def passing_value(metric: Metric) -> float:
    """A value that passes a metric's check; of a request duration in ms."""
    limits = metric.threshold_range
    if limits is None:
        return 100.0 if metric.name == "request-success-rate" else metric.threshold / 2
    if limits.min_ is not None and limits.max_ is not None:
        return (limits.min_ + limits.max_) / 2
    if limits.min_ is not None:
        return limits.min_
    return limits.max_ if limits.max_ is not None else 1.0


def _is_apart(message: str) -> bool:
    return message.startswith(_APART) or " not ready: " in message
