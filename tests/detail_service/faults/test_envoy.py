import pytest

from detail_service.faults.envoy import specs_from_headers
from detail_service.faults.kinds.bodies import Slow
from detail_service.faults.kinds.delay import FixedDelay
from detail_service.faults.kinds.responses import Status


def test_no_headers_no_faults() -> None:
    assert specs_from_headers([(b"host", b"detail")]) == []


def test_abort_delay_and_throughput_have_envoys_units() -> None:
    found = specs_from_headers(
        [
            (b"x-envoy-fault-abort-request", b"503"),
            (b"x-envoy-fault-abort-request-percentage", b"25"),
            (b"x-envoy-fault-delay-request", b"150"),
            (b"x-envoy-fault-delay-request-percentage", b"50"),
            (b"x-envoy-fault-throughput-response", b"2"),
        ]
    )

    status, delay, slow = found
    assert isinstance(status, Status)
    assert (status.status, status.rate, status.body) == (503, 0.25, "fault filter abort")
    assert isinstance(delay, FixedDelay)
    assert (delay.delay, delay.rate) == (0.15, 0.5)
    assert isinstance(slow, Slow)
    assert (slow.bytes_per_s, slow.rate) == (2048, 1)


@pytest.mark.parametrize("value", [b"", b"x", b"-1", b"99", b"600", b"5 00", b"9" * 12])
def test_an_abort_that_makes_no_sense_is_ignored(value: bytes) -> None:
    assert specs_from_headers([(b"x-envoy-fault-abort-request", value)]) == []


def test_a_percentage_without_its_fault_asks_for_nothing() -> None:
    assert specs_from_headers([(b"x-envoy-fault-delay-request-percentage", b"100")]) == []


def test_percentages_end_at_a_hundred_and_delays_at_a_minute() -> None:
    (spec,) = specs_from_headers(
        [
            (b"x-envoy-fault-delay-request", b"900000"),
            (b"x-envoy-fault-delay-request-percentage", b"400"),
        ],
    )

    assert isinstance(spec, FixedDelay)
    assert (spec.delay, spec.rate) == (60, 1)
