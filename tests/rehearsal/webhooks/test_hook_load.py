"""How much load webhooks make, and where."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.webhooks.hook_load import HookLoad, hook_loads
from tests.rehearsal.specs import canary, hook

TESTER = "http://flagger-loadtester.flagger/"
CANARY = "http://detail-canary.flagger:3000/read"


def loads(
    metadata: dict[str, str], type_: str = "rollout", **plan: Any
) -> tuple[tuple[HookLoad, ...], tuple[str, ...]]:
    spec = {"provider": "istio"}
    return hook_loads(
        canary(spec, webhooks=[hook("load", type_, url=TESTER, metadata=metadata)], **plan)
    )


@pytest.mark.parametrize(
    ("command", "rate", "duration_s"),
    [
        (f"hey -z 1m -q 5 -c 2 {CANARY}", 10, 60),
        (f"hey -z=30s -q=5 -c=2 {CANARY}", 10, 30),
        (f"hey -disable-keepalive -z 1m -q 5 {CANARY}", 250, 60),
        (f"hey -n 600 -q 10 -c 1 {CANARY}", 10, 60),
        (f"hey --rate 7 -z 2m -c 50 {CANARY}", 7, 120),
        (f"hey --rate 0..10/10s,10/10s -c 9 {CANARY}", 7.5, 20),
        (f"timeout 90 hey -z 1m -q 5 -c 2 {CANARY} && true", 10, 60),
        (f"sh -c 'hey -z 1m -q 5 -c 2 {CANARY}'", 10, 60),
        (f"fortio load -qps 20 -t 1m -c 4 {CANARY}", 20, 60),
        (f"wrk2 -R 100 -d 30s -c 10 {CANARY}", 100, 30),
        (f"echo 'GET {CANARY}' | vegeta attack -rate=50/s -duration=1m", 50, 60),
        (f"ab -n 100 -c 5 {CANARY}", 100, 1),
    ],
)
def test_commands(command: str, rate: float, duration_s: float) -> None:
    ((load,), _) = loads({"cmd": command})
    assert load.rate_per_s == pytest.approx(rate)
    assert load.duration_s == pytest.approx(duration_s)
    assert (load.reaches, load.meets_faults, load.asked) == ("canary", True, "check")


def test_a_task_of_our_own_load_tester() -> None:
    metadata = {"type": "loadtest", "url": CANARY, "rate": "20", "duration": "45s"}
    ((load,), ()) = loads(metadata)
    assert (load.rate_per_s, load.duration_s) == (20, 45)


@pytest.mark.parametrize(
    ("url", "reaches"),
    [
        ("http://detail.flagger:3000/x", "apex"),
        ("http://detail-canary:3000/x", "canary"),
        ("http://ingress.nginx/x", "apex"),
        ("http://detail-primary.flagger/x", None),
    ],
)
def test_where_it_goes(url: str, reaches: str | None) -> None:
    found, notes = loads({"cmd": f"hey -z 1m -q 1 -c 1 {url}"})
    assert [load.reaches for load in found] == ([] if reaches is None else [reaches])
    assert bool(notes) == (reaches is None or "ingress" in url)


@pytest.mark.parametrize(
    ("path", "fails"), [("/ping", False), ("/healthz/", False), ("/read", True)]
)
def test_health_paths_never_fail(path: str, fails: bool) -> None:
    ((load,), notes) = loads({"cmd": f"hey -z 1m -q 1 -c 1 http://detail-canary{path}"})
    assert load.meets_faults is fails
    assert bool(notes) is not fails


def test_without_a_rate_it_is_guessed_and_said() -> None:
    ((load,), (note,)) = loads({"cmd": f"hey -z 1m -c 5 {CANARY}"})
    assert load.rate_per_s == pytest.approx(100)
    assert "no rate is given" in note


@pytest.mark.parametrize(
    "command",
    [
        "k6 run script.js",
        "hey -z 1m -q 1 -c 1",
        "hey -z 1q -q 1 -c 1 http://detail-canary/x",
        f"hey -z 1m -q nan -c 1 {CANARY}",
        f"hey -z 1m -q 5 -c {'9' * 5000} {CANARY}",
        "hey -z 1m -q 1 -c 1 http://[::1/x",
    ],
)
def test_what_cannot_be_read_is_left_out_and_said(command: str) -> None:
    found, notes = loads({"cmd": command})
    assert found == ()
    assert len(notes) == 1
    assert notes[0].startswith("webhook load: ")


@pytest.mark.parametrize("command", ["echo hello", "'", "x" * 50_000, "", "hey"])
def test_what_is_no_load_is_passed_over(command: str) -> None:
    found, _ = loads({"cmd": command})
    assert found == ()


def test_other_webhooks_make_none() -> None:
    for type_ in ("confirm-rollout", "post-rollout", "event", "rollback"):
        assert loads({"cmd": f"hey -z 1m -q 1 -c 1 {CANARY}"}, type_) == ((), ())


def test_a_pre_rollout_curl_is_one_request_at_the_start() -> None:
    ((load,), ()) = loads({"type": "bash", "cmd": f"curl -sf {CANARY} | grep ok"}, "pre-rollout")
    assert load.asked == "start"
    assert load.rate_per_s * load.duration_s == pytest.approx(1)


def test_load_of_an_ab_test_must_meet_the_match() -> None:
    match = [{"headers": {"x-canary": {"exact": "yes"}}}]
    plain = "hey -z 1m -q 1 -c 1 http://detail.flagger/x"
    found, (note,) = loads({"cmd": plain}, iterations=3, match=match)
    assert (found, "no condition" in note) == ((), True)
    ((load,), ()) = loads(
        {"cmd": plain.replace("hey", "hey -H 'X-Canary: yes'")}, iterations=3, match=match
    )
    assert load.reaches == "canary"
