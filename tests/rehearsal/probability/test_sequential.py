"""Sequential tests: their promises, their speed, and their bounds against brute force."""

from __future__ import annotations

from random import Random

import pytest

from rehearsal.probability.sequential import (
    Hypotheses,
    MixtureSprt,
    SequentialTest,
    Sprt,
    fixed_test,
    follow,
    needs,
)

USUAL = Hypotheses(0.001, 0.02, 0.01, 0.05)
CLOSE = Hypotheses(0.01, 0.02, 0.05, 0.1)


@pytest.mark.parametrize("hypotheses", [USUAL, CLOSE])
def test_promises_and_order(hypotheses: Hypotheses) -> None:
    fixed, sprt, anytime = needs(hypotheses)
    for need in (fixed, sprt, anytime):
        assert need.spared <= hypotheses.alpha * 1.01
        assert need.caught >= (1 - hypotheses.beta) * 0.995
        assert need.unfinished < 0.001
    assert sprt.requests_healthy < anytime.requests_healthy < fixed.requests_healthy
    assert sprt.requests_broken < anytime.requests_broken < fixed.requests_broken


def test_the_anytime_test_holds_for_every_share_beyond() -> None:
    test = MixtureSprt(CLOSE)
    for share in (0.001, 0.005, 0.01):
        assert follow(test, share)[0] <= CLOSE.alpha
    for share in (0.02, 0.05, 0.3):
        assert follow(test, share)[0] >= 1 - CLOSE.beta


def test_a_fixed_test_is_the_smallest() -> None:
    need = fixed_test(USUAL)
    assert need is not None
    assert need.requests_healthy == need.requests_broken == 313


@pytest.mark.slow
@pytest.mark.parametrize("test", [Sprt(USUAL), MixtureSprt(USUAL)])
@pytest.mark.parametrize("share", [0.001, 0.02, 0.2])
def test_following_is_what_draws_come_to(test: SequentialTest, share: float) -> None:
    randomness, runs, rolled_back, total = Random(5), 600, 0, 0
    for _ in range(runs):
        requests, failures = 0, 0
        while True:
            requests += 1
            failures += randomness.random() < share
            if test.rolls_back(requests, failures):
                rolled_back += 1
                break
            if test.promotes(requests, failures):
                break
        total += requests
    expected, mean, unfinished = follow(test, share)
    assert rolled_back / runs == pytest.approx(expected, abs=0.04)
    assert total / runs == pytest.approx(mean, rel=0.12)
    assert unfinished == 0
