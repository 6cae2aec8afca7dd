import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detail_service.errors import InvalidFaultError
from detail_service.faults import parsing
from detail_service.faults.kinds import DELAYS, KINDS
from detail_service.faults.limits import FaultLimits
from detail_service.faults.spec import FaultSpec

LIMITS = FaultLimits(delay_s=5, cpu_s=0.5)


def query(text: str) -> FaultSpec:
    return parsing.spec_from_query(
        [(k, v) for k, _, v in (p.partition("=") for p in text.split("&"))], LIMITS
    )


def problem(text: str) -> dict[str, Any]:
    with pytest.raises(InvalidFaultError) as caught:
        query(text)
    return caught.value.problems[0]


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("kind=status", "status 500"),
        ("kind=status&status=429&rate=0.1", "status 429"),
        ("kind=delay&delay=80ms", "delay 80ms"),
        ("kind=delay&min=10ms&max=1s", "delay 10ms to 1s"),
        ("kind=delay&mean=100ms&stddev=20ms", "delay normal 100ms ± 20ms"),
        ("kind=delay&p50=80ms&p99=400ms", "delay lognormal p50 80ms p99 400ms"),
        ("kind=delay&scale=50ms&shape=1.2", "delay pareto from 50ms, shape 1.2"),
        ("kind=slow&bytes_per_s=16", "slow body, 16 bytes/s"),
        ("kind=truncate&keep=0.25", "truncate to 25%"),
        ("kind=memory&leak=1KiB", "memory 1024 bytes per hit"),
        ("kind=cpu&burn=20ms", "cpu 20ms per hit"),
        ("kind=crash&exit_code=3", "crash with exit code 3"),
        ("kind=unready", "unready on /readyz"),
        ("kind=hang", "hang"),
        ("kind=reset", "reset"),
        ("kind=corrupt", "corrupt"),
    ],
)
def test_a_query_becomes_a_spec(text: str, summary: str) -> None:
    assert query(text).summary() == summary


def test_query_and_document_give_the_same_plan() -> None:
    document = {"kind": "delay", "distribution": "lognormal", "p50": "80ms", "p99": 0.4,
                "rate": 0.2, "seed": 7, "method": "get"}  # fmt: skip

    assert query(
        "kind=delay&p50=80ms&p99=400ms&rate=0.2&seed=7&method=get"
    ) == parsing.spec_from_json(json.dumps(document).encode(), LIMITS)


@pytest.mark.parametrize(
    ("text", "field", "allowed"),
    [
        ("rate=0.5", "kind", "status, delay, hang, reset"),
        ("kind=explode", "kind", "status, delay, hang, reset"),
        ("kind=delay", "distribution", "fixed, uniform, normal, lognormal, pareto"),
        ("kind=delay&delay=1s&p50=2s", "distribution", "fixed, uniform"),
        ("kind=status&rate=1.5", "rate", "0 to 1"),
        ("kind=status&rate=-0.1", "rate", "0 to 1"),
        ("kind=status&rate=often", "rate", "0 to 1"),
        ("kind=status&status=99", "status", "200 to 599"),
        ("kind=status&ttl=0", "ttl", "above 0 to 7 d"),
        ("kind=status&ttl=soon", "ttl", "above 0 to 7 d"),
        ("kind=status&path=catalog", "path", "beginning with /"),
        ("kind=status&method=BREW", "method", "GET, HEAD, POST"),
        ("kind=status&header=a b", "header", "name:value"),
        ("kind=status&seed=-1", "seed", "0 to 2^53-1"),
        ("kind=status&keep=0.5", "keep", "the fields kind, rate, path"),
        ("kind=status&rate=0.1&rate=0.2", "rate", ""),
        ("kind=truncate&keep=1", "keep", "0 to below 1"),
        ("kind=delay&delay=6s", "delay", "0 to 5s, the cap of this service"),
        ("kind=delay&delay=90s", "delay", "0 to 60 s"),
        ("kind=delay&min=1s&max=6s", "max", "the cap of this service"),
        ("kind=cpu&burn=600ms", "burn", "0 to 500ms, the cap of this service"),
        ("kind=crash&exit_code=256", "exit_code", "0 to 255"),
    ],
)
def test_an_error_names_the_field_and_what_is_allowed(text: str, field: str, allowed: str) -> None:
    found = problem(text)

    assert found["loc"] == ["query", field]
    assert allowed in found["allowed"]
    assert found["msg"].startswith(field)


@pytest.mark.parametrize("text", ["kind=delay&min=2s&max=1s", "kind=delay&p50=2s&p99=1s"])
def test_quantiles_out_of_order_are_refused(text: str) -> None:
    assert "must not be above" in problem(text)["msg"]


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(InvalidFaultError) as caught:
        query("kind=status&status=99&rate=7")

    assert {entry["loc"][1] for entry in caught.value.problems} == {"status", "rate"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b"\xff"])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidFaultError) as caught:
        parsing.spec_from_json(body, LIMITS)

    assert caught.value.problems[0]["loc"] == ["body"]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "status", "rate": float("nan")},
        {"kind": "status", "rate": float("inf")},
        {"kind": "status", "status": True},
        {"kind": "status", "ttl": False},
        {"kind": "status", "seed": 1.5},
        {"kind": "delay", "distribution": "fixed"},
        {"kind": ["status"]},
        {"kind": {}},
    ],
)
def test_values_of_the_wrong_type_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidFaultError):
        parsing.spec_from_json(json.dumps(fields).encode(), LIMITS)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
names = st.sampled_from(
    sorted({name for models in KINDS.values() for model in models for name in model.model_fields})
)


@given(
    st.sampled_from(sorted(KINDS)),
    st.sampled_from(sorted(DELAYS)),
    st.dictionaries(names | st.text(max_size=8), json_values, max_size=5),
)
def test_whatever_comes_is_a_spec_or_an_invalid_fault(
    kind: str, distribution: str, fields: dict[str, Any]
) -> None:
    body = json.dumps({"distribution": distribution, **fields, "kind": kind}).encode()
    problems: list[dict[str, Any]] = []
    try:
        spec = parsing.spec_from_json(body, LIMITS)
    except InvalidFaultError as error:
        problems = error.problems
    else:
        assert spec.kind == kind
        return

    assert problems
    assert all(set(entry) == {"loc", "msg", "type", "allowed"} for entry in problems)


@given(st.lists(st.tuples(names | st.text(max_size=8), st.text(max_size=12)), max_size=5))
def test_whatever_is_asked_is_a_spec_or_an_invalid_fault(pairs: list[tuple[str, str]]) -> None:
    outcome: object
    try:
        outcome = parsing.spec_from_query(pairs, LIMITS)
    except InvalidFaultError as error:
        outcome = error.problems

    assert outcome
