"""What a program takes, as values, read from the parser or the table that reads it; and man pages.

`Program` is what completion scripts, man pages and the reference of the documentation are made of.
Man pages are roff with the man macros, man(7).
"""

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass

from commons import __version__

_BREAK = re.compile(r"^([.'])", re.M)


@dataclass(frozen=True)
class Option:
    """One flag: its spellings, what stands for its value ("" for none), what it is for.

    `choices` are the values it can have, empty where there are too many to list.
    """

    names: tuple[str, ...]
    value: str
    help: str
    choices: tuple[str, ...] = ()

    @property
    def takes_path(self) -> bool:
        """Whether its value is the name of a file or a folder."""
        return not self.choices and any(word in self.value for word in ("FILE", "PATH", "FOLDER"))


@dataclass(frozen=True)
class Program:
    """A program, or one command of it."""

    name: str
    summary: str
    description: str = ""
    arguments: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    commands: tuple["Program", ...] = ()
    epilog: str = ""

    @property
    def usage(self) -> str:
        """`rehearse run [flags] [FILE ...]`."""
        words = [self.name, "[flags]", *(f"[{name} ...]" for name in self.arguments)]
        return " ".join([*words, *(["COMMAND"] if self.commands else [])])


def program_of(parser: argparse.ArgumentParser) -> Program:
    """The program that a parser reads the command line of."""
    options = tuple(_options(parser))
    commands = tuple(_commands(parser))
    arguments = tuple(
        str(action.metavar or action.dest)
        for action in parser._actions
        if not action.option_strings and not isinstance(action, argparse._SubParsersAction)
    )
    description = " ".join((parser.description or "").split())
    summary = description.split(". ")[0].rstrip(".")
    return Program(
        parser.prog, summary, description, arguments, options, commands, parser.epilog or ""
    )


def _options(parser: argparse.ArgumentParser) -> Iterator[Option]:
    for action in parser._actions:
        if action.option_strings and action.help != argparse.SUPPRESS:
            value = str(action.metavar or "") if action.nargs != 0 else ""
            text = (action.help or "").replace("%%", "%")
            yield Option(tuple(action.option_strings), value, text, choices_in(value))


def _commands(parser: argparse.ArgumentParser) -> Iterator[Program]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, sub in action.choices.items():
                found = program_of(sub)
                yield Program(
                    found.name,
                    helps.get(name, found.summary),
                    found.description,
                    found.arguments,
                    found.options,
                    found.commands,
                    found.epilog,
                )


def choices_in(value: str) -> tuple[str, ...]:
    """The values that a name such as `text|jsonl` lists."""
    words = tuple(word for word in value.split("|") if word)
    return words if len(words) > 1 and not any(word.isupper() for word in words) else ()


def man_page(program: Program) -> str:
    """The page of a program, its commands in sections of their own."""
    name = program.name.upper()
    lines = [
        f'.TH "{name}" 1 "" "canary-rehearsal {__version__}" "Canary rehearsal"',
        ".SH NAME",
        f"{_roff(program.name)} \\- {_roff(program.summary)}",
        ".SH SYNOPSIS",
        f".B {_roff(program.usage)}",
    ]
    if program.description:
        lines += [".SH DESCRIPTION", _roff(program.description)]
    lines += [".SH OPTIONS", *_option_lines(program)]
    for command in program.commands:
        lines += [f'.SH "{_roff(command.name).upper()}"', _roff(command.description)]
        lines += [".PP", f".B {_roff(command.usage)}", *_option_lines(command)]
        lines += _epilog_lines(command)
    lines += _epilog_lines(program)
    return "\n".join(lines) + "\n"


def _option_lines(program: Program) -> Iterator[str]:
    for option in program.options:
        value = f" \\fI{_roff(option.value)}\\fR" if option.value else ""
        yield ".TP"
        yield ", ".join(f"\\fB{_roff(name)}\\fR{value}" for name in option.names)
        yield _roff(option.help)


def _epilog_lines(program: Program) -> list[str]:
    return [".PP", ".nf", _roff(program.epilog.rstrip("\n")), ".fi"] if program.epilog else []


def _roff(text: str) -> str:
    """Text as it is: no backslash, no hyphen and no first character of a line means anything."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return _BREAK.sub(r"\\&\1", escaped)
