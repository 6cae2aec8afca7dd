"""Whatever the query: a value, or a PromQLError; never another exception, a crash or a hang."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.metrics.promql import (
    PromQLError,
    QueryAbortedError,
    QueryRejectedError,
    QueryUnsupportedError,
    compile_query,
    evaluate,
)
from rehearsal.metrics.promql.functions import FUNCTIONS
from rehearsal.metrics.promql.tokens import MAX_CHARACTERS
from rehearsal.metrics.series import SeriesStore
from tests.rehearsal.metrics.promql.samples import filled_store

STORE = filled_store()
WORDS_TEXT = """( ) { } [ ] , : + - * / % ^ == != < <= > >= = =~ !~ @ and or unless atan2 bool by
without on ignoring group_left group_right offset sum avg topk quantile count_values rate increase
histogram_quantile label_replace absent vector time scalar clamp rq g h one lat_bucket pod code le
1 0.5 -1 1e9 1e300 0x1F NaN Inf 1m 5s 1h30m 99y start() end() () # $ ; ~ ! \\ "a" "(" "(a+)+$" "$1"
'b' `c` " [1m] [1m:5s] [5s:]"""
WORDS = [*WORDS_TEXT.split(), "\n", "é", "\x00"]
SELECTORS = st.sampled_from(
    ["rq", "g", "h", "one", 'rq{code="500"}', 'lat_bucket{le!="1"}', "nope"]
)
SCALARS = st.sampled_from(["0", "1", "-1.5", "NaN", "Inf", "time()", "scalar(one)", "1e308"])


def _vectors(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(
        ["+", "-", "/", "%", "^", "== bool", ">", "and", "or", "unless", "* on(pod)",
         "/ on(pod) group_left", "+ ignoring(zone)"]
    )  # fmt: skip
    one = st.sampled_from(
        ["abs", "ceil", "exp", "ln", "sqrt", "sort", "round", "absent", "year", "timestamp", "sum",
         "max by (pod)", "count without (code)", "stddev", "topk(2,", "quantile(0.5,", "-",
         'count_values("v",']
    )  # fmt: skip
    ranged = st.sampled_from([name for name in FUNCTIONS if name.endswith("_over_time")][:9])
    return st.one_of(
        st.builds("({}) {} ({})".format, inner, operators, inner),
        st.builds(lambda f, x: f"{f} {x})" if "(" in f[-9:] and f[-1] == "," else f"{f}({x})", one,
                  inner),
        st.builds("{}(({})[2m:20s])".format, ranged, inner),
        st.builds("({}) * {}".format, inner, SCALARS),
        st.builds('label_replace({}, "x", "$1", "pod", "(.).*")'.format, inner),
        st.builds("histogram_quantile({}, {})".format, SCALARS, inner),
        st.builds("clamp_max({}, {})".format, inner, SCALARS),
    )  # fmt: skip


VECTORS = st.recursive(
    st.one_of(SELECTORS, st.builds("rate({}[1m])".format, SELECTORS), st.just("vector(time())")),
    _vectors,
    max_leaves=8,
)


def _answered(query: str) -> None:
    with suppress(PromQLError):
        evaluate(query, STORE, 333.3)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=14), st.sampled_from([" ", ""]))
def test_words_in_any_order(words: list[str], between: str) -> None:
    _answered(between.join(words))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40))
def test_any_text(text: str) -> None:
    _answered(text)


@settings(max_examples=300, deadline=None)
@given(VECTORS)
def test_expressions_that_parse(query: str) -> None:
    _answered(query)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=12), st.text(max_size=8))
def test_any_pattern(pattern: str, replacement: str) -> None:
    quoted = "".join(f"\\U{ord(c):08x}" if not "\ud800" <= c <= "\udfff" else "?" for c in pattern)
    _answered(f'rq{{code=~"{quoted}"}}')
    clean = replacement.encode("unicode_escape").decode().replace('"', "").replace("\\", "")
    _answered(f'label_replace(g, "x", "{clean}", "pod", "{quoted}")')


@pytest.mark.parametrize("levels", [300, 450])
@pytest.mark.parametrize("opening", ["(", "abs(", "sum(", "-(", "(1+"])
def test_deep_queries_are_evaluated(levels: int, opening: str) -> None:
    if opening in ("-(", "(1+"):
        levels //= 2
    value = evaluate(opening * levels + "vector(1)" + ")" * levels, SeriesStore(), 0)
    assert isinstance(value, list)
    assert len(value) == 1


@pytest.mark.parametrize(
    "query",
    [
        "(" * 5000 + "1" + ")" * 5000,
        "(" * 20_000,
        "-" * 50_000 + "1",
        "+".join(["x"] * 2000),
        "abs(" * 3000,
        "2^" * 3000 + "2",
        "x" * (MAX_CHARACTERS + 1),
        "max_over_time(" * 9 + "x" + "[2m:1m])" * 9,
    ],
)
def test_what_is_too_deep_or_too_long_is_refused_as_ours(query: str) -> None:
    with pytest.raises(QueryUnsupportedError):
        compile_query(query)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*)*x", "((a*)*)*c"])
def test_patterns_that_explode_elsewhere_are_linear(pattern: str) -> None:
    store = SeriesStore()
    store.append({"__name__": "x", "a": "a" * 50_000 + "!"}, 0, 1.0)
    assert evaluate(f'x{{a=~"{pattern}"}}', store, 1) == []


def test_numbers_out_of_range() -> None:
    for query in ("x[1e300]", "x offset 1e300", "x[99999999999]"):
        with pytest.raises(QueryRejectedError, match="duration out of range"):
            compile_query(query)
    with pytest.raises(QueryUnsupportedError, match="@ modifier is too far away"):
        compile_query("x @ -1e20")
    with pytest.raises(QueryRejectedError, match="value out of range"):
        compile_query("1e9999")


def test_lone_surrogates_are_refused() -> None:
    with pytest.raises(QueryUnsupportedError, match="not valid Unicode"):
        compile_query('x{a="\ud800"}')


def test_subqueries_have_a_budget() -> None:
    with pytest.raises(QueryUnsupportedError, match="take more than 11000 steps"):
        evaluate("max_over_time(vector(1)[1d:1s])", SeriesStore(), 0)


@pytest.mark.slow
def test_samples_have_a_budget() -> None:
    store = filled_store()
    query = 'max_over_time(sum(last_over_time({__name__=~".+"}[10m]))[10m:100ms])'
    with pytest.raises(QueryAbortedError, match="too many samples"):
        evaluate(query, store, 600)


def test_labels_do_not_grow_without_end() -> None:
    doubled = "g"
    for _ in range(40):
        doubled = f'label_replace({doubled}, "pod", "$1$1", "pod", "(.*)")'
    with pytest.raises(QueryUnsupportedError, match="a label would be longer"):
        evaluate(doubled, STORE, 333)
    joined = "g"
    for _ in range(40):
        joined = f'label_join({joined}, "pod", "-", "pod", "pod")'
    with pytest.raises(QueryUnsupportedError, match="a label would be longer"):
        evaluate(joined, STORE, 333)
