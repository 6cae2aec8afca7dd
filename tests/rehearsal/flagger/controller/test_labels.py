"""`-include-label-prefix`, and what belongs to Flux."""

from dataclasses import replace

import pytest

from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.labels import included, without_toolkit
from rehearsal.simulated.simulation import Simulation
from tests.rehearsal.specs import canary

LABELS = {
    "app": "detail",
    "team": "shop",
    "team.example.com/name": "shop",
    "kustomize.toolkit.fluxcd.io/name": "flux",
}


@pytest.mark.parametrize(
    ("prefixes", "kept"),
    [
        ((), set()),
        (("",), set()),
        (("", "team"), {"team", "team.example.com/name"}),
        (("team.",), {"team.example.com/name"}),
        (("app", "team."), {"app", "team.example.com/name"}),
        (("*",), {"app", "team", "team.example.com/name"}),
        (("Team",), set()),
        (("kustomize",), set()),
    ],
)
def test_labels_are_copied_by_the_beginning_of_their_names(
    prefixes: tuple[str, ...], kept: set[str]
) -> None:
    found = included(LABELS, prefixes)
    assert set(found) == kept
    assert all(LABELS[key] == value for key, value in found.items())


def test_what_flux_put_there_is_never_copied() -> None:
    assert set(without_toolkit(LABELS)) == {"app", "team", "team.example.com/name"}


def test_flaggers_default_copies_none() -> None:
    assert Flags().include_label_prefixes == ()


def test_a_primary_has_the_labels_that_the_flag_names() -> None:
    for prefixes, expected in (((), {"app"}), (("team",), {"app", "team"})):
        flags = Flags(include_label_prefixes=prefixes)
        simulation = Simulation(canary(), flags=flags)
        target = simulation.workloads.target_workload
        assert target is not None
        labels = {"app": "detail", "team": "shop", "other": "x"}
        simulation.workloads.target_workload = replace(target, labels=labels)
        simulation.tick()
        primary = simulation.workloads.primary()
        assert primary is not None
        assert set(primary.labels) == expected
        assert primary.labels["app"] == "detail-primary"
