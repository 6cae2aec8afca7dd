import json
import pickle
from fractions import Fraction
from typing import Any

import pytest

from loadtester.load.errors import PlanError
from loadtester.load.plan import (
    ClosedPacing,
    ConnectTo,
    LoadPlan,
    OpenPacing,
    RequestSpec,
    StopCondition,
    Transport,
)
from loadtester.load.schedules.constant import Constant
from loadtester.load.schedules.stages import Stages
from loadtester.load.transport.proxies import ProxyRules

URL = "http://detail/"
ENDLESS = StopCondition()


@pytest.mark.parametrize(
    "request_",
    [
        {"url": "detail:3000/ping"},
        {"url": "ftp://detail/"},
        {"url": "http:///ping"},
        {"url": "http://detail:port/"},
        {"url": "http://[::1/"},
        {"url": URL, "method": "G E T"},
        {"url": URL, "method": ""},
        {"url": URL, "headers": (("X", "a\r\nY: b"),)},
        {"url": URL, "headers": (("X:", "a"),)},
        {"url": URL, "headers": (("", "a"),)},
    ],
)
def test_requests_that_cannot_be_written_are_refused(request_: dict[str, Any]) -> None:
    with pytest.raises(PlanError) as refused:
        RequestSpec(**request_)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Transport(timeout_s=-1),
        lambda: Transport(reuse_cap=0),
        lambda: ClosedPacing(0),
        lambda: ClosedPacing(1, Fraction(-1)),
        lambda: OpenPacing(Constant(Fraction(1)), connections=5, max_in_flight=4),
        lambda: StopCondition(requests=0),
        lambda: StopCondition(duration_ns=0),
        lambda: LoadPlan(RequestSpec(URL), stop=ENDLESS),
        lambda: LoadPlan(RequestSpec(URL), OpenPacing(Constant(Fraction(1))), ENDLESS),
        lambda: LoadPlan(RequestSpec(URL), ClosedPacing(2), processes=3),
        lambda: LoadPlan(RequestSpec(URL), warmup_ns=-1),
    ],
)
def test_plans_that_make_no_sense_are_refused(make: Any) -> None:
    with pytest.raises(PlanError):
        make()


def test_a_schedule_that_ends_needs_no_other_end() -> None:
    plan = LoadPlan(RequestSpec(URL), OpenPacing(Stages.parse("5/2s")), ENDLESS)
    assert plan.duration_ns == 2_000_000_000
    shorter = LoadPlan(plan.request, plan.pacing, StopCondition(duration_ns=5))
    assert shorter.duration_ns == 5


@pytest.mark.parametrize(
    ("rule", "host", "port", "found"),
    [
        ("a:1:b:2", "a", 1, ("b", 2)),
        ("a:1:b:2", "a", 2, None),
        ("a:1:b:2", "c", 1, None),
        ("::b:2", "any", 9, ("b", 2)),
        ("a:1::2", "a", 1, ("a", 2)),
        ("a:1:b:", "a", 1, ("b", 1)),
        ("[::1]:1:[fe80::2]:2", "::1", 1, ("fe80::2", 2)),
    ],
)
def test_connect_to(rule: str, host: str, port: int, found: tuple[str, int] | None) -> None:
    assert ConnectTo.parse(rule).apply(host, port) == found


@pytest.mark.parametrize("rule", ["", "a:1:b", "a:b:c:d", "a:1:b:2:3"])
def test_malformed_connect_to(rule: str) -> None:
    with pytest.raises(PlanError, match="HOST1:PORT1:HOST2:PORT2"):
        ConnectTo.parse(rule)


def test_the_echo_is_json_and_says_everything_but_the_body() -> None:
    plan = LoadPlan(
        RequestSpec(URL, "POST", (("X", "1"),), b"secret"),
        OpenPacing(Constant(Fraction(7, 3))),
        StopCondition(duration_ns=5),
    )
    echo = json.loads(json.dumps(plan.to_json()))
    assert echo["pacing"]["model"] == "open"
    assert echo["pacing"]["schedule"] == "constant:7/3"
    assert echo["request"]["body"] == {"bytes": 6}
    assert "secret" not in str(echo)


def test_the_echo_keeps_no_secrets() -> None:
    headers = (("Authorization", "Bearer s3cret"), ("Cookie", "s3cret"), ("Accept", "x"))
    plan = LoadPlan(
        RequestSpec("http://user:s3cret@detail:3000/a@b", headers=headers),
        transport=Transport(proxies=ProxyRules.always("http://me:s3cret@proxy:1")),
    )
    echo = plan.to_json()
    assert "s3cret" not in json.dumps(echo)
    assert echo["request"]["url"] == "http://***@detail:3000/a@b"
    assert echo["request"]["headers"] == [
        ["Authorization", "***"],
        ["Cookie", "***"],
        ["Accept", "x"],
    ]


def test_a_plan_reaches_another_process_unchanged() -> None:
    plan = LoadPlan(RequestSpec(URL), OpenPacing(Stages.parse("1..5/2s")), ENDLESS)
    assert pickle.loads(pickle.dumps(plan)) == plan


def test_what_is_paced() -> None:
    assert not LoadPlan(RequestSpec(URL)).is_paced
    assert LoadPlan(RequestSpec(URL), ClosedPacing(2, Fraction(5))).is_paced
    assert LoadPlan(RequestSpec(URL), OpenPacing(Stages.parse("5/2s")), ENDLESS).is_paced
