"""Files of events, in every form they come in."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from rehearsal.replay import EventFileError, parse_events, read_events
from rehearsal.simulated import Run
from tests.rehearsal.replay.clusters import (
    START_S,
    event_list,
    kubectl_events,
    kubernetes_event,
    log_lines,
)
from tests.rehearsal.simulated.scenarios import change, play_world


@pytest.fixture(scope="module")
def run() -> Run:
    return play_world(change(1, revision="v2"))


def messages(text: str) -> list[str]:
    return [one.message for one in parse_events(text)]


def test_a_list_of_kubectl_is_put_in_order(run: Run) -> None:
    """Kubernetes writes the nanoseconds into the name: seconds alone could not order a tick."""
    items = kubectl_events(run)
    random.Random(1).shuffle(items)
    assert messages(event_list(items)) == [event.message for event in run.events]


def test_lines_are_those_of_the_items(run: Run) -> None:
    text = event_list(kubectl_events(run))
    lines = text.splitlines()
    for one in parse_events(text):
        assert lines[one.line - 1].strip() == "{"
        inside = "\n".join(lines[one.line : one.line + 22])
        assert json.dumps(one.message) in inside


def test_times_types_and_owners(run: Run) -> None:
    first = parse_events(event_list(kubectl_events(run)))[0]
    assert (first.type, first.time_s, first.canary) == ("Normal", START_S, "detail.flagger")


@pytest.mark.parametrize("indent", [None, 4])
def test_a_stream_of_watched_events(run: Run, indent: int | None) -> None:
    items = kubectl_events(run)
    expected = [event.message for event in run.events]
    assert messages("\n".join(json.dumps(item, indent=indent) for item in items)) == expected
    watched = [{"type": "ADDED", "object": item} for item in items]
    assert messages("\n".join(json.dumps(item, indent=indent) for item in watched)) == expected
    assert messages(json.dumps(items, indent=indent)) == expected


def test_the_log_of_flagger(run: Run) -> None:
    """What is no JSON, no event, or an event webhook's failure is passed over."""
    lines = [*log_lines(run), "not json", "{broken", '"text"', "[1, 2]", "5"]
    failure = json.loads(lines[1]) | {"msg": "error sending event to webhook: no"}
    text = "\n".join([*lines, json.dumps(failure)])
    assert messages(text) == [event.message for event in run.events]
    second = parse_events(text)[0]
    assert (second.line, second.type, second.canary) == (2, "Normal", "detail.flagger")


def test_played_json_lines() -> None:
    text = '{"tick":0,"type":"Normal","message":"m","phase":""}\n{"tick":0,"status":{}}\n'
    assert messages(text) == ["m"]


def test_events_that_were_counted_are_repeated() -> None:
    counted = kubernetes_event("Halt", "Warning", START_S)
    counted |= {"count": 4, "lastTimestamp": "2025-06-15T15:09:40Z"}
    found = parse_events(event_list([counted]))
    assert [one.time_s for one in found] == [START_S, START_S + 60, START_S + 120, START_S + 180]
    assert [one.is_guessed for one in found] == [False, True, True, False]


def test_newer_events() -> None:
    """events.k8s.io/v1 has other names for the same."""
    event = {
        "kind": "Event",
        "note": "m",
        "regarding": {"kind": "Canary", "name": "a", "namespace": "b"},
        "eventTime": "2026-07-21T10:06:55.123456Z",
        "type": "Warning",
    }
    (found,) = parse_events(json.dumps(event))
    assert (found.message, found.canary, found.type) == ("m", "a.b", "Warning")
    assert found.time_s == pytest.approx(1784628415.123456)


ODD: list[Any] = [
    {"items": 5},
    {"items": [1, None, "x", []]},
    {"items": [{"involvedObject": 5}]},
    {"items": [{"involvedObject": {"kind": "Pod", "name": "x"}, "message": "m"}]},
    {"items": [{"involvedObject": {"kind": "Canary"}, "message": 5}]},
    {"msg": "m"},
    {"msg": "m", "canary": 5},
    {"msg": 5, "canary": "a.b"},
    {"tick": 1, "message": 5},
]


@pytest.mark.parametrize("value", ODD, ids=json.dumps)
def test_what_holds_no_event(value: Any) -> None:
    with pytest.raises(EventFileError, match=r"^<text>: has no events of a Canary; give"):
        parse_events(json.dumps(value))


@pytest.mark.parametrize(
    "fields",
    [
        {"count": "many"},
        {"count": 10**30, "lastTimestamp": "2025-06-15T15:09:40Z"},
        {"count": 5, "lastTimestamp": None},
        {"firstTimestamp": "yesterday"},
        {"firstTimestamp": 5, "eventTime": [], "lastTimestamp": "9" * 1000},
        {"type": "Odd"},
        {"metadata": 5},
        {"metadata": {"name": 5}},
        {"metadata": {"name": "detail.ffffffffffffffff"}},
        {"metadata": {"name": "detail." + "f" * 10_000}},
    ],
    ids=range(10),
)
def test_odd_fields_do_no_harm(fields: dict[str, Any]) -> None:
    found = parse_events(json.dumps(kubernetes_event("m", "Normal", START_S) | fields))
    assert {one.message for one in found} == {"m"}
    assert len(found) <= 1_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 100_000,
        '{"items": ' + "[" * 100_000,
        "9" * 10_000,
        '{"a":' * 50_000,
        "\0" * 100,
    ],
    ids=range(7),
)
def test_hostile_text_is_one_line(text: str) -> None:
    with pytest.raises(EventFileError) as refused:
        parse_events(text)
    assert "\n" not in str(refused.value)


def test_files(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "events.json"
    path.write_text(event_list(kubectl_events(run)))
    assert len(read_events(path)) == len(run.events)
    for name in ("none.json", "."):
        with pytest.raises(EventFileError, match=str(tmp_path)):
            read_events(tmp_path / name)
