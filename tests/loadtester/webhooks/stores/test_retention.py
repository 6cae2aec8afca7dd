from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtester.webhooks.errors import BusyError
from loadtester.webhooks.runs.run import Run, RunState
from loadtester.webhooks.stores.retention import (
    forgotten_gates,
    refuse_gate,
    refuse_unreported,
    retained,
)

RUN = Run("", "k", "a.b", "cmd", "t", "p", "c", RunState.FAILED, 1.0)

RUNS = st.lists(
    st.builds(
        lambda key, later, reported: replace(
            RUN, key=key, verdict_later=later, reported=reported or not later
        ),
        st.sampled_from("abcdef"),
        st.booleans(),
        st.booleans(),
    ),
    max_size=30,
).map(lambda runs: [replace(run, id=str(number)) for number, run in enumerate(runs)])


@given(RUNS, st.integers(1, 10))
def test_a_verdict_is_kept_until_it_was_reported(runs: list[Run], history: int) -> None:
    kept = retained(runs, history)
    assert kept == [run for run in runs if run in kept], "in their order"
    assert kept[-history:] == runs[-history:]
    newest = {run.key: run for run in runs if run.verdict_later}
    assert all(run in kept for run in newest.values())
    assert len(kept) <= history + len(newest)


@given(RUNS, st.integers(1, 5), st.integers(0, 3))
def test_there_is_an_end_to_what_is_kept_besides(runs: list[Run], history: int, most: int) -> None:
    kept = retained(runs, history, most)
    older = kept[:-history]
    assert len(older) <= max(most, sum(not run.reported for run in older))
    newest = {run.key: run for run in runs if run.verdict_later}
    assert all(run in kept for run in newest.values() if not run.reported)


def test_too_many_verdicts_that_nobody_asks_for_stop_further_ones() -> None:
    refuse_unreported(9, 10)
    with pytest.raises(BusyError, match="10 verdicts wait to be asked for"):
        refuse_unreported(10, 10)


GATES = st.lists(st.tuples(st.sampled_from([f"g{n}" for n in range(9)]), st.booleans()))


@given(GATES, st.integers(1, 5))
def test_no_open_gate_is_ever_forgotten_and_their_number_has_an_end(
    changes: list[tuple[str, bool]], most: int
) -> None:
    gates: dict[str, bool] = {}
    is_open: dict[str, bool] = {}
    for gate, opens in changes:
        try:
            refuse_gate(gates, gate, opens, most)
        except BusyError:
            assert sum(is_open.values()) == most
            continue
        gates.pop(gate, None)
        gates[gate] = is_open[gate] = opens
        for name in forgotten_gates(gates, most):
            del gates[name]
        assert len(gates) <= most
    assert all(gates.get(gate, False) is state for gate, state in is_open.items())
