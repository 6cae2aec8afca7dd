"""This controller decides as Flagger does: the same runs, tick by tick."""

import pytest

from tests.rehearsal.flagger.conformance.compare import first_difference
from tests.rehearsal.flagger.conformance.play import play
from tests.rehearsal.flagger.conformance.recording import FILES, recordings

RUNS = {
    "curated": 52,
    "ordinary": 450,
    "plans": 200,
    "odd": 250,
    "edits": 150,
    "probes": 292,
}

DIFFERENCES = {
    "nginx: no ingressRef, primary fails in bootstrap": (
        "Flagger ends with a nil pointer; here the missing reference is an event"
    ),
    "skipper: no ingressRef, primary fails in bootstrap": (
        "Flagger ends with a nil pointer; here the missing reference is an event"
    ),
    "knative target": (
        "Flagger was recorded without Knative's API and ends with a nil pointer;"
        " here an event says that there is no such service"
    ),
    "template provider keptn": (
        "Flagger was recorded without a kubeconfig and cannot ask Keptn;"
        " here the port that asks answers for Keptn, and the recorded one does answer"
    ),
}
"""Runs that differ, and why."""


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES)
def test_recorded_runs_are_decided_as_flagger_decided_them(file: str) -> None:
    runs = list(recordings(file))
    assert len(runs) == RUNS[file]
    differing = {
        run.id for run in runs if first_difference(run.flagger, play(run.scenario)) is not None
    }
    expected = {run.id for run in runs} & DIFFERENCES.keys()
    assert differing == expected
