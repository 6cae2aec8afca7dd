from pathlib import Path

import pytest

from commons.errors import UsageError
from loadtester.hey.time_scale import time_scale


@pytest.mark.parametrize(("text", "factor"), [("20", 20), ("0.5", 0.5), ("", 1)])
def test_the_environment_sets_the_speed(text: str, factor: float) -> None:
    assert time_scale({"HEY_TIME_SCALE": text}) == factor


def test_a_file_has_a_factor_that_may_change(tmp_path: Path) -> None:
    file = tmp_path / "scale"
    for factor in (20, 5):
        file.write_text(f"{factor}\n")
        assert time_scale({"HEY_TIME_SCALE": f"@{file}"}) == factor


@pytest.mark.parametrize("text", ["fast", "", "9" * 5000])
def test_a_file_of_nonsense_is_refused_by_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "scale"
    file.write_text(text)
    for name in (file, tmp_path / "absent", tmp_path):
        with pytest.raises(UsageError, match="HEY_TIME_SCALE"):
            time_scale({"HEY_TIME_SCALE": f"@{name}"})


def test_unset_changes_nothing() -> None:
    assert time_scale({}) == 1.0


@pytest.mark.parametrize("text", ["0", "-1", "fast", "inf", "nan", "1e99", "1e-99", "9" * 5000])
def test_nonsense_is_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError, match="HEY_TIME_SCALE"):
        time_scale({"HEY_TIME_SCALE": text})
