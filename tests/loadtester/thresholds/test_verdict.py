import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtester.load.errors import ErrorClass
from loadtester.load.measuring.result import RunResult
from loadtester.thresholds.errors import ThresholdError
from loadtester.thresholds.verdict import Judgement, judge, read_thresholds
from tests.loadtester.report.runs import made_run


def judged(text: str, run: RunResult) -> Judgement:
    (judgement,) = judge(read_thresholds([text]), run)
    return judgement


def test_a_kept_and_a_broken_threshold_say_what_was_measured() -> None:
    run = made_run({200: [10.0] * 9 + [400.0]})
    kept, broken = judge(read_thresholds(["p50<=10.1ms", "max<250ms"]), run)
    assert (kept.ok, broken.ok) == (True, False)
    assert broken.measured == "400ms"


@pytest.mark.parametrize(
    "text", ["p99<1h", "status:5xx==0", "errors==0", "error_rate<1%", "rate>=0", "dropped==0"]
)
def test_nothing_measured_keeps_no_promise(text: str) -> None:
    judgement = judged(text, made_run({}))
    assert not judgement.ok
    assert judgement.measured == "no samples"


def test_many_texts_and_lists_in_one_are_all_read() -> None:
    assert len(read_thresholds(["p99<1s, errors==0", "rate>=5"])) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("speed<1s", "no measure 'speed'"),
        ("p101<1s", "no measure 'p101'"),
        ("p99<250", "p99 is held against a duration such as 250ms"),
        ("errors<1s", "errors is held against a number or a share such as 1%"),
        ("status:6xx==0", "no measure 'status:6xx'"),
        ("error:boredom==0", "no measure 'error:boredom'"),
    ],
)
def test_what_cannot_be_judged_is_refused_before_the_run(text: str, message: str) -> None:
    with pytest.raises(ThresholdError, match=message):
        read_thresholds([text])


def test_failing_slowly_cannot_improve_a_percentile() -> None:
    timeouts = {ErrorClass.READ_TIMEOUT: [(20_000.0, "timeout")] * 5}
    assert judged("p99<1s", made_run({200: [10.0] * 95})).ok
    assert not judged("p99<1s", made_run({200: [10.0] * 95}, timeouts)).ok


NAMES = st.sampled_from(
    ["p99", "p", "errors", "status:5xx", "error:dns", "rate", "p1e9", "p99.9.9"]
)
ENDS = st.sampled_from(["<1s", "<=1%", "==0", "!=x", "<" * 9, ""])


@given(st.builds(str.__add__, NAMES | st.text(max_size=8), ENDS | st.text(max_size=8)))
def test_any_text_is_judged_or_refused_in_one_line(text: str) -> None:
    with contextlib.suppress(ThresholdError):
        for judgement in judge(read_thresholds([text]), made_run({200: [1.0]})):
            assert judgement.measured
