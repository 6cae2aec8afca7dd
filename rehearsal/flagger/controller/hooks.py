"""The webhooks of a tick: each kind asks its hooks in the order of the spec.

Source: flagger pkg/controller/scheduler_hooks.go. A gate that stays shut says so once, or, for a
traffic increase, on every tick; a check that fails counts, a gate does not.
"""

from __future__ import annotations

from rehearsal.flagger.canary.analysis import Webhook
from rehearsal.flagger.canary.model import Canary, Phase
from rehearsal.flagger.controller.errors import HookFailed, PortError
from rehearsal.flagger.controller.tick import Tick
from rehearsal.flagger.controller.webhook import hook_request, webhooks_of_type


def confirm_rollout(tick: Tick) -> bool:
    """Whether a new revision may start; waiting is silent after its first tick."""
    for hook in webhooks_of_type(tick.canary.spec.analysis, "confirm-rollout"):
        if _failure(tick, tick.phase, hook) is not None:
            if tick.phase is not Phase.WAITING:
                _enter(tick, Phase.WAITING, "controller/scheduler_hooks.go:51")
                _halt(tick, f"waiting for approval {hook.name}")
                _alert(tick, hook, "Canary is waiting for approval.")
            return False
        _passed(tick, tick.canary, "Confirm-rollout", hook)
    return True


def pre_rollout(tick: Tick) -> bool:
    """Whether the canary may get its first traffic."""
    for hook in webhooks_of_type(tick.canary.spec.analysis, "pre-rollout"):
        failure = _failure(tick, Phase.PROGRESSING, hook)
        if failure is not None:
            _halt(tick, f"pre-rollout check {hook.name} failed {failure}")
            return False
        _passed(tick, tick.canary, "Pre-rollout", hook)
    return True


def rollout(tick: Tick) -> bool:
    """Whether the checks and loads of an analysis tick were accepted; success is silent."""
    for hook in webhooks_of_type(tick.canary.spec.analysis, "rollout"):
        failure = _failure(tick, Phase.PROGRESSING, hook)
        if failure is not None:
            _halt(tick, f"external check {hook.name} failed {failure}")
            return False
    return True


def confirm_traffic_increase(tick: Tick) -> bool:
    """Whether the next weight may be set."""
    for hook in webhooks_of_type(tick.canary.spec.analysis, "confirm-traffic-increase"):
        if _failure(tick, Phase.PROGRESSING, hook) is not None:
            _halt(tick, f"waiting for traffic increase approval {hook.name}")
            _alert(tick, hook, "Canary traffic increase is waiting for approval.")
            return False
        _passed(tick, tick.canary, "Confirm-traffic-increase", hook)
    return True


def confirm_promotion(tick: Tick) -> bool:
    """Whether the canary may become the primary; while waiting, the last iteration is repeated."""
    for hook in webhooks_of_type(tick.canary.spec.analysis, "confirm-promotion"):
        if _failure(tick, Phase.PROGRESSING, hook) is not None:
            if tick.phase is not Phase.WAITING_PROMOTION:
                _enter(tick, Phase.WAITING_PROMOTION, "controller/scheduler_hooks.go:74")
                _halt(tick, f"waiting for promotion approval {hook.name}")
                _alert(tick, hook, "Canary promotion is waiting for approval.")
            else:
                tick.status.set_iterations(tick.canary.spec.analysis.iterations - 1)
            return False
        _passed(tick, tick.canary, "Confirm-promotion", hook)
    return True


def rollback_requested(tick: Tick) -> bool:
    """Whether someone wants this run to end; a refusal is the normal answer, and said."""
    for hook in webhooks_of_type(tick.canary.spec.analysis, "rollback"):
        if _failure(tick, tick.phase, hook) is None:
            tick.recorder.warn(tick.canary, f"Rollback check {hook.name} passed")
            return True
        text = f"Rollback hook {hook.name} not signaling a rollback"
        tick.recorder.info(tick.canary, text)
    return False


def post_rollout(tick: Tick, canary: Canary, phase: Phase) -> None:
    """Tell that a run is over; events are recorded on `canary`, the hooks are told `phase`."""
    for hook in webhooks_of_type(canary.spec.analysis, "post-rollout"):
        failure = _failure(tick, phase, hook)
        if failure is not None:
            tick.recorder.warn(canary, f"Post-rollout hook {hook.name} failed {failure}")
            return
        _passed(tick, canary, "Post-rollout", hook)


def _failure(tick: Tick, phase: Phase, hook: Webhook) -> HookFailed | None:
    try:
        tick.ports.hooks.call(hook_request(tick.canary, phase, hook))
    except HookFailed as failure:
        return failure
    return None


def _passed(tick: Tick, canary: Canary, check: str, hook: Webhook) -> None:
    tick.recorder.info(canary, f"{check} check {hook.name} passed")


def _halt(tick: Tick, why: str) -> None:
    tick.recorder.warn(tick.canary, f"Halt {tick.canary.full_name} advancement {why}")


def _alert(tick: Tick, hook: Webhook, message: str) -> None:
    if not hook.mute_alert:
        tick.alerts.send(tick.canary, "warn", message)


def _enter(tick: Tick, phase: Phase, caller: str) -> None:
    try:
        tick.set_phase(phase)
    except PortError as error:
        tick.recorder.log(tick.canary, str(error), caller, "error")
