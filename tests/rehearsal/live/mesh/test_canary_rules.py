from typing import Any

import pytest

from rehearsal.flagger.canary.match import RequestMatch as AnalysisMatch
from rehearsal.flagger.controller.routing import Backend
from rehearsal.flagger.controller.routing import Rule as Written
from rehearsal.live.mesh.canary_rules import apex_rules, direct_rules, mesh_name, service_hosts
from rehearsal.live.mesh.topology import (
    Condition,
    CorsPolicy,
    Destination,
    HeaderChanges,
    RequestMatch,
    RetryPolicy,
    Rule,
)
from tests.rehearsal.specs import canary

SPLIT = Written((Backend("detail-primary", 90), Backend("detail-canary", 10)))
DESTINATIONS = (
    Destination("flagger_detail-primary", 90),
    Destination("flagger_detail-canary", 10),
)


def _apex(provider: str, *written: Written, **service: Any) -> tuple[Rule, ...]:
    return apex_rules(canary({"service": {"port": 3000, **service}}), provider, written)


def test_names_in_the_mesh_are_those_of_no_kubernetes_object() -> None:
    assert mesh_name("flagger", "detail") == "flagger_detail"
    assert service_hosts("detail", "flagger") == (
        "detail",
        "detail.flagger",
        "detail.flagger.svc",
        "detail.flagger.svc.cluster.local",
    )


def test_before_any_rule_all_goes_to_the_primary() -> None:
    (rule,) = _apex("istio")
    assert rule.destinations == (Destination("flagger_detail-primary", 100),)
    assert rule.match == RequestMatch()


@pytest.mark.parametrize("provider", ["istio", "nginx", "kubernetes", "appmesh:v1beta2"])
def test_weights_are_those_that_were_written(provider: str) -> None:
    (rule,) = _apex(provider, SPLIT)
    assert rule.destinations == DESTINATIONS


def test_a_match_of_the_analysis_comes_before_everybody_else() -> None:
    match = AnalysisMatch.model_validate({"headers": {"x-user": {"exact": "kim"}}})
    other = AnalysisMatch.model_validate({"headers": {"cookie": {"regex": "a=.*"}}})
    matched = Written(SPLIT.backends, matches=(match, other))
    first, second, rest = _apex("istio", matched)
    assert first.match == RequestMatch(headers=(("x-user", Condition("exact", "kim")),))
    assert second.match == RequestMatch(headers=(("cookie", Condition("regex", "a=.*")),))
    assert rest.match == RequestMatch()
    assert rest.destinations == (Destination("flagger_detail-primary", 100),)


def test_a_cookie_is_a_match_and_hands_itself_out() -> None:
    sticky = Written((Backend("detail-canary", 100),), cookie="flagger=a.b")
    weighted = Written((Backend("detail-canary", 10, "flagger=a.b; Max-Age=60"),))
    first, second = _apex("istio", sticky, weighted)
    assert first.match.headers == (
        ("cookie", Condition("regex", r"^(.*; *)?flagger\=a\.b(;.*)?$")),
    )
    assert second.destinations[0].response_headers == (("Set-Cookie", "flagger=a.b; Max-Age=60"),)


def test_a_mirror_is_a_cluster() -> None:
    (rule,) = _apex("istio", Written(SPLIT.backends, mirror_to="detail-canary"))
    assert rule.mirror_to == "flagger_detail-canary"


def test_each_match_of_the_service_has_the_rules() -> None:
    service = {
        "match": [{"uri": {"prefix": "/a"}}, {"uri": {"exact": "/b"}, "ignoreUriCase": True}]
    }
    rules = _apex("istio", SPLIT, **service)
    assert [rule.match.path for rule in rules] == [
        Condition("prefix", "/a"),
        Condition("exact", "/b"),
    ]
    assert rules[1].match.ignore_path_case


def test_methods_and_queries_are_matched() -> None:
    match = {
        "method": {"regex": "GET|HEAD"},
        "headers": {"x": {"prefix": "y"}},
        "withoutHeaders": {"z": {"exact": "1"}},
        "queryParams": {"q": {"exact": "2"}},
    }
    (rule,) = _apex("istio", SPLIT, match=[match])
    assert rule.match == RequestMatch(
        headers=(("x", Condition("prefix", "y")), (":method", Condition("regex", "GET|HEAD"))),
        without_headers=(("z", Condition("exact", "1")),),
        query=(("q", Condition("exact", "2")),),
    )


def test_app_mesh_knows_the_first_prefix_alone() -> None:
    service = {
        "match": [{"uri": {"prefix": "/a"}}, {"uri": {"prefix": "/b"}}],
        "rewrite": {"uri": "/"},
    }
    (rule,) = _apex("appmesh:v1beta2", SPLIT, **service)
    assert rule.match.path == Condition("prefix", "/a")
    assert rule.rewrite_path == ""


@pytest.mark.parametrize(
    ("provider", "timeout_s", "retry"),
    [
        ("istio", 2.0, RetryPolicy(3, 1.0, "5xx")),
        ("appmesh:v1beta2", 2.0, RetryPolicy(3, 1.0, "5xx")),
        ("nginx", 0.0, None),
        ("kubernetes", 0.0, None),
    ],
)
def test_timeouts_and_retries_where_the_provider_has_them(
    provider: str, timeout_s: float, retry: RetryPolicy | None
) -> None:
    service = {
        "timeout": "2s",
        "retries": {"attempts": 3, "perTryTimeout": "1s", "retryOn": "5xx"},
    }
    subject = canary({"service": {"port": 3000, **service}})
    for rule in (*apex_rules(subject, provider, (SPLIT,)), *direct_rules(subject, provider, "x")):
        assert (rule.timeout_s, rule.retry) == (timeout_s, retry)


def test_app_mesh_has_a_timeout_of_its_own() -> None:
    assert _apex("appmesh", SPLIT)[0].timeout_s == 15.0
    assert _apex("istio", SPLIT)[0].timeout_s == 0.0
    assert _apex("istio", SPLIT, timeout="nonsense")[0].timeout_s == 0.0


def test_rewrites_headers_and_cors_of_istio() -> None:
    service = {
        "rewrite": {"uri": "/v2", "authority": "other"},
        "headers": {
            "request": {"add": {"a": "1"}, "set": {"b": "2"}, "remove": ["c"]},
            "response": {"add": {"d": "3"}},
        },
        "corsPolicy": {
            "allowOrigins": [{"exact": "http://a"}, {"regex": "http://.*"}],
            "allowMethods": ["GET"],
            "maxAge": "24h",
            "allowCredentials": True,
        },
    }
    (rule,) = _apex("istio", SPLIT, **service)
    assert (rule.rewrite_path, rule.rewrite_authority) == ("/v2", "other")
    assert rule.request_headers == HeaderChanges((("a", "1"),), (("b", "2"),), ("c",))
    assert rule.response_headers == HeaderChanges((("d", "3"),))
    assert rule.cors == CorsPolicy(
        origins=(Condition("exact", "http://a"), Condition("regex", "http://.*")),
        methods=("GET",),
        max_age_s=86400.0,
        allow_credentials=True,
    )
    assert _apex("gatewayapi:v1", SPLIT, **service)[0].cors is None


def test_the_canary_service_leads_to_the_canary_alone() -> None:
    (rule,) = direct_rules(canary(), "istio", "detail-canary")
    assert rule.destinations == (Destination("flagger_detail-canary", 100),)
