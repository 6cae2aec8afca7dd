"""Quotas on a virtual clock."""

from hypothesis import given
from hypothesis import strategies as st

from xray_local.sampling.rules import SamplingRules
from xray_local.sampling.targets import Report, SamplingTargets


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def shared(size: int) -> tuple[SamplingTargets, Clock]:
    clock = Clock()
    rules = SamplingRules(clock)
    rules.update({"RuleName": "Default", "ReservoirSize": size})
    return SamplingTargets(rules, clock), clock


def quota(targets: SamplingTargets, client: str, at_s: float = 1_000.0) -> int:
    found = targets.report(Report("Default", client, 1, 1, 0, at_s))
    assert found is not None
    return int(found["ReservoirQuota"])


@given(st.integers(0, 50), st.integers(1, 12))
def test_quotas_of_all_who_sample_add_up_to_the_reservoir(size: int, clients: int) -> None:
    targets, _ = shared(size)
    names = [f"client-{number}" for number in range(clients)]
    for name in names:
        quota(targets, name)
    assert sum(quota(targets, name) for name in names) == size


def test_the_share_of_one_that_has_ended_is_free() -> None:
    targets, clock = shared(10)
    quota(targets, "a")
    assert quota(targets, "b") == 5
    clock.now_s += 31
    assert quota(targets, "b") == 10


def test_the_quota_holds_longer_than_an_interval() -> None:
    targets, clock = shared(1)
    found = targets.report(Report("Default", "a", 1, 1, 0, clock.now_s))
    assert found is not None
    assert found["ReservoirQuotaTTL"] > clock.now_s + found["Interval"]


def test_there_is_a_bound_of_clients_and_reports() -> None:
    targets, _ = shared(5)
    for number in range(1_500):
        quota(targets, f"c{number}", at_s=number * 10.0)
    assert len(targets.summaries()) == 1_000
    assert quota(targets, "last") == 0
