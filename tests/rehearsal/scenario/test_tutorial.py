import re
from typing import Any

import pytest

from rehearsal.errors import UserError
from rehearsal.flagger.canary.model import Canary, CanarySpec
from rehearsal.flagger.canary.parse import load_canary
from rehearsal.manifests import shipped_manifests
from rehearsal.scenario.tutorial import CANARY, tutorial, weights
from tests.data import TUTORIAL_MANIFESTS


def _canary(analysis: dict[str, Any]) -> Canary:
    spec = {
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"},
        "service": {"port": 80},
        "analysis": {"interval": "1m", "threshold": 1, **analysis},
    }
    return Canary("shop", "demo", CanarySpec.model_validate(spec))


@pytest.mark.parametrize(
    ("analysis", "expected"),
    [
        ({"stepWeight": 5, "maxWeight": 15}, (5, 10, 15)),
        ({"stepWeight": 20, "maxWeight": 50}, (20, 40, 60)),
        ({"stepWeight": 30}, (30, 60, 90, 100)),
        ({"stepWeights": [1, 2, 10, 200]}, (1, 2, 10, 100)),
        ({"stepWeight": 0}, ()),
    ],
)
def test_weights_are_flagger_s(analysis: dict[str, Any], expected: tuple[int, ...]) -> None:
    assert weights(_canary(analysis)) == expected


def test_the_shipped_canary_tells_the_tutorial() -> None:
    acts = tutorial(load_canary(shipped_manifests() / CANARY))
    assert [act.version for act in acts] == ["1", "2", "2", "3"]
    drill = acts[2].drill
    assert drill is not None
    assert drill.commands[1] == (
        "hey -z 1m -c 5 -q 5 http://detail-canary.flagger:3000/catalogDetail"
    )
    assert re.fullmatch(
        acts[2].lines[4], "Halt detail.flagger advancement success rate 23.03% < 99%"
    )


def test_the_tutorial_s_own_canary_tells_the_same() -> None:
    assert tutorial(load_canary(TUTORIAL_MANIFESTS / "flagger-canary.yaml")) == tutorial(
        load_canary(shipped_manifests() / CANARY)
    )


def test_a_higher_threshold_halts_more_often_and_loads_longer() -> None:
    rollback = tutorial(_canary({"stepWeight": 10, "threshold": 3}))[2]
    halts = [line for line in rollback.lines if line.startswith("Halt")]
    assert len(halts) == 3
    assert rollback.drill is not None
    assert "hey -z 3m" in rollback.drill.commands[1]


def test_the_way_back_in_steps() -> None:
    promotion = tutorial(_canary({"stepWeight": 60, "stepWeightPromotion": 50}))[1]
    steps = [line for line in promotion.lines if "primary\\ weight" in line]
    assert [step.rpartition("\\ ")[2] for step in steps] == ["50", "100"]


def test_post_rollout_hooks_speak_before_the_end_of_a_promotion_and_after_a_rollback() -> None:
    hook = {"name": "tell", "type": "post-rollout", "url": "http://x/"}
    acts = tutorial(_canary({"stepWeight": 50, "webhooks": [hook]}))
    assert "tell" in acts[1].lines[-2]
    assert "tell" in acts[2].lines[-1]


@pytest.mark.parametrize(
    ("analysis", "said"),
    [
        ({"iterations": 5}, "stepWeight"),
        (
            {
                "stepWeight": 5,
                "webhooks": [{"name": "gate", "type": "confirm-rollout", "url": "http://x/"}],
            },
            r"webhooks\[0\].type: 'confirm-rollout'",
        ),
    ],
)
def test_what_the_tutorial_cannot_be_told_of(analysis: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        tutorial(_canary(analysis))
