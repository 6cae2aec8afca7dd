"""A container image, run by podman or docker: `image:NAME[:TAG]`.

The container keeps its own network, and its ports are published on loopback. It carries the mark of
the rehearsal, so that nothing of it is left when the rehearsal is killed.
"""

import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from rehearsal.applications.base import MARK, Launch, LaunchContext
from rehearsal.applications.pod import PodSpec
from rehearsal.errors import UserError

PREFIX = "image:"
_ENGINES = ("podman", "docker")
_ANSWER_S = 30


@dataclass(frozen=True)
class ContainerApplication:
    """An image by name; `{tag}` stands for the tag that the pod template names."""

    image: str
    option: str = "--stable"

    @property
    def description(self) -> str:
        return f"container {self.image}"

    def check(self) -> None:
        engine = find_engine()
        if engine is None:
            raise UserError(
                f"{self.option} {PREFIX}{self.image}: neither podman nor docker is on this machine;"
                " install one, or give a command"
            )
        if (why := _why_unusable(engine)) is not None:
            raise UserError(f"{self.option} {PREFIX}{self.image}: {engine} does not work: {why}")
        if "{tag}" not in self.image and not _is_there(engine, self.image):
            raise UserError(
                f"{self.option} {PREFIX}{self.image}: {engine} has no such image; pull or build it"
            )

    def check_environment(self, pod: PodSpec, env: Mapping[str, str]) -> str:
        return ""

    def launch(self, context: LaunchContext) -> Launch:
        engine = find_engine() or _ENGINES[0]
        container = context.pod.container
        name = f"rehearsal-{context.pod_name}-{context.main_port}"
        argv = [engine, "run", "--rm", "--name", name, "--pull", "never", "--env", MARK]
        for number, local in context.ports.items():
            argv += ["--publish", f"127.0.0.1:{local}:{number}"]
        for key, value in context.env.items():
            argv += ["--env", f"{key}={value}"]
        for path, folder in context.mounts.items():
            argv += ["--volume", f"{folder}:{path}:ro"]
        if container.command:
            argv += ["--entrypoint", container.command[0]]
        argv += ["--", self.image.replace("{tag}", container.tag)]
        argv += [*container.command[1:], *container.args]
        return Launch(
            tuple(argv),
            {},
            isolated=True,
            cleanup=(engine, "rm", "--force", name),
            exec_words=lambda words: (engine, "exec", name, *words),
        )


def find_engine() -> str | None:
    """The container engine of this machine, if there is one."""
    return next((name for name in _ENGINES if shutil.which(name)), None)


def _is_there(engine: str, image: str) -> bool:
    return _ask(engine, "image", "inspect", "--", image) is None


def _why_unusable(engine: str) -> str | None:
    """Why an engine runs nothing: no daemon, no permission; None when it answers."""
    return _ask(engine, "ps", "--quiet")


def _ask(engine: str, *words: str) -> str | None:
    """None when the engine ends with 0, else the last line that it says."""
    try:
        asked = subprocess.run(
            [engine, *words], capture_output=True, timeout=_ANSWER_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {_ANSWER_S} s"
    except OSError as error:
        return error.strerror or str(error)
    if asked.returncode == 0:
        return None
    lines = asked.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else f"exit code {asked.returncode}"


def parse_container(text: str, option: str) -> ContainerApplication:
    """Read `image:NAME[:TAG]`; UserError when the name is empty or holds a blank."""
    image = text.removeprefix(PREFIX)
    if not image or image.startswith("-") or len(shlex.split(image)) != 1:
        raise UserError(f"{option} {text!r}: write {PREFIX}NAME[:TAG]")
    return ContainerApplication(image, option)
