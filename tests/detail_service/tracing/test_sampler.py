import random
from itertools import pairwise

import pytest
from aws_xray_sdk.core.sampling.local.sampler import LocalSampler

from detail_service.tracing.sampler import FIXED_RATE, DefaultRuleSampler
from tests.detail_service.support import Clock


def test_the_rate_is_that_of_the_sdk() -> None:
    rule = LocalSampler()._default_rule

    assert (rule.reservoir.traces_per_sec, rule.rate) == (1, FIXED_RATE)


def test_the_first_request_of_each_second_is_taken() -> None:
    clock = Clock()
    sampler = DefaultRuleSampler(1e-12, clock)
    taken = []
    for tenth in range(30):
        clock.now = 1000 + tenth / 10
        taken.append(sampler.should_trace())

    assert [tenth for tenth, is_taken in enumerate(taken) if is_taken] == [0, 10, 20]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_of_the_rest_five_percent_are_taken_independently(seed: int) -> None:
    """Within five standard deviations: the share, and the share of those right after another."""
    sampler = DefaultRuleSampler(clock=Clock(), draw=random.Random(seed).random)
    sampler.should_trace()
    taken = [sampler.should_trace() for _ in range(100_000)]
    after_another = [second for first, second in pairwise(taken) if first]

    assert sum(taken) == pytest.approx(5_000, abs=5 * (100_000 * 0.05 * 0.95) ** 0.5)
    assert sum(after_another) == pytest.approx(250, abs=5 * (5_000 * 0.05 * 0.95) ** 0.5)
