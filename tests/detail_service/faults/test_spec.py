import pytest
from hypothesis import given
from hypothesis import strategies as st

from detail_service.faults.kinds.responses import Status

times = st.floats(0, 1000)


def test_before_after_nothing_happens_and_then_the_rate_grows_linearly() -> None:
    spec = Status(kind="status", rate=0.8, after=10, ramp=20)

    ages = [0, 9.99, 10, 15, 20, 30, 1000]
    assert [spec.rate_at(age) for age in ages] == pytest.approx([0, 0, 0, 0.2, 0.4, 0.8, 0.8])


def test_without_a_ramp_the_whole_rate_starts_at_once() -> None:
    spec = Status(kind="status", rate=0.3, after=5)

    assert [spec.rate_at(age) for age in (4.9, 5, 6)] == [0, 0.3, 0.3]


@given(st.floats(0, 1), times, times, times, times)
def test_the_rate_never_falls_and_never_exceeds_itself(
    rate: float, after: float, ramp: float, one: float, other: float
) -> None:
    spec = Status(kind="status", rate=rate, after=after, ramp=ramp)
    early, late = sorted((one, other))

    assert 0 <= spec.rate_at(early) <= spec.rate_at(late) <= rate


def test_a_lifetime_ends_and_no_lifetime_does_not() -> None:
    mortal, immortal = Status(kind="status", ttl=60), Status(kind="status")

    assert [mortal.expired(age) for age in (59.9, 60, 61)] == [False, True, True]
    assert not immortal.expired(10**9)


def test_a_spec_is_shown_as_it_was_written() -> None:
    spec = Status.model_validate({"kind": "status", "ttl": "90s", "ramp": "250ms"})
    shown = spec.model_dump(mode="json", exclude_none=True)

    assert (shown["ttl"], shown["ramp"]) == ("90s", "250ms")
    assert Status.model_validate(shown) == spec
