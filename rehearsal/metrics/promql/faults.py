"""Where a query leaves the grammar: the first word that cannot follow those before it.

The parser says only that a query is none. Prometheus names the word and what it stood in
("unexpected identifier "y" in aggregation"), and this walks the words once to find that. It knows
the outline of the grammar (operands and operators in turn, what follows a selector, modifiers),
not types; a query whose outline is sound gets no place.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from rehearsal.metrics.promql.tokens import Token

_COMBINING = ("sum", "avg", "min", "max", "count", "group", "stddev", "stdvar")
_PARAMETRISED = ("topk", "bottomk", "quantile", "count_values")
AGGREGATIONS = frozenset((*_COMBINING, *_PARAMETRISED))
_GROUPINGS = ("by", "without")
_MATCHINGS = ("on", "ignoring")
_INCLUSIONS = ("group_left", "group_right")
_KEYWORDS = frozenset((*_GROUPINGS, *_MATCHINGS, *_INCLUSIONS, "bool", "offset"))
_NAMED_BY_KIND = ("identifier", "number", "duration", "string")
_DURATION = "expected number, duration, step(), or range()"
_MATCHER_OPERATORS = ("=", "!=", "=~", "!~")
_END = Token("end", "", -1)
# What Prometheus' lexer says before its parser could.
_STRAY = {
    "]": "unexpected right bracket ']'",
    "}": "unexpected character: '}'",
    "{": "unexpected left brace '{'",
}


class _FaultError(Exception):
    """The walk has found the word."""

    def __init__(self, token: Token, where: str = "") -> None:
        super().__init__(_STRAY.get(token.text) or f"unexpected {_shown(token)}{where}")
        if token.kind == "unknown":
            self.args = (f"unexpected character: '{token.text}'",)
        self.token = token


class _BraceFaultError(_FaultError):
    """The walk has found the word between braces, where numbers and most marks cannot be."""

    def __init__(self, token: Token, expected: str) -> None:
        super().__init__(token, f" in label matching, {expected}")
        if token.text == "{":
            return
        if token.is_operator and token.text.isalpha():
            self.args = (f'unexpected identifier "{token.text}" in label matching, {expected}',)
        elif token.kind not in ("identifier", "string", "end") and token.text[0] not in "=!,}":
            self.args = (f"unexpected character inside braces: '{token.text[0]}'",)
        elif token.text == "}":
            self.args = (f'unexpected "}}" in label matching, {expected}',)


def first_fault(query: str, tokens: Sequence[Token]) -> tuple[int, str] | None:
    """Position (in characters) and text of the first fault; None where the outline is sound."""
    try:
        _Walk(tokens).expression()
    except _FaultError as fault:
        position = len(query) if fault.token is _END else fault.token.start
        return position, str(fault)
    return None


class _Opened(Enum):
    """What an open parenthesis belongs to."""

    OTHER = auto()
    GROUPED_AGGREGATION = auto()
    AGGREGATION = auto()


@dataclass
class _Walk:
    """A walk over the words; `may_group` is true behind an aggregation that had no grouping yet."""

    tokens: Sequence[Token]
    at: int = 0
    opened: list[_Opened] = field(default_factory=list)
    may_group: bool = False

    def expression(self) -> None:
        while True:
            self._operand()
            while not self._operator():
                if self._peek() is _END and not self.opened:
                    return

    def _operand(self) -> None:
        """Signs, opened parentheses and calls, and then a value."""
        self.may_group = False
        while True:
            token = self._take()
            if token.text == "(":
                self.opened.append(_Opened.OTHER)
            elif token.text == ")" and self.opened and self._before(2) == "(":
                self.may_group = self.opened.pop() is _Opened.AGGREGATION
                return
            elif token.text not in ("+", "-") and not self._opens_call(token):
                break
        if token.text == "{":
            self._braces()
        elif token.kind not in _NAMED_BY_KIND or token.is_operator or token.text in _KEYWORDS:
            self._fail(token)
        elif token.kind == "identifier" and self._peek().text == "{":
            self._take()
            self._braces()

    def _opens_call(self, token: Token) -> bool:
        if token.text in AGGREGATIONS and self._peek().text in _GROUPINGS:
            self._take()
            self._names()
            self._expect_opening()
            self.opened.append(_Opened.GROUPED_AGGREGATION)
            return True
        if token.kind == "identifier" and not token.is_operator and self._peek().text == "(":
            self._take()
            aggregation = token.text in AGGREGATIONS
            self.opened.append(_Opened.AGGREGATION if aggregation else _Opened.OTHER)
            return True
        return False

    def _expect_opening(self) -> None:
        token = self._take()
        if token.text != "(":
            self._fail(token)

    def _operator(self) -> bool:
        """What follows a value: an operator (True), or something after which one may follow."""
        token = self._peek()
        if token is _END:
            if self.opened:
                raise _FaultError(token)
            return False
        self._take()
        if token.text == "[":
            while self._take().text not in ("]", _END.text):
                pass
        elif token.text == "@":
            self._time()
        elif token.text == "offset":
            self._duration()
        elif token.text in _GROUPINGS and self.may_group:
            self.may_group = False
            self._names()
        elif token.text == ")" and self.opened:
            self.may_group = self.opened.pop() is _Opened.AGGREGATION
        elif token.text == "," and self.opened:
            return True
        elif token.is_operator and token.text not in ("=", "=~", "!~"):
            self._modifiers()
            return True
        else:
            self._fail(token)
        return False

    def _modifiers(self) -> None:
        if self._peek().text == "bool":
            self._take()
        if self._peek().text in _MATCHINGS:
            self._take()
            self._names()
        if self._peek().text in _INCLUSIONS:
            self._take()
            if self._peek().text == "(":
                self._names()

    def _names(self) -> None:
        """`(a, b)`"""
        opening = self._take()
        if opening.text != "(":
            raise _FaultError(opening, ' in grouping opts, expected "("')
        while (token := self._take()).text != ")":
            if token.kind != "identifier":
                raise _FaultError(token, " in grouping opts, expected label")
            follower = self._peek()
            if follower.text == ",":
                self._take()
            elif follower.text != ")":
                raise _FaultError(follower, ' in grouping opts, expected "," or ")"')

    def _braces(self) -> None:
        """`{a="b", …}`, its opening already taken."""
        while (token := self._take()).text != "}":
            if token.kind not in ("identifier", "string"):
                raise _BraceFaultError(token, 'expected identifier or "}"')
            operator = self._take()
            if operator.text not in _MATCHER_OPERATORS:
                raise _BraceFaultError(operator, "expected label matching operator")
            value = self._take()
            if value.kind != "string":
                raise _BraceFaultError(value, "expected string")
            follower = self._peek()
            if follower.text == ",":
                self._take()
            elif follower.text != "}":
                raise _BraceFaultError(follower, 'expected "," or "}"')

    def _time(self) -> None:
        token = self._unsigned()
        if token.text in ("start", "end") and self._peek().text == "(":
            self.at += 2
        elif token.kind != "number":
            raise _FaultError(token, " in @, expected timestamp")

    def _duration(self) -> None:
        token = self._unsigned()
        if token.kind not in ("number", "duration"):
            raise _FaultError(token, f" in offset, {_DURATION}")

    def _unsigned(self) -> Token:
        token = self._take()
        return self._take() if token.text in ("+", "-") else token

    def _peek(self) -> Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else _END

    def _take(self) -> Token:
        token = self._peek()
        self.at += 1
        return token

    def _before(self, count: int) -> str:
        return self.tokens[self.at - count].text if self.at >= count else ""

    def _fail(self, token: Token) -> None:
        raise _FaultError(token, " in aggregation" if set(self.opened) - {_Opened.OTHER} else "")


def _shown(token: Token) -> str:
    """A word as Prometheus' parser names it."""
    if token is _END:
        return "end of input"
    if token.is_operator:
        return '"="' if token.text == "=" else f"<op:{token.text.lower()}>"
    if token.text in _KEYWORDS:
        return f"<{token.text}>"
    quoted = '"' + token.text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{token.kind} {quoted}" if token.kind in _NAMED_BY_KIND else quoted
