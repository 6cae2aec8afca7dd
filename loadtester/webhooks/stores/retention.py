"""Which runs and gates a store keeps. Pure."""

from collections.abc import Mapping, Sequence

from loadtester.webhooks.errors import BusyError
from loadtester.webhooks.runs.run import Run

MOST_VERDICTS = 10_000
"""Tasks whose newest run is kept beyond the history, for the call that asks for its verdict."""
MOST_GATES = 1000


def retained(runs: Sequence[Run], history: int, most_verdicts: int = MOST_VERDICTS) -> list[Run]:
    """Of `runs`, oldest first, those to keep, in the same order.

    The last `history` are kept, and before them the newest of each task whose verdict a later call
    asks for; if those are too many, the ones that were reported go first.
    """
    newest = {run.key: run.id for run in runs if run.verdict_later}
    older = [run for run in runs[:-history] if newest.get(run.key) == run.id]
    surplus = len(older) - most_verdicts
    dropped = {run.id for run in [run for run in older if run.reported][: max(0, surplus)]}
    return [*(run for run in older if run.id not in dropped), *runs[-history:]]


def refuse_unreported(unreported: int, most_verdicts: int) -> None:
    """BusyError if so many verdicts wait to be asked for that no run may add another."""
    if unreported >= most_verdicts:
        raise BusyError(f"{unreported} verdicts wait to be asked for; no room for another", 503, 60)


def refuse_gate(
    gates: Mapping[str, bool], gate: str, is_open: bool, most: int = MOST_GATES
) -> None:
    """BusyError if a gate that is to be opened would be one too many."""
    if is_open and not gates.get(gate) and sum(gates.values()) >= most:
        raise BusyError(f"{most} gates are open already; close some", 429, 60)


def forgotten_gates(gates: Mapping[str, bool], most: int = MOST_GATES) -> list[str]:
    """The closed gates to forget, of `gates` in the order of their last change."""
    closed = [gate for gate, is_open in gates.items() if not is_open]
    return closed[: max(0, len(gates) - most)]
