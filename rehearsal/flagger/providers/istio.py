"""Provider `istio`, and every provider Flagger does not know (flagger pkg/router/istio.go)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rehearsal.flagger.canary.model import Canary, CanarySpec
from rehearsal.flagger.canary.service import Service
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.routing import Backend, Routing, RoutingObject, Rule
from rehearsal.flagger.controller.services import metadata
from rehearsal.flagger.providers.affinity import Affinity
from rehearsal.flagger.providers.provider import FULL, Field, MatchSupport, Provider
from rehearsal.flagger.providers.queries import Queries, quantile, ratio
from rehearsal.flagger.providers.router import (
    ObjectRouter,
    Wording,
    service_names,
    weights_in,
)
from rehearsal.flagger.providers.series import Labels, Series, Subject, code_label
from rehearsal.flagger.values import RememberedByIdentity, changed

_DESTINATION_RULES = "destinationrules.networking.istio.io"
_COOKIE = "Cookie"
_RULE_WORDING = Wording(
    "DestinationRule {full} created",
    "DestinationRule {full} updated",
    "router/istio.go:104",
    "router/istio.go:120",
)


@dataclass(frozen=True)
class _Content:
    """A VirtualService without its rules; `settings` are what each rule repeats."""

    hosts: tuple[str, ...]
    gateways: tuple[str, ...]
    metadata: object
    settings: object


class IstioRouter(ObjectRouter):
    """Two DestinationRules and a VirtualService: the only router that reads mirroring back."""

    resource = "virtualservices.networking.istio.io"
    wording = Wording(
        "VirtualService {full} created",
        "VirtualService {full} updated",
        "router/istio.go:289",
        "router/istio.go:367",
        unreadable="VirtualService {full} get query error {absent}",
    )

    def reconcile(self, canary: Canary) -> None:
        names = service_names(canary)
        policy = canary.spec.service.traffic_policy
        for host in (names.canary, names.primary):
            current = self._routes.read(_DESTINATION_RULES, host)
            if current is None or current.content != policy:
                rule = RoutingObject(_DESTINATION_RULES, host, policy)
                self.apply(canary, rule, _RULE_WORDING)
        _check_delegation(canary)
        super().reconcile(canary)

    def content(self, canary: Canary) -> _Content:
        return _content_of(canary.spec)

    def rules(self, canary: Canary, primary: int, weight: int) -> tuple[Rule, ...]:
        plain = super().rules(canary, primary, weight)
        matches = canary.spec.analysis.match
        if not matches or _is_tcp(canary):
            return plain
        (weighted,) = plain
        everyone_else = Rule((Backend(service_names(canary).primary, primary),))
        return (replace(weighted, matches=matches), everyone_else)

    def differs(self, canary: Canary, current: RoutingObject, desired: RoutingObject) -> bool:
        """Sticky rules are no difference, nor are hosts and gateways of a delegate."""
        old, new = current.content, desired.content
        if not isinstance(old, _Content) or not isinstance(new, _Content):
            return old != new
        if old is new and current.rules is desired.rules:
            return False
        if canary.spec.service.delegation:
            old = replace(old, hosts=(), gateways=())
        if (old.hosts, old.gateways, old.metadata) != (new.hosts, new.gateways, new.metadata):
            return True
        return _compared(canary, old, current.rules) != _compared(canary, new, desired.rules)

    def get(self, canary: Canary) -> Routing:
        """The weights of the rule that also sets cookies, else of the last that has the canary."""
        current = self.read(canary, self.wording.unreadable)
        service, caller = ("TCP", "390") if _is_tcp(canary) else ("HTTP", "419")
        text = f"Canary {canary.full_name} uses {service} service"
        self._log(None, text, f"router/istio.go:{caller}")
        names = service_names(canary)
        rule = _last_rule_with(current.rules, names.canary)
        routing = weights_in((rule,), names)
        if canary.spec.analysis.session_affinity is not None and not _is_tcp(canary):
            routing = _weights_that_set_cookies(current, names.primary, names.canary, routing)
        if routing.primary == 0 and routing.canary == 0:
            full = f"{names.apex}.{canary.namespace}"
            raise PortError(
                f"VirtualService {full} does not contain routes for"
                f" {names.primary} and {names.canary}"
            )
        return changed(routing, mirrored=True) if rule.mirror_to else routing

    def set(self, canary: Canary, routing: Routing) -> Canary:
        current = self.read(canary, self.wording.unreadable)
        rules, canary_after = self._rules_for(canary, routing)
        content = self.content(canary)
        if isinstance(current.content, _Content):
            content = _with_settings(current.content, content.settings)
        self._routes.write(changed(current, content=content, rules=rules))
        return canary_after

    def _rules_for(self, canary: Canary, routing: Routing) -> tuple[tuple[Rule, ...], Canary]:
        matched = self.rules(canary, routing.primary, routing.canary)
        if _is_tcp(canary):
            return matched, canary
        rules = ObjectRouter.rules(self, canary, routing.primary, routing.canary)
        (weighted,) = rules
        canary_after = canary
        if canary.spec.analysis.session_affinity is not None:
            rules, canary_after = Affinity(canary, weighted).rules(routing.canary)
        if canary.spec.analysis.match:
            return matched, canary_after
        if routing.mirrored:
            mirroring = replace(rules[0], mirror_to=service_names(canary).canary)
            rules = (mirroring, *rules[1:])
        return rules, canary_after


def _with_settings(content: _Content, settings: object) -> _Content:
    return content if content.settings == settings else replace(content, settings=settings)


def _is_tcp(canary: Canary) -> bool:
    return canary.spec.service.app_protocol.lower() == "tcp"


def _check_delegation(canary: Canary) -> None:
    service = canary.spec.service
    if service.delegation and (service.hosts or service.gateways):
        name = f"{canary.apex_service}.{canary.namespace}"
        raise PortError(
            f"reconcileVirtualService failed: VirtualService {name} cannot have hosts and gateways"
            " when delegation enabled"
        )


def _make_content(spec: CanarySpec) -> _Content:
    service, delegation = spec.service, spec.service.delegation
    apex = service.name or spec.target_ref.name
    own_host = not {apex, "*"}.isdisjoint(service.hosts)
    hosts = service.hosts if own_host else (*service.hosts, apex)
    gateways = service.gateways or ("mesh",)
    return _Content(
        () if delegation else hosts,
        () if delegation else gateways,
        metadata(service.apex),
        _settings(service),
    )


_content_of = RememberedByIdentity(_make_content)


def _settings(service: Service) -> object:
    through_gateway = (service.gateways and service.gateways[0] != "mesh") or service.delegation
    port = service.port if service.port_discovery and through_gateway else None
    if service.app_protocol.lower() == "tcp":
        return ("tcp", port, tuple(match.port for match in service.match))
    rewrite = (service.rewrite.uri, service.rewrite.authority) if service.rewrite else None
    return (
        "http",
        port,
        service.match,
        rewrite,
        service.timeout,
        service.retries,
        service.cors_policy,
        service.headers,
    )


def _compared(canary: Canary, content: _Content, rules: tuple[Rule, ...]) -> list[object]:
    """Rules as they are compared: without weights and mirrors, and without sticky rules."""
    affinity = canary.spec.analysis.session_affinity
    if affinity is None:
        return _without_weights(content.settings, rules)
    return [
        (
            content.settings,
            rule.matches,
            rule.cookie,
            rule.set_cookie,
            tuple((backend.service, "") for backend in rule.backends),
        )
        for rule in rules
        if not _is_sticky(canary, rule, affinity.cookie_name, affinity.primary_cookie_name)
    ]


def _without_weights(settings: object, rules: tuple[Rule, ...]) -> list[object]:
    return [
        (
            settings,
            rule.matches,
            rule.cookie,
            rule.set_cookie,
            [(backend.service, backend.set_cookie) for backend in rule.backends],
        )
        for rule in rules
    ]


def _is_sticky(canary: Canary, rule: Rule, *names: str) -> bool:
    """Whether a rule is passed over: a condition of it speaks of one of the cookies.

    An absent name of the primary's cookie is found in every condition, whatever it is about.
    """
    if not rule.cookie and not rule.matches and not canary.spec.service.match:
        return False
    return any(name in pattern for pattern in _cookie_patterns(rule) for name in names)


def _cookie_patterns(rule: Rule) -> Iterator[str]:
    if rule.cookie:
        name, _, value = rule.cookie.partition("=")
        yield f".*{name}.*{value}.*"
    for match in rule.matches:
        header = match.headers.get(_COOKIE)
        yield (header.regex if header else None) or ""
    if not rule.cookie and not rule.matches:
        yield ""


def _last_rule_with(rules: tuple[Rule, ...], service: str) -> Rule:
    for rule in reversed(rules):
        for backend in rule.backends:
            if backend.service == service:
                return rule
    return Rule(())


def _weights_that_set_cookies(
    current: RoutingObject, primary: str, canary: str, routing: Routing
) -> Routing:
    for rule in current.rules:
        for backend in rule.backends:
            if backend.set_cookie and backend.service == primary:
                routing = replace(routing, primary=backend.weight)
            elif backend.set_cookie and backend.service == canary:
                routing = replace(routing, canary=backend.weight)
    return routing


_WORKLOAD = (
    'reporter="destination", destination_workload_namespace="{{ namespace }}",'
    ' destination_workload=~"{{ target }}"'
)


def _labels(subject: Subject) -> list[Labels]:
    """Counted at the server and at its callers, who see the same requests here."""
    host = f"{subject.service}.{subject.namespace}.svc.cluster.local"
    common = {
        "destination_workload": subject.workload,
        "destination_workload_namespace": subject.namespace,
        "destination_app": subject.labels.get("app", subject.target),
        "destination_canonical_service": subject.labels.get("app", subject.target),
        "destination_service": host,
        "destination_service_name": subject.service,
        "destination_service_namespace": subject.namespace,
        "request_protocol": "http",
        "response_flags": "-",
        "source_workload": "unknown",
        "source_workload_namespace": "unknown",
        "kubernetes_namespace": subject.namespace,
        "kubernetes_pod_name": subject.pod,
        "namespace": subject.namespace,
        "pod": subject.pod,
    }
    return [{**common, "reporter": reporter} for reporter in ("destination", "source")]


SERIES = (
    Series(
        "pod",
        _labels,
        code_label("response_code"),
        counter="istio_requests_total",
        histogram="istio_request_duration_milliseconds",
    ),
)


PROVIDERS = (
    Provider(
        "istio",
        IstioRouter,
        Queries(
            ratio("istio_requests_total", _WORKLOAD, 'response_code!~"5.*"'),
            quantile("istio_request_duration_milliseconds_bucket", _WORKLOAD),
        ),
        series=SERIES,
        resources=(_DESTINATION_RULES, IstioRouter.resource),
        match=MatchSupport(
            frozenset({"exact", "prefix", "regex"}), query_params=True, source_labels=True
        ),
        mirrors=True,
        reads_mirror=True,
        session_affinity=True,
        told_by=Field("service.gateways", lambda spec: spec.service.gateways),
        policies=replace(FULL, cors=True),
    ),
)
