"""Scenarios played to their end."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.flagger.controller import Flags
from rehearsal.flagger.controller.ports import Routing
from rehearsal.simulated import Run, Scenario, ScenarioError, play, play_ticks
from tests.rehearsal.simulated.scenarios import HEALTHY, canary, change, play_world
from tests.rehearsal.specs import duration, hook, success_rate

V2 = change(1, revision="v2")
HALT = "Halt detail.flagger advancement"


def messages(run: Run) -> list[list[str]]:
    return [list(tick.messages) for tick in run.ticks]


def phases(run: Run) -> list[str]:
    return [str(tick.status.phase) for tick in run.ticks]


def test_a_promotion() -> None:
    run = play_world(V2)
    assert messages(run) == [
        ["all the metrics providers are available!", "Initialization done! detail.flagger"],
        ["New revision detected! Scaling up detail.flagger"],
        [
            "Starting canary analysis for detail.flagger",
            "Pre-rollout check test passed",
            "Advance detail.flagger canary weight 10",
        ],
        ["Advance detail.flagger canary weight 20"],
        ["Advance detail.flagger canary weight 30"],
        ["Copying detail.flagger template spec to detail-primary.flagger"],
        ["Routing all traffic to primary"],
        ["Promotion completed! Scaling down detail.flagger"],
        [],
    ]
    assert run.promoted
    assert not run.rolled_back
    assert run.weights == (0, 0, 10, 20, 30, 30, 0, 0, 0)
    assert [list(tick.hooks) for tick in run.ticks][2:6] == [["test"], ["load"], ["load"], ["load"]]
    assert run.tick(3).metric("request-success-rate") == 100
    assert run.events[0] == ("Normal", "all the metrics providers are available!", "Initializing")


def test_a_rollback() -> None:
    run = play_world(V2, change(3, metrics={"request-success-rate": 97.5}))
    assert messages(run)[3:6] == [
        [f"{HALT} success rate 97.50% < 99%"],
        [f"{HALT} success rate 97.50% < 99%"],
        [
            "Rolling back detail.flagger failed checks threshold reached 2",
            "Canary failed! Scaling down detail.flagger",
        ],
    ]
    assert [tick.status.failed_checks for tick in run.ticks][3:6] == [1, 2, 0]
    assert run.rolled_back
    assert (run.status.phase, run.routes) == ("Failed", Routing(100, 0))


def test_what_is_set_stays_and_names_are_set_one_by_one() -> None:
    run = play_world(
        V2,
        change(3, metrics={"request-duration": 501}),
        change(4, metrics={"request-success-rate": 98}),
        change(5, metrics=HEALTHY),
        canary=canary(threshold=5),
    )
    assert messages(run)[3:7] == [
        [f"{HALT} request duration 501ms > 500ms"],
        [f"{HALT} success rate 98.00% < 99%"],
        ["Advance detail.flagger canary weight 20"],
        ["Advance detail.flagger canary weight 30"],
    ]


def test_changes_of_one_tick_come_in_the_order_of_the_file() -> None:
    run = play_world(change(1, revision="v2"), change(1, revision="v1"), ticks=3)
    assert messages(run)[1:] == [[], []]


def test_changes_need_no_order() -> None:
    late, early = change(3, metrics={"request-success-rate": 0}), V2
    assert messages(play_world(late, early)) == messages(play_world(early, late))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (
            None,
            "Halt advancement no values found for istio metric request-success-rate probably"
            " detail.flagger is not receiving traffic: running query failed: no values found",
        ),
        (
            {"error": "error response: Status 400 Bad Request: bad"},
            "Prometheus query failed: running query failed: error response: Status 400 Bad"
            " Request: bad",
        ),
        (12, f"{HALT} success rate 12.00% < 99%"),
    ],
)
def test_answers_of_a_metric(value: Any, text: str) -> None:
    run = play_world(V2, change(3, metrics={"request-success-rate": value}))
    assert messages(run)[3] == [text]


def test_metrics_have_no_values_unless_given() -> None:
    mapping = {"canary": canary(), "ticks": 4, "world": [V2]}
    run = play(Scenario.from_mapping(mapping))
    assert messages(run)[3][0].startswith("Halt advancement no values found for istio metric")


CUSTOM = [
    {"name": "in line", "query": "up{t='{{ target }}'}", "thresholdRange": {"max": 1}},
    {"name": "in line too", "query": "up{t='{{ target }}'}", "thresholdRange": {"max": 1}},
    {"name": "templated", "templateRef": {"name": "t"}, "thresholdRange": {"max": 1}},
    {"name": "twin", "templateRef": {"name": "t"}, "thresholdRange": {"max": 1}},
]


@pytest.mark.parametrize("name", [metric["name"] for metric in CUSTOM])
def test_metrics_are_told_apart_by_name_even_where_their_queries_are_equal(name: str) -> None:
    values = {metric["name"]: 2 if metric["name"] == name else 1 for metric in CUSTOM}
    run = play_world(V2, change(2, metrics=values), canary=canary(metrics=CUSTOM), ticks=4)
    assert messages(run)[3] == [f"{HALT} {name} 2.00 > 1"]
    names = [metric["name"] for metric in CUSTOM]
    assert [check.metric for check in run.tick(3).checks] == names[: names.index(name) + 1]


def test_a_builtin_name_is_one_metric_in_both_passes() -> None:
    metric = success_rate(templateRef={"name": "t"})
    run = play_world(V2, canary=canary(metrics=[metric]), ticks=4)
    assert [check.metric for check in run.tick(3).checks] == ["request-success-rate"] * 2


@pytest.mark.parametrize(
    ("provider", "extra", "expected"),
    [("istio", {}, "20ms"), ("kubernetes", {"iterations": 3}, "20s")],
)
def test_a_duration_is_in_the_unit_of_the_providers_query(
    provider: str, extra: dict[str, Any], expected: str
) -> None:
    given = canary({"provider": provider}, metrics=[duration(1)], **extra)
    run = play_world(V2, canary=given, ticks=4)
    assert messages(run)[3] == [f"{HALT} request duration {expected} > 1ms"]


GAVE_UP = "POST http://hooks.flagger/load giving up after"


@pytest.mark.parametrize(
    ("behaviour", "failure", "attempts"),
    [
        (200, None, 1),
        (202, None, 1),
        ({"status": 201}, None, 1),
        (204, "", 1),
        ({"status": 204, "body": "dropped"}, "", 1),
        ({"status": 400, "body": "x"}, "x", 1),
        (403, "", 1),
        (501, "", 1),
        (500, f"{GAVE_UP} 3 attempt(s)", 3),
        ({"status": 429, "body": "slow"}, f"{GAVE_UP} 3 attempt(s)", 3),
        (
            "timeout",
            f'{GAVE_UP} 3 attempt(s): Post "http://hooks.flagger/load": context deadline exceeded'
            " (Client.Timeout exceeded while awaiting headers)",
            3,
        ),
        (
            "refused",
            f'{GAVE_UP} 3 attempt(s): Post "http://hooks.flagger/load": dial tcp 127.0.0.1:1:'
            " connect: connection refused",
            3,
        ),
    ],
)
def test_hooks(behaviour: Any, failure: str | None, attempts: int) -> None:
    given = canary(webhooks=[hook("load", "rollout", retries=2)])
    run = play_world(V2, change(3, hooks={"load": behaviour}), canary=given, ticks=4)
    advance = "Advance detail.flagger canary weight 20"
    failed = f"{HALT} external check load failed {failure}"
    assert messages(run)[3] == [advance if failure is None else failed]
    assert run.tick(3).hooks == ("load",) * attempts


def test_event_webhooks_are_called_like_all_others() -> None:
    given = canary(webhooks=[hook("log", "event"), hook("load", "rollout")])
    run = play_world(V2, canary=given, ticks=4)
    assert [tick.hooks for tick in run.ticks] == [
        ("log", "log"),
        ("log",),
        ("log", "log"),
        ("load", "log"),
    ]


CANARY = "canary deployment detail.flagger not ready: "
PRIMARY = "detail-primary.flagger not ready: "
WAITING = "waiting for rollout to finish: "


@pytest.mark.parametrize(
    ("ready", "reason"),
    [
        (False, f"{WAITING}0 of 2 (readyThreshold 100%) updated replicas are available"),
        ({"ready": False}, f"{WAITING}0 of 2 (readyThreshold 100%) updated replicas are available"),
        ({"updated": 0}, f"{WAITING}0 out of 2 new replicas have been updated"),
        ({"replicas": 3}, f"{WAITING}1 old replicas are pending termination"),
        ({"available": 1}, f"{WAITING}1 of 2 (readyThreshold 100%) updated replicas are available"),
        (
            {"observed": False},
            f"{WAITING}observed deployment generation less than desired generation",
        ),
    ],
)
def test_readiness(ready: Any, reason: str) -> None:
    run = play_world(V2, change(3, ready={"canary": ready}), change(4, ready={"canary": True}))
    assert messages(run)[3:5] == [
        [f"{CANARY}{reason}"],
        ["Advance detail.flagger canary weight 20"],
    ]
    run = play_world(V2, change(3, ready={"primary": ready}), ticks=4)
    assert messages(run)[3] == [f"{PRIMARY}{reason}"]


def test_a_deadline_that_is_exceeded() -> None:
    run = play_world(V2, change(2, ready={"canary": {"ready": False, "deadline_exceeded": True}}))
    assert messages(run)[2] == [
        f'{CANARY}deployment "detail" exceeded its progress deadline',
        "Canary failed! Scaling down detail.flagger",
    ]


def test_a_daemon_set() -> None:
    target = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "detail"}
    given = canary({"targetRef": target, "progressDeadlineSeconds": 600})
    waiting = change(2, ready={"canary": {"ready": False, "replicas": 3}})
    exceeded = change(3, ready={"canary": {"ready": False, "deadline_exceeded": True}})
    run = play_world(V2, waiting, exceeded, canary=given)
    not_ready = "canary damonset detail.flagger not ready with retryable"
    count = "0 of 3 (readyThreshold 100%) updated pods are available"
    assert messages(run)[2:4] == [
        [f"{not_ready} true: {WAITING}{count}"],
        [
            f"{not_ready} false: exceeded its progressDeadlineSeconds: 600",
            "Canary failed! Scaling down detail.flagger",
        ],
    ]


def test_a_service_target() -> None:
    target = {"apiVersion": "v1", "kind": "Service", "name": "detail"}
    assert play_world(V2, canary=canary({"targetRef": target})).promoted


def test_configs_are_revisions_too() -> None:
    one, other = {"detail-config": "1"}, {"detail-config": "2"}
    restarting = "New revision detected! Restarting analysis for detail.flagger"
    run = play_world(change(0, configs=one), change(1, configs=other), change(4, configs=one))
    assert messages(run)[1] == ["New revision detected! Scaling up detail.flagger"]
    assert messages(run)[4] == [restarting]
    assert messages(play_world(change(0, configs=one), change(1, configs=one)))[1] == []


@pytest.mark.parametrize("later", [{"new": "1"}, {"old": None}])
def test_a_config_that_comes_or_goes_is_a_revision(later: dict[str, Any]) -> None:
    run = play_world(change(0, configs={"old": "1"}), change(1, configs=later))
    assert messages(run)[1] == ["New revision detected! Scaling up detail.flagger"]


def test_prometheus_down() -> None:
    run = play_world(V2, change(0, prometheus="down"), change(1, prometheus="up"))
    url = "http://prometheus:9090/api/v1/query?query=vector%281%29"
    assert messages(run)[0] == [
        "Error checking metric providers: prometheus not avaiable: running query failed: request"
        f' failed: Get "{url}": dial tcp 127.0.0.1:1: connect: connection refused',
        "Initialization done! detail.flagger",
    ]
    assert run.promoted
    run = play_world(V2, change(3, prometheus="down"), ticks=4)
    assert messages(run)[3][0].startswith("Prometheus query failed: running query failed: request")


def test_edits_of_the_spec() -> None:
    suspend = change(3, spec={"suspend": True})
    resume = change(5, spec={"suspend": None, "analysis": {"stepWeight": 20}})
    run = play_world(V2, suspend, resume)
    suspended = ["skipping canary run as object is suspended"]
    assert messages(run)[3:6] == [
        suspended,
        suspended,
        ["Advance detail.flagger canary weight 30"],
    ]


def test_an_edited_interval_is_that_of_the_ticks() -> None:
    run = play_world(change(2, spec={"analysis": {"interval": "30s"}}), ticks=5)
    assert [tick.time_s for tick in run.ticks] == [0, 60, 120, 150, 180]


def test_the_provider_of_the_flag() -> None:
    mapping = {"canary": canary({"provider": None}), "ticks": 4, "world": [V2]}
    scenario = Scenario.from_mapping(mapping)
    for name in ("linkerd", "istio"):
        (message,) = play(scenario, Flags(mesh_provider=name)).tick(3).messages
        assert f"no values found for {name} metric" in message


def test_weights_are_those_that_the_provider_reads_back() -> None:
    given = canary({"provider": "kubernetes"}, iterations=2)
    run = play_world(V2, canary=given)
    assert [tick.routes.canary for tick in run.ticks[:4]] == [0, 0, 100, 100]


def test_ticks_come_one_by_one() -> None:
    scenario = Scenario.from_mapping({"canary": canary(), "ticks": 10_000})
    assert next(iter(play_ticks(scenario))).number == 0


def test_a_canary_that_flagger_would_drop() -> None:
    affinity = {"cookieName": "same", "primaryCookieName": "same"}
    scenario = Scenario.from_mapping({"canary": canary(sessionAffinity=affinity), "ticks": 1})
    with pytest.raises(ScenarioError, match=r"^scenario: canary: invalid canary spec: can't use"):
        play(scenario)


def test_alerts_and_gauges_are_recorded() -> None:
    run = play_world(V2)
    assert [alert.message for tick in run.ticks for alert in tick.alerts] == [
        "New Deployment detected, initialization completed.",
        "New revision detected, progressing canary analysis.",
        "Canary analysis completed successfully, promotion finished.",
    ]
    weights = [g.value for g in run.tick(3).gauges if g.name == "flagger_canary_weight"]
    assert weights[-2:] == [80, 20]


def test_metrics_of_a_tick() -> None:
    run = play_world(
        V2,
        change(3, metrics={"request-success-rate": 50}),
        change(4, metrics={"request-success-rate": None}),
        change(5, metrics={"request-success-rate": {"error": "no"}}),
        canary=canary(threshold=9),
    )
    assert run.tick(3).metric("request-success-rate") == 50
    for tick, name, text in (
        (2, "request-duration", "tick 2 checked no metric, not request-duration"),
        (3, "request-duration", "tick 3 checked request-success-rate, not request-duration"),
        (4, "request-success-rate", "tick 4: no values for request-success-rate"),
        (5, "request-success-rate", "tick 5: the query of request-success-rate failed: no"),
    ):
        with pytest.raises(LookupError, match=f"^{text}$"):
            run.tick(tick).metric(name)


@pytest.mark.parametrize("number", [-1, 9])
def test_there_is_no_such_tick(number: int) -> None:
    with pytest.raises(IndexError, match=f"there is no tick {number}, only 0 to 8"):
        play_world().tick(number)


def test_a_scenario_can_be_played_twice() -> None:
    scenario = Scenario.from_mapping(
        {"canary": canary(), "ticks": 9, "world": [change(2, hooks={"test": "timeout"}), V2]}
    )
    assert play(scenario) == play(scenario)


def test_phases() -> None:
    gate = canary(webhooks=[hook("gate", "confirm-rollout")])
    run = play_world(
        V2, change(0, hooks={"gate": 403}), change(3, hooks={"gate": 200}), canary=gate
    )
    assert phases(run)[:4] == ["Initialized", "Waiting", "Waiting", "Progressing"]
