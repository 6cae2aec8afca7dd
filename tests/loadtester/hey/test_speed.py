import pytest

from commons.errors import UsageError
from loadtester.hey.speed import speed


@pytest.mark.parametrize(("text", "factor"), [("20", 20), ("0.5", 0.5), ("", 1)])
def test_the_environment_sets_the_speed(text: str, factor: float) -> None:
    assert speed({"REHEARSAL_SPEED": text}) == factor


def test_unset_changes_nothing() -> None:
    assert speed({}) == 1.0


@pytest.mark.parametrize("text", ["0", "-1", "fast", "inf", "nan"])
def test_nonsense_is_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError, match="REHEARSAL_SPEED"):
        speed({"REHEARSAL_SPEED": text})
