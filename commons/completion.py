"""Completion scripts for bash, zsh and fish, made of what a program takes.

Bash has `complete -F`; zsh runs the same function by its bashcompinit; fish has `complete -c`.
"""

import shlex
from collections.abc import Callable, Iterator

from commons.manual import Option, Program


def bash(program: Program) -> str:
    """A function for `complete -F`: commands, flags, values that can be listed, files."""
    name = f"_{program.name.replace('-', '_')}_complete"
    commands = {command.name.split()[-1]: command for command in program.commands}
    lines = [
        f"{name}() {{",
        "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}",
        "  local command= word",
        "  COMPREPLY=()",
        '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
        "    case $word in",
        *(f"      {shlex.quote(word)}) command=$word; break ;;" for word in commands),
        "      -*) ;;",
        "    esac",
        "  done",
        "  case $command in",
    ]
    for word, command in commands.items():
        lines += [f"    {shlex.quote(word)})", *_cases(command, ()), "      ;;"]
    lines += ["    *)", *_cases(program, tuple(commands)), "      ;;", "  esac", "}"]
    return "\n".join([*lines, f"complete -o filenames -F {name} {program.name}"]) + "\n"


def _cases(program: Program, words: tuple[str, ...]) -> Iterator[str]:
    """What follows the word before, else flags behind a dash, else words or files."""
    yield "      case $previous in"
    for option in program.options:
        if option.value:
            pattern = "|".join(map(shlex.quote, option.names))
            yield f"        {pattern}) {_reply(_values(option))}; return ;;"
    yield "      esac"
    flags = [name for option in program.options for name in option.names]
    yield f"      if [[ $current == -* ]]; then {_reply(_words(flags))}"
    yield f"      else {_reply(_words(words) if words else '-f')}; fi"


def _values(option: Option) -> str:
    if option.choices:
        return _words(option.choices)
    return "-f" if option.takes_path else ""


def _words(words: list[str] | tuple[str, ...]) -> str:
    return f"-W {shlex.quote(' '.join(words))}"


def _reply(what: str) -> str:
    if not what:
        return ":"
    return f'mapfile -t COMPREPLY < <(compgen {what} -- "$current")'


def zsh(program: Program) -> str:
    """The bash function under bashcompinit; `mapfile` is not zsh's, its reply is read in lines."""
    text = (
        bash(program)
        .replace("mapfile -t COMPREPLY < <(", 'COMPREPLY=("${(@f)$(')
        .replace('-- "$current")', '-- "$current")}")')
    )
    return f"#compdef {program.name}\nautoload -U +X bashcompinit && bashcompinit\n{text}"


def fish(program: Program) -> str:
    """A `complete` for each command and each flag."""
    lines = list(_fish_options(program, ""))
    for command in program.commands:
        word = command.name.split()[-1]
        lines.append(
            f"complete -c {program.name} -n __fish_use_subcommand -a {word}"
            f" -d {_fish_quoted(command.summary)}"
        )
        seen = _fish_quoted(f"__fish_seen_subcommand_from {word}")
        lines += _fish_options(command, f" -n {seen}", program.name)
    return "\n".join(lines) + "\n"


def _fish_options(program: Program, condition: str, name: str = "") -> Iterator[str]:
    for option in program.options:
        spelled = " ".join(_fish_spelling(spelling) for spelling in option.names)
        value = ""
        if option.choices:
            value = f" -x -a {_fish_quoted(' '.join(option.choices))}"
        elif option.value:
            value = " -r" if option.takes_path else " -x"
        text = _fish_quoted(" ".join(option.help.split()))
        yield f"complete -c {name or program.name}{condition} {spelled}{value} -d {text}"


def _fish_quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _fish_spelling(name: str) -> str:
    bare = name.lstrip("-")
    if len(bare) == 1:
        return f"-s {bare}"
    return f"-l {bare}" if name.startswith("--") else f"-o {bare}"


SHELLS: dict[str, Callable[[Program], str]] = {"bash": bash, "fish": fish, "zsh": zsh}
