import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.metrics.exposition import (
    MAX_LINE_CHARACTERS,
    Sample,
    parse_line,
    parse_value,
    samples,
    series_part,
)

TEXT = """\
# HELP requests What was asked.
# TYPE requests counter
requests{code="200",path="/a \\"b\\"\\n"} 19
requests_total 3.5 1700000000000
bucket{le="+Inf"} 7
broken{
nan_value NaN
"""


def test_names_stay_as_they_are_written() -> None:
    found = list(samples(TEXT))
    assert [s.labels["__name__"] for s in found] == [
        "requests",
        "requests_total",
        "bucket",
        "nan_value",
    ]
    assert found[0].value == 19
    assert found[1].value == 3.5


def test_label_values_are_unescaped() -> None:
    assert next(samples(TEXT)).labels == {
        "__name__": "requests",
        "code": "200",
        "path": '/a "b"\n',
    }


LINES: dict[str, tuple[dict[str, str], float]] = {
    "a 1": ({}, 1),
    "a\t1": ({}, 1),
    "  a   1  ": ({}, 1),
    "a 1\r": ({}, 1),
    "a{} 1": ({}, 1),
    "a{ } 1": ({}, 1),
    'a {b = "c" , d="e" , } 1': ({"b": "c", "d": "e"}, 1),
    'a{b="c"}1': ({"b": "c"}, 1),
    'a{b="}"} 1': ({"b": "}"}, 1),
    'a{b="{,=#"} 1': ({"b": "{,=#"}, 1),
    'a{b="ü€😀"} 1': ({"b": "ü€😀"}, 1),
    r'a{b="\\"} 1': ({"b": "\\"}, 1),
    r'a{b="\\n"} 1': ({"b": "\\n"}, 1),
    r'a{b="\x"} 1': ({"b": r"\x"}, 1),
    r'a{b="\"\""} 1': ({"b": '""'}, 1),
    '{"a",b="c"} 1': ({"b": "c"}, 1),
    '{"a"} 1': ({}, 1),
    'a{"b.c"="d"} 1': ({"b.c": "d"}, 1),
    "a 1 1700000000000": ({}, 1),
    "a 1 1700000000.123": ({}, 1),
    "a 1 -5": ({}, 1),
    'a_bucket{le="1"} 1 # {trace_id="x"} 0.67': ({"le": "1"}, 1),
    'a_bucket{le="1"} 1 123 # {trace_id="}"} 0.67 1.5': ({"le": "1"}, 1),
    "a +Inf": ({}, math.inf),
    "a -inf": ({}, -math.inf),
    "a +INF": ({}, math.inf),
    "a 1e3": ({}, 1000),
    "a 1.": ({}, 1),
    "a .5": ({}, 0.5),
    "a -0": ({}, 0),
}
MALFORMED = [
    "",
    "#",
    "# EOF",
    "a",
    "a{",
    "a}",
    'a{b="c"',
    'a{b="c} 1',
    "a{b=c} 1",
    'a{b "c"} 1',
    'a{b="c" d="e"} 1',
    "a{,} 1",
    'a{="c"} 1',
    'a{9="c"} 1',
    "a b",
    "a 1_0",
    "a 0x1",
    "a \uff11",
    "a 1 2 3",
    "a 1 x",
    "9a 1",
    "é 1",
    '{b="c"} 1',
    "-a 1",
    'a{b="c\\',
    'a{b="' + "x" * MAX_LINE_CHARACTERS + '"} 1',
]


@pytest.mark.parametrize("line", LINES)
def test_lines(line: str) -> None:
    labels, value = LINES[line]
    name = "a_bucket" if "a_bucket" in line else "a"
    assert parse_line(line) == Sample({"__name__": name, **labels}, value)


@pytest.mark.parametrize("line", MALFORMED)
def test_what_is_malformed_is_passed_over(line: str) -> None:
    assert list(samples(f"good 1\n{line}\nbetter 2")) == [
        Sample({"__name__": "good"}, 1),
        Sample({"__name__": "better"}, 2),
    ]


def test_only_a_line_feed_ends_a_line() -> None:
    assert list(samples('a{b="x\x0b\x0c\x85\u2028y"} 1')) == [
        Sample({"__name__": "a", "b": "x\x0b\x0c\x85\u2028y"}, 1)
    ]


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='a{}="\\,# 1.\n\t+eE', max_size=60))
def test_any_text_is_read_or_passed_over(text: str) -> None:
    for sample in samples(text):
        assert "__name__" in sample.labels


_NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
_VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(deadline=None)
@given(st.dictionaries(_NAMES, _VALUES, max_size=4), st.floats())
def test_what_is_written_is_read_again(labels: dict[str, str], value: float) -> None:
    escaped = {
        name: text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        for name, text in labels.items()
    }
    inside = ",".join(f'{name}="{text}"' for name, text in escaped.items())
    sample = parse_line(f"m{{{inside}}} {value!r}")
    assert sample is not None
    assert sample.labels == {"__name__": "m", **labels}
    assert sample.value == value or math.isnan(value)


@pytest.mark.parametrize(
    "line",
    [
        'a{b="' + '\\"' * 30_000 + '"} 1',
        'a{b="' + "\\n" * 30_000 + '"} 1',
        "a{" + ",".join(f'b{i}="c"' for i in range(6000)) + "} 1",
        "a" + " " * 60_000 + "b",
        "a{" + " " * 60_000,
        'a{b="' * 10_000,
    ],
)
def test_long_lines_are_read_in_one_pass(line: str) -> None:
    for _ in range(20):
        parse_line(line)


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "0x1p4", "1_000", "\u0661", "1e", "--1", "infinit"]
)
def test_what_is_no_number(text: str) -> None:
    assert parse_value(text) is None


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("a 1", "a"),
        ('a{b="c d"} 1', 'a{b="c d"}'),
        ('a{b="}"} 1', 'a{b="}"}'),
        ("# HELP a", None),
        ('a{b="c"} 1 # {x="y"} 1', None),
        ("", None),
        ("   ", None),
    ],
)
def test_the_part_that_names_a_series(line: str, part: str | None) -> None:
    assert series_part(line) == part
