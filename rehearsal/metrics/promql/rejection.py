"""A refusal by the parser in the words of Prometheus 3: with line and column, and Go's quotes.

The parser gives its reasons without a place, and no reason at all where the grammar itself breaks.
Where that is, and at which word, is found again among the query's tokens. A place that the tokens
do not show is left out rather than guessed.
"""

import re
from collections.abc import Callable, Sequence, Set
from itertools import pairwise

from rehearsal.metrics.patterns import PatternError, anchored
from rehearsal.metrics.promql.errors import PromQLError, QueryRejectedError, QueryUnsupportedError
from rehearsal.metrics.promql.faults import AGGREGATIONS, first_fault
from rehearsal.metrics.promql.tokens import Token

Tokens = Sequence[Token]
Locate = Callable[[str, Tokens, re.Match[str]], int | None]

_TYPES = {"vector": "instant vector", "matrix": "range vector"}
_IN_DURATION = "expected number, duration, step(), or range()"
_COMPARISONS = ("==", "!=", "<", ">", "<=", ">=")


def rejected(query: str, tokens: Tokens, reason: str) -> PromQLError:
    """The error for the parser's own reason."""
    if any(token.kind == "number" and "_" in token.text for token in tokens):
        return QueryUnsupportedError("numbers with underscores are not read here")
    if reason == "unexpected character inside brackets: '('":
        return QueryUnsupportedError("durations that have to be calculated are not read here")
    if reason == "no expression found in input":
        return QueryRejectedError(f"unknown position: parse error: {reason}")
    for pattern, words, locate in _REASONS:
        match = pattern.fullmatch(reason)
        if match is not None:
            return _at(query, locate(query, tokens, match), _filled(words, match))
    if reason.startswith("illegal regex for "):
        return _bad_pattern(reason.removeprefix("illegal regex for "), query, tokens)
    fault = first_fault(query, tokens)
    return _at(query, *fault) if fault else _at(query, None, reason)


def _at(query: str, position: int | None, text: str) -> QueryRejectedError:
    """The text with line and column, both from 1, the column in bytes."""
    if position is None:
        return QueryRejectedError(f"parse error: {text}")
    before = query[:position]
    column = len(before.rpartition("\n")[2].encode("utf-8", "replace")) + 1
    return QueryRejectedError(f"{before.count(chr(10)) + 1}:{column}: parse error: {text}")


def _filled(words: str, match: re.Match[str]) -> str:
    typed = words.startswith("expected type")
    types = (0, len(match.groups()) - 1) if typed else ()
    groups = [_TYPES.get(g, g) if i in types else g for i, g in enumerate(match.groups())]
    return words.format(*groups)


def _bad_pattern(pattern: str, query: str, tokens: Tokens) -> PromQLError:
    try:
        anchored(pattern)
    except PatternError as error:
        return _at(query, _matcher_of(pattern, tokens), str(error))
    return QueryUnsupportedError(f"the regular expression {pattern} cannot be read here")


def _matcher_of(pattern: str, tokens: Tokens) -> int | None:
    for label, operator, text in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if operator.text in ("=~", "!~") and text.text[1:-1] == pattern:
            return label.start
    return None


def _end(query: str, tokens: Tokens, match: re.Match[str]) -> int | None:
    del tokens, match
    return len(query)


def _start(query: str, tokens: Tokens, match: re.Match[str]) -> int | None:
    del query, match
    return tokens[0].start if tokens else None


def _first(wanted: Callable[[Token], bool]) -> Locate:
    def locate(query: str, tokens: Tokens, match: re.Match[str]) -> int | None:
        del query, match
        return next((token.start for token in tokens if wanted(token)), None)

    return locate


def _word(query: str, tokens: Tokens, match: re.Match[str]) -> int | None:
    """Where the word stands that the reason ends with or names."""
    del query
    name = match[1]
    return next((token.start for token in tokens if token.text == name), None)


def _after(text: str, following: str = "") -> Locate:
    """The token behind a text, or behind the group of the reason where `text` is empty."""

    def locate(query: str, tokens: Tokens, match: re.Match[str]) -> int | None:
        del query
        wanted = text or match[1]
        for token, follower in pairwise(tokens):
            if token.text == wanted and follower.text.startswith(following):
                return follower.start
        return None

    return locate


def _argument(query: str, tokens: Tokens, match: re.Match[str]) -> int | None:
    """The first argument of the function in the reason."""
    del query
    return _first_argument(tokens, {match[2]})


def _aggregated(query: str, tokens: Tokens, match: re.Match[str]) -> int | None:
    """The parameter of the first aggregation, or the last of its arguments."""
    del query
    first = _first_argument(tokens, AGGREGATIONS)
    if match[2] == "parameter" and match[1] == "string":
        return None
    return first


def _first_argument(tokens: Tokens, names: Set[str]) -> int | None:
    for name, opening, argument in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if name.text in names and opening.text == "(":
            return argument.start
    return None


def _surplus_close(query: str, tokens: Tokens, match: re.Match[str]) -> int | None:
    """Behind the first closing mark without an opening one."""
    del query, match
    is_open = 0
    for token in tokens:
        is_open += (token.text == "(") - (token.text == ")")
        if is_open < 0:
            return token.end
    return None


def _range_behind_close(query: str, tokens: Tokens, match: re.Match[str]) -> int | None:
    del query, match
    pairs = pairwise(tokens)
    return next((b.start for a, b in pairs if b.text == "[" and a.text in ")]"), None)


def _rule(pattern: str, words: str, locate: Locate) -> tuple[re.Pattern[str], str, Locate]:
    return re.compile(pattern, re.DOTALL), words, locate


_REASONS = (
    _rule(r"unclosed left parenthesis", "unclosed left parenthesis", _end),
    _rule(r"unexpected end of input inside brackets", "unclosed left bracket", _end),
    _rule(r"unexpected end of input inside braces", "unexpected end of input inside braces", _end),
    _rule(r"unexpected right parenthesis '\)'", "unexpected right parenthesis ')'", _surplus_close),
    _rule(
        r"missing unit character in duration",
        f'unexpected "]" in subquery or range selector, {_IN_DURATION}',
        _after("[", "]"),
    ),
    _rule(
        r"bad number or duration syntax: (.*).",
        'bad number or duration syntax: "{0}"',
        _after("["),
    ),
    _rule(
        r"unexpected character inside brackets: '(.)'",
        'unexpected "{0}" in subquery or range, expected ":" or "]"',
        _word,
    ),
    _rule(
        r"invalid label matcher, expected label matching operator after '(.*)'",
        'unexpected "}}" in label matching, expected label matching operator',
        _after(""),
    ),
    _rule(
        r"unexpected identifier '(.*)' in label matching, expected string",
        'unexpected identifier "{0}" in label matching, expected string',
        _after("=", ""),
    ),
    _rule(
        r"unexpected ',' in label matching, expected identifier or right_brace",
        'unexpected "," in label matching, expected identifier or "}}"',
        _first(lambda token: token.text == ","),
    ),
    _rule(r"unknown function with name '(.*)'", 'unknown function with name "{0}"', _word),
    _rule(
        r"expected type (\w+) in call to function '(.*)', got (\w+)",
        'expected type {0} in call to function "{1}", got {2}',
        _argument,
    ),
    _rule(
        r"expected type (\w+) in aggregation (expression|parameter), got (\w+)",
        "expected type {0} in aggregation {1}, got {2}",
        _aggregated,
    ),
    _rule(
        r"comparisons between scalars must use BOOL modifier",
        "comparisons between scalars must use BOOL modifier",
        _first(lambda token: token.text in _COMPARISONS),
    ),
    _rule(
        r"set operator '(\w+)' not allowed in binary scalar expression",
        'set operator "{0}" not allowed in binary scalar expression',
        _start,
    ),
    _rule(
        r"(expected (?:at most |at least )?[0-9]+ argument\(s\) in call to )'(.*)', got ([0-9]+)",
        '{0}"{1}", got {2}',
        lambda query, tokens, match: next((t.start for t in tokens if t.text == match[2]), None),
    ),
    _rule(
        r"unexpected character: '(.)'",
        "unexpected character: '{0}'",
        lambda query, tokens, match: next((t.start for t in tokens if t.text == match[1]), None),
    ),
    _rule(
        r"unexpected character after '!': '(.)'",
        "unexpected character after '!': '{0}'",
        _first(lambda token: token.text == "!"),
    ),
    _rule(
        r"vector selector must contain at least one non-empty matcher",
        "vector selector must contain at least one non-empty matcher",
        _first(lambda token: token.text == "{"),
    ),
    _rule(
        r"(wrong number of arguments for aggregate expression provided, expected .*)",
        "{0}",
        _first(lambda token: token.text in AGGREGATIONS),
    ),
    _rule(
        r"no arguments for aggregate expression '.*' provided",
        "no arguments for aggregate expression provided",
        _first(lambda token: token.text in AGGREGATIONS),
    ),
    _rule(r"duration must be greater than 0", "duration must be greater than 0", _after("[")),
    _rule(
        r"ranges only allowed for vector selectors",
        "ranges only allowed for vector selectors",
        _range_behind_close,
    ),
    _rule(
        r"unterminated quoted string .",
        "unterminated quoted string",
        _first(lambda token: token.kind == "unknown"),
    ),
    _rule(
        r"metric name must not be set twice: '(.*)' or '(.*)'",
        'metric name must not be set twice: "{0}" or "{1}"',
        _start,
    ),
    _rule(
        r"bool modifier can only be used on comparison operators",
        "bool modifier can only be used on comparison operators",
        lambda query, tokens, match: next(
            (a.start for a, b in pairwise(tokens) if b.text == "bool"), None
        ),
    ),
    _rule(
        r"unary expression only allowed on expressions of type scalar or vector, got: (\w+)",
        'unary expression only allowed on expressions of type scalar or instant vector, got "{0}"',
        _start,
    ),
    _rule(
        r"vector matching only allowed between vectors",
        "vector matching only allowed between instant vectors",
        _start,
    ),
    _rule(
        r"binary expression must contain only scalar and instant vector types",
        "binary expression must contain only scalar and instant vector types",
        _start,
    ),
    _rule(
        r"no grouping allowed for '(\w+)' operation",
        'no grouping allowed for "{0}" operation',
        _start,
    ),
    _rule(r"function '(\w+)' is not enabled", 'function "{0}" is not enabled', _word),
    _rule(
        r"(\w+)\(\) is experimental (.*)",
        "{0}() is experimental {1}",
        _word,
    ),
)
