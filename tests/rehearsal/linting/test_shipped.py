"""No finding on anything that is shipped, but for what its comments accept."""

from pathlib import Path

import pytest

from rehearsal.flagger.providers import NAMES
from rehearsal.linting import Options, lint
from rehearsal.manifests import load_manifests, shipped_manifests
from rehearsal.manifests.builders import _program
from rehearsal.webhooks.calls import TASKS

OVERLAYS = sorted((shipped_manifests() / "overlays").iterdir())


@pytest.mark.skipif(_program("kubectl") is None, reason="needs kubectl")
@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)
def test_an_overlay(overlay: Path) -> None:
    findings = lint(load_manifests([overlay]), Options(is_complete=True))
    assert [str(one) for one in findings if one.rule != "not-given"] == []


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)
def test_a_canary_alone(overlay: Path) -> None:
    findings = lint(load_manifests([overlay / "canary.yaml"]))
    assert [one.rule for one in findings] == ["not-given"]


def test_task_types_are_those_of_the_load_tester() -> None:
    from loadtester.webhooks.tasks import TYPES

    assert set(TYPES) == TASKS


def test_every_provider_has_been_thought_of() -> None:
    assert {overlay.name.split(":")[0] for overlay in OVERLAYS} - {"linkerd"} <= {
        name.split(":")[0] for name in NAMES
    }
