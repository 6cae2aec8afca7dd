"""Envoy's request headers `x-envoy-fault-*`, by which a caller asks for a fault of its own.

Names and units are Envoy's (HTTP fault filter, "controlling fault injection via HTTP headers"):
delays in milliseconds, throughput in KiB/s, percentages of 100. As there, a header that does not
parse is ignored. Each kind of fault rolls its own dice.
"""

from collections.abc import Iterable

from starlette.types import Scope

from detail_service.faults.kinds.bodies import Slow
from detail_service.faults.kinds.delay import FixedDelay
from detail_service.faults.kinds.responses import Status
from detail_service.faults.registry import FaultRegistry, Injection
from detail_service.faults.scope import is_protected
from detail_service.faults.spec import FaultSpec

PREFIX = b"x-envoy-fault-"
MAX_DELAY_S = 60.0


class HeaderFaults:
    """Faults that request headers ask for; each lives for its request only."""

    def __init__(self, registry: FaultRegistry, seed: int = 0) -> None:
        self._registry = registry
        self._seed = seed
        self._requests = 0

    def select(self, scope: Scope) -> list[Injection]:
        """What hits this request, by its headers; the protected paths are spared."""
        specs = [] if is_protected(scope["path"]) else specs_from_headers(scope["headers"])
        if not specs:
            return []
        counter = self._requests
        self._requests += 1
        selected = []
        for place, spec in enumerate(specs):
            fault = self._registry.transient(spec, "header", self._seed + place)
            fault.counts.matched = counter
            draws = fault.select(0.0)
            if draws is not None:
                selected.append(Injection(fault, draws))
        return selected


def specs_from_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[FaultSpec]:
    """The faults that these request headers ask for; none when there are no such headers."""
    asked = {name: value for name, value in headers if name.startswith(PREFIX)}
    if not asked:
        return []
    found: list[FaultSpec] = []
    status = _number(asked, b"abort-request")
    if status is not None and 200 <= status <= 599:
        rate = _rate(asked, b"abort-request-percentage")
        found.append(Status(kind="status", status=status, body="fault filter abort", rate=rate))
    delay_ms = _number(asked, b"delay-request")
    if delay_ms is not None:
        rate = _rate(asked, b"delay-request-percentage")
        delay_s = min(delay_ms / 1000, MAX_DELAY_S)
        found.append(FixedDelay(kind="delay", distribution="fixed", delay=delay_s, rate=rate))
    kib_per_s = _number(asked, b"throughput-response")
    if kib_per_s:
        rate = _rate(asked, b"throughput-response-percentage")
        found.append(Slow(kind="slow", bytes_per_s=min(kib_per_s * 1024.0, 1e9), rate=rate))
    return found


def _rate(asked: dict[bytes, bytes], name: bytes) -> float:
    percentage = _number(asked, name)
    return 1.0 if percentage is None else min(percentage, 100) / 100


def _number(asked: dict[bytes, bytes], name: bytes) -> int | None:
    text = asked.get(PREFIX + name, b"")
    return int(text) if text.isdigit() and len(text) < 10 else None
