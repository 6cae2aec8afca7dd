import itertools

from hypothesis import given
from hypothesis import strategies as st

from loadtester.webhooks.tasks.hey import failures, progress_reader

PROGRESS = b'{"progress": {"done": 1}}\n'
TEXT = b'Summary:\n{"prog\n{}\n'


@given(st.lists(st.integers(0, 120)))
def test_progress_is_taken_out_however_it_is_cut(cuts: list[int]) -> None:
    whole = TEXT + PROGRESS + b"tail\n" + PROGRESS
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    shown: list[object] = []
    keep = progress_reader(shown.append)
    kept = b"".join(keep(whole[a:b]) for a, b in itertools.pairwise(places))
    assert kept == TEXT + b"tail\n"
    assert shown == [{"done": 1}] * 2


def test_broken_progress_stays_output() -> None:
    keep = progress_reader(lambda _: None)
    assert keep(b'{"progress": nonsense\n{"progress": 5}\n') == (
        b'{"progress": nonsense\n{"progress": 5}\n'
    )


def test_failures_name_threshold_and_value() -> None:
    document = {
        "thresholds": [
            {"threshold": "p99<1ms", "ok": False, "actual": "2ms"},
            {"threshold": "errors==0", "ok": True, "actual": "0"},
        ]
    }
    assert failures(document) == ("p99<1ms (was 2ms)",)
