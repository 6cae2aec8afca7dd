"""What a step can do: one function per kind of action, by the name it has in a scenario file."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from rehearsal.errors import RehearsalError
from rehearsal.faults import Fault
from rehearsal.recording.records import NoteRecord, OutputRecord
from rehearsal.scenario.progress import event_text, is_met
from rehearsal.scenario.step import Action, ApplyFile, Condition
from rehearsal.world import TargetChange, World


class NeverCameError(RehearsalError):
    """What a step waited for did not come within its patience."""


@dataclass
class ActionContext:
    """The world, the canary that is played, and where the present step began in the recording."""

    world: World
    canary: str
    since: int
    patience_s: float
    read_template: Callable[[ApplyFile], Mapping[str, object]]

    def note(self, text: str) -> None:
        self.world.recording.append(NoteRecord(self.world.now_s(), text))


Perform = Callable[[ActionContext, Action], Awaitable[None]]


async def _deploy(context: ActionContext, action: Action) -> None:
    await context.world.begin_control()


async def _set(context: ActionContext, action: Action) -> None:
    change: TargetChange = action.value
    await context.world.change_target(context.canary, change)


async def _apply(context: ActionContext, action: Action) -> None:
    template = context.read_template(action.value)
    await context.world.change_target(context.canary, TargetChange(template=template))


async def _fault(context: ActionContext, action: Action) -> None:
    fault: Fault = action.value
    await context.world.inject(context.canary, fault)
    context.note(f"  fault injected: {fault}")


async def _clear_faults(context: ActionContext, action: Action) -> None:
    await context.world.clear_faults()


async def _gate(context: ActionContext, action: Action) -> None:
    await context.world.set_gate(context.canary, action.value == "open", "gate")
    context.note(f"  gate {'opened' if action.value == 'open' else 'closed'}")


async def _rollback_gate(context: ActionContext, action: Action) -> None:
    await context.world.set_gate(context.canary, action.value == "open", "rollback")
    context.note(f"  rollback gate {'opened' if action.value == 'open' else 'closed'}")


async def _exec(context: ActionContext, action: Action) -> None:
    command = _with_names(context, str(action.value))
    context.note(f"  in the load tester: {command}")
    output = await context.world.execute(command)
    context.world.recording.append(OutputRecord(context.world.now_s(), output))


async def _wait_for(context: ActionContext, action: Action) -> None:
    await wait_for(context, action.value)


async def _wait(context: ActionContext, action: Action) -> None:
    until_s = context.world.now_s() + float(action.value)
    await context.world.wait_until(lambda: context.world.now_s() >= until_s, float(action.value))


async def _suspend(context: ActionContext, action: Action) -> None:
    await context.world.edit_canary(context.canary, {"suspend": bool(action.value)})


async def _edit(context: ActionContext, action: Action) -> None:
    await context.world.edit_canary(context.canary, action.value)


async def _kill(context: ActionContext, action: Action) -> None:
    canary = context.world.canary(context.canary)
    names = {"canary": canary.target, "primary": canary.primary}
    workload = names.get(str(action.value), str(action.value))
    await context.world.kill_replica(workload)
    context.note(f"  killed a replica of {workload}")


async def _speed(context: ActionContext, action: Action) -> None:
    await context.world.set_speed(float(action.value))
    context.note(f"  the canary's clock goes {float(action.value):g} times as fast as yours")


async def _pause(context: ActionContext, action: Action) -> None:
    await context.world.set_paused(bool(action.value))
    context.note("  paused" if action.value else "  goes on")


ACTIONS: dict[str, Perform] = {
    "deploy": _deploy,
    "set": _set,
    "apply": _apply,
    "fault": _fault,
    "clear-faults": _clear_faults,
    "gate": _gate,
    "rollback-gate": _rollback_gate,
    "exec": _exec,
    "wait-for": _wait_for,
    "wait": _wait,
    "suspend": _suspend,
    "edit": _edit,
    "kill": _kill,
    "speed": _speed,
    "pause": _pause,
}
ONLY_BY_HAND = frozenset({"pause"})
"""What a scenario cannot do: nobody would end it."""


async def wait_for(context: ActionContext, condition: Condition) -> None:
    """Let time pass until a condition is met; NeverCameError when it is not in time."""

    def met() -> bool:
        records = context.world.recording.since(context.since)
        return is_met(condition, records, context.world.canary(context.canary))

    if not await context.world.wait_until(met, context.patience_s):
        raise NeverCameError(f"{describe_condition(condition)} did not come in time")


async def perform(context: ActionContext, actions: tuple[Action, ...]) -> None:
    """All actions, one after the other."""
    for action in actions:
        await ACTIONS[action.kind](context, action)
        await asyncio.sleep(0)


def describe_condition(condition: Condition) -> str:
    """In a few words, for messages."""
    parts = [
        f"the canary's being {condition.ending}" if condition.ending else "",
        f"phase {condition.phase}" if condition.phase else "",
        f"the event {condition.event!r}" if condition.event else "",
        f"weight {condition.weight}" if condition.weight is not None else "",
        f"iteration {condition.iterations}" if condition.iterations is not None else "",
        f"a wait at gate {condition.gate!r}" if condition.gate else "",
    ]
    return " and ".join(part for part in parts if part)


def _with_names(context: ActionContext, command: str) -> str:
    canary = context.world.canary(context.canary)
    apex, namespace, port = canary.apex_service, canary.namespace, canary.spec.service.port
    for name, host in (
        ("{apex}", apex),
        ("{canary-service}", f"{apex}-canary"),
        ("{primary-service}", f"{apex}-primary"),
    ):
        command = command.replace(name, f"{host}.{namespace}:{port}")
    return event_text(command, canary)
