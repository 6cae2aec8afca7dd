import pytest

from loadtester.load.errors import PlanError
from loadtester.load.schedules.burst import Burst


def test_a_burst_arrives_at_once_and_the_next_after_the_interval() -> None:
    burst = Burst.parse("3/250ms")
    assert [burst.planned_ns(i) for i in range(7)] == [0] * 3 + [250_000_000] * 3 + [500_000_000]
    assert burst.describe() == "burst:3/250ms"


@pytest.mark.parametrize("text", ["3", "0/1s", "x/1s", "3/0s"])
def test_malformed_bursts_are_refused(text: str) -> None:
    with pytest.raises(PlanError, match="burst"):
        Burst.parse(text)
