from tests.xray_local.pages.markup import well_formed
from tests.xray_local.pages.samples import START_S, hostile_traces, rehearsed, span
from xray_local.pages.trace_table import trace_rows, trace_table_html
from xray_local.trace import Trace


def test_a_row_is_the_request_and_what_came_of_it() -> None:
    quick, slow = rehearsed(1, 2, length_ms=20.0), rehearsed(2, 3, status=500, length_ms=40.0)
    first, second = trace_rows([quick, slow], lambda trace: trace.xray_id, START_S + 30)
    assert (first.method, first.state, first.response_time) == ("GET", "OK 200", "20.0 ms")
    assert (second.state, second.when) == ("Fault 502", "30 s ago")
    assert (first.share, second.share) == (0.5, 1.0)
    assert first.services.split(" → ")[-1] == "Product-Detail-V2"
    assert 'class="fault"' in second.bar


def test_without_a_present_there_are_times_of_the_day() -> None:
    (row,) = trace_rows([rehearsed(1, 2)], lambda trace: "")
    assert row.when == row.moment[11:-4]


def test_a_failure_further_down_does_not_take_the_status_of_the_first() -> None:
    trace = Trace("1" * 32, [span(1, "a"), span(2, "b", parent=1, status=503)])
    (row,) = trace_rows([trace], lambda one: "")
    assert row.state == "Fault"


def test_what_is_in_progress_has_no_time_yet() -> None:
    (row,) = trace_rows([Trace("1" * 32, [span(1, "a", length_ms=None)])], lambda one: "")
    assert row.response_time == "in progress"


def test_many_services_are_counted() -> None:
    spans = [span(n, f"s{n}", parent=n - 1) for n in range(1, 11)]
    (row,) = trace_rows([Trace("1" * 32, spans)], lambda one: "")
    assert row.services.endswith("s6 and 4 more")


def test_links_only_where_there_is_an_address() -> None:
    assert 'href="/x"' in trace_table_html([rehearsed(1, 2)], lambda trace: "/x")
    assert "href" not in trace_table_html([rehearsed(1, 2)])


def test_whatever_is_sent_the_table_is_well_formed() -> None:
    checker = well_formed(trace_table_html(hostile_traces(), lambda trace: trace.xray_id))
    assert "script" not in checker.met
