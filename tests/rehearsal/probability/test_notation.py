"""Traffic, errors and latencies as they are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rehearsal.probability import Fault, Latency
from rehearsal.probability.notation import (
    faults_of,
    parse_errors,
    parse_latencies,
    parse_share,
    parse_traffics,
)


def test_traffics() -> None:
    assert parse_traffics("5/s, 300/m,1800/h,0.5/s") == pytest.approx((5, 5, 0.5, 0.5))


def test_errors() -> None:
    assert parse_errors("0%,0.1%,100%") == pytest.approx((0, 0.001, 1))


def test_latencies() -> None:
    assert parse_latencies("50ms/400ms,20ms/1s+2%@1.5s") == (
        Latency(0.05, 0.4),
        Latency(0.02, 1.0, 0.02, 1.5),
    )


def test_faults() -> None:
    slow = Latency(0.05, 0.4)
    assert faults_of((0.1,), (slow,)) == (Fault(0.1), Fault(0.0, slow))


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parse_traffics, ""),
        (parse_traffics, "5"),
        (parse_traffics, "0/s"),
        (parse_traffics, "-5/s"),
        (parse_traffics, "1e9/s"),
        (parse_traffics, "999999999/s"),
        (parse_traffics, ",".join(["5/s"] * 51)),
        (parse_traffics, "5/s" * 100_000),
        (parse_errors, "0.1"),
        (parse_errors, "101%"),
        (parse_errors, "nan%"),
        (parse_share, "%"),
        (parse_latencies, "50ms"),
        (parse_latencies, "400ms/50ms"),
        (parse_latencies, "0s/1s"),
        (parse_latencies, "50/400"),
        (parse_latencies, "50ms/400ms+2%"),
        (parse_latencies, "50ms/400ms+2@1s"),
        (parse_latencies, "50ms/" + "9" * 5000 + "s"),
    ],
)
def test_what_is_refused_is_said_shortly(parse: Callable[[str], Any], text: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        parse(text)
    assert len(str(raised.value)) < 300
    assert "\n" not in str(raised.value)
