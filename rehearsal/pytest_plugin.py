"""The pytest plugin: a fixture `rehearsal` that rolls a candidate out and gives back what came.

It has no hooks and imports nothing of the rehearsal until the fixture is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from rehearsal.api import RolloutResult
    from rehearsal.simulated import Run


class RehearsalFixture:
    """Call it for a live rollout; `simulate` plays one in milliseconds, `play` a scripted one.

    They take what `rehearse`, `simulate` and `play` of `rehearsal` take. When the test fails, the
    events of what was rehearsed are shown.
    """

    def __init__(self, node: pytest.Item) -> None:
        self._node = node

    def __call__(self, manifests: Any, **options: Any) -> RolloutResult:
        """`rehearsal.rehearse`: a rollout in the live world."""
        from rehearsal import rehearse

        return self._shown(rehearse(manifests, **options))

    def simulate(self, manifests: Any, **options: Any) -> RolloutResult:
        """`rehearsal.simulate`: a rollout in the simulated world."""
        from rehearsal import simulate

        return self._shown(simulate(manifests, **options))

    def play(self, scenario: Any, **options: Any) -> Run:
        """`rehearsal.play`: the control loop in a scripted world."""
        from rehearsal import play

        return play(scenario, **options)

    def _shown(self, result: RolloutResult) -> RolloutResult:
        self._node.add_report_section("call", f"rehearsal of {result.canary}", str(result))
        return result


@pytest.fixture
def rehearsal(request: pytest.FixtureRequest) -> RehearsalFixture:
    """Rehearse a Canary: `run = rehearsal("k8s/", stable="...", candidate="...")`."""
    return RehearsalFixture(request.node)
