"""Templates executed as Go executes them: text/template/exec.go, without any data.

Functions without arguments stand for their values. What takes too long or grows too large ends in
an error: templates come from files that nobody vouches for.

The file is long because it is one state and follows exec.go, beside which it is to be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rehearsal.flagger.golang.printing import default
from rehearsal.flagger.golang.strings import quote
from rehearsal.flagger.golang.template.functions import BUILTINS, CallError, Function, is_true
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
from rehearsal.flagger.golang.template.parser import NAME
from rehearsal.flagger.golang.verbs import Value, type_name

MAX_CALLS = 50
"""How deep templates may call each other; Go allows 100,000."""
MAX_STEPS = 100_000
"""How many parts may be executed, repetitions included."""
MAX_LENGTH = 1_000_000
"""How long a value or the whole text may be."""


class ExecutionError(Exception):
    """A template asks for what is not there; the text of the error is Go's."""


class _Missing:
    """No value comes from the command before."""


class _BreakError(Exception):
    pass


class _ContinueError(Exception):
    pass


_MISSING = _Missing()
_Piped = Value | _Missing


@dataclass
class _State:
    """Where an execution stands."""

    name: str = NAME
    variables: list[tuple[str, Value]] = field(default_factory=lambda: [("$", None)])
    depth: int = 0


class Execution:
    """One execution of parsed templates."""

    def __init__(
        self, text: str, templates: Mapping[str, List], values: Mapping[str, Value]
    ) -> None:
        self._text = text
        self._templates = templates
        self._values = values
        self._output: list[str] = []
        self._length = 0
        self._steps = 0
        self._node: Node | None = None
        self._state = _State()

    def run(self) -> str:
        """The text that comes out; raises ExecutionError."""
        root = self._templates.get(NAME)
        if root is None:
            raise self._error(f"{quote(NAME)} is an incomplete or empty template")
        self._walk(None, root)
        return "".join(self._output)

    def _error(self, text: str) -> ExecutionError:
        name = self._state.name
        if self._node is None:
            return ExecutionError(f"template: {name}: {text}")
        before = self._text[: self._node.position]
        line = before.rpartition("\n")[2]
        where = f"{NAME}:{1 + before.count(chr(10))}:{len(line.encode('utf-8', 'surrogateescape'))}"
        return ExecutionError(
            f"template: {where}: executing {quote(name)} at <{self._node}>: {text}"
        )

    # Walking.

    def _walk(self, dot: Value, node: Node) -> None:
        self._node = node
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise self._error(f"exceeded {MAX_STEPS} steps")
        match node:
            case Text():
                self._write(node.text)
            case Action():
                value = self._pipeline(dot, node.pipeline)
                if not node.pipeline.variables:
                    self._node = node
                    self._write("<no value>" if value is None else default(value))
            case List():
                for part in node.nodes:
                    self._walk(dot, part)
            case Branch(keyword="range"):
                self._range(dot, node)
            case Branch():
                self._if_or_with(dot, node)
            case Break():
                raise _BreakError
            case Continue():
                raise _ContinueError
            case Call():
                self._call_template(dot, node)

    def _write(self, text: str) -> None:
        self._length += len(text)
        if self._length > MAX_LENGTH:
            raise self._error(f"exceeded {MAX_LENGTH} characters")
        self._output.append(text)

    def _if_or_with(self, dot: Value, branch: Branch) -> None:
        mark = len(self._state.variables)
        value = self._pipeline(dot, branch.pipeline)
        if is_true(value):
            self._walk(value if branch.keyword == "with" else dot, branch.body)
        elif branch.otherwise is not None:
            self._walk(dot, branch.otherwise)
        del self._state.variables[mark:]

    def _range(self, dot: Value, branch: Branch) -> None:
        mark = len(self._state.variables)
        value = self._pipeline(dot, branch.pipeline)
        repeated = False
        try:
            for index, element in self._elements(value, branch):
                repeated = True
                self._iterate(branch, index, element)
        except _BreakError:
            repeated = True
        if not repeated and branch.otherwise is not None:
            self._walk(dot, branch.otherwise)
        del self._state.variables[mark:]

    def _elements(self, value: Value, branch: Branch) -> Iterator[tuple[Value, Value]]:
        if value is None:
            return
        if isinstance(value, Mapping):
            yield from ((key, value[key]) for key in sorted(value))
        elif isinstance(value, int) and not isinstance(value, bool):
            if len(branch.pipeline.variables) > 1:
                text = f"can't use {default(value)} to iterate over more than one variable"
                raise self._error(text)
            yield from ((None, type(value)(number)) for number in range(value))
        else:
            raise self._error(f"range can't iterate over {default(value)}")

    def _iterate(self, branch: Branch, index: Value, element: Value) -> None:
        variables, pipeline = branch.pipeline.variables, branch.pipeline
        given = [element] if len(variables) == 1 else [index, element][: len(variables)]
        for place, value in enumerate(given):
            if pipeline.assigns:
                self._assign(variables[place].path[0], value)
            else:
                at = len(self._state.variables) - len(variables) + place
                self._state.variables[at] = (variables[place].path[0], value)
        mark = len(self._state.variables)
        try:
            self._walk(element, branch.body)
        except _ContinueError:
            pass
        finally:
            del self._state.variables[mark:]

    def _call_template(self, dot: Value, call: Call) -> None:
        body = self._templates.get(call.name)
        if body is None:
            raise self._error(f"template {quote(call.name)} not defined")
        if self._state.depth >= MAX_CALLS:
            raise self._error("exceeded maximum template depth (100000)")
        data = None if call.pipeline is None else self._pipeline(dot, call.pipeline)
        outer = self._state
        self._state = _State(call.name, [("$", data)], outer.depth + 1)
        self._walk(data, body)
        self._state = outer

    # Evaluating.

    def _pipeline(self, dot: Value, pipeline: Pipeline) -> Value:
        self._node = pipeline
        value: _Piped = _MISSING
        for command in pipeline.commands:
            value = self._command(dot, command, value)
        found = None if isinstance(value, _Missing) else value
        for variable in pipeline.variables:
            if pipeline.assigns:
                self._assign(variable.path[0], found)
            else:
                self._state.variables.append((variable.path[0], found))
        return found

    def _assign(self, name: str, value: Value) -> None:
        for at in range(len(self._state.variables) - 1, -1, -1):
            if self._state.variables[at][0] == name:
                self._state.variables[at] = (name, value)
                return
        raise self._error(f"undefined variable: {name}")

    def _command(self, dot: Value, command: Command, piped: _Piped) -> Value:
        first, arguments = command.arguments[0], command.arguments
        match first:
            case Field():
                self._node = first
                return self._fields(dot, dot, first.path, first, arguments, piped)
            case Chain():
                return self._chain(dot, first, arguments, piped)
            case Identifier():
                return self._function(dot, first, command, arguments, piped)
            case Pipeline():
                self._refuse_arguments(arguments, piped)
                return self._pipeline(dot, first)
            case Variable():
                return self._variable(dot, first, arguments, piped)
        self._node = first
        self._refuse_arguments(arguments, piped)
        if isinstance(first, Nil):
            raise self._error("nil is not a command")
        return self._constant(dot, first)

    def _refuse_arguments(self, arguments: Sequence[Node], piped: _Piped) -> None:
        if len(arguments) > 1 or not isinstance(piped, _Missing):
            raise self._error(f"can't give argument to non-function {arguments[0]}")

    def _constant(self, dot: Value, node: Node) -> Value:
        match node:
            case Dot():
                return dot
            case Bool():
                return node.value
            case String():
                return node.text
            case NumberConstant(value=None):
                self._node = node
                raise self._error(f"{node.text} overflows int")
            case NumberConstant():
                return node.value
        raise self._error(f"can't evaluate command {quote(str(node))}")

    def _variable(
        self, dot: Value, variable: Variable, arguments: Sequence[Node], piped: _Piped
    ) -> Value:
        self._node = variable
        name, *path = variable.path
        found = [value for known, value in self._state.variables if known == name]
        if not found:
            raise self._error(f"undefined variable: {name}")
        value = found[-1]
        if not path:
            if arguments:
                self._refuse_arguments(arguments, piped)
            return value
        return self._fields(dot, value, path, variable, arguments, piped)

    def _chain(self, dot: Value, chain: Chain, arguments: Sequence[Node], piped: _Piped) -> Value:
        self._node = chain
        if isinstance(chain.operand, Nil):
            raise self._error(f"indirection through explicit nil in {chain}")
        value = self._argument(dot, chain.operand)
        return self._fields(dot, value, chain.path, chain, arguments, piped)

    def _fields(
        self,
        dot: Value,
        value: Value,
        path: Sequence[str],
        node: Node,
        arguments: Sequence[Node],
        piped: _Piped,
    ) -> Value:
        for name in path[:-1]:
            value = self._field(value, name, has_arguments=False)
        has_arguments = len(arguments) > 1 or not isinstance(piped, _Missing)
        return self._field(value, path[-1], has_arguments=has_arguments)

    def _field(self, value: Value, name: str, *, has_arguments: bool) -> Value:
        if value is None:
            raise self._error(f"nil data; no entry for key {quote(name)}")
        if not isinstance(value, Mapping):
            raise self._error(f"can't evaluate field {name} in type {type_name(value)}")
        if has_arguments:
            raise self._error(f"{name} is not a method but has arguments")
        if name not in value:
            raise self._error(f"map has no entry for key {quote(name)}")
        return value[name]

    # Functions.

    def _function(
        self,
        dot: Value,
        name: Identifier,
        command: Node,
        arguments: Sequence[Node],
        piped: _Piped,
    ) -> Value:
        self._node = name
        given = list(arguments[1:])
        if name.name in self._values:
            count = len(given) + (not isinstance(piped, _Missing))
            if count:
                raise self._error(f"wrong number of args for {name}: want 0 got {count}")
            return self._values[name.name]
        function = BUILTINS[name.name]
        self._check_count(function, name.name, len(given), piped)
        if name.name in ("and", "or"):
            return self._logic(dot, name.name == "or", given, piped)
        values = self._arguments(dot, function, given, piped)
        return self._called(function, name.name, command, given, values)

    def _check_count(self, function: Function, name: str, given: int, piped: _Piped) -> None:
        count = given + (not isinstance(piped, _Missing))
        if function.most is None:
            if count < function.least:
                text = f"want at least {function.least} got {given}"
                raise self._error(f"wrong number of args for {name}: {text}")
        elif count != function.most:
            raise self._error(f"wrong number of args for {name}: want {function.most} got {count}")

    def _logic(self, dot: Value, is_or: bool, given: Sequence[Node], piped: _Piped) -> Value:
        """The first argument that decides, or the last; those after it are not evaluated."""
        value: Value = None
        for node in given:
            value = self._argument(dot, node)
            if is_true(value) == is_or:
                return value
        return value if isinstance(piped, _Missing) else piped

    def _arguments(
        self, dot: Value, function: Function, given: Sequence[Node], piped: _Piped
    ) -> list[Value]:
        values: list[Value] = []
        for place, node in enumerate(given):
            is_format = function.takes_format and place == 0
            values.append(self._format(dot, node) if is_format else self._argument(dot, node))
        if not isinstance(piped, _Missing):
            if function.takes_format and not given:
                self._check_string(piped)
            values.append(piped)
        return values

    def _format(self, dot: Value, node: Node) -> Value:
        """An argument that must be a string."""
        self._node = node
        if isinstance(node, Nil):
            raise self._error("cannot assign nil to string")
        if isinstance(node, Bool | NumberConstant):
            raise self._error(f"expected string; found {node}")
        value = self._argument(dot, node)
        self._check_string(value)
        return value

    def _check_string(self, value: Value) -> None:
        if value is None:
            raise self._error("invalid value; expected string")
        if not isinstance(value, str):
            raise self._error(f"wrong type for value; expected string; got {type_name(value)}")

    def _argument(self, dot: Value, node: Node) -> Value:
        self._node = node
        match node:
            case Nil():
                return None
            case Field():
                return self._fields(dot, dot, node.path, node, (node,), _MISSING)
            case Variable():
                return self._variable(dot, node, (), _MISSING)
            case Pipeline():
                return self._pipeline(dot, node)
            case Identifier():
                return self._function(dot, node, node, (), _MISSING)
            case Chain():
                return self._chain(dot, node, (), _MISSING)
        return self._constant(dot, node)

    def _called(
        self,
        function: Function,
        name: str,
        command: Node,
        given: Sequence[Node],
        values: list[Value],
    ) -> Value:
        try:
            value = function.call(values)
        except CallError as error:
            self._node = command
            text = str(error)
            if name == "call" and values[0] is not None:
                callee = str(given[0]) if given else default(values[0])
                text = f"non-function {callee} of type {text}"
            raise self._error(f"error calling {name}: {text}") from None
        if isinstance(value, str) and len(value) > MAX_LENGTH:
            raise self._error(f"exceeded {MAX_LENGTH} characters")
        return value
