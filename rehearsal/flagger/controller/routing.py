"""Objects that a provider generates, and how traffic flows through them.

A router writes an object, and reads the weights back from what was written: much of what surprises
people about Flagger (a mirror that is never seen again, weights that fall back to 100/0 when the
spec is edited) follows from that alone. So objects are kept with everything Flagger compares, in a
form that is the same for all providers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from rehearsal.flagger.canary.match import RequestMatch
from rehearsal.flagger.values import fast_dataclass

TOTAL_WEIGHT = 100
SERVICES = "services"


@fast_dataclass(frozen=True)
class Routing:
    """How traffic is split at the apex.

    Weights are percent of the requests the split applies to: all of them, or, when `matched`, only
    those that satisfy `analysis.match` (the others go to the primary). `mirrored` sends the canary
    a copy of every request whose response nobody sees.
    """

    primary: int = TOTAL_WEIGHT
    canary: int = 0
    mirrored: bool = False
    matched: bool = False


@fast_dataclass(frozen=True)
class Backend:
    """A service that receives a share of a rule's requests.

    `set_cookie` is the value of a Set-Cookie header that is added to its responses.
    """

    service: str
    weight: int
    set_cookie: str = ""


@fast_dataclass(frozen=True)
class Rule:
    """One rule of a route; the first whose conditions hold takes a request.

    It takes requests that satisfy one of `matches` (all requests if there is none) and, if
    `cookie` (`name=value`) is given, that carry this cookie. `mirror_to` is a service that gets a
    copy of each request, `set_cookie` a Set-Cookie header on every response of the rule.
    """

    backends: tuple[Backend, ...]
    matches: tuple[RequestMatch, ...] = ()
    cookie: str = ""
    mirror_to: str = ""
    set_cookie: str = ""


@fast_dataclass(frozen=True)
class RoutingObject:
    """A generated object: a Service, a VirtualService, an HTTPRoute, ...

    `resource` is the name of its type with the API group, as Kubernetes writes it: `services`,
    `virtualservices.networking.istio.io`. `content` is all that Flagger compares to find out
    whether the object must be updated, except the weights. `rules` are what requests to the apex
    meet, empty for an object that does not route them.
    """

    resource: str
    name: str
    content: object = ()
    rules: tuple[Rule, ...] = ()

    def weights(self, service: str) -> Iterable[int]:
        """The weights of a service in every rule that names it."""
        for rule in self.rules:
            for backend in rule.backends:
                if backend.service == service:
                    yield backend.weight

    def split(self, primary: str, canary: str) -> Routing:
        """What happens to a request without a cookie: the first rule that knows the canary.

        `primary` and `canary` are names of services.
        """
        for rule in self.rules:
            weights = {backend.service: backend.weight for backend in rule.backends}
            if rule.cookie or canary not in weights:
                continue
            return Routing(
                weights.get(primary, 0), weights[canary], bool(rule.mirror_to), bool(rule.matches)
            )
        return Routing()


class Routes(Protocol):
    """The generated objects, and the data plane that follows them."""

    def read(self, resource: str, name: str) -> RoutingObject | None:
        """The object as it was written last, or None."""
        ...

    def write(self, obj: RoutingObject) -> None:
        """Create or replace an object; its rules are in force when the call returns."""
        ...

    def delete(self, resource: str, name: str) -> None:
        """Remove an object, if it is there."""
        ...

    def check_accepted(self, obj: RoutingObject) -> None:
        """Raise PortError while a parent of an HTTPRoute has not accepted it.

        `HTTPRoute T.NS parent P is not ready (status: …, observed generation: …, …)`
        """
        ...


class MemoryRoutes:
    """Routes that only remember. A data plane extends `write` and does what the rules say."""

    def __init__(self, objects: Iterable[RoutingObject] = ()) -> None:
        self.objects = {(obj.resource, obj.name): obj for obj in objects}

    def read(self, resource: str, name: str) -> RoutingObject | None:
        return self.objects.get((resource, name))

    def write(self, obj: RoutingObject) -> None:
        self.objects[obj.resource, obj.name] = obj

    def delete(self, resource: str, name: str) -> None:
        self.objects.pop((resource, name), None)

    def check_accepted(self, obj: RoutingObject) -> None:
        """Everything is accepted at once."""
