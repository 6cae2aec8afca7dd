"""Filter expressions to predicates, by recursive descent of bounded depth. Pure.

    expression := conjunction { OR conjunction }
    conjunction := factor { AND factor }
    factor := ! factor | NOT factor | ( expression ) | service | edge | keyword [operator value]
    service := service ( [name] ) [ { expression } ]
    edge := edge ( name , name ) [ { expression } ]
    name := text | id ( name : text , type : text )
    keyword := fault | responsetime | http.status | annotation.KEY | annotation[KEY]
        | group.name | ...

Keywords and operators may have any case, as in the X-Ray console.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from xray_local.filters import predicates
from xray_local.filters.predicates import Predicate, Scope, ServiceName, Values
from xray_local.filters.tokens import FilterError, Token, tokens_of
from xray_local.spans import Scalar
from xray_local.trace import Trace

_MOST_DEPTH = 40
_AND = frozenset({"and", "&"})
_OR = frozenset({"or", "|"})


@dataclass(frozen=True)
class Entity:
    """What an entity selector names: a service, or the edge to it from a caller."""

    service: ServiceName
    caller: ServiceName | None = None


def parse_filter(
    expression: str, groups: Mapping[str, str] | None = None
) -> Callable[[Trace], bool]:
    """What an expression asks of a trace; an empty one asks nothing. Raises FilterError.

    `groups` are the expressions that `group.name` stands for, by name.
    """
    if not expression.strip():
        return lambda trace: True
    predicate = _Parser(list(tokens_of(expression)), groups or {}).parse()
    return lambda trace: predicate(Scope.of(trace))


def parse_entity(expression: str) -> Entity:
    """The service or edge that an entity selector names. Raises FilterError."""
    return _Parser(list(tokens_of(expression)), {}).parse_entity()


class _Parser:
    """One expression, word by word."""

    def __init__(self, tokens: list[Token], groups: Mapping[str, str]) -> None:
        self._tokens = tokens
        self._groups = groups
        self._next = 0
        self._depth = 0

    def parse(self) -> Predicate:
        found = self._expression()
        self._expect_end()
        return found

    def parse_entity(self) -> Entity:
        if not self._is("service", "edge"):
            raise self._unexpected("service(...) or edge(..., ...)")
        is_edge = self._take().value.lower() == "edge"
        names = self._edge_names() if is_edge else (None, self._service_name())
        self._expect_end()
        return Entity(names[1], names[0])

    def _expect_end(self) -> None:
        if self._token.kind != "end":
            raise self._unexpected("the end of the expression")

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._token
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _is(self, *values: str) -> bool:
        token = self._token
        return token.kind in ("word", "sign") and token.value.lower() in values

    def _expect(self, sign: str) -> None:
        if not self._is(sign):
            raise self._unexpected(repr(sign))
        self._take()

    def _unexpected(self, wanted: str) -> FilterError:
        token = self._token
        shown = "the end" if token.kind == "end" else repr(token.value[:40])
        return FilterError(f"expected {wanted}, not {shown}, at character {token.at}")

    def _expression(self) -> Predicate:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise FilterError(f"the expression is more than {_MOST_DEPTH} levels deep")
        parts = [self._conjunction()]
        while self._is(*_OR):
            self._take_operator(_OR)
            parts.append(self._conjunction())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else predicates.any_of(tuple(parts))

    def _conjunction(self) -> Predicate:
        parts = [self._factor()]
        while self._is(*_AND):
            self._take_operator(_AND)
            parts.append(self._factor())
        return parts[0] if len(parts) == 1 else predicates.all_of(tuple(parts))

    def _take_operator(self, operators: frozenset[str]) -> None:
        sign = self._take().value
        if sign in "&|" and self._token.value == sign and self._is(*operators):
            self._take()

    def _factor(self) -> Predicate:
        negations = 0
        while self._is("!", "not"):
            self._take()
            negations += 1
        found = self._plain_factor()
        return predicates.negated(found) if negations % 2 else found

    def _plain_factor(self) -> Predicate:
        if self._is("("):
            self._take()
            found = self._expression()
            self._expect(")")
            return found
        if self._token.kind != "word":
            raise self._unexpected("a keyword")
        if self._is("service"):
            return self._service()
        if self._is("edge"):
            return self._edge()
        return self._keyword()

    def _service(self) -> Predicate:
        self._take()
        return predicates.in_service(self._service_name(), self._braces())

    def _service_name(self) -> ServiceName:
        self._expect("(")
        wanted = ServiceName() if self._is(")") else self._name()
        self._expect(")")
        return wanted

    def _edge(self) -> Predicate:
        self._take()
        return predicates.along_edge(*self._edge_names(), self._braces())

    def _edge_names(self) -> tuple[ServiceName, ServiceName]:
        self._expect("(")
        caller = self._name()
        self._expect(",")
        callee = self._name()
        self._expect(")")
        return caller, callee

    def _braces(self) -> Predicate:
        """What stands in braces, or after a dot: `service("x").fault`, as it was once written."""
        if self._is("."):
            self._take()
            return self._keyword()
        if not self._is("{"):
            return lambda scope: True
        self._take()
        found: Predicate = (lambda scope: True) if self._is("}") else self._expression()
        self._expect("}")
        return found

    def _name(self) -> ServiceName:
        if self._token.kind == "text":
            return ServiceName(self._take().value)
        if not self._is("id"):
            raise self._unexpected('a name in quotation marks or id(name: "...", type: "...")')
        self._take()
        return self._id()

    def _id(self) -> ServiceName:
        self._expect("(")
        fields: dict[str, str] = {}
        while not self._is(")"):
            if not self._is("name", "type", "account.id"):
                raise self._unexpected("name or type")
            key = self._take().value.lower()
            self._expect(":")
            if self._token.kind != "text":
                raise self._unexpected("a text in quotation marks")
            fields[key] = self._take().value
            if not self._is(")"):
                self._expect(",")
        self._take()
        return ServiceName(fields.get("name", ""), fields.get("type", ""))

    def _keyword(self) -> Predicate:
        token = self._take()
        word = token.value.lower()
        if word == "annotation" or word.startswith("annotation."):
            return self._comparison(predicates.annotation(self._annotation_key(token)))
        if word in ("group.name", "group.arn"):
            return self._group()
        if word in predicates.FLAGS:
            return self._flag(predicates.FLAGS[word])
        if word in predicates.VALUES:
            return self._comparison(predicates.VALUES[word])
        raise FilterError(f"unknown keyword {token.value[:40]!r} at character {token.at}")

    def _group(self) -> Predicate:
        self._expect("=")
        if self._token.kind != "text":
            raise self._unexpected("the name of a group in quotation marks")
        token = self._take()
        name = token.value.rpartition("/")[2]
        if name not in self._groups:
            raise FilterError(f"unknown group {name[:40]!r} at character {token.at}")
        selects = parse_filter(self._groups[name])
        return lambda scope: selects(scope.trace)

    def _annotation_key(self, token: Token) -> str:
        _, dot, key = token.value.partition(".")
        if dot and key:
            return key
        self._expect("[")
        if self._token.kind not in ("word", "text", "number"):
            raise self._unexpected("the key of an annotation")
        key = self._take().value
        self._expect("]")
        return key

    def _flag(self, predicate: Predicate) -> Predicate:
        """A flag alone, or compared with true or false."""
        if not self._is("=", "!="):
            return predicate
        is_equal = self._take().value == "="
        wanted = self._value()
        if not isinstance(wanted, bool):
            raise FilterError("a flag is compared with true or false")
        return predicate if wanted is is_equal else predicates.negated(predicate)

    def _comparison(self, values: Values) -> Predicate:
        if not self._is(*predicates.COMPARISONS):
            return predicates.exists(values)
        comparison = predicates.COMPARISONS[self._take().value.lower()]
        return predicates.compared(values, comparison, self._value())

    def _value(self) -> Scalar:
        if self._token.kind == "text":
            return self._take().value
        if self._token.kind == "number":
            return float(self._take().value)
        if self._is("true", "false"):
            return self._take().value.lower() == "true"
        raise self._unexpected("a number, a text in quotation marks, true or false")


__all__ = ["Entity", "FilterError", "parse_entity", "parse_filter"]
