"""Routers: what a provider generates, and what it reads back of the weights it wrote.

A router is Flagger's `pkg/router` of one family of providers. Its objects stand in the `Routes`
port; nothing is remembered here, so that a controller can be restarted in mid-run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Protocol

from rehearsal.flagger.canary.model import Canary, CanarySpec
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.ports import LogLevel, Ports
from rehearsal.flagger.controller.routing import (
    TOTAL_WEIGHT,
    Backend,
    Routes,
    Routing,
    RoutingObject,
    Rule,
)
from rehearsal.flagger.values import RememberedByIdentity, changed


class Log(Protocol):
    """Writes one line of Flagger's log; `caller` is the place in Flagger that writes it."""

    def __call__(
        self, canary: Canary | None, text: str, caller: str, level: LogLevel = "info"
    ) -> None: ...


class Router(Protocol):
    """How the mesh or the ingress of a provider is driven."""

    def reconcile(self, canary: Canary) -> None:
        """Create or update the generated objects; raises PortError where a setting is missing."""
        ...

    def get(self, canary: Canary) -> Routing:
        """The weights as this provider reads them back; raises PortError where it cannot."""
        ...

    def set(self, canary: Canary, routing: Routing) -> Canary:
        """Write weights; the object in memory afterwards, whose cookies may be new."""
        ...

    def finalize(self, canary: Canary) -> None:
        """Undo what was done to objects that are not Flagger's own."""
        ...


@dataclass(frozen=True)
class Wording:
    """How a kind of object is named in log lines and errors.

    `{name}` is the object's name, `{full}` its `name.namespace`, and `{absent}` what Kubernetes
    says of an object that is not there. `created_by` and `updated_by` are places in Flagger's
    source; `unreadable` and `unwritable` are what is said when weights are read from, or written
    to, an object that is not there.
    """

    created: str
    updated: str
    created_by: str
    updated_by: str
    unreadable: str = ""
    unwritable: str = ""


@dataclass(frozen=True)
class ServiceNames:
    """The services around a canary: the one people call, and those of the two versions."""

    apex: str
    primary: str
    canary: str


def service_names(canary: Canary) -> ServiceNames:
    """`service.name`, or the target's name, and its two companions."""
    return _names_in(canary.spec)


def _service_names(spec: CanarySpec) -> ServiceNames:
    apex = spec.service.name or spec.target_ref.name
    return ServiceNames(apex, f"{apex}-primary", f"{apex}-canary")


_names_in = RememberedByIdentity(_service_names)


@lru_cache(maxsize=1024)
def _plain_rules(names: ServiceNames, primary: int, weight: int) -> tuple[Rule, ...]:
    return (Rule((Backend(names.primary, primary), Backend(names.canary, weight))),)


class ObjectRouter:
    """A provider whose weights stand in one object with one rule of two backends.

    Subclasses say what the object is called and what it is made of; those whose objects are more
    than that replace `get` and `set` too.
    """

    resource: ClassVar[str]
    wording: ClassVar[Wording]
    refuses_empty: ClassVar[str] = ""
    """What is said when both weights are 0, for providers that refuse that."""

    def __init__(self, ports: Ports, log: Log) -> None:
        self._routes: Routes = ports.routes
        self.ports = ports
        self._log = log

    def object_name(self, canary: Canary) -> str:
        """The name of the object that holds the weights."""
        return canary.apex_service

    def content(self, canary: Canary) -> object:
        """All of the canary that Flagger writes into the object, weights apart."""
        raise NotImplementedError

    def rules(self, canary: Canary, primary: int, weight: int) -> tuple[Rule, ...]:
        """The rules for weights of primary and canary."""
        return _plain_rules(service_names(canary), primary, weight)

    def desired(self, canary: Canary) -> RoutingObject:
        """The object as it is generated, all traffic to the primary."""
        name = self.object_name(canary)
        return RoutingObject(
            self.resource, name, self.content(canary), self.rules(canary, TOTAL_WEIGHT, 0)
        )

    def reconcile(self, canary: Canary) -> None:
        self.apply(canary, self.desired(canary), self.wording)

    def apply(self, canary: Canary, desired: RoutingObject, wording: Wording) -> None:
        """Create the object, or write it anew if it differs in more than weights."""
        current = self._routes.read(desired.resource, desired.name)
        if current is None:
            self._routes.write(desired)
            self.log_object(canary, desired.name, wording.created, wording.created_by)
        elif self.differs(canary, current, desired):
            self._routes.write(self.updated(current, desired))
            self.log_object(canary, desired.name, wording.updated, wording.updated_by)

    def differs(self, canary: Canary, current: RoutingObject, desired: RoutingObject) -> bool:
        """Whether Flagger finds a difference; weights are none."""
        return current.content != desired.content

    def updated(self, current: RoutingObject, desired: RoutingObject) -> RoutingObject:
        """What an update writes: most providers put 100/0 back."""
        return desired

    def get(self, canary: Canary) -> Routing:
        """The primary's weight; the canary's is the rest of 100."""
        current = self.read(canary, self.wording.unreadable)
        primary = next(iter(current.weights(service_names(canary).primary)), None)
        if primary is None:
            return Routing(0, 0)
        return Routing(primary, TOTAL_WEIGHT - primary)

    def set(self, canary: Canary, routing: Routing) -> Canary:
        if self.refuses_empty and routing.primary == 0 and routing.canary == 0:
            raise PortError(self._named(canary, canary.apex_service, self.refuses_empty))
        current = self.read(canary, self.wording.unwritable or self.wording.unreadable)
        rules = self.rules(canary, routing.primary, routing.canary)
        self._routes.write(changed(current, content=self.content(canary), rules=rules))
        return canary

    def finalize(self, canary: Canary) -> None:
        """Nothing to undo: the objects go with the Canary."""

    def read(self, canary: Canary, absent: str) -> RoutingObject:
        """The object that holds the weights; raises PortError with the sentence `absent`."""
        name = self.object_name(canary)
        current = self._routes.read(self.resource, name)
        if current is None:
            not_found = f'{self.resource} "{name}" not found'
            raise PortError(absent.format(absent=not_found, **self._names(canary, name)))
        return current

    def log_object(self, canary: Canary, name: str, text: str, caller: str) -> None:
        """A log line about an object."""
        self._log(canary, self._named(canary, name, text), caller)

    def _named(self, canary: Canary, name: str, text: str) -> str:
        return text.format(**self._names(canary, name))

    def _names(self, canary: Canary, name: str) -> dict[str, str]:
        return {"name": name, "full": f"{name}.{canary.namespace}"}


def two_weights(obj: RoutingObject, names: ServiceNames) -> Routing:
    """Both weights as they stand in the rules, the last rule that names a service winning."""
    return weights_in(obj.rules, names)


def weights_in(rules: Iterable[Rule], names: ServiceNames) -> Routing:
    """Both weights in these rules, the last rule that names a service winning."""
    weights = {names.primary: 0, names.canary: 0}
    for rule in rules:
        for backend in rule.backends:
            if backend.service in weights:
                weights[backend.service] = backend.weight
    return Routing(weights[names.primary], weights[names.canary])


def unsigned(weight: int, bits: int) -> int:
    """A Go int converted to an unsigned type of so many bits."""
    return weight % (1 << bits)


def uri_prefix(canary: Canary) -> str:
    """The prefix of the first `service.match`, for providers that know no other condition."""
    matches = canary.spec.service.match
    uri = matches[0].uri if matches else None
    return (uri.prefix if uri else None) or "/"
