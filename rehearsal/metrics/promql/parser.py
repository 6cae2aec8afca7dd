"""A recursive-descent parser for queries: text in, tree out.

What is here is what canary checks use: selectors, ranges, arithmetic, comparison, `and`, `or`,
`unless`, aggregation with `by` and `without`, function calls. Vector matching (`on`, `ignoring`),
subqueries and offsets are refused by name (prometheus.io/docs: "Querying basics", "Operators").
"""

import re

from rehearsal.metrics.promql.tree import Aggregate, Binary, Call, Negative, Node, Number, Selector
from rehearsal.metrics.series import NAME, Matcher

AGGREGATIONS = ("sum", "avg", "min", "max", "count")
_REFUSED = ("on", "ignoring", "offset", "group_left", "group_right", "bool")
_LEVELS = (
    ("or",),
    ("and", "unless"),
    ("==", "!=", "<=", "<", ">=", ">"),
    ("+", "-"),
    ("*", "/", "%"),
)
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<duration>\d+(?:ms|[smhdwy])(?:\d+(?:ms|[smhdw]))*)(?![\w.])
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|(?:Inf|NaN)\b)
    | (?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
    | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    | (?P<sign>=~|!~|==|!=|<=|>=|[-+*/%^(){}\[\],=<>])
    )""",
    re.VERBOSE,
)
_UNITS_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class PromQLError(ValueError):
    """A query that is wrong, or beyond what is understood here."""


def parse(text: str) -> Node:
    """Parse a whole query; PromQLError says what was not understood and where."""
    parser = _Parser(text)
    node = parser.expression()
    parser.end()
    return node


def duration_s(text: str) -> float:
    """A PromQL duration such as `1m30s` in seconds."""
    parts = re.findall(r"(\d+)(ms|[smhdwy])", text)
    return float(sum(int(count) * _UNITS_S[unit] for count, unit in parts))


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._at = 0

    def expression(self, level: int = 0) -> Node:
        if level == len(_LEVELS):
            return self._power()
        left = self.expression(level + 1)
        while self._peek() in _LEVELS[level]:
            operator = self._take()
            left = Binary(operator, left, self.expression(level + 1))
        return left

    def end(self) -> None:
        if self._peek():
            raise self._unexpected()

    def _power(self) -> Node:
        if self._peek() in ("-", "+"):
            sign = self._take()
            operand = self._power()
            return Negative(operand) if sign == "-" else operand
        base = self._atom()
        if self._peek() == "^":
            self._take()
            return Binary("^", base, self._power())
        return base

    def _atom(self) -> Node:
        kind, text = self._kind(), self._peek()
        if kind == "number":
            return Number(float(self._take()))
        if text == "(":
            return self._parenthesised()
        if text == "{":
            return self._selector(())
        if kind == "name" and text in AGGREGATIONS:
            return self._aggregate(self._take())
        if kind == "name" and text not in _REFUSED:
            return self._named(self._take())
        raise self._unexpected()

    def _parenthesised(self) -> Node:
        self._expect("(")
        node = self.expression()
        self._expect(")")
        return node

    def _named(self, name: str) -> Node:
        if self._peek() != "(":
            return self._selector((Matcher(NAME, "=", name),))
        self._expect("(")
        arguments: list[Node] = []
        while self._peek() != ")":
            arguments.append(self.expression())
            if self._peek() != ")":
                self._expect(",")
        self._expect(")")
        return Call(name, tuple(arguments))

    def _aggregate(self, operation: str) -> Node:
        grouping = self._grouping()
        operand = self._parenthesised()
        labels, without = grouping or self._grouping() or ((), False)
        return Aggregate(operation, operand, labels, without)

    def _grouping(self) -> tuple[tuple[str, ...], bool] | None:
        if self._peek() not in ("by", "without"):
            return None
        without = self._take() == "without"
        self._expect("(")
        labels: list[str] = []
        while self._peek() != ")":
            labels.append(self._take("name"))
            if self._peek() != ")":
                self._expect(",")
        self._expect(")")
        return tuple(labels), without

    def _selector(self, named: tuple[Matcher, ...]) -> Node:
        matchers = list(named)
        if self._peek() == "{":
            matchers += self._matchers()
        if self._peek() != "[":
            return Selector(tuple(matchers))
        self._expect("[")
        window_s = duration_s(self._take("duration"))
        self._expect("]")
        return Selector(tuple(matchers), window_s)

    def _matchers(self) -> list[Matcher]:
        self._expect("{")
        matchers = []
        while self._peek() != "}":
            label, operator = self._take("name"), self._take("sign")
            if operator not in ("=", "!=", "=~", "!~"):
                raise self._unexpected(-1)
            matchers.append(Matcher(label, operator, _unquoted(self._take("string"))))
            if self._peek() != "}":
                self._expect(",")
        self._expect("}")
        return matchers

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _kind(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _take(self, kind: str | None = None) -> str:
        if not self._peek() or (kind is not None and self._kind() != kind):
            raise self._unexpected()
        self._at += 1
        return self._tokens[self._at - 1][1]

    def _expect(self, text: str) -> None:
        if self._peek() != text:
            raise self._unexpected()
        self._at += 1

    def _unexpected(self, offset: int = 0) -> PromQLError:
        at = self._at + offset
        if at >= len(self._tokens):
            return PromQLError(f"parse error: unexpected end of {self._text!r}")
        _, text, column = self._tokens[at]
        return PromQLError(f"1:{column + 1}: parse error: unexpected {text!r}")


def _tokens(text: str) -> list[tuple[str, str, int]]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise PromQLError(
                f"1:{at + 1}: parse error: unexpected character {text[at:].strip()[:1]!r}"
            )
        found.append((match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        at = match.end()
    return found


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text[1:-1])
