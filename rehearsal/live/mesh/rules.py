"""A rule of a service as an Envoy route: matches, weights, retries, rewrites, headers, CORS. Pure.

Field names are Envoy's (envoy.config.route.v3.Route). App Mesh's names for retry conditions are
translated (its VirtualRouter API, HttpRetryPolicy).
"""

from typing import Any

from rehearsal.live.mesh.topology import (
    Condition,
    CorsPolicy,
    Destination,
    HeaderChanges,
    RequestMatch,
    RetryPolicy,
    Rule,
)

Json = dict[str, Any]

_CORS_POLICY = "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy"
_RETRY_NAMES = {
    "client-error": "retriable-4xx",
    "stream-error": "refused-stream",
    "server-error": "5xx",
}
_EVERYTHING: Json = {"prefix": "/"}


def route(rule: Rule) -> Json:
    """The Envoy route of a rule."""
    found: Json = {"match": request_match(rule.match), "route": _action(rule)}
    found |= _header_changes("request", rule.request_headers)
    found |= _header_changes("response", rule.response_headers)
    if rule.cors is not None:
        found["typed_per_filter_config"] = {"cors": _cors(rule.cors)}
    return found


def request_match(match: RequestMatch) -> Json:
    """Envoy's `RouteMatch`."""
    found = _path(match.path)
    if match.ignore_path_case:
        found["case_sensitive"] = False
    headers: list[Json] = [{"name": name, "string_match": _string(c)} for name, c in match.headers]
    headers += [
        {"name": name, "string_match": _string(c), "invert_match": True}
        for name, c in match.without_headers
    ]
    if headers:
        found["headers"] = headers
    if match.query:
        found["query_parameters"] = [
            {"name": name, "string_match": _string(c)} for name, c in match.query
        ]
    return found


def _path(condition: Condition | None) -> Json:
    if condition is None:
        return dict(_EVERYTHING)
    if condition.kind == "exact":
        return {"path": condition.text}
    if condition.kind == "prefix":
        return {"prefix": condition.text}
    return {"safe_regex": {"regex": condition.text}}


def _string(condition: Condition) -> Json:
    if condition.kind == "regex":
        return {"safe_regex": {"regex": condition.text}}
    return {condition.kind: condition.text}


def _action(rule: Rule) -> Json:
    action: Json = {
        "weighted_clusters": {"clusters": [_weighted(d) for d in rule.destinations]},
        "timeout": f"{rule.timeout_s:g}s",
    }
    if rule.retry is not None:
        action["retry_policy"] = _retry(rule.retry)
    if rule.mirror_to is not None:
        action["request_mirror_policies"] = [{"cluster": rule.mirror_to}]
    if rule.rewrite_path:
        action |= _rewrite_path(rule)
    if rule.rewrite_authority:
        action["host_rewrite_literal"] = rule.rewrite_authority
    return action


def _rewrite_path(rule: Rule) -> Json:
    """Istio's rewrite: the matched prefix is replaced, any other match replaces the whole path."""
    path = rule.match.path
    if path is None or path.kind == "prefix":
        return {"prefix_rewrite": rule.rewrite_path}
    everything: Json = {"pattern": {"regex": r"^[^?]*"}, "substitution": rule.rewrite_path}
    return {"regex_rewrite": everything}


def _weighted(destination: Destination) -> Json:
    found: Json = {"name": destination.cluster, "weight": destination.weight}
    if destination.response_headers:
        found["response_headers_to_add"] = [
            _header(name, value, "APPEND_IF_EXISTS_OR_ADD")
            for name, value in destination.response_headers
        ]
    return found


def _retry(policy: RetryPolicy) -> Json:
    names = (name.strip() for name in policy.retry_on.split(","))
    retry: Json = {
        "retry_on": ",".join(_RETRY_NAMES.get(name, name) for name in names if name),
        "num_retries": policy.attempts,
    }
    if policy.per_try_timeout_s is not None:
        retry["per_try_timeout"] = f"{policy.per_try_timeout_s:g}s"
    return retry


def _header_changes(side: str, changes: HeaderChanges) -> Json:
    found: Json = {}
    added = [_header(name, value, "APPEND_IF_EXISTS_OR_ADD") for name, value in changes.add]
    added += [_header(name, value, "OVERWRITE_IF_EXISTS_OR_ADD") for name, value in changes.set]
    if added:
        found[f"{side}_headers_to_add"] = added
    if changes.remove:
        found[f"{side}_headers_to_remove"] = list(changes.remove)
    return found


def _header(name: str, value: str, action: str) -> Json:
    literal = value.replace("%", "%%")
    return {"header": {"key": name, "value": literal}, "append_action": action}


def _cors(policy: CorsPolicy) -> Json:
    found: Json = {
        "@type": _CORS_POLICY,
        "allow_origin_string_match": [_string(origin) for origin in policy.origins],
        "allow_methods": ",".join(policy.methods),
        "allow_headers": ",".join(policy.allow_headers),
        "expose_headers": ",".join(policy.expose_headers),
    }
    if policy.max_age_s is not None:
        found["max_age"] = f"{policy.max_age_s:.0f}"
    if policy.allow_credentials is not None:
        found["allow_credentials"] = policy.allow_credentials
    return found
