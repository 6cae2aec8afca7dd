import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xray_local.documents import document, trace_of
from xray_local.filters import FilterError, parse_filter
from xray_local.trace import Trace

CALL = {"id": "c", "name": "detail", "start_time": 1.0, "end_time": 1.05, "namespace": "remote"}
HTTP = {"request": {"method": "GET", "url": "http://shop/cart"}, "response": {"status": 200}}
BAD = {"request": {"method": "GET", "url": "http://detail/"}, "response": {"status": 503}}


@pytest.fixture(scope="module")
def trace() -> Trace:
    return trace_of(
        document(
            "Frontend",
            "f",
            end_time=1.2,
            http=HTTP,
            user="ann",
            annotations={"age": 7, "vip": True},
            subsegments=[CALL],
        ),
        document("Detail", "d", "c", fault=True, http=BAD, end_time=1.04, origin="AWS::ECS"),
    )


TRUE = [
    "",
    "  ",
    "fault",
    "!ok",
    "NOT ok",
    "fault = true",
    "throttle = false",
    "fault != false",
    "responsetime > 0.1",
    "responsetime >= 0.1 AND duration < 1",
    "http.status = 503",
    "http.status != 503",  # the frontend's is 200
    'http.url CONTAINS "cart"',
    'http.url beginswith "http://"',
    'http.url ENDSWITH "/"',
    'http.method = "GET"',
    'user = "ann"',
    "annotation.age = 7",
    "annotation[age] > 6.5",
    'annotation["age"]',
    "annotation.vip = true",
    'service("Detail") { fault }',
    'service("Detail") { fault AND responsetime < 0.05 }',
    'service("Detail").fault',
    'service(id(name: "Detail", type: "AWS::ECS"))',
    "service() { fault }",
    'service("Frontend") { ok } && !service("Frontend") { fault }',
    'edge("Frontend", "Detail") { fault }',
    'edge("client", "Frontend")',
    '(error OR fault) AND (http.status = 503 || user = "bob")',
    "!!fault",
    r'user != "a\"b"',
]
FALSE = [
    "ok",
    "error",
    "throttle",
    "partial",
    "responsetime > 1",
    "http.status > 503",
    'http.url = "cart"',
    "user > 3",
    "annotation.age = 8",
    "annotation.none",
    'annotation.age CONTAINS "7"',
    'service("Frontend") { fault }',
    'service("detail")',
    'service(id(name: "Detail", type: "other"))',
    'edge("Detail", "Frontend")',
    'edge("client", "Detail") { fault }',
    "fault AND ok",
    "ok OR fault AND ok",
]


@pytest.mark.parametrize("expression", TRUE)
def test_what_holds(expression: str, trace: Trace) -> None:
    assert parse_filter(expression)(trace)


@pytest.mark.parametrize("expression", FALSE)
def test_what_does_not_hold(expression: str, trace: Trace) -> None:
    assert not parse_filter(expression)(trace)


@pytest.mark.parametrize(
    "expression",
    [
        "falt",
        "fault AND",
        "AND fault",
        "(fault",
        "fault)",
        "responsetime >",
        "responsetime > x",
        'service("x"',
        'service("x") { fault',
        "service(x)",
        'edge("a")',
        "fault fault",
        'http.url = "open',
        "#",
        "annotation[",
        "annotation[]",
        "fault = 3",
        "fault =",
        "id(",
        'service(id(nam: "x"))',
        "(" * 60 + "fault" + ")" * 60,
        "fault " * 1_000,
        "1e999999",
    ],
)
def test_what_is_no_expression_is_said_on_one_line(expression: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(expression)
    assert str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


_WORDS = st.sampled_from(
    [
        *'!(){}[],:&|."=<>',
        "fault",
        "service",
        "edge",
        "id",
        "and",
        "or",
        "not",
        "annotation.x",
        "responsetime",
        '"x"',
        "3",
        "name",
        "http.status",
        "contains",
        "true",
    ]
)


@given(st.lists(_WORDS, max_size=30), st.sampled_from([" ", ""]))
def test_whatever_is_written_is_a_filter_or_one_line(words: list[str], between: str) -> None:
    trace = trace_of(document("x", "x"))
    with contextlib.suppress(FilterError):
        assert parse_filter(between.join(words))(trace) in (True, False)


@given(st.text(max_size=300))
def test_any_text_is_a_filter_or_one_line(text: str) -> None:
    with contextlib.suppress(FilterError):
        parse_filter(text)
