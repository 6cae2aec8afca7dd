"""The shapes import locust, which patches its process: so they are asked in one of their own."""

import json
import subprocess
import sys
from itertools import groupby, pairwise

import pytest

from tests.loadtester.webhooks.running import environment

ASK = """
import importlib, json, sys
users_at = importlib.import_module(f"loadtester.locust.shapes.{sys.argv[1]}").users_at
print(json.dumps([users_at(second, 50, 100.0) for second in range(101)]))
"""


def users(shape: str) -> list[int | None]:
    argv = [sys.executable, "-c", ASK, shape]
    asked = subprocess.run(argv, capture_output=True, env=environment(), timeout=60, check=True)
    answer: list[int | None] = json.loads(asked.stdout)
    return answer


@pytest.fixture(scope="module")
def curves() -> dict[str, list[int | None]]:
    return {shape: users(shape) for shape in ("steps", "spike", "soak")}


def test_steps_go_up_in_five_equal_steps(curves: dict[str, list[int | None]]) -> None:
    steps = [(height, len(list(group))) for height, group in groupby(curves["steps"][:100])]
    assert steps == [(10, 20), (20, 20), (30, 20), (40, 20), (50, 20)]


def test_a_spike_is_calm_then_everybody_then_calm(curves: dict[str, list[int | None]]) -> None:
    spike = [(height, len(list(group))) for height, group in groupby(curves["spike"][:100])]
    assert spike == [(5, 40), (50, 20), (5, 40)]


def test_a_soak_ramps_stays_and_ramps(curves: dict[str, list[int | None]]) -> None:
    soak = [height for height in curves["soak"][:100] if height is not None]
    assert soak[10:91] == [50] * 81
    assert all(a <= b for a, b in pairwise(soak[:10]))
    assert all(a >= b for a, b in pairwise(soak[90:]))


def test_all_are_over_when_the_time_is(curves: dict[str, list[int | None]]) -> None:
    for curve in curves.values():
        assert curve[100] is None
        assert None not in curve[:100]
