"""podinfo under Flagger's documented Canaries: a good build is promoted, a bad one rolled back.

Istio by default, all providers and kinds of bad builds with REHEARSE_ALL_PROVIDERS=1.
"""

import json
import os
from pathlib import Path

import pytest

from tests.e2e.go_programs import podinfo, search_path
from tests.e2e.podinfo import COMMAND, SETTINGS, write_manifests
from tests.e2e.rehearsing import rehearsing

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

_USUAL = ("istio",)
_EVERY = bool(os.environ.get("REHEARSE_ALL_PROVIDERS"))
_BAD_BUILDS = ("--random-error", *(("--random-delay --random-delay-max=3",) if _EVERY else ()))


def _providers() -> list[object]:
    skip = pytest.mark.skip(reason="REHEARSE_ALL_PROVIDERS=1 plays all providers")
    return [pytest.param(name, marks=() if _EVERY or name in _USUAL else skip) for name in SETTINGS]


def _arguments(folder: Path, provider: str, candidate: str) -> tuple[str, ...]:
    return (
        *("run", "-f", str(write_manifests(folder, provider))),
        *("--stable", COMMAND, "--candidate", f"{COMMAND} {candidate}"),
        *("--speed", "5", "--report", str(folder / "r.json")),
    )


@pytest.mark.parametrize("provider", _providers())
def test_a_good_build_is_promoted(tmp_path: Path, provider: str) -> None:
    words = _arguments(tmp_path, provider, "--ui-message=new")
    with rehearsing(*words, folder=tmp_path, env=search_path(podinfo())) as run:
        assert run.wait(200) == 0, run.output + run.errors
        assert run.none_left() == {}
    rollout = json.loads((tmp_path / "r.json").read_text())["steps"][1]
    assert rollout["ending"] == "promoted"
    assert rollout["failed_requests"] == 0, rollout["failure_examples"]


@pytest.mark.parametrize("flags", _BAD_BUILDS)
@pytest.mark.parametrize("provider", _providers())
def test_a_bad_build_is_rolled_back(tmp_path: Path, provider: str, flags: str) -> None:
    words = _arguments(tmp_path, provider, flags)
    with rehearsing(*words, folder=tmp_path, env=search_path(podinfo())) as run:
        assert run.wait(200) == 3, run.output + run.errors
        assert run.none_left() == {}
        assert "Rolling back podinfo.test failed checks threshold reached 2" in run.output
        assert "Halt podinfo.test advancement " in run.output
