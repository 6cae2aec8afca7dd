"""A Canary as its odds see it: plan, checks, load, and what had to be assumed. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.canary.resources import MetricTemplate
from rehearsal.flagger.controller.flags import Flags
from rehearsal.probability.check_reading import checks_of
from rehearsal.probability.checks import Check, DurationCheck, FailingCheck, ShareCheck
from rehearsal.probability.model import Setting
from rehearsal.probability.plan import Plan, plan_of
from rehearsal.probability.timeline import LoadTimeline, microseconds
from rehearsal.webhooks.hook_load import HookLoad, hook_loads


@dataclass(frozen=True)
class Subject:
    """What is rolled out. Notes are sentences about what is assumed or left out."""

    name: str
    interval_s: float
    plan: Plan
    checks: tuple[Check, ...]
    loads: tuple[HookLoad, ...]
    notes: tuple[str, ...] = ()

    @property
    def share_checks(self) -> tuple[ShareCheck | FailingCheck, ...]:
        """Those that judge failures, and those that can only fail."""
        return tuple(check for check in self.checks if not isinstance(check, DurationCheck))

    @property
    def measures_durations(self) -> bool:
        """Whether a check judges durations."""
        return any(isinstance(check, DurationCheck) for check in self.checks)

    def timeline(self) -> LoadTimeline:
        """The load of its webhooks in time."""
        return LoadTimeline(self.plan, self.loads, microseconds(self.interval_s))

    def with_limit(self, limit: int) -> Subject:
        """The same with another number of failed checks that ends a run."""
        return replace(self, plan=replace(self.plan, limit=limit))


def subject_of(
    canary: Canary,
    templates: Iterable[MetricTemplate] = (),
    flags: Flags | None = None,
    setting: Setting | None = None,
) -> Subject:
    """Read a Canary for its odds."""
    flags, setting = flags or Flags(), setting or Setting()
    plan = plan_of(canary, flags, setting.matched_share)
    checks, of_checks = checks_of(canary, templates, flags.mesh_provider)
    loads, of_loads = hook_loads(canary) if setting.hook_load else ((), ())
    notes = [*_of_plan(canary, plan), *of_checks, *of_loads]
    return Subject(
        canary.full_name,
        canary.spec.analysis.interval_s,
        plan,
        checks,
        loads,
        tuple(dict.fromkeys(notes)),
    )


def _of_plan(canary: Canary, plan: Plan) -> list[str]:
    notes = []
    if plan.obstacle:
        notes.append(f"no run ever begins: {plan.obstacle}")
    elif plan.is_endless:
        notes.append("the plan never reaches its end, so that a run that fails no check is stuck")
    gates = [hook.name for hook in canary.spec.analysis.webhooks if "confirm" in hook.type]
    if gates:
        notes.append(f"gates are taken to be open: {', '.join(gates)}")
    if canary.spec.skip_analysis:
        notes.append("skipAnalysis: nothing is checked")
    return notes
