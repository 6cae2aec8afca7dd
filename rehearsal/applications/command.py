"""Any program, by the command that starts it.

Placeholders are filled in: `{port}` (the application's), `{NAME}` for each named port of the
container, `{args}` (the container's own command and arguments), `{tag}` of the image, `{pod}`. Its
environment is the manifest's, with PORT beside it, and PORT_NAME for each named port; a variable
or argument that is one of the container's ports gets the local port instead.
"""

import re
import shlex
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rehearsal.applications.base import Launch, LaunchContext
from rehearsal.applications.pod import PodSpec
from rehearsal.errors import UserError

_SHELL = frozenset("|&;<>()$`\\\"'*?[#~!{}\n")
_NOT_IN_NAME = re.compile(r"[^A-Z0-9]")


@dataclass(frozen=True)
class CommandApplication:
    """A command line, as a shell would read it."""

    command: str
    option: str = "--stable"
    """The flag that gave it, for messages."""

    @property
    def description(self) -> str:
        return self.command

    def check(self) -> None:
        try:
            words = shlex.split(self.command)
        except ValueError as error:
            raise UserError(f"{self.option} {self.command!r}: {error}") from None
        if not words:
            raise UserError(f"{self.option}: an empty command runs nothing")
        program = words[0]
        if _is_plain(program) and "=" not in program and shutil.which(program) is None:
            raise UserError(
                f"{self.option} {self.command!r}: no program {program!r} on this machine;"
                " give its path, or install it"
            )

    def check_environment(self, pod: PodSpec, env: Mapping[str, str]) -> str:
        return ""

    def launch(self, context: LaunchContext) -> Launch:
        line = fill(self.command, _values(context))
        words = shlex.split(line)
        if "=" not in words[0] and all(_is_plain(word) for word in words):
            line = f"exec {line}"
        return Launch(
            ("bash", "-c", line),
            {**local_env(context)},
            exec_words=lambda asked: local_words(asked, context),
        )


def local_env(context: LaunchContext) -> dict[str, str]:
    """The pod's environment as a process of this machine sees it."""
    ports = {str(number): str(local) for number, local in context.ports.items()}
    env = {name: _relocated(ports.get(v, v), context) for name, v in context.env.items()}
    named = {f"PORT_{_variable(n)}": str(p) for n, p in _named_ports(context).items()}
    names = {"HOSTNAME": context.pod_name, "POD_NAME": context.pod_name}
    return {**env, "PORT": str(context.main_port), **named, **names}


def local_words(words: Iterable[str], context: LaunchContext) -> tuple[str, ...]:
    """Words of the pod's own, with local ports in place of the container's, and local folders."""
    return tuple(_relocated(_with_local_ports(word, context.ports), context) for word in words)


def fill(command: str, values: Mapping[str, str]) -> str:
    """Fill in the placeholders that are known; any other brace stays as it is."""
    for name, value in values.items():
        command = command.replace(f"{{{name}}}", value)
    return command


def _values(context: LaunchContext) -> dict[str, str]:
    container = context.pod.container
    arguments = local_words((*container.command, *container.args), context)
    return {
        **{name: str(port) for name, port in _named_ports(context).items()},
        "port": str(context.main_port),
        "args": shlex.join(arguments),
        "tag": container.tag,
        "pod": context.pod_name,
    }


def _named_ports(context: LaunchContext) -> dict[str, int]:
    return {p.name: context.ports[p.number] for p in context.pod.container.ports if p.name}


def _with_local_ports(word: str, ports: Mapping[int, int]) -> str:
    for number, local in ports.items():
        word = re.sub(rf"(?<!\d){number}(?!\d)", str(local), word)
    return word


def _relocated(text: str, context: LaunchContext) -> str:
    for path, folder in context.mounts.items():
        if text == path or text.startswith(f"{path}/") or f"={path}" in text:
            text = text.replace(path, str(folder))
    return text


def _variable(name: str) -> str:
    return _NOT_IN_NAME.sub("_", name.upper())


def _is_plain(word: str) -> bool:
    return not _SHELL & set(word)
