import pytest

from rehearsal.metrics.promql.parser import PromQLError, duration_s, parse
from rehearsal.metrics.promql.tree import Aggregate, Binary, Call, Negative, Number, Selector
from rehearsal.metrics.series import Matcher


def test_a_selector_with_matchers_and_range() -> None:
    assert parse('up{job="a", zone!~"b.*"}[1m30s]') == Selector(
        (
            Matcher("__name__", "=", "up"),
            Matcher("job", "=", "a"),
            Matcher("zone", "!~", "b.*"),
        ),
        90.0,
    )


def test_precedence() -> None:
    one, two, three = Number(1.0), Number(2.0), Number(3.0)
    assert parse("1 + 2 * 3") == Binary("+", one, Binary("*", two, three))
    assert parse("(1 + 2) * 3") == Binary("*", Binary("+", one, two), three)
    assert parse("2 ^ 3 ^ 1") == Binary("^", two, Binary("^", three, one))
    assert parse("-2 ^ 1") == Negative(Binary("^", two, one))
    assert parse("1 - 2 - 3") == Binary("-", Binary("-", one, two), three)


@pytest.mark.parametrize("text", ["sum(up) by (le, pod)", "sum by (le, pod) (up)"])
def test_grouping_before_and_after(text: str) -> None:
    up = Selector((Matcher("__name__", "=", "up"),))
    assert parse(text) == Aggregate("sum", up, ("le", "pod"))


def test_without_and_nested_calls() -> None:
    tree = parse("histogram_quantile(0.99, sum(rate(b[1m])) without (pod))")
    assert isinstance(tree, Call)
    inner = tree.arguments[1]
    assert isinstance(inner, Aggregate)
    assert inner.without
    assert inner.labels == ("pod",)


def test_strings_in_either_quotes_with_escapes() -> None:
    assert parse(r"""{a='x',b="\"\\"}""") == Selector(
        (Matcher("a", "=", "x"), Matcher("b", "=", '"\\'))
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sum(",
        "up{job=}",
        "up[]",
        "up[1]",
        "1 +",
        "up offset 5m",
        "a / on(pod) b",
        "up) ",
        'up{job=="a"}',
        "up #",
    ],
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(PromQLError):
        parse(text)


def test_an_error_says_where() -> None:
    with pytest.raises(PromQLError, match="1:5: parse error: unexpected '}'"):
        parse("sum(}")


def test_durations() -> None:
    assert duration_s("1h2m3s4ms") == pytest.approx(3723.004)
