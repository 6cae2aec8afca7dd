import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtester.webhooks.tasks.hey import failures, plain_invocation, progress_reader


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("hey -z 1m -q 5 http://x/", ["-z", "1m", "-q", "5", "http://x/"]),
        ("  hey\thttp://x/ ", ["http://x/"]),
        ("hey -H 'A: b c' http://x/", ["-H", "A: b c", "http://x/"]),
        ('hey -d "" http://x/', ["-d", "", "http://x/"]),
    ],
)
def test_a_plain_invocation(command: str, arguments: list[str]) -> None:
    assert plain_invocation(command) == arguments


@pytest.mark.parametrize(
    "command",
    ["hey", "", "wrk http://x/", "/usr/bin/hey http://x/", "X=1 hey http://x/", "heyy http://x/"]
    + [f"hey http://x/ {operator}" for operator in (";id", "&", "| sh", "> f", "$X", "`id`", "\n")]
    + ["hey 'http://x/", "hey http://x/?a=1", "hey ~/x"],
)
def test_anything_else_is_for_the_shell(command: str) -> None:
    assert plain_invocation(command) is None


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
