"""A Deployment as values: which pods should start and stop next. Pure; no process is touched.

The rolling update is that of Kubernetes (kubernetes/pkg/controller/deployment/rolling.go): up to
`max_surge` pods above the wanted number, at most `max_unavailable` below it, pods that never
became available go first.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

# The letters of generated Kubernetes names (apimachinery util/rand): none that makes a word.
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def generated_name(length: int = 5) -> str:
    """A random suffix such as Kubernetes gives to a pod."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def template_hash(template: dict[str, Any]) -> str:
    """A stable name for a pod template: nine letters of Kubernetes' own alphabet."""
    digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:9])


@dataclass(frozen=True)
class RollingUpdate:
    """How many pods more or fewer than wanted an update may have: a number, or a share.

    With `recreate` all old pods end before a new one starts.
    """

    max_unavailable: int | str = "25%"
    max_surge: int | str = "25%"
    recreate: bool = False

    def unavailable(self, replicas: int) -> int:
        """How many may be missing; a share is rounded down, and 0 and 0 would be a standstill."""
        if self.recreate:
            return replicas
        missing = _pods(self.max_unavailable, replicas, up=False)
        return missing if missing or self.surge(replicas) else 1

    def surge(self, replicas: int) -> int:
        """How many there may be on top; a share is rounded up."""
        return 0 if self.recreate else _pods(self.max_surge, replicas, up=True)


def read_strategy(settings: Mapping[str, Any], *, daemon: bool = False) -> RollingUpdate:
    """`strategy` of a Deployment or `updateStrategy` of a DaemonSet, with Kubernetes' defaults."""
    raw = settings.get("updateStrategy" if daemon else "strategy") or {}
    rolling = raw.get("rollingUpdate") or {}
    missing, extra = (1, 0) if daemon else ("25%", "25%")
    return RollingUpdate(
        rolling.get("maxUnavailable", missing),
        rolling.get("maxSurge", extra),
        recreate=raw.get("type") == "Recreate",
    )


def _pods(value: int | str, replicas: int, *, up: bool) -> int:
    if isinstance(value, int):
        return value
    share = replicas * int(value.rstrip("%"))
    return -(-share // 100) if up else share // 100


@dataclass
class Pod:
    """One replica. `ready_since_s` is None while it is not ready."""

    name: str
    revision: str
    template: dict[str, Any]
    ready_since_s: float | None = None
    stopping: bool = False

    def available(self, now_s: float, min_ready_s: float) -> bool:
        return self.ready_since_s is not None and now_s - self.ready_since_s >= min_ready_s


@dataclass
class Deployment:
    """Name, template and number of replicas wanted, and the pods there are."""

    name: str
    template: dict[str, Any]
    replicas: int
    min_ready_s: float = 0.0
    strategy: RollingUpdate = RollingUpdate()
    daemon: bool = False
    generation: int = 1
    observed_generation: int = 0
    progressed_at_s: float = 0.0
    enough: bool = True
    enough_changed_s: float = 0.0
    pods: dict[str, Pod] = field(default_factory=dict)
    new_name: Callable[[], str] = generated_name

    @property
    def revision(self) -> str:
        return template_hash(self.template)

    def change(
        self, *, template: dict[str, Any] | None = None, replicas: int | None = None
    ) -> None:
        """Want something else; nothing happens until `reconcile`."""
        before = (self.template, self.replicas)
        self.template = self.template if template is None else template
        self.replicas = self.replicas if replicas is None else replicas
        if (self.template, self.replicas) != before:
            self.generation += 1

    def current(self) -> list[Pod]:
        """The pods of the template wanted now, those that are stopping excepted."""
        return [p for p in self._alive() if p.revision == self.revision]

    def outdated(self) -> list[Pod]:
        """The pods of former templates that are still wanted."""
        return [p for p in self._alive() if p.revision != self.revision]

    def available(self, now_s: float, among: Iterable[Pod] | None = None) -> int:
        pods = self._alive() if among is None else among
        return sum(p.available(now_s, self.min_ready_s) for p in pods)

    def ready_pods(self) -> tuple[str, ...]:
        """The endpoints of the service in front: ready and not stopping."""
        return tuple(p.name for p in self._alive() if p.ready_since_s is not None)

    def reconcile(self, now_s: float) -> tuple[list[Pod], list[Pod]]:
        """One step towards what is wanted: the pods to start (added here) and to stop (marked)."""
        if self.observed_generation != self.generation:
            self.progressed_at_s = now_s
        self.observed_generation = self.generation
        started = [self._add() for _ in range(self._missing())]
        stopped = self._surplus(now_s)
        for pod in stopped:
            pod.stopping = True
        self.note_availability(now_s)
        return started, stopped

    def mark_ready(self, name: str, ready: bool, now_s: float) -> None:
        """What the kubelet's readiness probe says of a pod."""
        pod = self.pods[name]
        if ready and pod.ready_since_s is None:
            pod.ready_since_s = now_s
            self.progressed_at_s = now_s
        elif not ready:
            pod.ready_since_s = None

    def note_availability(self, now_s: float) -> None:
        """Remember since when there are enough available pods, or too few."""
        enough = self.available(now_s) >= self.replicas - self.strategy.unavailable(self.replicas)
        if enough != self.enough:
            self.enough, self.enough_changed_s = enough, now_s

    def forget(self, name: str) -> None:
        """The pod's process is gone."""
        self.pods.pop(name, None)

    def _alive(self) -> list[Pod]:
        return [p for p in self.pods.values() if not p.stopping]

    def _missing(self) -> int:
        """How many pods of the wanted template to start, up to the surge."""
        wanted = self.replicas - len(self.current())
        outdated = len(self.outdated())
        if not outdated:
            return max(0, wanted)
        if self.strategy.recreate:
            return 0
        most = self.replicas + self.strategy.surge(self.replicas)
        return max(0, min(wanted, most - len(self.current()) - outdated))

    def _surplus(self, now_s: float) -> list[Pod]:
        """The pods to stop.

        More than wanted of the wanted template; of former templates those that are not available,
        and as many of the others as the pods that are available can spare.
        """
        beyond = max(0, len(self.current()) - self.replicas)
        extra = self._unavailable_first(self.current(), now_s)[:beyond]
        outdated = self.outdated()
        broken = [p for p in outdated if not p.available(now_s, self.min_ready_s)]
        healthy = [p for p in outdated if p not in broken]
        needed = max(0, self.replicas - self.strategy.unavailable(self.replicas))
        spare = max(0, self.available(now_s) - needed)
        return extra + broken + healthy[:spare]

    def _unavailable_first(self, pods: list[Pod], now_s: float) -> list[Pod]:
        return sorted(pods, key=lambda p: p.available(now_s, self.min_ready_s))

    def _add(self) -> Pod:
        suffix = self.new_name()
        name = f"{self.name}-{suffix}" if self.daemon else f"{self.name}-{self.revision}-{suffix}"
        pod = Pod(name=name, revision=self.revision, template=self.template)
        self.pods[name] = pod
        return pod
