"""The parts of a parsed template; `str` of a node is how Go writes it in an error."""

from __future__ import annotations

from dataclasses import dataclass, field

from rehearsal.flagger.golang.strings import quote

Number = int | float | complex


@dataclass
class Node:
    """A part of a template, and where it begins in the text."""

    position: int


@dataclass
class Text(Node):
    """Text outside of actions."""

    text: str


@dataclass
class Identifier(Node):
    """The name of a function."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass
class Variable(Node):
    """A variable with fields: `$x.a.b`."""

    path: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.path)


@dataclass
class Dot(Node):
    """The value at hand."""

    def __str__(self) -> str:
        return "."


@dataclass
class Nil(Node):
    """The constant nil."""

    def __str__(self) -> str:
        return "nil"


@dataclass
class Field(Node):
    """Fields of dot: `.a.b`."""

    path: tuple[str, ...]

    def __str__(self) -> str:
        return "".join(f".{name}" for name in self.path)


@dataclass
class Chain(Node):
    """Fields of another operand: `name.a`, `(pipeline).a`."""

    operand: Node
    path: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        operand = f"({self.operand})" if isinstance(self.operand, Pipeline) else str(self.operand)
        return operand + "".join(f".{name}" for name in self.path)


@dataclass
class Bool(Node):
    """true or false."""

    value: bool

    def __str__(self) -> str:
        return "true" if self.value else "false"


@dataclass
class NumberConstant(Node):
    """A number; `value` is None where its type must decide and no int is large enough."""

    text: str
    value: Number | None

    def __str__(self) -> str:
        return self.text


@dataclass
class String(Node):
    """A string constant, with the text it was written as."""

    quoted: str
    text: str

    def __str__(self) -> str:
        return self.quoted


@dataclass
class Command(Node):
    """A function with its arguments, or a single operand."""

    arguments: list[Node] = field(default_factory=list)

    def __str__(self) -> str:
        return " ".join(
            f"({one})" if isinstance(one, Pipeline) else str(one) for one in self.arguments
        )


@dataclass
class Pipeline(Node):
    """Commands that hand their values on, and the variables that get the last."""

    commands: list[Command] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    assigns: bool = False

    def __str__(self) -> str:
        commands = " | ".join(map(str, self.commands))
        if not self.variables:
            return commands
        variables = ", ".join(map(str, self.variables))
        return f"{variables} {'=' if self.assigns else ':='} {commands}"


@dataclass
class Action(Node):
    """A pipeline whose value is printed, unless a variable takes it."""

    pipeline: Pipeline

    def __str__(self) -> str:
        return f"{{{{{self.pipeline}}}}}"


@dataclass
class List(Node):
    """Parts in a row."""

    nodes: list[Node] = field(default_factory=list)


@dataclass
class Branch(Node):
    """`if`, `with` or `range`: `keyword` says which."""

    keyword: str
    pipeline: Pipeline
    body: List
    otherwise: List | None = None


@dataclass
class Break(Node):
    """Leave a range."""

    def __str__(self) -> str:
        return "{{break}}"


@dataclass
class Continue(Node):
    """Go on with a range."""

    def __str__(self) -> str:
        return "{{continue}}"


@dataclass
class Call(Node):
    """Another template, by name."""

    name: str
    pipeline: Pipeline | None = None

    def __str__(self) -> str:
        pipeline = f" {self.pipeline}" if self.pipeline else ""
        return f"{{{{template {quote(self.name)}{pipeline}}}}}"


@dataclass
class End(Node):
    """The end of a list; only within the parser."""

    def __str__(self) -> str:
        return "{{end}}"


@dataclass
class Else(Node):
    """Where the other list of a branch begins; only within the parser."""

    def __str__(self) -> str:
        return "{{else}}"
