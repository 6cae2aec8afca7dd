"""Envoy's request headers `x-envoy-fault-*`, by which a caller asks for a fault of its own.

Names and units are Envoy's (HTTP fault filter, "controlling fault injection via HTTP headers"):
delays in milliseconds, throughput in KiB/s, percentages of 100. As there, a header that does not
parse is ignored. Each kind of fault rolls its own dice.
"""

from collections.abc import Iterable

from detail_service.faults.kinds.delay.fixed import Fixed
from detail_service.faults.kinds.slow import Slow
from detail_service.faults.kinds.status import Status
from detail_service.faults.plan import Plan

PREFIX = b"x-envoy-fault-"


def plans(headers: Iterable[tuple[bytes, bytes]], delay_cap_s: float = 60.0) -> list[Plan]:
    """The faults that these request headers ask for; none when there are no such headers."""
    asked = {name: value for name, value in headers if name.startswith(PREFIX)}
    if not asked:
        return []
    found: list[Plan] = []
    status = _number(asked.get(PREFIX + b"abort-request"))
    if status is not None and 200 <= status <= 599:
        rate = _rate(asked, b"abort-request-percentage")
        found.append(Status(kind="status", status=status, body="fault filter abort", rate=rate))
    delay_ms = _number(asked.get(PREFIX + b"delay-request"))
    if delay_ms is not None:
        rate = _rate(asked, b"delay-request-percentage")
        delay = min(delay_ms / 1000, delay_cap_s)
        found.append(Fixed(kind="delay", distribution="fixed", delay=delay, rate=rate))
    kib = _number(asked.get(PREFIX + b"throughput-response"))
    if kib:
        rate = _rate(asked, b"throughput-response-percentage")
        found.append(Slow(kind="slow", bytes_per_s=min(kib * 1024.0, 1e9), rate=rate))
    return found


def _rate(asked: dict[bytes, bytes], name: bytes) -> float:
    percentage = _number(asked.get(PREFIX + name))
    return 1.0 if percentage is None else min(percentage, 100) / 100


def _number(text: bytes | None) -> int | None:
    return int(text) if text is not None and text.isdigit() and len(text) < 10 else None
