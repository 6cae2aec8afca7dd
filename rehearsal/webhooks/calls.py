"""What a webhook asks for: the receiver, the load tester's route, the task and its commands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from urllib.parse import urlsplit

from commons.durations import DurationError, parse_duration_s
from rehearsal.flagger.canary.analysis import Webhook
from rehearsal.webhooks.shell import Command, addresses, commands

# Flagger's load tester (pkg/loadtester) and ours; `loadtester` has the rest of ours.
FLAGGER_TASKS = frozenset({"cmd", "bash", "helm", "helmv3", "kubectl", "concord", "ngrinder"})
OUR_TASKS = frozenset({"loadtest", "locust", "http"})
TASKS = FLAGGER_TASKS | OUR_TASKS
SHELL_TASKS = frozenset({"cmd", "bash"})
GENERATORS = frozenset(
    {"hey", "wrk", "wrk2", "ab", "ghz", "vegeta", "fortio", "k6", "locust", "siege", "oha"}
    | {"bombardier", "jmeter", "artillery", "drill", "h2load", "autocannon", "slow_cooker"}
)
HEALTH_PATHS = frozenset(
    f"/{name}"
    for name in ("ping", "health", "healthz", "healthcheck", "ready", "readyz", "live", "livez")
)
CONFIRMATIONS = ("confirm-rollout", "confirm-traffic-increase", "confirm-promotion")

DEFAULT_TIMEOUT_S = 10.0
_ROUTES = ("/gate/", "/rollback/")


@dataclass(frozen=True)
class Address:
    """Host, port and path of an http address; `error` says why it is none."""

    host: str = ""
    port: int = 80
    path: str = "/"
    error: str = ""

    @property
    def service(self) -> str:
        """The first label of the host: a Service's name inside of a cluster."""
        return self.host.split(".")[0]

    @property
    def namespace(self) -> str:
        """The second label, where the host can be that of a Service; else empty."""
        labels = self.host.split(".")
        if len(labels) == 2 or labels[2:3] == ["svc"]:
            return labels[1]
        return ""

    @property
    def may_be_service(self) -> bool:
        """Whether the host is written as a Service is: NAME, NAME.NAMESPACE or with .svc."""
        labels = self.host.split(".")
        return len(labels) <= 2 or labels[2] == "svc"


@lru_cache(maxsize=1024)
def address_of(url: str) -> Address:
    """The parts of an address; never raises."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        return Address(error=str(error))
    if parts.scheme not in ("http", "https"):
        return Address(error="must begin with http:// or https://")
    if not host:
        return Address(error="has no host")
    default = 443 if parts.scheme == "https" else 80
    return Address(host, port or default, parts.path.rstrip("/") or "/")


@dataclass(frozen=True)
class Call:
    """One webhook, looked through."""

    hook: Webhook

    @cached_property
    def address(self) -> Address:
        return address_of(self.hook.url)

    @property
    def is_load_tester(self) -> bool:
        """Whether a load tester seems to be called: by its name, or by what it is asked."""
        host = self.address.host.replace("-", "").replace("_", "")
        asks = {"cmd", "logCmdOutput"} & (self.hook.metadata or {}).keys()
        return "loadtest" in host or bool(asks) or self.gate_route != ""

    @property
    def gate_route(self) -> str:
        """`/gate/check` and its like; empty for a task."""
        return self.address.path if self.address.path.startswith(_ROUTES) else ""

    @property
    def is_task(self) -> bool:
        """Whether the load tester is asked to run something."""
        return self.is_load_tester and not self.gate_route and not self.address.error

    @property
    def task(self) -> str:
        """The type of the task; `cmd` when none is written."""
        return (self.hook.metadata or {}).get("type") or "cmd"

    @property
    def asks_for_nothing(self) -> bool:
        """Whether it names neither a gate nor a task that has what it needs."""
        if self.gate_route or self.address.error:
            return False
        return self.task in SHELL_TASKS and not (self.hook.metadata or {}).get("cmd")

    @property
    def answers_at_once(self) -> bool:
        """Whether the load tester says 202 before the task has done anything."""
        metadata = self.hook.metadata or {}
        later = self.task in ("cmd", "ngrinder") and not metadata.get("verdict")
        return self.is_task and later

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        """The simple commands of a shell task."""
        if not self.is_task or self.task not in SHELL_TASKS:
            return ()
        return commands((self.hook.metadata or {}).get("cmd", ""))

    @property
    def generators(self) -> tuple[Command, ...]:
        """The commands that make load."""
        return tuple(one for one in self.commands if one.name in GENERATORS)

    @property
    def makes_load(self) -> bool:
        """Whether it makes load, as far as can be seen."""
        return bool(self.generators) or (
            self.is_task and self.task in ("loadtest", "locust", "ngrinder")
        )

    def targets(self) -> Iterator[Address]:
        """Where its requests go."""
        for command in self.commands:
            for url in addresses(command):
                yield address_of(url)
        url = (self.hook.metadata or {}).get("url", "")
        if self.is_task and self.task in OUR_TASKS and url:
            yield address_of(url)

    @property
    def timeout_s(self) -> float:
        """Seconds that Flagger waits; the default where it cannot read them."""
        try:
            written = self.hook.timeout
            return DEFAULT_TIMEOUT_S if len(written) < 2 else parse_duration_s(written)
        except DurationError:
            return DEFAULT_TIMEOUT_S
