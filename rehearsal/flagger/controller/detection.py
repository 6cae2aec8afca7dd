"""Whether there is anything to do: new revisions, changed configs, runs under way."""

from __future__ import annotations

from collections.abc import Callable

from rehearsal.flagger.canary.model import Canary, Phase
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.tick import Tick

_UNDER_WAY = frozenset(
    {
        Phase.PROGRESSING,
        Phase.WAITING,
        Phase.WAITING_PROMOTION,
        Phase.PROMOTING,
        Phase.FINALISING,
    }
)
RESTARTABLE = frozenset({Phase.PROGRESSING, Phase.WAITING_PROMOTION})


def should_advance(tick: Tick) -> bool:
    """Whether this tick goes on: a run is under way, or the target or its configs changed.

    A Failed canary notes the current template first. The object in memory keeps the old hash, so
    the change is seen in this tick; if the tick then ends early it is never seen again.
    """
    if tick.phase in _UNDER_WAY:
        return True
    if tick.phase is Phase.FAILED:
        _note_template(tick)
    return _changed(tick)


def _note_template(tick: Tick) -> None:
    try:
        tick.sync(tick.canary.status)
    except PortError as error:
        tick.recorder.log(tick.canary, str(error), "controller/scheduler.go:864", "error")
        raise


def _changed(tick: Tick) -> bool:
    return tick.target.has_changed(tick.canary) or tick.target.configs_changed(tick.canary)


def should_restart(tick: Tick) -> bool:
    """Whether a run must start over because its revision changed meanwhile."""
    if tick.phase not in RESTARTABLE:
        return False
    return _holds(tick, tick.target.has_changed) or _holds(tick, tick.target.configs_changed)


def _holds(tick: Tick, check: Callable[[Canary], bool]) -> bool:
    """What a check finds; one that cannot look finds nothing."""
    try:
        return check(tick.canary)
    except PortError:
        return False
