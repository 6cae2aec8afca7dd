"""Command-line flags, each with an environment variable that stands for it (its twin).

A flag wins over its twin, the twin over the default; an empty variable counts as unset. A table of
`Flag`s is added to a `CommandParser` (`add_flags`) and read from what that parsed (`read_flags`);
`parse_flags` does both for a program that has neither commands nor arguments. Every mistake is a
UsageError whose text begins with the flag or the variable at fault.

Both `--port 80` and Go's `-port 80` are read, with a blank or `=`. A switch takes a value only
behind `=`. Abbreviations are not accepted.
"""

import argparse
import dataclasses
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from commons import __version__
from commons.errors import UsageError
from commons.values import ANY_TEXT, ValueParser, did_you_mean, shown, switch

if TYPE_CHECKING:
    from commons.manual import Program


@dataclass(frozen=True)
class Flag:
    """One setting: its name without dashes in front, what it is for, and how its text is read."""

    name: str
    help: str
    default: Any = None
    parse: Callable[[str], Any] = ANY_TEXT
    metavar: str = ""
    """What stands for the value in help; by default what the parser calls it."""
    env: str = ""
    """The twin; empty for a flag that has none."""
    repeatable: bool = False
    """Whether it may be given again; the value is a tuple, and the twin holds one item per line."""
    secret: bool = False
    """Its value is never repeated in a message."""
    protects: bool = False
    """A twin that is set but empty is refused: a secret that did not resolve must not turn
    protection off in silence."""
    short: str = ""
    """One letter that is as good as its name: `f` for `-f`."""
    default_text: str | None = None
    """The default as help shows it, where the value itself would not say it; empty: not shown."""

    @property
    def option(self) -> str:
        """As it is written on the command line: `--log-level`."""
        return f"--{self.name}"

    @property
    def field(self) -> str:
        """Its name in Python: `log_level`."""
        return self.name.replace("-", "_")

    @property
    def is_switch(self) -> bool:
        """Whether its name alone means yes."""
        return self.parse is switch

    @property
    def value_name(self) -> str:
        """What stands for the value in help; empty for a switch."""
        if self.is_switch:
            return ""
        known = self.parse.metavar if isinstance(self.parse, ValueParser) else "VALUE"
        return self.metavar or known

    def shown_default(self) -> str:
        """The default as help shows it; empty if there is none to show."""
        if self.default_text is not None:
            return self.default_text
        if self.default is None or self.default is False or self.default in ("", ()):
            return ""
        if isinstance(self.parse, ValueParser):
            return self.parse.render(self.default)
        return str(self.default)

    def help_text(self) -> str:
        """`what it is for (default 5) [TWIN]`."""
        default = self.shown_default()
        parts = [self.help, f"(default {default})" if default else "", self.env and f"[{self.env}]"]
        return " ".join(part for part in parts if part)


def with_twins(prefix: str, flags: Iterable[Flag]) -> tuple[Flag, ...]:
    """The flags, each with the twin that `prefix` gives it unless it names one of its own."""
    return tuple(
        flag if flag.env else dataclasses.replace(flag, env=prefix + flag.field.upper())
        for flag in flags
    )


class CommandParser(argparse.ArgumentParser):
    """argparse with this project's one style: short usage errors, `--version`, full names only."""

    def __init__(self, prog: str | None = None, *, version: bool = False, **options: Any) -> None:
        options.setdefault("formatter_class", _HelpFormatter)
        super().__init__(prog, allow_abbrev=False, add_help=False, **options)
        self.switches: set[str] = set()
        self.add_argument("-h", "--help", action="help", help="show this help")
        if version:
            self.add_argument(
                "--version",
                action="version",
                version=f"{self.prog} {__version__}",
                help="show the version",
            )
            self.add_argument("--print-completion", action=_Print, help=argparse.SUPPRESS)
            self.add_argument("--print-man", action=_Print, nargs=0, help=argparse.SUPPRESS)

    def error(self, message: str) -> NoReturn:
        """Raise UsageError: argparse's own prints the usage and leaves."""
        raise UsageError(f"{message} (see {self.prog} --help)")

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """As argparse does, but what is unknown is an error here, with the closest name."""
        words = self._normalise(list(sys.argv[1:] if args is None else args))
        found, rest = super().parse_known_args(words, namespace)
        if surplus := [word for word in rest if word != "--"]:
            self.error(f"unexpected argument {shown(surplus[0])}")
        return found, []

    def _normalise(self, words: list[str]) -> list[str]:
        """Go's single dashes doubled, switches spelt out, arguments last; a name that is unknown
        is an error. What follows a command is left to the command's own parser."""
        options: list[str] = []
        arguments: list[str] = []
        while words:
            word = words.pop(0)
            if word == "--":
                arguments += words
                break
            if not _looks_like_flag(word):
                if self._subparsers is not None:
                    self._check_command(word)
                    return [*options, word, *words]
                arguments.append(word)
                continue
            option, equals, value = self._option(word)
            if option in self.switches and not equals:
                equals, value = "=", "true"
            options.append(option + equals + value)
            if not equals and words and self._option_string_actions[option].nargs is None:
                options.append(self._value(option, words.pop(0)))
        return [*options, "--", *arguments] if arguments else options

    def _value(self, option: str, word: str) -> str:
        if _looks_like_flag(word):
            self.error(
                f"{option} needs a value; if {shown(word)} is it, write {option}={word[:60]}"
            )
        return word

    def _option(self, word: str) -> tuple[str, str, str]:
        name, equals, value = word.partition("=")
        known = self._option_string_actions
        option = name if name in known or name.startswith("--") else f"-{name}"
        if option not in known:
            hint = did_you_mean(option, tuple(known))
            self.error(f"unknown flag {shown(name).strip(chr(39))}{hint}")
        return option, equals, value

    def _check_command(self, word: str) -> None:
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction) and word not in action.choices:
                hint = did_you_mean(word, tuple(action.choices))
                self.error(f"unknown command {shown(word)}{hint}")


class _Print(argparse.Action):
    """Prints what is made of the parser, a completion script or a man page, and leaves."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        from commons.manual import man_page, program_of  # nobody else needs them

        if self.dest == "print_man":
            print(man_page(program_of(parser)), end="")
            parser.exit()
        print(completion(program_of(parser), str(values)), end="")
        parser.exit()


def completion(program: "Program", shell: str) -> str:
    """A program's completion script; UsageError for a shell that there is none for."""
    from commons.completion import SHELLS

    if shell not in SHELLS:
        raise UsageError(f"--print-completion {shown(shell)}: choose one of {', '.join(SHELLS)}")
    return SHELLS[shell](program)


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Room for names: the column of explanations starts at 30."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30)


def _looks_like_flag(word: str) -> bool:
    is_number = word[1:2].isdigit() or (word[1:2] == "." and word[2:3].isdigit())
    return word.startswith("-") and word != "-" and not is_number


def add_flags(parser: CommandParser, flags: Iterable[Flag], title: str | None = None) -> None:
    """Let a parser read these flags; under a title of their own in its help if one is given."""
    target = parser if title is None else parser.add_argument_group(title)
    for flag in flags:
        if flag.is_switch:
            parser.switches.add(flag.option)
        names = (f"-{flag.short}", flag.option) if flag.short else (flag.option,)
        target.add_argument(
            *names,
            dest=flag.field,
            metavar=flag.value_name,
            action="append" if flag.repeatable else "store",
            help=flag.help_text().replace("%", "%%"),
        )


def read_flags(
    flags: Iterable[Flag], given: argparse.Namespace, environ: Mapping[str, str]
) -> dict[str, Any]:
    """The value of every flag by its field; UsageError for one that cannot be used."""
    return {flag.field: _read(flag, getattr(given, flag.field), environ) for flag in flags}


def parse_flags(
    flags: Sequence[Flag],
    argv: Sequence[str] | None,
    environ: Mapping[str, str],
    *,
    prog: str,
    description: str,
    epilog: str = "",
) -> dict[str, Any]:
    """The value of every flag of a program that has flags only; argv None means the process's."""
    parser = CommandParser(prog, version=True, description=description, epilog=epilog)
    add_flags(parser, flags)
    return read_flags(flags, parser.parse_args(argv), environ)


def _read(flag: Flag, given: Any, environ: Mapping[str, str]) -> Any:
    if given is not None:
        return _parse(flag, flag.option, given)
    twin = environ.get(flag.env) if flag.env else None
    if twin == "" and flag.protects:
        raise UsageError(f"{flag.env}: is set but empty; give it a value, or unset it")
    # Kubernetes sets NAME_PORT=tcp://... in every pod beside a Service of that name.
    if not twin or (flag.env.endswith("_PORT") and twin.startswith("tcp://")):
        return flag.default
    return _parse(flag, flag.env, twin.splitlines() if flag.repeatable else twin)


def _parse(flag: Flag, source: str, value: Any) -> Any:
    try:
        if flag.repeatable:
            items = (_as_given(item) for item in value)
            return tuple(flag.parse(item) for item in items if item or source == flag.option)
        return flag.parse(_as_given(value))
    except ValueError as error:
        reason = "cannot be used" if flag.secret and value else str(error)
        raise UsageError(f"{source}: {reason}") from None


def _as_given(value: Any) -> Any:
    """The text of a flag; argparse makes an empty list of the `--` in `--flag=--`."""
    return "--" if value == [] else value
