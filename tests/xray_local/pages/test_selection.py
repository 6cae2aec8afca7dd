import math
from itertools import count

import pytest

from tests.xray_local.pages.samples import START_S, rehearsed, store_of
from xray_local.pages.selection import PAGE, find_traces, matching_traces, read_selection

NOW_S = START_S + 60


def _ids(traces: object) -> list[int]:
    assert isinstance(traces, list | tuple)
    return [int(trace.id, 16) for trace in traces]


def test_the_latest_come_first_in_pages() -> None:
    store = store_of(*(rehearsed(n, 2) for n in range(1, 121)))
    first = find_traces(store, read_selection({}, NOW_S))
    assert _ids(first.traces) == list(range(120, 70, -1))
    assert first.has_more
    last = find_traces(store, read_selection({"page": "2"}, NOW_S))
    assert _ids(last.traces) == list(range(20, 0, -1))
    assert not last.has_more
    assert PAGE == 50


def test_filters_are_x_rays() -> None:
    traces = [rehearsed(n, 3 if n % 3 == 0 else 2, status=500 if n % 3 == 0 else 200)
              for n in range(1, 10)]  # fmt: skip
    store = store_of(*traces)
    asked = read_selection({"filter": 'fault AND service("Product-Detail-V3")'}, NOW_S)
    assert _ids(find_traces(store, asked).traces) == [9, 6, 3]


def test_the_slowest_first() -> None:
    store = store_of(*(rehearsed(n, 2, length_ms=10.0 + n * 7 % 5) for n in range(1, 6)))
    found = find_traces(store, read_selection({"order": "slowest"}, NOW_S)).traces
    times = [trace.response_time_s for trace in found]
    assert times == sorted(times, reverse=True)


def test_time_ranges() -> None:
    asked = read_selection({"range": "60"}, NOW_S)
    assert (asked.start_s, asked.end_s) == (START_S, math.inf)
    own = read_selection({"since": "2025-11-24T16:00", "until": "2025-11-24T16:00:30+00:00"}, NOW_S)
    assert own.end_s - own.start_s == 30
    assert not own.error


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"filter": "fault AND ("}, ""),
        ({"filter": "x" * 1_001}, "1000 characters"),
        ({"range": "7"}, "time range"),
        ({"since": "yesterday"}, "'yesterday' is not a time"),
        ({"until": "9" * 500}, "is not a time"),
    ],
)
def test_what_cannot_be_meant_is_said_and_selects_nothing(
    query: dict[str, str], words: str
) -> None:
    asked = read_selection(query, NOW_S)
    assert asked.error
    assert words in asked.error
    store = store_of(rehearsed(1, 2))
    assert not find_traces(store, asked).traces
    assert not matching_traces(store, asked).traces


@pytest.mark.parametrize("page", ["-1", "x", "1e3", "9" * 40, "²"])
def test_no_page_is_the_first(page: str) -> None:
    assert read_selection({"page": page}, NOW_S).page == 0


def test_a_selection_is_its_address() -> None:
    query = {"filter": 'service("a&b") AND fault', "range": "300", "order": "slowest"}
    asked = read_selection(query, NOW_S)
    assert asked.query() == "filter=service%28%22a%26b%22%29+AND+fault&range=300&order=slowest"
    assert asked.query(page=2, filter="").startswith("range=300")
    assert read_selection({}, NOW_S).query() == ""


def test_a_search_ends_when_its_time_is_used_up_and_says_so() -> None:
    store = store_of(*(rehearsed(n, 2) for n in range(1, 301)))
    asked = read_selection({"filter": "fault"}, NOW_S)
    ticks = count()
    found = find_traces(store, asked, budget_s=2.5, cpu_s=lambda: float(next(ticks)))
    assert (found.searched, found.stored, found.cut_short) == (192, 300, True)


def test_a_map_takes_so_many_and_no_more() -> None:
    store = store_of(*(rehearsed(n, 2) for n in range(1, 30)))
    found = matching_traces(store, read_selection({}, NOW_S), most=10)
    assert (len(found.traces), found.cut_short) == (10, True)
