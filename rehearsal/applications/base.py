"""One small interface: a pod of an application, as the program to start."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from rehearsal.applications.pod import PodSpec

MARK = "REHEARSAL_ENVIRONMENT"
"""The variable that every process of a rehearsal carries, by which the reaper knows it."""


@dataclass(frozen=True)
class LaunchContext:
    """What is known of a pod when it is started.

    `ports` maps each container port to the port of loopback that stands for it; `main_port` is the
    local port of the application. `env` is what the manifest gives, `mounts` the folders that
    stand for its volumes, by mount path. `speed` is how much faster than the wall the canary's
    clock runs.
    """

    pod_name: str
    pod: PodSpec
    main_port: int
    ports: Mapping[int, int]
    env: Mapping[str, str]
    mounts: Mapping[str, Path] = field(default_factory=dict)
    speed: float = 1.0


@dataclass(frozen=True)
class Launch:
    """A program to start: its arguments and environment. `isolated` programs (containers) know
    the names of the cluster by themselves."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    isolated: bool = False
    cleanup: tuple[str, ...] = ()
    """A command to run once it has ended, e.g. to remove a container."""
    fault_page: str = ""
    """The path of its own page of metrics that counts the faults inside it, if it has one."""
    exec_words: Callable[[tuple[str, ...]], tuple[str, ...]] = tuple
    """What `kubectl exec` of these words is here, as an exec probe does it."""


class Application(Protocol):
    """One kind of application."""

    @property
    def description(self) -> str:
        """What runs, in a few words, for the opening of a rehearsal."""
        ...

    def check(self) -> None:
        """UserError, before anything starts, when it cannot be run on this machine."""
        ...

    def check_environment(self, pod: PodSpec, env: Mapping[str, str]) -> str:
        """What is wrong with the environment of a pod, as `NAME: why`; empty if nothing is known
        to be."""
        ...

    def launch(self, context: LaunchContext) -> Launch:
        """The program that is this pod."""
        ...
