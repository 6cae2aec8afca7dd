"""Session affinity: the rules while the canary has a weight, and those that take the cookie away.

Expected values: flagger pkg/router/istio_test.go and gateway_api_test.go, the tests of
getSessionAffinityRouteRules.
"""

import re
from dataclasses import replace
from typing import Any

import pytest

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.routing import Backend, Rule
from rehearsal.flagger.providers.affinity import Affinity
from tests.rehearsal.specs import canary

COOKIE = re.compile(r"flagger-cookie=[A-Za-z]{10}")


def _canary(interval: str = "1m", **settings: Any) -> Canary:
    return canary(
        sessionAffinity={"cookieName": "flagger-cookie", "maxAge": 21600, **settings},
        interval=interval,
    )


def _weighted(weight: int = 10) -> Rule:
    backends = (Backend("detail-primary", 100 - weight), Backend("detail-canary", weight))
    return Rule(backends)


def _rules(subject: Canary, weight: int = 10, *, primary: bool = True) -> tuple[Any, Canary]:
    return Affinity(subject, _weighted(weight), has_primary_cookie=primary).rules(weight)


def test_who_met_the_canary_stays_with_it() -> None:
    (sticky, weighted), after = _rules(_canary())
    cookie = after.status.session_affinity_cookie
    assert COOKIE.fullmatch(cookie)
    assert sticky.cookie == cookie
    assert [(b.service, b.weight) for b in sticky.backends] == [
        ("detail-primary", 0),
        ("detail-canary", 100),
    ]
    assert [(b.weight, b.set_cookie) for b in weighted.backends] == [
        (90, ""),
        (10, f"{cookie}; Max-Age=21600"),
    ]


def test_the_cookie_stays_while_weights_change() -> None:
    _, first = _rules(_canary(), 10)
    (sticky, _), second = _rules(first, 50)
    assert second.status.session_affinity_cookie == first.status.session_affinity_cookie
    assert sticky.cookie == first.status.session_affinity_cookie


def test_at_weight_zero_the_cookie_is_taken_away() -> None:
    _, active = _rules(_canary(), 10)
    cookie = active.status.session_affinity_cookie
    (removing, weighted), after = _rules(active, 0)
    assert (removing.cookie, removing.set_cookie) == (cookie, f"{cookie}; Max-Age=-1")
    assert (weighted.cookie, weighted.set_cookie) == ("", "")
    assert after.status.session_affinity_cookie == ""
    assert after.status.previous_session_affinity_cookie == cookie
    (again, _), _ = _rules(after, 0)
    assert again == removing


def test_before_any_cookie_both_rules_are_one() -> None:
    (first, second), _ = _rules(_canary(), 0)
    assert first == second == _weighted(0)


def test_a_new_rollout_has_a_new_cookie() -> None:
    _, active = _rules(_canary(), 10)
    _, over = _rules(active, 0)
    _, again = _rules(over, 10)
    assert again.status.session_affinity_cookie != active.status.session_affinity_cookie


@pytest.mark.parametrize(
    ("settings", "attributes"),
    [
        ({}, "Max-Age=21600"),
        ({"maxAge": 0}, "Max-Age=86400"),
        (
            {
                "domain": "example.com",
                "httpOnly": True,
                "partitioned": True,
                "path": "/app",
                "sameSite": "Strict",
                "secure": True,
            },
            "Max-Age=21600; Domain=example.com; HttpOnly; Partitioned; Path=/app; SameSite=Strict;"
            " Secure",
        ),
    ],
)
def test_attributes_of_the_cookie(settings: dict[str, Any], attributes: str) -> None:
    (_, weighted), after = _rules(_canary(**settings))
    header = weighted.backends[1].set_cookie
    assert header == f"{after.status.session_affinity_cookie}; {attributes}"


def test_the_primary_can_keep_its_visitors_for_one_interval() -> None:
    (to_canary, to_primary, weighted), after = _rules(_canary("90s", primaryCookieName="stay"))
    cookie = after.status.primary_session_affinity_cookie
    assert cookie.startswith("stay=")
    assert to_primary.cookie == cookie
    assert [b.weight for b in to_primary.backends] == [100, 0]
    assert [b.weight for b in to_canary.backends] == [0, 100]
    assert weighted.backends[0].set_cookie == f"{cookie}; Max-Age=90"


def test_a_provider_without_it_makes_no_cookie_for_the_primary() -> None:
    rules, after = _rules(_canary(primaryCookieName="stay"), primary=False)
    assert len(rules) == 2
    assert after.status.primary_session_affinity_cookie == ""


def test_an_interval_that_cannot_be_read_is_the_ports_error() -> None:
    subject = _canary(primaryCookieName="stay")
    analysis = subject.spec.analysis.model_copy(update={"interval": "soon"})
    spec = subject.spec.model_copy(update={"analysis": analysis})
    with pytest.raises(PortError, match="failed to parse canary interval"):
        _rules(replace(subject, spec=spec))
