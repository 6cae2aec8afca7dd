"""Providers `gatewayapi:v1` and `gatewayapi:v1beta1` (flagger pkg/router/gateway_api*.go).

Conditions that the Gateway API lacks are an error in `service.match`, and drop the whole of
`analysis.match` without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rehearsal.flagger.canary.match import HeaderMatch, RequestMatch, StringMatch
from rehearsal.flagger.canary.model import Canary, Phase
from rehearsal.flagger.canary.service import RouteMatch
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.routing import TOTAL_WEIGHT, Backend, Routing, RoutingObject, Rule
from rehearsal.flagger.controller.services import metadata
from rehearsal.flagger.providers import istio, linkerd
from rehearsal.flagger.providers.affinity import Affinity
from rehearsal.flagger.providers.provider import FULL, Field, MatchSupport, Provider
from rehearsal.flagger.providers.queries import APPLICATION
from rehearsal.flagger.providers.router import (
    ObjectRouter,
    Wording,
    service_names,
    two_weights,
)

_MIRROR_STAYS = (Phase.WAITING, Phase.PROGRESSING, Phase.WAITING_PROMOTION)


@dataclass(frozen=True)
class _Content:
    """An HTTPRoute without its rules; `filters` and `timeouts` are what each rule repeats."""

    route: object
    filters: object
    timeouts: object = None


class GatewayApiRouter(ObjectRouter):
    """An HTTPRoute. A mirror is written, and so read back, only in a run of iterations."""

    resource = "httproutes.gateway.networking.k8s.io"
    wording = Wording(
        "HTTPRoute {full} created",
        "HTTPRoute {full} updated",
        "router/gateway_api.go:178",
        "router/gateway_api.go:250",
        unreadable="HTTPRoute {full} get error: {absent}",
    )

    def reconcile(self, canary: Canary) -> None:
        if not canary.spec.service.gateway_refs:
            raise PortError("GatewayRefs must be specified when using Gateway API as a provider.")
        _check_matches(canary)
        super().reconcile(canary)

    def content(self, canary: Canary) -> _Content:
        service = canary.spec.service
        route = (
            service.gateway_refs,
            service.hosts,
            service.match,
            service.port,
            metadata(service.apex),
        )
        return _Content(route, self.filters(canary), (service.timeout, service.backend_timeout))

    def filters(self, canary: Canary) -> object:
        """What is done to every request of a rule."""
        service = canary.spec.service
        return (service.headers, service.rewrite, service.mirror, service.cors_policy)

    def affinity(self, canary: Canary, weighted: Rule) -> Affinity:
        """The sticky rules of this version of the API."""
        return Affinity(canary, weighted)

    def rules(self, canary: Canary, primary: int, weight: int) -> tuple[Rule, ...]:
        return _with_match(canary, super().rules(canary, primary, weight))

    def differs(self, canary: Canary, current: RoutingObject, desired: RoutingObject) -> bool:
        """Sticky rules are no difference, nor, while a run mirrors, are filters."""
        old, new = current.content, desired.content
        if not isinstance(old, _Content) or not isinstance(new, _Content):
            return True
        if old.route != new.route:
            return True
        old_rules = self._compared(canary, old, current.rules)
        return old_rules != self._compared(canary, new, desired.rules)

    def _compared(
        self, canary: Canary, content: _Content, rules: tuple[Rule, ...]
    ) -> list[tuple[object, ...]]:
        analysis = canary.spec.analysis
        affinity = analysis.session_affinity
        ignores_filters = analysis.mirror and canary.status.phase in _MIRROR_STAYS
        return [
            (
                content.timeouts,
                rule.matches,
                rule.cookie,
                None if ignores_filters else (content.filters, rule.mirror_to, rule.set_cookie),
                tuple(
                    (backend.service, "" if affinity else backend.set_cookie)
                    for backend in rule.backends
                ),
            )
            for rule in rules
            if affinity is None or not self._is_sticky(rule, canary)
        ]

    def _is_sticky(self, rule: Rule, canary: Canary) -> bool:
        affinity = canary.spec.analysis.session_affinity
        if affinity is None or not rule.cookie:
            return False
        name, _, value = rule.cookie.partition("=")
        names = {affinity.cookie_name}
        if self.affinity(canary, rule).has_primary_cookie:
            names.add(affinity.primary_cookie_name)
        return any(one in f".*{name}.*{value}.*" for one in names)

    def get(self, canary: Canary) -> Routing:
        """The weights of the last rule with two backends, or of the one that sets cookies."""
        current = self.read(canary, self.wording.unreadable)
        self.check_accepted(current)
        names = service_names(canary)
        mirrored = any(rule.mirror_to == names.canary for rule in current.rules)
        weighted = [rule for rule in current.rules if len(rule.backends) == 2]
        if canary.spec.analysis.session_affinity is not None:
            setting = [
                rule
                for rule in current.rules
                if any(backend.set_cookie for backend in rule.backends)
            ]
            weighted += setting
        routing = two_weights(replace(current, rules=tuple(weighted)), names)
        return replace(routing, mirrored=mirrored)

    def check_accepted(self, route: RoutingObject) -> None:
        """Raise PortError until every Gateway has accepted the route."""
        self._routes.check_accepted(route)

    def set(self, canary: Canary, routing: Routing) -> Canary:
        current = self.read(canary, self.wording.unreadable)
        _check_matches(canary)
        (weighted,) = ObjectRouter.rules(self, canary, routing.primary, routing.canary)
        if routing.mirrored and canary.spec.analysis.iterations > 0:
            weighted = replace(weighted, mirror_to=service_names(canary).canary)
        rules: tuple[Rule, ...] = (weighted,)
        changed = canary
        if canary.spec.analysis.session_affinity is not None:
            rules, changed = self.affinity(canary, weighted).rules(routing.canary)
        rules = _with_match(canary, rules)
        self._routes.write(replace(current, content=self.content(canary), rules=rules))
        return changed


class GatewayApiV1Beta1Router(GatewayApiRouter):
    """The earlier API: no timeouts, no CORS, one cookie, and nobody asks who accepted it."""

    wording = replace(
        GatewayApiRouter.wording,
        created_by="router/gateway_api_v1beta1.go:165",
        updated_by="router/gateway_api_v1beta1.go:231",
    )

    def content(self, canary: Canary) -> _Content:
        return replace(super().content(canary), timeouts=None)

    def filters(self, canary: Canary) -> object:
        service = canary.spec.service
        return (service.headers, service.rewrite, service.mirror)

    def affinity(self, canary: Canary, weighted: Rule) -> Affinity:
        return Affinity(canary, weighted, has_primary_cookie=False)

    def check_accepted(self, route: RoutingObject) -> None:
        """Not asked."""


def _with_match(canary: Canary, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """The rules of an A/B test: the first is for matching requests, the last for all others."""
    if not canary.spec.analysis.match:
        return rules
    matches = _understood(canary.spec.analysis.match)
    first = replace(rules[0], matches=matches, cookie="")
    everyone_else = Rule((Backend(service_names(canary).primary, TOTAL_WEIGHT),))
    return (first, *rules[1:], everyone_else)


def _understood(matches: tuple[RequestMatch, ...]) -> tuple[RequestMatch, ...]:
    """All of the matches, or none: one that cannot be written makes Flagger drop them all."""
    for match in matches:
        if not all(map(_has_exact_or_regex, match.headers.values())):
            return ()
        if not all(map(_has_exact_or_regex, match.query_params.values())):
            return ()
    return matches


def _has_exact_or_regex(condition: HeaderMatch | StringMatch) -> bool:
    return bool(condition.exact or condition.regex)


def _check_matches(canary: Canary) -> None:
    """Raise PortError for the first condition of `service.match` that cannot be written."""
    for match in canary.spec.service.match:
        unsupported = _unsupported(match)
        if unsupported is not None:
            what, selector = unsupported
            raise PortError(
                "Invalid request matching selectors: Gateway API doesn't support the specified"
                f" {what} matching selector: {selector}\n"
            )


def _unsupported(match: RouteMatch) -> tuple[str, str] | None:
    uri, method = match.uri, match.method
    if uri is not None and not (uri.regex or uri.exact or uri.prefix):
        return "path", f"&{_go(uri)}"
    if method is not None and not method.exact:
        return "header", _go_map(match.headers)
    if not all(map(_has_exact_or_regex, match.headers.values())):
        return "header", _go_map(match.headers)
    if not all(map(_has_exact_or_regex, match.query_params.values())):
        return "query", _go_map(match.query_params)
    return None


def _go_map(conditions: Mapping[str, StringMatch]) -> str:
    """A map of conditions under Go's `%+v`."""
    return f"map[{' '.join(f'{key}:{_go(conditions[key])}' for key in sorted(conditions))}]"


def _go(match: StringMatch) -> str:
    parts = {"Exact": match.exact, "Prefix": match.prefix, "Suffix": None, "Regex": match.regex}
    return "{" + " ".join(f"{key}:{value or ''}" for key, value in parts.items()) + "}"


_V1 = Provider(
    "gatewayapi:v1",
    GatewayApiRouter,
    APPLICATION,
    source="application",
    resources=(GatewayApiRouter.resource,),
    prefix="gatewayapi:v1",
    measures_prefix="gatewayapi",
    match=MatchSupport(
        frozenset({"exact", "regex"}), query_params=True, drops_all=True, unordered=True
    ),
    mirrors=True,
    session_affinity=True,
    requires="spec.service.gatewayRefs",
    told_by=Field("service.gatewayRefs", lambda spec: spec.service.gateway_refs),
    series=(*istio.SERIES, *linkerd.SERIES),
    pods_by_name=True,
    policies=FULL,
)

PROVIDERS = (
    _V1,
    replace(
        _V1,
        name="gatewayapi:v1beta1",
        make_router=GatewayApiV1Beta1Router,
        prefix="gatewayapi:v1beta1",
        told_by=None,
    ),
)
