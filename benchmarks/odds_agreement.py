"""Exact odds beside sampled ones, and beside the real controller over requests drawn one by one.

    python -m benchmarks.odds_agreement [RUNS]

The cases are those of the tests; each line has the chance of a rollback three ways, and how many
standard deviations the drawn ones are off.
"""

import math
import sys
from random import Random

from rehearsal.probability import Setting, subject_of
from rehearsal.probability.arrivals import Stream
from rehearsal.probability.sampling import Sampler
from rehearsal.probability.timeline import Scrapes, microseconds
from tests.rehearsal.probability.cluster import rollback_share
from tests.rehearsal.probability.test_against_the_controller import CASES, Case, exact_rollback


def main() -> None:
    """Compare and print a line for each case."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(f"{'case':44} {'exact':>7} {'sampled':>9} {'off':>6} {'controller':>11} {'off':>6}")
    for case in CASES:
        exact = exact_rollback(case)
        sampled = sampled_share(case, runs)
        brute = rollback_share(case.canary, case.weather, runs, seed=11)
        print(
            f"{case.name:44} {exact:7.4f} {sampled:9.4f} {off(sampled, exact, runs):+6.2f}"
            f" {brute:11.4f} {off(brute, exact, runs):+6.2f}",
            flush=True,
        )


def sampled_share(case: Case, runs: int) -> float:
    """The share of drawn rollouts that are rolled back."""
    weather, subject = case.weather, subject_of(case.canary)
    setting = Setting(scrape_s=weather.scrape_s)
    stream = Stream(weather.traffic_per_s, weather.error_share, setting)
    scrapes = Scrapes(microseconds(weather.scrape_s), microseconds(weather.phase_s))
    sampler = Sampler(subject.plan, subject.interval_s, subject.checks, subject.timeline(), stream)
    randomness = Random(runs)
    drawn = [sampler.rollout(scrapes, randomness).end for _ in range(runs)]
    return drawn.count("rolled back") / runs


def off(share: float, expected: float, runs: int) -> float:
    """How many standard deviations a share is from what is expected of so many runs."""
    return (share - expected) / math.sqrt(max(expected * (1 - expected), 1 / runs) / runs)


if __name__ == "__main__":
    main()
