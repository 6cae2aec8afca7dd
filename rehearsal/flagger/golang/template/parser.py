"""Templates parsed as Go parses them: text/template/parse/parse.go, in the same order.

Where Go looks ahead, errors speak of the item that was read last; the buffer of three items is
therefore Go's too. Nesting is bounded: what is deeper than `MAX_DEPTH` is refused with Go's own
sentence, though Go would go on to 10,000.

The file is long because it is one state and follows parse.go, beside which it is to be read.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import contextmanager

from rehearsal.flagger.golang.strings import quote
from rehearsal.flagger.golang.template import constants
from rehearsal.flagger.golang.template.lexer import Item, Kind, Lexer
from rehearsal.flagger.golang.template.nodes import (
    Action,
    Bool,
    Branch,
    Break,
    Call,
    Chain,
    Command,
    Continue,
    Dot,
    Else,
    End,
    Field,
    Identifier,
    List,
    Nil,
    Node,
    NumberConstant,
    Pipeline,
    String,
    Text,
    Variable,
)

MAX_DEPTH = 100
NAME = "tmpl"

_OPERANDS = frozenset(
    {
        Kind.BOOL,
        Kind.CHAR_CONSTANT,
        Kind.COMPLEX,
        Kind.DOT,
        Kind.FIELD,
        Kind.IDENTIFIER,
        Kind.NUMBER,
        Kind.NIL,
        Kind.RAW_STRING,
        Kind.STRING,
        Kind.VARIABLE,
        Kind.LEFT_PAREN,
    }
)
_CONSTANTS = (Bool, Dot, Nil, NumberConstant, String)


class ParsingError(Exception):
    """The text is no template; the text of the error is Go's."""


class Parser:
    """Reads one text: the template itself, and those that it defines."""

    def __init__(self, text: str, functions: Container[str]) -> None:
        self._lexer = Lexer(text)
        self._functions = functions
        self._tokens = [Item(Kind.EOF, 0, "", 0)] * 3
        self._peeked = 0
        self._variables = ["$"]
        self._action_line = 0
        self._range_depth = 0
        self._depth = 0
        self.templates: dict[str, List] = {}

    def parse(self) -> dict[str, List]:
        """The templates by name; that of the text itself is NAME."""
        root = List(self._peek().position)
        while self._peek().kind is not Kind.EOF:
            if self._peek().kind is Kind.LEFT_DELIM:
                delimiter = self._next()
                if self._next_non_space().kind is Kind.DEFINE:
                    self._definition()
                    continue
                self._back_up(delimiter)
            node = self._text_or_action()
            if isinstance(node, End | Else):
                raise self._error(f"unexpected {node}")
            root.nodes.append(node)
        self._add(NAME, root)
        return self.templates

    # Items.

    def _next(self) -> Item:
        if self._peeked > 0:
            self._peeked -= 1
        else:
            self._tokens[0] = self._lexer.next_item()
        return self._tokens[self._peeked]

    def _peek(self) -> Item:
        if self._peeked == 0:
            self._peeked = 1
            self._tokens[0] = self._lexer.next_item()
        return self._tokens[self._peeked - 1]

    def _back_up(self, *items: Item) -> None:
        """Give back the last item read, or that and the ones given before it, latest first."""
        if not items:
            self._peeked += 1
            return
        for index, item in enumerate(items, 1):
            self._tokens[index] = item
        self._peeked = len(items) + 1

    def _next_non_space(self) -> Item:
        while (item := self._next()).kind is Kind.SPACE:
            pass
        return item

    def _peek_non_space(self) -> Item:
        item = self._next_non_space()
        self._back_up()
        return item

    def _expect(self, context: str, *kinds: Kind) -> Item:
        item = self._next_non_space()
        if item.kind not in kinds:
            raise self._unexpected(item, context)
        return item

    # Errors.

    def _error(self, text: str) -> ParsingError:
        return ParsingError(f"template: {NAME}:{self._tokens[0].line}: {text}")

    def _unexpected(self, item: Item, context: str) -> ParsingError:
        if item.kind is not Kind.ERROR:
            return self._error(f"unexpected {item} in {context}")
        where = ""
        if self._action_line not in (0, item.line):
            started = f" started at {NAME}:{self._action_line}"
            where = started if item.value.endswith(" action") else f" in action{started}"
        return self._error(f"{item}{where}")

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        if self._depth >= MAX_DEPTH:
            raise self._error("max expression depth exceeded")
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    # Lists and actions.

    def _add(self, name: str, root: List) -> None:
        if name not in self.templates or _is_empty(self.templates[name]):
            self.templates[name] = root
        elif not _is_empty(root):
            raise self._error(f"template: multiple definition of template {quote(name)}")

    def _definition(self) -> None:
        context = "define clause"
        name = self._unquoted(self._expect(context, Kind.STRING, Kind.RAW_STRING))
        self._expect(context, Kind.RIGHT_DELIM)
        self._nested_template(name, context)

    def _nested_template(self, name: str, context: str) -> None:
        """The body of a template inside the text, which knows none of the variables around."""
        variables, self._variables = self._variables, ["$"]
        ranges, self._range_depth = self._range_depth, 0
        line, self._action_line = self._action_line, 0
        tokens, self._tokens = self._tokens, list(self._tokens)
        body, end = self._item_list()
        if context == "block clause":
            self._tokens = tokens
        if not isinstance(end, End):
            raise self._error(f"unexpected {end} in {context}")
        self._variables, self._range_depth, self._action_line = variables, ranges, line
        self._add(name, body)

    def _item_list(self) -> tuple[List, Node]:
        with self._deeper():
            items = List(self._peek_non_space().position)
            while self._peek_non_space().kind is not Kind.EOF:
                node = self._text_or_action()
                if isinstance(node, End | Else):
                    return items, node
                items.nodes.append(node)
        raise self._error("unexpected EOF")

    def _text_or_action(self) -> Node:
        item = self._next_non_space()
        if item.kind is Kind.TEXT:
            return Text(item.position, item.value)
        if item.kind is not Kind.LEFT_DELIM:
            raise self._unexpected(item, "input")
        self._action_line = item.line
        node = self._action()
        self._action_line = 0
        return node

    def _action(self) -> Node:
        item = self._next_non_space()
        match item.kind:
            case Kind.BLOCK:
                return self._block()
            case Kind.BREAK | Kind.CONTINUE:
                return self._leave(item)
            case Kind.ELSE:
                return self._else()
            case Kind.END:
                return End(self._expect("end", Kind.RIGHT_DELIM).position)
            case Kind.IF | Kind.RANGE | Kind.WITH:
                return self._branch(item.value)
            case Kind.TEMPLATE:
                return self._call()
        self._back_up()
        position = self._peek().position
        return Action(position, self._pipeline("command", Kind.RIGHT_DELIM))

    def _leave(self, item: Item) -> Node:
        keyword = f"{{{{{item.value}}}}}"
        following = self._next_non_space()
        if following.kind is not Kind.RIGHT_DELIM:
            raise self._unexpected(following, keyword)
        if self._range_depth == 0:
            raise self._error(f"{keyword} outside {{{{range}}}}")
        made = Break if item.kind is Kind.BREAK else Continue
        return made(item.position)

    def _else(self) -> Else:
        """`else if` and `else with` leave their keyword to the branch."""
        following = self._peek_non_space()
        if following.kind in (Kind.IF, Kind.WITH):
            return Else(following.position)
        return Else(self._expect("else", Kind.RIGHT_DELIM).position)

    def _branch(self, keyword: str) -> Branch:
        known = len(self._variables)
        pipeline = self._pipeline(keyword, Kind.RIGHT_DELIM)
        self._range_depth += keyword == "range"
        body, end = self._item_list()
        self._range_depth -= keyword == "range"
        otherwise = self._otherwise(keyword, end) if isinstance(end, Else) else None
        del self._variables[known:]
        return Branch(pipeline.position, keyword, pipeline, body, otherwise)

    def _otherwise(self, keyword: str, start: Else) -> List:
        if keyword in ("if", "with") and self._peek().value == keyword:
            self._next()
            with self._deeper():
                return List(start.position, [self._branch(keyword)])
        otherwise, end = self._item_list()
        if not isinstance(end, End):
            raise self._error(f"expected end; found {end}")
        return otherwise

    def _block(self) -> Call:
        context = "block clause"
        item = self._next_non_space()
        name = self._template_name(item, context)
        pipeline = self._pipeline(context, Kind.RIGHT_DELIM)
        self._nested_template(name, context)
        return Call(item.position, name, pipeline)

    def _call(self) -> Call:
        context = "template clause"
        item = self._next_non_space()
        name = self._template_name(item, context)
        if self._next_non_space().kind is Kind.RIGHT_DELIM:
            return Call(item.position, name)
        self._back_up()
        return Call(item.position, name, self._pipeline(context, Kind.RIGHT_DELIM))

    def _template_name(self, item: Item, context: str) -> str:
        if item.kind not in (Kind.STRING, Kind.RAW_STRING):
            raise self._unexpected(item, context)
        return self._unquoted(item)

    def _unquoted(self, item: Item) -> str:
        try:
            return constants.unquoted(item.value)
        except constants.ConstantError as error:
            raise self._error(str(error)) from None

    # Pipelines.

    def _pipeline(self, context: str, end: Kind) -> Pipeline:
        pipeline = Pipeline(self._peek_non_space().position)
        while self._declaration(pipeline, context):
            pass
        while True:
            item = self._next_non_space()
            if item.kind is end:
                self._check_pipeline(pipeline, context)
                return pipeline
            if item.kind not in _OPERANDS:
                raise self._unexpected(item, context)
            self._back_up()
            pipeline.commands.append(self._command())

    def _declaration(self, pipeline: Pipeline, context: str) -> bool:
        """Take one variable that is declared or assigned; True if another may follow."""
        variable = self._peek_non_space()
        if variable.kind is not Kind.VARIABLE:
            return False
        self._next()
        adjacent = self._peek()
        following = self._peek_non_space()
        if following.kind in (Kind.ASSIGN, Kind.DECLARE):
            pipeline.assigns = following.kind is Kind.ASSIGN
            self._declare(pipeline, variable)
        elif following.kind is Kind.CHAR and following.value == ",":
            self._declare(pipeline, variable)
            return self._may_follow(pipeline, context)
        elif adjacent.kind is Kind.SPACE:
            self._back_up(adjacent, variable)
        else:
            self._back_up(variable)
        return False

    def _declare(self, pipeline: Pipeline, item: Item) -> None:
        self._next_non_space()
        pipeline.variables.append(Variable(item.position, tuple(item.value.split("."))))
        self._variables.append(item.value)

    def _may_follow(self, pipeline: Pipeline, context: str) -> bool:
        if context != "range" or len(pipeline.variables) >= 2:
            raise self._error(f"too many declarations in {context}")
        allowed = (Kind.VARIABLE, Kind.RIGHT_DELIM, Kind.RIGHT_PAREN)
        if self._peek_non_space().kind not in allowed:
            raise self._error("range can only initialize variables")
        return True

    def _check_pipeline(self, pipeline: Pipeline, context: str) -> None:
        if not pipeline.commands:
            raise self._error(f"missing value for {context}")
        for number, command in enumerate(pipeline.commands[1:], 2):
            if isinstance(command.arguments[0], _CONSTANTS):
                raise self._error(f"non executable command in pipeline stage {number}")

    def _command(self) -> Command:
        command = Command(self._peek_non_space().position)
        while True:
            self._peek_non_space()
            operand = self._operand()
            if operand is not None:
                command.arguments.append(operand)
            item = self._next()
            if item.kind is Kind.SPACE:
                continue
            if item.kind in (Kind.RIGHT_DELIM, Kind.RIGHT_PAREN):
                self._back_up()
            elif item.kind is not Kind.PIPE:
                raise self._unexpected(item, "operand")
            break
        if not command.arguments:
            raise self._error("empty command")
        return command

    def _operand(self) -> Node | None:
        term = self._term()
        if term is None or self._peek().kind is not Kind.FIELD:
            return term
        chain = Chain(self._peek().position, term)
        while self._peek().kind is Kind.FIELD:
            chain.path.append(self._next().value[1:])
        if isinstance(term, Field):
            return Field(chain.position, (*term.path, *chain.path))
        if isinstance(term, Variable):
            return Variable(chain.position, (*term.path, *chain.path))
        if isinstance(term, _CONSTANTS):
            raise self._error(f"unexpected . after term {quote(str(term))}")
        return chain

    def _term(self) -> Node | None:
        item = self._next_non_space()
        position = item.position
        match item.kind:
            case Kind.IDENTIFIER:
                if item.value not in self._functions:
                    raise self._error(f"function {quote(item.value)} not defined")
                return Identifier(position, item.value)
            case Kind.DOT:
                return Dot(position)
            case Kind.NIL:
                return Nil(position)
            case Kind.VARIABLE:
                return self._variable(item)
            case Kind.FIELD:
                return Field(position, tuple(item.value[1:].split(".")))
            case Kind.BOOL:
                return Bool(position, item.value == "true")
            case Kind.CHAR_CONSTANT | Kind.COMPLEX | Kind.NUMBER:
                return self._number(item)
            case Kind.LEFT_PAREN:
                with self._deeper():
                    return self._pipeline("parenthesized pipeline", Kind.RIGHT_PAREN)
            case Kind.STRING | Kind.RAW_STRING:
                return String(position, item.value, self._unquoted(item))
        self._back_up()
        return None

    def _variable(self, item: Item) -> Variable:
        name = item.value.split(".")[0]
        if name not in self._variables:
            raise self._error(f"undefined variable {quote(name)}")
        return Variable(item.position, tuple(item.value.split(".")))

    def _number(self, item: Item) -> NumberConstant:
        try:
            value = constants.number(item.value, item.kind)
        except constants.ConstantError as error:
            raise self._error(str(error)) from None
        return NumberConstant(
            item.position, item.value, None if isinstance(value, constants.Overflow) else value
        )


def _is_empty(root: List) -> bool:
    """Nothing but blanks."""
    return all(isinstance(node, Text) and not node.text.strip() for node in root.nodes)
