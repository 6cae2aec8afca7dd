"""How far a canary has come since a step began, read from its records. Pure.

Endings are read from the phases that were written, not from what was said: a run that began in the
step and came to Succeeded was promoted, one that came to Failed was rolled back. A phase is also
written again when nothing has happened (Flagger puts the weight back to 0 at the first tick after a
rollback), so that a Failed without a run counts only where an event tells of it.
"""

from collections.abc import Sequence

from rehearsal.flagger.canary.model import Canary, Phase
from rehearsal.recording.records import EventRecord, HookRecord, Record, StatusRecord, WeightRecord
from rehearsal.scenario.step import Condition, Ending

_BEGUN = frozenset({Phase.PROGRESSING, Phase.WAITING})
_ENDS: dict[str, Ending] = {Phase.SUCCEEDED: "promoted", Phase.FAILED: "rolled-back"}


def find_ending(records: Sequence[Record], canary: str) -> Ending | None:
    """The end that a run came to since; `initialized` for a bootstrap, None while there is none."""
    begun = failing = False
    ending: Ending | None = None
    for record in records:
        if isinstance(record, EventRecord) and record.canary == canary:
            failing |= record.phase == Phase.FAILED
        if not isinstance(record, StatusRecord) or record.canary != canary:
            continue
        if record.phase in _BEGUN:
            begun, ending = True, None
        elif record.phase == Phase.INITIALIZED and not begun:
            ending = "initialized"
        elif record.phase in _ENDS and (begun or (failing and record.phase == Phase.FAILED)):
            ending = _ENDS[record.phase]
    return ending


def is_met(condition: Condition, records: Sequence[Record], canary: Canary) -> bool:
    """Whether all that a condition wants has come."""
    name = canary.full_name
    wanted = (
        condition.ending is None or _ended(condition.ending, find_ending(records, name)),
        not condition.phase or canary.status.phase == condition.phase,
        not condition.event or _said(condition.event, records, canary),
        condition.weight is None or _reached(condition.weight, records, name),
        condition.iterations is None or canary.status.iterations >= condition.iterations,
        not condition.gate or _waits(condition.gate, records, name),
    )
    return all(wanted)


def event_text(text: str, canary: Canary) -> str:
    """An event's text with the names of the canary filled in."""
    names = {
        "{canary}": canary.full_name,
        "{target}": f"{canary.target}.{canary.namespace}",
        "{primary}": f"{canary.primary}.{canary.namespace}",
    }
    for placeholder, name in names.items():
        text = text.replace(placeholder, name)
    return text


def _ended(wanted: Ending, ending: Ending | None) -> bool:
    return ending is not None if wanted == "finished" else ending == wanted


def _said(text: str, records: Sequence[Record], canary: Canary) -> bool:
    wanted = event_text(text, canary)
    return any(
        isinstance(r, EventRecord) and r.canary == canary.full_name and r.message.startswith(wanted)
        for r in records
    )


def _reached(weight: int, records: Sequence[Record], canary: str) -> bool:
    return any(
        isinstance(r, WeightRecord) and r.canary == canary and r.canary_weight >= weight
        for r in records
    )


def _waits(gate: str, records: Sequence[Record], canary: str) -> bool:
    asked = [
        r for r in records if isinstance(r, HookRecord) and r.canary == canary and r.name == gate
    ]
    return bool(asked) and bool(asked[-1].failure)
