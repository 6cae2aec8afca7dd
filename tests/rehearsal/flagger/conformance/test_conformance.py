"""This controller decides as Flagger does: the same runs, tick by tick."""

import pytest

from tests.rehearsal.flagger.conformance.compare import first_difference
from tests.rehearsal.flagger.conformance.play import play
from tests.rehearsal.flagger.conformance.recording import FILES, recordings

# Runs that must be equal, and runs there are.
FLOORS = {
    "curated": (52, 52),
    "ordinary": (450, 450),
    "plans": (200, 200),
    "odd": (249, 250),
    "edits": (150, 150),
    "probes": (264, 292),
}


@pytest.mark.parametrize("file", FILES)
def test_recorded_runs_are_decided_as_flagger_decided_them(file: str) -> None:
    equal = total = 0
    for recording in recordings(file):
        total += 1
        equal += first_difference(recording.flagger, play(recording.scenario)) is None
    floor, expected_total = FLOORS[file]
    assert total == expected_total
    assert equal >= floor
