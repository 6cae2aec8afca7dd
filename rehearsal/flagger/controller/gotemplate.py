"""The part of Go's text/template that metric queries use.

Calls of functions without arguments, `function.field` and `index` into a map, string and number
literals, `printf` with `%s %q %d %v`, pipelines, variables, comments, trim markers. Control flow
(`if`, `range`, …) is refused with a sentence, not guessed at. Error texts are Go's, for a template
named `tmpl` under `missingkey=error`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ACTION = re.compile(r"\{\{(-\s)?(.*?)(\s-)?\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"(?:[^"\\\n]|\\.)*"|`[^`]*`)
    | (?P<number>-?[0-9]+)
    | (?P<declare>\$[A-Za-z_]\w*\s*:=)
    | (?P<variable>\$[A-Za-z_]\w*)
    | (?P<name>[A-Za-z_]\w*)(?P<fields>(?:\.[A-Za-z_]\w*)*)
    | (?P<pipe>\|)
    | (?P<open>\()
    | (?P<close>\))
    )""",
    re.VERBOSE,
)
_CONTROL = frozenset({"if", "else", "end", "range", "with", "define", "template", "block"})
_VERB = re.compile(r"%([sqdv%])")

Value = str | int | Mapping[str, str]
"""What a function returns, or a literal is."""

Tokens = list[tuple[re.Match[str], int]]
"""Tokens of an action, each with its place in the whole text."""
_NEWLINE = "\n"


class GoTemplateError(Exception):
    """A template that cannot be rendered."""


class ParsingError(GoTemplateError):
    """The text is not a template."""


class ExecutionError(GoTemplateError):
    """A template asks for what is not there."""


def render(template: str, functions: Mapping[str, Value]) -> str:
    """Render with these functions, each standing for its value; raises GoTemplateError."""
    return _Renderer(template, functions).render()


@dataclass(frozen=True)
class _Operand:
    """A literal, a variable, a function with fields, or a pipeline in parentheses."""

    position: int
    literal: str | int | None = None
    variable: str = ""
    function: str = ""
    fields: tuple[str, ...] = ()
    inner: _Pipeline | None = None


@dataclass(frozen=True)
class _Pipeline:
    commands: tuple[tuple[_Operand, ...], ...]
    declares: str = ""


class _Renderer:
    """One rendering: the whole text is parsed before any of it is executed."""

    def __init__(self, template: str, functions: Mapping[str, Value]) -> None:
        self._template = template
        self._functions = functions
        self._variables: dict[str, Value] = {}

    def render(self) -> str:
        return "".join(part if isinstance(part, str) else self._run(part) for part in self._parts())

    def _parts(self) -> list[str | _Pipeline]:
        parts: list[str | _Pipeline] = []
        end, trim = 0, False
        for action in _ACTION.finditer(self._template):
            text = self._template[end : action.start()]
            text = text.lstrip() if trim else text
            parts.append(text.rstrip() if action[1] else text)
            if not _is_comment(action[2]):
                parts.append(self._parse(action[2], action.start(2)))
            end, trim = action.end(), action[3] is not None
        rest = self._template[end:]
        if "{{" in rest:
            raise self._parse_error(end + rest.index("{{"), "unclosed action")
        parts.append(rest.lstrip() if trim else rest)
        return parts

    def _parse(self, source: str, offset: int) -> _Pipeline:
        tokens = list(self._tokens(source, offset))
        if not tokens:
            raise self._parse_error(offset, "missing value for command")
        pipeline, rest = self._pipeline(tokens)
        if rest:
            raise self._parse_error(offset, "unexpected right paren")
        return pipeline

    def _tokens(self, source: str, offset: int) -> Tokens:
        tokens, end = [], 0
        while source[end:].strip():
            token = _TOKEN.match(source, end)
            if token is None:
                found = source[end:].strip()[0]
                raise self._parse_error(
                    offset + end, f"unexpected {found!r}; this rehearsal renders plain calls only"
                )
            start = token.end() - len(token[0].lstrip())
            tokens.append((token, offset + start))
            end = token.end()
        return tokens

    def _pipeline(self, tokens: Tokens) -> tuple[_Pipeline, Tokens]:
        declares = ""
        if tokens and tokens[0][0]["declare"]:
            declares = tokens[0][0]["declare"].rstrip(":= \t")
            tokens = tokens[1:]
        commands: list[tuple[_Operand, ...]] = []
        operands: list[_Operand] = []
        while tokens and not tokens[0][0]["close"]:
            token, position = tokens[0]
            if token["pipe"]:
                commands.append(tuple(operands))
                operands, tokens = [], tokens[1:]
            elif token["open"]:
                inner, tokens = self._pipeline(tokens[1:])
                if not tokens:
                    raise self._parse_error(position, "unclosed left paren")
                operands.append(_Operand(position, inner=inner))
                tokens = tokens[1:]
            else:
                operands.append(self._operand(token, position))
                tokens = tokens[1:]
        commands.append(tuple(operands))
        return _Pipeline(tuple(commands), declares), tokens

    def _operand(self, token: re.Match[str], position: int) -> _Operand:
        if token["text"]:
            return _Operand(position, literal=_unquoted(token["text"]))
        if token["number"]:
            return _Operand(position, literal=int(token["number"]))
        if token["variable"]:
            return _Operand(position, variable=token["variable"])
        name = token["name"] or ""
        if name in _CONTROL:
            text = f"{{{{{name}}}}} is not rendered by this rehearsal; write the query plainly"
            raise self._parse_error(position, text)
        if name not in self._functions and name not in ("printf", "index"):
            raise self._parse_error(position, f'function "{name}" not defined')
        fields = tuple((token["fields"] or "").split(".")[1:])
        return _Operand(position, function=name, fields=fields)

    def _run(self, pipeline: _Pipeline) -> str:
        value = self._evaluate(pipeline)
        return "" if pipeline.declares else _printed(value)

    def _evaluate(self, pipeline: _Pipeline) -> Value:
        value: Value | None = None
        for command in pipeline.commands:
            value = self._command(command, value)
        if value is None:
            raise ExecutionError("template: tmpl: nil is not a command")
        if pipeline.declares:
            self._variables[pipeline.declares] = value
        return value

    def _command(self, command: tuple[_Operand, ...], piped: Value | None) -> Value:
        head, *rest = command
        arguments = [self._value(one) for one in rest] + ([] if piped is None else [piped])
        if head.function == "printf":
            return _printf(arguments)
        if head.function == "index":
            return self._index(head, arguments)
        if arguments:
            text = f"wrong number of args for {head.function}: want 0 got {len(arguments)}"
            raise self._execution_error(head, head.function, text)
        return self._value(head)

    def _value(self, operand: _Operand) -> Value:
        if operand.literal is not None:
            return operand.literal
        if operand.inner is not None:
            return self._evaluate(operand.inner)
        if operand.variable:
            if operand.variable not in self._variables:
                raise self._parse_error(
                    operand.position, f'undefined variable "{operand.variable}"'
                )
            return self._variables[operand.variable]
        value = self._functions[operand.function]
        for name in operand.fields:
            value = self._field(operand, value, name)
        return value

    def _field(self, operand: _Operand, value: Value, name: str) -> Value:
        context = operand.function
        if not isinstance(value, Mapping):
            text = f"can't evaluate field {name} in type string"
            raise self._execution_error(operand, context, text)
        if name not in value:
            text = f'map has no entry for key "{name}"'
            raise self._execution_error(operand, context, text)
        return value[name]

    def _index(self, head: _Operand, arguments: list[Value]) -> Value:
        if len(arguments) != 2 or not isinstance(arguments[0], Mapping):
            text = "error calling index: this rehearsal indexes variables by one key"
            raise self._execution_error(head, "index", text)
        return arguments[0].get(str(arguments[1]), "")

    def _parse_error(self, position: int, text: str) -> GoTemplateError:
        line = 1 + self._template[:position].count("\n")
        return ParsingError(f"template: tmpl:{line}: {text}")

    def _execution_error(self, operand: _Operand, context: str, text: str) -> GoTemplateError:
        before = self._template[: operand.position]
        column = len(before) - (before.rindex("\n") + 1 if "\n" in before else 0)
        where = f"tmpl:{1 + before.count(_NEWLINE)}:{column}"
        return ExecutionError(f'template: {where}: executing "tmpl" at <{context}>: {text}')


def _is_comment(source: str) -> bool:
    return source.startswith("/*") and source.endswith("*/")


def _unquoted(literal: str) -> str:
    if literal.startswith("`"):
        return literal[1:-1]
    return literal[1:-1].encode().decode("unicode_escape")


def _printed(value: Value) -> str:
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{key}:{value[key]}' for key in sorted(value))}]"
    return str(value)


def _printf(arguments: list[Value]) -> str:
    values = iter(arguments[1:])

    def expand(verb: re.Match[str]) -> str:
        if verb[1] == "%":
            return "%"
        value = next(values, "%!" + verb[1] + "(MISSING)")
        return f'"{value}"' if verb[1] == "q" else _printed(value)

    return _VERB.sub(expand, str(arguments[0]))
