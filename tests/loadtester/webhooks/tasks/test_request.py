import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtester.webhooks.errors import BadTaskError, RefusedError
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.tasks import TYPES
from loadtester.webhooks.tasks.base import VerdictMode
from loadtester.webhooks.tasks.request import Defaults, TaskRequest, read_request


def read(
    policy: Policy | None = None, defaults: Defaults | None = None, /, **metadata: str
) -> TaskRequest:
    payload = Payload("detail", "flagger", "Progressing", "c1", metadata)
    return read_request(payload, policy or Policy(), defaults or Defaults())


def test_modes_and_statuses() -> None:
    assert read(cmd="x").mode is VerdictMode.OFF
    assert read(cmd="x", verdict="later").failure_status == 412
    assert read(cmd="x", verdict="now").failure_status == 500
    assert read(None, Defaults("later", 422), cmd="x").failure_status == 422
    assert read(None, Defaults("later"), cmd="x").mode is VerdictMode.LATER
    assert read(None, Defaults("later"), type="bash", cmd="x").mode is VerdictMode.NOW
    assert read(type="bash", cmd="x", returnCmdOutput="T").returns_output


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("field", ["cmd", "url", "x\0y"])
def test_a_nul_is_refused_wherever_it_is(name: str, field: str) -> None:
    with pytest.raises(BadTaskError, match="holds a NUL byte"):
        read(**{"type": name, "cmd": "true", field: "hey x\0; id"})


URL = "http://127.0.0.1:1/"
LARGE = {
    "100,000 thresholds": {"thresholds": "p99<1ms," * 100_000},
    "a long threshold": {"thresholds": "p" * 900_000},
    "100,000 stages": {"rate": "10/1s," * 100_000},
    "a rate of many digits": {"rate": "9" * 900_000},
    "a rate with a large exponent": {"rate": "1e9999999"},
    "a duration of 900,000 parts": {"duration": "1ns" * 300_000},
    "a duration of digits": {"duration": "1" * 900_000 + "s"},
    "20,000 headers": {f"header.X{n}": "y" for n in range(20_000)},
    "200 headers": {f"header.X{n}": "y" for n in range(200)},
    "long headers": {f"header.X{n}": "y" * 10_000 for n in range(90)},
    "a count of digits": {"n": "1" * 900_000},
    "a long method": {"method": "A" * 900_000},
    "a long URL": {"url": URL + "x" * 900_000},
    "a long host": {"host": "x" * 900_000},
    "a long verdict": {"verdict": "x" * 900_000},
    "a long repeat": {"repeat": "x" * 900_000},
    "a long status": {"onFailure": "4" * 900_000},
    "a long type": {"type": "x" * 900_000},
}


@pytest.mark.parametrize("metadata", LARGE.values(), ids=LARGE)
def test_what_is_too_much_is_refused_soon_and_shortly(metadata: dict[str, str]) -> None:
    started = time.process_time()
    with pytest.raises(BadTaskError) as refused:
        read(**{"type": "loadtest", "url": URL, **metadata})
    assert time.process_time() - started < 20
    assert len(str(refused.value)) < 1000


@pytest.mark.parametrize(
    "metadata",
    [
        {"type": "locust", "host": URL, "thresholds": "p99<1ms," * 100_000},
        {"type": "locust", "host": URL, "tags": "a," * 100_000},
        {"type": "locust", "host": URL, "users": "9" * 100_000},
        {"type": "locust", "host": URL, "users": "1000000"},
        {"type": "locust", "host": URL, "runTime": "1s" * 100_000},
        {"type": "http", "url": URL, "retryFor": "1s" * 100_000},
        {"type": "http", "url": URL, "jsonPath": "[0]" * 100_000},
        {"type": "http", "url": URL, "status": "200," * 100_000},
    ],
)
def test_so_it_is_for_the_other_types(metadata: dict[str, str]) -> None:
    with pytest.raises(BadTaskError) as refused:
        read(**metadata)
    assert len(str(refused.value)) < 1000


NAMES = st.sampled_from(
    sorted({name for task in TYPES.values() for name in task.fields} - {"script"})
)
TEXTS = st.text(max_size=60) | st.sampled_from([URL, "1m", "5", "true", "p99<1ms", "get"])


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(sorted(TYPES)), st.dictionaries(NAMES, TEXTS, max_size=8), st.booleans())
def test_any_metadata_is_a_job_or_said_to_be_none(
    name: str, metadata: dict[str, str], restricted: bool
) -> None:
    policy = Policy(("hey *",), ("127.0.0.1",)) if restricted else Policy()
    try:
        request = read(policy, None, **{**metadata, "type": name})
    except (BadTaskError, RefusedError):
        return
    assert request.job.places >= 1
    assert request.key
