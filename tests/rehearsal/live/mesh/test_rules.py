from typing import Any

import pytest

from rehearsal.live.mesh.rules import request_match, route
from rehearsal.live.mesh.topology import (
    Condition,
    CorsPolicy,
    Destination,
    HeaderChanges,
    RequestMatch,
    RetryPolicy,
    Rule,
)

ONE = (Destination("a", 100),)


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        (RequestMatch(), {"prefix": "/"}),
        (RequestMatch(Condition("prefix", "/x")), {"prefix": "/x"}),
        (RequestMatch(Condition("exact", "/x")), {"path": "/x"}),
        (RequestMatch(Condition("regex", "/x.*")), {"safe_regex": {"regex": "/x.*"}}),
        (
            RequestMatch(Condition("prefix", "/x"), ignore_path_case=True),
            {"prefix": "/x", "case_sensitive": False},
        ),
        (
            RequestMatch(headers=(("h", Condition("suffix", "z")),)),
            {"prefix": "/", "headers": [{"name": "h", "string_match": {"suffix": "z"}}]},
        ),
        (
            RequestMatch(without_headers=(("h", Condition("exact", "z")),)),
            {
                "prefix": "/",
                "headers": [{"name": "h", "string_match": {"exact": "z"}, "invert_match": True}],
            },
        ),
        (
            RequestMatch(query=(("q", Condition("regex", "[0-9]+")),)),
            {
                "prefix": "/",
                "query_parameters": [
                    {"name": "q", "string_match": {"safe_regex": {"regex": "[0-9]+"}}}
                ],
            },
        ),
    ],
)
def test_matches(match: RequestMatch, expected: dict[str, Any]) -> None:
    assert request_match(match) == expected


def _action(**fields: Any) -> dict[str, Any]:
    action: dict[str, Any] = route(Rule(ONE, **fields))["route"]
    return action


def test_a_plain_rule() -> None:
    assert route(Rule(ONE)) == {
        "match": {"prefix": "/"},
        "route": {
            "weighted_clusters": {"clusters": [{"name": "a", "weight": 100}]},
            "timeout": "15s",
        },
    }


@pytest.mark.parametrize(
    ("retry", "expected"),
    [
        (RetryPolicy(2), {"retry_on": "gateway-error", "num_retries": 2}),
        (
            RetryPolicy(1, 5.5, "client-error, stream-error,server-error,5xx,"),
            {
                "retry_on": "retriable-4xx,refused-stream,5xx,5xx",
                "num_retries": 1,
                "per_try_timeout": "5.5s",
            },
        ),
    ],
)
def test_retries(retry: RetryPolicy, expected: dict[str, Any]) -> None:
    assert _action(retry=retry)["retry_policy"] == expected


def test_mirrors_timeouts_and_authorities() -> None:
    action = _action(mirror_to="b", timeout_s=0.0, rewrite_authority="other")
    assert action["request_mirror_policies"] == [{"cluster": "b"}]
    assert action["timeout"] == "0s"
    assert action["host_rewrite_literal"] == "other"


@pytest.mark.parametrize("path", [None, Condition("prefix", "/x")])
def test_a_prefix_is_replaced(path: Condition | None) -> None:
    action = _action(match=RequestMatch(path), rewrite_path="/y")
    assert action["prefix_rewrite"] == "/y"


@pytest.mark.parametrize("path", [Condition("exact", "/x"), Condition("regex", "/.*")])
def test_any_other_match_replaces_the_whole_path(path: Condition) -> None:
    action = _action(match=RequestMatch(path), rewrite_path="/y")
    assert action["regex_rewrite"]["substitution"] == "/y"
    assert "prefix_rewrite" not in action


def test_headers_are_literal() -> None:
    changes = HeaderChanges((("a", "100%"),), (("b", "2"),), ("c",))
    found = route(Rule(ONE, request_headers=changes, response_headers=HeaderChanges(remove=("d",))))
    assert [h["header"] for h in found["request_headers_to_add"]] == [
        {"key": "a", "value": "100%%"},
        {"key": "b", "value": "2"},
    ]
    assert [h["append_action"] for h in found["request_headers_to_add"]] == [
        "APPEND_IF_EXISTS_OR_ADD",
        "OVERWRITE_IF_EXISTS_OR_ADD",
    ]
    assert found["request_headers_to_remove"] == ["c"]
    assert found["response_headers_to_remove"] == ["d"]
    assert "response_headers_to_add" not in found


def test_a_destination_adds_headers_to_its_responses() -> None:
    rule = Rule((Destination("a", 10, (("Set-Cookie", "x=1"),)), Destination("b", 90)))
    first, second = route(rule)["route"]["weighted_clusters"]["clusters"]
    assert first["response_headers_to_add"][0]["header"] == {"key": "Set-Cookie", "value": "x=1"}
    assert "response_headers_to_add" not in second


def test_cors() -> None:
    policy = CorsPolicy(
        (Condition("exact", "http://a"),), ("GET", "PUT"), ("x",), ("y",), 60, False
    )
    config = route(Rule(ONE, cors=policy))["typed_per_filter_config"]["cors"]
    assert config["allow_origin_string_match"] == [{"exact": "http://a"}]
    assert (config["allow_methods"], config["allow_headers"], config["expose_headers"]) == (
        "GET,PUT",
        "x",
        "y",
    )
    assert (config["max_age"], config["allow_credentials"]) == ("60", False)
    bare = route(Rule(ONE, cors=CorsPolicy()))["typed_per_filter_config"]["cors"]
    assert not {"max_age", "allow_credentials"} & set(bare)
