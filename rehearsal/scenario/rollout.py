"""The scenario of a single rollout: initialize, change the target, wait for the end."""

from pathlib import Path

from rehearsal.faults import Fault
from rehearsal.scenario.step import Action, Condition, Ending, Expectations, Scenario, Step
from rehearsal.world import TargetChange

# Gates, long plans and promotions step by step take their time.
_PATIENCE = 200
_BOOTSTRAP_PATIENCE = 20


def rollout_scenario(
    change: TargetChange,
    faults: tuple[Fault, ...] = (),
    load: tuple[str, ...] = (),
    expected: Ending | None = None,
    weights: bool = True,
) -> Scenario:
    """`load` runs from the start of the analysis on; faults are there before the candidate is.

    `weights` says whether there is background traffic enough to see the weights in it.
    """
    bootstrap = Step(
        name="bootstrap",
        title="the target becomes the primary",
        actions=(Action("deploy", True),),
        until=Condition(ending="initialized"),
        expect=Expectations(ending="initialized"),
        patience=_BOOTSTRAP_PATIENCE,
    )
    started = Condition(event="Starting canary analysis for {target}")
    commands = tuple(Action("exec", command) for command in load)
    rollout = Step(
        name="rollout",
        title=_title(change, faults),
        actions=(*(Action("fault", fault) for fault in faults), Action("set", change)),
        meanwhile=(Action("wait-for", started), *commands) if commands else (),
        until=Condition(ending="finished"),
        expect=Expectations(ending=expected, weights=weights),
        patience=_PATIENCE,
    )
    return Scenario("rollout", "one rollout of a candidate", (bootstrap, rollout), Path())


def _title(change: TargetChange, faults: tuple[Fault, ...]) -> str:
    parts = ["the candidate's command"] if change.candidate else []
    parts += [f"image {change.image}"] if change.image else []
    parts += [f"{name}={value}" for name, value in change.env.items()]
    parts += [f"annotation {name}" for name in change.annotations]
    return f"roll out {', '.join(parts)}" + (f", with {len(faults)} faults" if faults else "")
