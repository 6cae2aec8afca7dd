import pytest

from commons.errors import UsageError
from loadtester.hey.time_scale import time_scale


@pytest.mark.parametrize(("text", "factor"), [("20", 20), ("0.5", 0.5), ("", 1)])
def test_the_environment_sets_the_speed(text: str, factor: float) -> None:
    assert time_scale({"HEY_TIME_SCALE": text}) == factor


def test_unset_changes_nothing() -> None:
    assert time_scale({}) == 1.0


@pytest.mark.parametrize("text", ["0", "-1", "fast", "inf", "nan", "1e99", "1e-99", "9" * 5000])
def test_nonsense_is_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError, match="HEY_TIME_SCALE"):
        time_scale({"HEY_TIME_SCALE": text})
