"""The rules of a canary's services, as its provider would make them. Pure.

What a provider honours of `spec.service` differs (Flagger's pkg/router): Istio and the Gateway API
take matches, rewrites and header changes; App Mesh a path prefix, timeout and retries; the ingress
controllers and plain Kubernetes nothing but weights. Names of clusters and services are
`namespace_name`, which no Kubernetes name can be mistaken for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from commons.durations import DurationError, parse_duration_ns
from rehearsal.flagger.canary import policies
from rehearsal.flagger.canary.match import HeaderMatch, StringMatch
from rehearsal.flagger.canary.match import RequestMatch as AnalysisMatch
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.canary.service import HeaderOperations, RouteMatch
from rehearsal.flagger.controller import routing
from rehearsal.flagger.providers import policies_of
from rehearsal.live.mesh.topology import (
    Condition,
    CorsPolicy,
    Destination,
    HeaderChanges,
    RequestMatch,
    RetryPolicy,
    Rule,
)


def mesh_name(namespace: str, name: str) -> str:
    """The name of a service or cluster in the mesh."""
    return f"{namespace}_{name}"


def service_hosts(name: str, namespace: str) -> tuple[str, ...]:
    """The names by which a service is called inside the cluster."""
    short = f"{name}.{namespace}"
    return (name, short, f"{short}.svc", f"{short}.svc.cluster.local")


def direct_rules(canary: Canary, provider: str, name: str) -> tuple[Rule, ...]:
    """The rules of `NAME-canary` and `NAME-primary`: all traffic to the pods behind them."""
    cluster = mesh_name(canary.namespace, name)
    timeout_s, retry = _limits(canary, provider)
    return (Rule((Destination(cluster, 100),), timeout_s=timeout_s, retry=retry),)


def apex_rules(canary: Canary, provider: str, rules: Sequence[routing.Rule]) -> tuple[Rule, ...]:
    """The rules of the apex: those that the provider's router wrote, all to the primary if none."""
    apex = canary.apex_service
    stay = routing.Rule((routing.Backend(f"{apex}-primary", routing.TOTAL_WEIGHT),))
    return tuple(
        _rule(canary, provider, match, written)
        for own in _service_matches(canary, provider)
        for written in (*rules, *(() if _takes_all(rules) else (stay,)))
        for match in _matches(own, written)
    )


def _takes_all(rules: Sequence[routing.Rule]) -> bool:
    return any(not rule.matches and not rule.cookie for rule in rules)


def _matches(own: RequestMatch, rule: routing.Rule) -> list[RequestMatch]:
    """One match for each way in which a request can satisfy the service's match and the rule's."""
    if rule.cookie:
        pattern = f"^(.*; *)?{_escaped(rule.cookie)}(;.*)?$"
        cookie = RequestMatch(headers=(("cookie", Condition("regex", pattern)),))
        own = _both(own, cookie)
    if not rule.matches:
        return [own]
    return [_both(own, chosen) for chosen in _analysis_matches(rule.matches)]


def _escaped(text: str) -> str:
    return "".join(c if c.isalnum() else f"\\{c}" for c in text)


def _rule(canary: Canary, provider: str, match: RequestMatch, written: routing.Rule) -> Rule:
    timeout_s, retry = _limits(canary, provider)
    service, namespace = canary.spec.service, canary.namespace
    policies = policies_of(provider)
    written_too = policies.headers_and_rewrite
    headers, rewrite = (service.headers, service.rewrite) if written_too else (None, None)
    response = _header_changes(headers.response) if headers else HeaderChanges()
    if written.set_cookie:
        response = replace(response, add=(*response.add, ("Set-Cookie", written.set_cookie)))
    return Rule(
        tuple(_destination(namespace, backend) for backend in written.backends),
        match,
        timeout_s=timeout_s,
        retry=retry,
        mirror_to=mesh_name(namespace, written.mirror_to) if written.mirror_to else None,
        rewrite_path=rewrite.uri if rewrite else "",
        rewrite_authority=rewrite.authority if rewrite else "",
        request_headers=_header_changes(headers.request) if headers else HeaderChanges(),
        response_headers=response,
        cors=_cors(service.cors_policy) if policies.cors and service.cors_policy else None,
    )


def _destination(namespace: str, backend: routing.Backend) -> Destination:
    cookie = (("Set-Cookie", backend.set_cookie),) if backend.set_cookie else ()
    return Destination(mesh_name(namespace, backend.service), backend.weight, cookie)


def _header_changes(operations: HeaderOperations) -> HeaderChanges:
    return HeaderChanges(
        tuple(operations.add.items()), tuple(operations.set_.items()), operations.remove
    )


def _limits(canary: Canary, provider: str) -> tuple[float, RetryPolicy | None]:
    service = canary.spec.service
    policies = policies_of(provider)
    if not policies.timeouts_and_retries:
        return 0.0, None
    timeout_s = _seconds(service.timeout, policies.default_timeout_s)
    retries = service.retries
    if retries is None or retries.attempts <= 0:
        return timeout_s, None
    per_try_s = _seconds(retries.per_try_timeout, 0.0) or None
    return timeout_s, RetryPolicy(retries.attempts, per_try_s, retries.retry_on or "gateway-error")


def _seconds(text: str, default_s: float) -> float:
    try:
        return parse_duration_ns(text) / 1e9 if text else default_s
    except DurationError:
        return default_s


def _service_matches(canary: Canary, provider: str) -> list[RequestMatch]:
    """The matches of `service.match`, any of which makes a request the canary's."""
    matches = canary.spec.service.match
    extent = policies_of(provider).matches
    if extent == "prefix":
        prefix = matches[0].uri.prefix if matches and matches[0].uri else None
        return [RequestMatch(path=Condition("prefix", prefix)) if prefix else RequestMatch()]
    if extent == "nothing" or not matches:
        return [RequestMatch()]
    return [_service_match(match) for match in matches]


def _service_match(match: RouteMatch) -> RequestMatch:
    headers = [*_headers(match.headers)]
    for name, condition in ((":method", match.method), (":authority", match.authority)):
        if condition is not None:
            headers += _headers({name: condition})
    return RequestMatch(
        path=_condition(match.uri) if match.uri else None,
        ignore_path_case=match.ignore_uri_case,
        headers=tuple(headers),
        without_headers=tuple(_headers(match.without_headers)),
        query=tuple(_headers(match.query_params)),
    )


def _analysis_matches(matches: Iterable[AnalysisMatch]) -> list[RequestMatch]:
    return [
        RequestMatch(
            headers=tuple(_headers(match.headers)), query=tuple(_headers(match.query_params))
        )
        for match in matches
    ]


def _headers(
    conditions: Mapping[str, StringMatch] | Mapping[str, HeaderMatch],
) -> Iterable[tuple[str, Condition]]:
    for name, match in conditions.items():
        condition = _condition(match)
        if condition is not None:
            yield name, condition


def _condition(match: StringMatch | HeaderMatch | policies.OriginMatch) -> Condition | None:
    if match.exact is not None:
        return Condition("exact", match.exact)
    if match.prefix is not None:
        return Condition("prefix", match.prefix)
    if isinstance(match, HeaderMatch) and match.suffix is not None:
        return Condition("suffix", match.suffix)
    return Condition("regex", match.regex) if match.regex is not None else None


def _both(first: RequestMatch, second: RequestMatch) -> RequestMatch:
    return RequestMatch(
        path=second.path or first.path,
        ignore_path_case=first.ignore_path_case or second.ignore_path_case,
        headers=first.headers + second.headers,
        without_headers=first.without_headers + second.without_headers,
        query=first.query + second.query,
    )


def _cors(policy: policies.CorsPolicy) -> CorsPolicy:
    origins = [Condition("exact", origin) for origin in policy.allow_origin]
    for origin in policy.allow_origins:
        condition = _condition(origin)
        if condition is not None:
            origins.append(condition)
    return CorsPolicy(
        origins=tuple(origins),
        methods=policy.allow_methods,
        allow_headers=policy.allow_headers,
        expose_headers=policy.expose_headers,
        max_age_s=_seconds(policy.max_age, 0.0) if policy.max_age else None,
        allow_credentials=policy.allow_credentials,
    )
