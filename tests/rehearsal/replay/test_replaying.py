"""Events followed by the control loop."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from rehearsal.flagger.canary.model import Canary, CanarySpec
from rehearsal.flagger.controller import Flags
from rehearsal.flagger.controller.ports import Routing
from rehearsal.replay import Observed, Segment, parse_events, replay
from rehearsal.replay.hints import ALWAYS, hints
from rehearsal.replay.replaying import MOST_SEGMENTS
from rehearsal.simulated import Run, Scenario
from tests.rehearsal.flagger.conformance.recording import FILES, Recording, recordings
from tests.rehearsal.replay.clusters import START_S, event_list, kubectl_events
from tests.rehearsal.simulated.scenarios import canary, change, play_world
from tests.rehearsal.specs import duration, hook, success_rate

V2 = change(1, revision="v2")
LOW = change(3, metrics={"request-success-rate": 97.5})


def observed(run: Run, *without: str) -> tuple[Observed, ...]:
    """The events of a run as a cluster shows them, but for those with a text."""
    found = parse_events(event_list(kubectl_events(run)))
    return tuple(one for one in found if not any(text in one.message for text in without))


def model(**changed: Any) -> Canary:
    """The Canary of `play_world`, with another analysis."""
    return Scenario.from_mapping({"canary": canary(**changed), "ticks": 1}).canary


def follow(events: tuple[Observed, ...], **changed: Any) -> tuple[Segment, ...]:
    return replay(model(**changed), events)


# Recordings that one Canary can explain (it was not edited), and those that are followed whole.
FLOORS = {
    "curated": (50, 50),
    "ordinary": (57, 56),
    "plans": (4, 4),
    "odd": (33, 33),
    "edits": (6, 6),
    "probes": (214, 205),
}


@pytest.mark.parametrize("file", FILES)
def test_recorded_events_are_followed(file: str) -> None:
    """With nothing but its events, what Flagger was recorded to do is explained to the end."""
    count = whole = 0
    for recording in recordings(file):
        events = _recorded_events(recording)
        if events is None:
            continue
        count += 1
        segments = replay(*events)
        whole += len(segments) == 1 and segments[0].parting is None
    least, least_whole = FLOORS[file]
    assert count >= least
    assert whole >= least_whole


def _recorded_events(
    recording: Recording,
) -> tuple[Canary, tuple[Observed, ...], Flags] | None:
    given = json.loads(json.dumps(recording.scenario).replace("NSNS", "flagger"))
    edited = any(step.keys() & {"spec", "del_canary"} for step in given["steps"])
    knative = "knative" in given["spec"]["targetRef"]["apiVersion"]
    if edited or knative or "sync_error" in recording.flagger:
        return None
    subject = Canary(given["name"], "flagger", CanarySpec.model_validate(given["spec"]))
    interval_s = subject.spec.analysis.interval_s
    events = tuple(
        Observed(number, entry["msg"], entry["type"], START_S + number * interval_s)
        for number, tick in enumerate(recording.flagger["ticks"])
        for entry in tick["trace"]
        if entry["k"] == "event"
    )
    provider = (given.get("flags") or {}).get("mesh_provider") or ""
    return (subject, events, Flags(mesh_provider=provider)) if events else None


WORLDS: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    "promotion": ({}, [V2]),
    "rollback": ({}, [V2, LOW]),
    "a value on the edge of its limit": ({}, [V2, change(3, metrics={"request-duration": 501})]),
    "a rounded value": ({}, [V2, change(3, metrics={"request-success-rate": 98.996})]),
    "pre-rollout": ({}, [V2, change(2, hooks={"test": 500}), change(3, hooks={"test": 200})]),
    "no values": ({}, [V2, change(3, metrics={"request-success-rate": None})]),
    "not ready": ({}, [V2, change(3, ready={"canary": False}), change(5, ready={"canary": True})]),
    "deadline": ({}, [V2, change(2, ready={"canary": {"deadline_exceeded": True}})]),
    "primary not ready": (
        {},
        [V2, change(6, ready={"primary": {"replicas": 3}}), change(8, ready={"primary": True})],
    ),
    "failed promotion": ({}, [V2, change(6, ready={"primary": {"deadline_exceeded": True}})]),
    "restart": ({}, [V2, change(4, revision="v3")]),
    "gate": (
        {"webhooks": [hook("g", "confirm-promotion")]},
        [V2, change(0, hooks={"g": 403}), change(8, hooks={"g": 200})],
    ),
    "closed gate": (
        {"webhooks": [hook("g", "confirm-rollout")]},
        [V2, change(0, hooks={"g": 403}), change(5, hooks={"g": 200})],
    ),
    "traffic gate": (
        {"webhooks": [hook("g", "confirm-traffic-increase")]},
        [V2, change(3, hooks={"g": 403}), change(5, hooks={"g": 200})],
    ),
    "blue-green": ({"iterations": 2, "stepWeight": None}, [V2]),
    "manual rollback": (
        {"webhooks": [hook("r", "rollback")]},
        [V2, change(0, hooks={"r": 403}), change(4, hooks={"r": 200})],
    ),
    "suspended": ({}, [V2, change(3, spec={"suspend": True}), change(5, spec={"suspend": None})]),
    "two rollouts": (
        {},
        [V2, LOW, change(7, revision="v3", metrics={"request-success-rate": 100})],
    ),
}


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("first", [0, 1, 2, 3, 4, 5])
def test_a_file_may_begin_anywhere(name: str, first: int) -> None:
    """Events end up being forgotten; what is left is explained by a state of the plan."""
    plan, world = WORLDS[name]
    plan = {key: value for key, value in plan.items() if value is not None}
    run = play_world(*world, ticks=16, canary=canary(**plan))
    every = observed(run)
    events = every[min(first, len(every) - 1) :]
    (segment,) = replay(model(**plan), events)
    assert segment.parting is None
    assert [step.observed for step in segment.steps] == list(events)


def test_the_state_before_the_first_event_is_found() -> None:
    events = observed(play_world(V2))
    at = next(n for n, one in enumerate(events) if one.message.endswith("weight 30"))
    (segment,) = follow(events[at:])
    assert segment.start.routes == Routing(80, 20)
    assert segment.alternatives == 0


def test_failed_checks_before_the_first_event_are_counted_back() -> None:
    events = observed(play_world(V2, LOW))
    at = next(n for n, one in enumerate(events) if "Halt" in one.message)
    (segment,) = follow(events[at + 1 :])
    assert segment.start.failed_checks == 1
    assert segment.parting is None


def test_lost_events_are_told() -> None:
    run = play_world(V2)
    (segment,) = follow(observed(run, "Starting", "weight 20"))
    assert [one.message for one in segment.lost] == [
        "Starting canary analysis for detail.flagger",
        "Advance detail.flagger canary weight 20",
    ]
    assert segment.parting is None


def test_without_the_time_for_it_nothing_is_lost() -> None:
    """A step that is missing is a parting when the next one came after a single interval."""
    events = observed(play_world(V2), "weight 20")
    hurried = tuple(replace(one, time_s=None) for one in events)
    (first, *_) = follow(hurried)
    assert first.parting is not None
    assert first.parting.observed.message == "Advance detail.flagger canary weight 30"
    assert first.parting.expected == "Advance detail.flagger canary weight 20"


PARTINGS: list[tuple[str, list[Any], dict[str, Any], str, str, str]] = [
    (
        "another step",
        [V2],
        {"stepWeight": 20, "maxWeight": 60},
        "Advance detail.flagger canary weight 10",
        "Advance detail.flagger canary weight 20",
        "weight 10 is no step of this Canary's plan (20, 40, 60)",
    ),
    (
        "a lower step",
        [V2],
        {"stepWeight": 5, "maxWeight": 30},
        "Advance detail.flagger canary weight 10",
        "Advance detail.flagger canary weight 5",
        "the cluster's Canary has other steps than this one (5, 10, 15, 20, 25, 30)",
    ),
    (
        "a shorter plan",
        [V2],
        {"maxWeight": 50, "stepWeight": 10},
        "Copying detail.flagger template spec to detail-primary.flagger",
        "Advance detail.flagger canary weight 40",
        "the cluster's Canary ends its plan before weight 40: a lower maxWeight",
    ),
    (
        "a lower minimum",
        [V2, LOW],
        {"metrics": [success_rate(95), duration()]},
        "Halt detail.flagger advancement success rate 97.50% < 99%",
        "Advance detail.flagger canary weight 20",
        "the minimum of request-success-rate is 99 in the cluster, 95 in this Canary",
    ),
    (
        "another maximum",
        [V2, change(3, metrics={"request-duration": 600})],
        {"metrics": [success_rate(), duration(550)]},
        "Halt detail.flagger advancement request duration 600ms > 500ms",
        "Halt detail.flagger advancement request duration 600ms > 550ms",
        "the maximum of request-duration is 500ms in the cluster, 550ms in this Canary",
    ),
    (
        "a metric that is missing",
        [V2, LOW],
        {"metrics": [duration()]},
        "Halt detail.flagger advancement success rate 97.50% < 99%",
        "Advance detail.flagger canary weight 20",
        "this Canary has no metric request-success-rate",
    ),
    (
        "a higher threshold",
        [V2, LOW],
        {"threshold": 5},
        "Rolling back detail.flagger failed checks threshold reached 2",
        "Advance detail.flagger canary weight 20",
        "the threshold is 2 in the cluster, 5 in this Canary",
    ),
    (
        "a lower threshold",
        [V2, LOW],
        {"threshold": 1},
        "Halt detail.flagger advancement success rate 97.50% < 99%",
        "Rolling back detail.flagger failed checks threshold reached 1",
        "the threshold is higher in the cluster than the 1 of this Canary",
    ),
    (
        "a webhook that is missing",
        [V2],
        {"webhooks": []},
        "Pre-rollout check test passed",
        "Advance detail.flagger canary weight 10",
        "this Canary has no webhook test",
    ),
    (
        "a webhook of another type",
        [V2],
        {"webhooks": [hook("test", "rollout")]},
        "Pre-rollout check test passed",
        "Advance detail.flagger canary weight 10",
        "the webhook test is of type rollout in this Canary, pre-rollout in the cluster",
    ),
    (
        "skipped",
        [V2, change(0, spec={"skipAnalysis": True})],
        {},
        "Copying detail.flagger template spec to detail-primary.flagger",
        "Starting canary analysis for detail.flagger",
        ALWAYS,
    ),
]


@pytest.mark.parametrize(
    ("world", "plan", "cluster", "expected", "hint"),
    [entry[1:] for entry in PARTINGS],
    ids=[entry[0] for entry in PARTINGS],
)
def test_where_they_part(
    world: list[Any], plan: dict[str, Any], cluster: str, expected: str, hint: str
) -> None:
    subject = model(**plan)
    (first, *_) = replay(subject, observed(play_world(*world)))
    assert first.parting is not None
    assert first.parting.observed.message == cluster
    assert first.parting.expected == expected
    assert hint in hints(first.parting, subject)


def test_failed_checks_that_are_not_in_the_file() -> None:
    events = observed(play_world(V2, LOW))
    halts = [one for one in events if "Halt" in one.message]
    (first, *_) = follow(tuple(one for one in events if one != halts[1]))
    assert first.parting is not None
    assert "of the 2 failed checks only 1 are in the file" in hints(first.parting, model())


def test_after_a_parting_the_rest_is_followed_from_where_it_stands() -> None:
    events = observed(play_world(V2, LOW))
    first, second = follow(events, metrics=[success_rate(95), duration()])[:2]
    assert first.parting is not None
    assert second.start.routes.canary == 10


def test_what_nothing_explains_is_given_up_in_the_end() -> None:
    nonsense = tuple(
        Observed(n, "Promotion completed! Scaling down detail.flagger", "Normal", START_S + n)
        for n in range(200)
    )
    assert len(follow(nonsense)) <= MOST_SEGMENTS


def test_older_words_are_understood() -> None:
    """Flagger wrote `less then` until 2021."""
    unseen, ready = {"primary": {"observed": False}}, {"primary": True}
    run = play_world(change(0, ready=unseen), change(1, ready=ready))
    events = tuple(
        replace(one, message=one.message.replace("less than", "less then")) for one in observed(run)
    )
    assert "less then" in events[1].message
    (segment,) = follow(events)
    assert segment.parting is None


def test_errors_of_the_cluster_are_taken_as_they_come() -> None:
    events = list(observed(play_world(V2)))
    error = "HorizontalPodAutoscaler detail.flagger get query error: not found"
    events.insert(6, replace(events[6], message=error, type="Warning"))
    (segment,) = follow(tuple(events))
    assert segment.parting is None
