import pytest

from loadtester.thresholds.errors import ThresholdError
from loadtester.thresholds.grammar import Threshold, Unit, parse, split


@pytest.mark.parametrize(
    ("text", "threshold"),
    [
        ("p99<250ms", Threshold("p99", "<", 0.25, Unit.SECONDS)),
        ("p99.9 <= 1m30s", Threshold("p99.9", "<=", 90, Unit.SECONDS)),
        ("error_rate<1%", Threshold("error_rate", "<", 0.01, Unit.SHARE)),
        ("rate>=99", Threshold("rate", ">=", 99, Unit.NUMBER)),
        ("rate >= 99.5%", Threshold("rate", ">=", 0.995, Unit.SHARE)),
        ("status:5xx==0", Threshold("status:5xx", "==", 0, Unit.NUMBER)),
        ("status:200!=0%", Threshold("status:200", "!=", 0, Unit.SHARE)),
        ("service:max>.5s", Threshold("service:max", ">", 0.5, Unit.SECONDS)),
    ],
)
def test_reads_a_threshold(text: str, threshold: Threshold) -> None:
    assert parse(text) == threshold


@pytest.mark.parametrize(
    "text",
    ["", "p99", "p99<", "<5", "p99=5ms", "p99<5ms<6ms", "p99<5 ms", "p99<1x", "p99<-1", "P99<1s"],
)
def test_refuses_what_it_cannot_read_and_says_which(text: str) -> None:
    with pytest.raises(ThresholdError) as failure:
        parse(text)
    assert repr(text) in str(failure.value)


@pytest.mark.parametrize(
    ("comparison", "held"),
    [
        ("<", (1, 0, 0)),
        ("<=", (1, 1, 0)),
        ("==", (0, 1, 0)),
        ("!=", (1, 0, 1)),
        (">", (0, 0, 1)),
        (">=", (0, 1, 1)),
    ],
)
def test_holds_below_at_and_above_the_bound(comparison: str, held: tuple[int, int, int]) -> None:
    threshold = parse(f"rate{comparison}10")
    assert tuple(map(threshold.holds, (9.9, 10, 10.1))) == held


@pytest.mark.parametrize(
    "text", ["p99<250ms", "p99<1.234567s", "error_rate<0.10%", "status:5xx==0", "rate>=99.9999%"]
)
def test_prints_what_it_read(text: str) -> None:
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        (Unit.SECONDS, 0.0123456, "12.35ms"),
        (Unit.NUMBER, 99.0, "99"),
        (Unit.SHARE, 0.0255833, "2.558%"),
        (Unit.SHARE, 0.999999, "99.9999%"),
        (Unit.SHARE, 1.0, "100%"),
    ],
)
def test_prints_what_was_measured(unit: Unit, value: float, text: str) -> None:
    assert unit.render(value) == text


def test_splits_a_list() -> None:
    assert split("p99<1s, errors==0 ,") == ["p99<1s", "errors==0"]
