"""What to send, how, when and until when: the plan of a run. Values only, no I/O."""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit

from commons.units import NS_PER_S
from loadtester.load.errors import PlanError
from loadtester.load.limits import (
    MAX_CONNECTIONS,
    MAX_DURATION_NS,
    MAX_PROCESSES,
    MAX_REQUESTS,
)
from loadtester.load.masking import mask_header, mask_url
from loadtester.load.schedules.base import Schedule
from loadtester.load.schedules.notation import check_rate
from loadtester.load.transport.hosts import lowercase, parse_host, split_netloc
from loadtester.load.transport.proxies import NO_PROXIES, ProxyRules


def _check_connections(count: int) -> None:
    if count > MAX_CONNECTIONS:
        raise PlanError(f"there are at most {MAX_CONNECTIONS:,} connections")


def _check_duration(duration_ns: int, name: str) -> None:
    if duration_ns > MAX_DURATION_NS:
        raise PlanError(f"{name} is longer than a year")


@dataclass(frozen=True, slots=True)
class RequestSpec:
    """One request, sent again and again.

    `headers` are ordered pairs, written as they are. The engine adds what is missing: Host,
    Content-Length (when there is a body or the method usually has one), Accept-Encoding
    (with `Transport.compression`) and Connection: close (without `Transport.keep_alive`).
    """

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def __post_init__(self) -> None:
        parts = self.parts
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise PlanError(f"URL {self._quoted}: write http://host[:port]/path or https://...")
        _ = self.host
        if not self.method or any(c <= " " or c > "~" for c in self.method):
            raise PlanError(f"method {self.method!r} is not a token, e.g. GET")
        for name, value in self.headers:
            if not name or any(c in "\r\n\0: " for c in name) or any(c in "\r\n\0" for c in value):
                raise PlanError(f"header {name!r}: {value!r} would break the request apart")

    @property
    def parts(self) -> SplitResult:
        """The URL, split. PlanError when it cannot be."""
        try:
            parts = urlsplit(self.url)
            _ = parts.port
        except ValueError as error:
            raise PlanError(f"URL {self._quoted}: {error}") from error
        return parts

    @property
    def host(self) -> str:
        """The host to connect to, as `parse_host` gives it. PlanError when there can be none."""
        try:
            return lowercase(parse_host(split_netloc(self.parts.netloc)[0]))
        except ValueError as error:
            raise PlanError(f"URL {self._quoted}: {error}") from error

    @property
    def _quoted(self) -> str:
        return repr(self.shown_url if len(self.url) < 200 else f"{self.shown_url[:200]}...")

    @property
    def shown_url(self) -> str:
        """The URL for messages: without secrets."""
        return mask_url(self.url)


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """TLS to the target: verified by default, against the system's roots or `ca_file`."""

    verify: bool = True
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    server_name: str | None = None
    """SNI and the name to verify; the host of the URL if None."""


@dataclass(frozen=True, slots=True)
class ConnectTo:
    """curl's `--connect-to HOST1:PORT1:HOST2:PORT2`; an empty host or port 0 matches any."""

    host: str
    port: int
    to_host: str
    to_port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """From curl's notation; IPv6 addresses stand in brackets. PlanError if malformed."""
        fields = _split_outside_brackets(text)
        if len(fields) != 4 or not all(map(_is_port, fields[1::2])):
            raise PlanError(f"--connect-to {text!r}: write HOST1:PORT1:HOST2:PORT2")
        try:
            host, to_host = (parse_host(name) for name in fields[::2])
        except ValueError as error:
            raise PlanError(f"--connect-to {text!r}: {error}") from error
        return cls(host, int(fields[1] or 0), to_host, int(fields[3] or 0))

    def apply(self, host: str, port: int) -> tuple[str, int] | None:
        """Where to connect instead of `host:port`, or None if this rule is not about it."""
        if (self.host and self.host != host) or (self.port and self.port != port):
            return None
        return self.to_host or host, self.to_port or port


def _is_port(text: str) -> bool:
    """Whether it is a port or nothing at all."""
    return not text or (text.isascii() and text.isdigit() and len(text) < 6 and int(text) < 65_536)


def _split_outside_brackets(text: str) -> list[str]:
    fields, depth = [""], 0
    for char in text:
        depth += (char == "[") - (char == "]")
        if char == ":" and depth == 0:
            fields.append("")
        else:
            fields[-1] += char
    return fields


@dataclass(frozen=True, slots=True)
class Transport:
    """How connections are made, used and given up."""

    timeout_s: float = 20.0
    """The whole request, connect and redirects and body included; 0 is no limit."""
    connect_timeout_s: float = 0.0
    """The connect alone (DNS, TCP, TLS), within `timeout_s`; 0 is no separate limit."""
    keep_alive: bool = True
    compression: bool = True
    """Ask for gzip. Bodies are counted as they come over the wire, and checked to be whole."""
    max_redirects: int = 10
    """0: a redirect is a response like any other; above, more of them are an error."""
    proxies: ProxyRules = NO_PROXIES
    connect_to: tuple[ConnectTo, ...] = ()
    unix_socket: str | None = None
    host_header: str | None = None
    tls: TlsOptions = TlsOptions()
    reuse_cap: int | None = None
    """Requests per connection before it is closed and opened anew; None is no limit."""
    max_age_s: float | None = None
    """Seconds before a connection is closed between two requests; None is no limit."""
    http2: bool = False
    """Offer h2 by ALPN (https) or speak it by prior knowledge (http)."""
    body_cap_bytes: int = 1 << 30
    """A longer response body is the error `too-large`."""

    def __post_init__(self) -> None:
        if self.timeout_s < 0 or self.connect_timeout_s < 0:
            raise PlanError("a timeout cannot be negative; 0 is no limit")
        _check_duration(int(self.timeout_s * NS_PER_S), "the timeout")
        _check_duration(int(self.connect_timeout_s * NS_PER_S), "the connect timeout")
        if self.reuse_cap is not None and self.reuse_cap < 1:
            raise PlanError("the reuse cap must be at least 1 request per connection")


class OnSaturation(StrEnum):
    """What becomes of an arrival that finds every connection busy."""

    QUEUE = "queue"
    """It waits its turn, and the wait is part of its response time."""
    DROP = "drop"
    """It is not sent, and counted as dropped."""
    GROW = "grow"
    """A new connection is opened for it, up to `max_in_flight`; beyond, it waits."""


@dataclass(frozen=True, slots=True)
class ClosedPacing:
    """`connections` workers, each sending its next request when the last is answered.

    `qps_per_connection` > 0 paces every worker as hey's `-q` does: worker k's tick j is due at
    (j + k/c)/q, so the workers do not fire together. A worker that is late sends at once for
    the oldest tick it missed; ticks it slept through beyond that one are counted as dropped.
    """

    connections: int = 50
    qps_per_connection: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if self.connections < 1:
            raise PlanError("at least 1 connection is needed")
        if self.qps_per_connection < 0:
            raise PlanError("the rate per worker cannot be negative; 0 is no limit")
        _check_connections(self.connections)
        check_rate(self.qps_per_connection, "the rate per worker")
        check_rate(self.qps_per_connection * self.connections, "all workers together")


@dataclass(frozen=True, slots=True)
class OpenPacing:
    """Arrivals by a schedule that does not care about responses.

    `connections` are opened at the start and are the limit for QUEUE and DROP;
    GROW may go on to `max_in_flight`.
    """

    schedule: Schedule
    connections: int = 50
    max_in_flight: int = 10_000
    on_saturation: OnSaturation = OnSaturation.QUEUE

    def __post_init__(self) -> None:
        if self.connections < 1 or self.max_in_flight < self.connections:
            raise PlanError("connections must be at least 1 and at most max_in_flight")
        _check_connections(self.max_in_flight)


@dataclass(frozen=True, slots=True)
class StopCondition:
    """When to stop issuing: after exactly `requests`, after `duration_ns`, whichever is first.

    Either may be None, and both may when the schedule itself ends. Requests in flight at the
    end are waited for, at most `drain_ns` (None: each to its own timeout), then aborted.
    """

    requests: int | None = None
    duration_ns: int | None = None
    drain_ns: int | None = None

    def __post_init__(self) -> None:
        if self.requests is not None and self.requests < 1:
            raise PlanError("the number of requests must be at least 1")
        if self.duration_ns is not None and self.duration_ns < 1:
            raise PlanError("the duration must be positive")
        if (self.requests or 0) > MAX_REQUESTS:
            raise PlanError(f"the number of requests is at most {MAX_REQUESTS:,}")
        _check_duration(self.duration_ns or 0, "the duration")
        _check_duration(self.drain_ns or 0, "the drain")


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """A whole run. Equal plans (and seeds) plan the same requests for the same instants."""

    request: RequestSpec
    pacing: ClosedPacing | OpenPacing = ClosedPacing()
    stop: StopCondition = StopCondition(requests=200)
    transport: Transport = Transport()
    warmup_ns: int = 0
    """The pacing runs this long first, over the same connections, and nothing of it is recorded."""
    processes: int = 1
    """One schedule over P processes: process k takes every arrival i with i mod P = k."""
    seed: int = 0
    record_cap: int = 0
    """Keep the last so many raw records (`RunResult.records`); 0 keeps none."""

    def __post_init__(self) -> None:
        endless = self.stop.requests is None and self.stop.duration_ns is None
        schedule_ends = isinstance(self.pacing, OpenPacing) and self.pacing.schedule.ends
        if endless and not schedule_ends:
            raise PlanError("the run would never end: give a number of requests or a duration")
        if self.processes < 1 or self.processes > self.pacing.connections:
            raise PlanError("processes must be at least 1 and at most the number of connections")
        if self.warmup_ns < 0:
            raise PlanError("the warm-up cannot be negative")
        _check_duration(self.warmup_ns, "the warm-up")
        if self.processes > MAX_PROCESSES:
            raise PlanError(f"there are at most {MAX_PROCESSES} processes")

    @property
    def is_open(self) -> bool:
        """Whether arrivals follow a schedule and not the responses."""
        return isinstance(self.pacing, OpenPacing)

    @property
    def duration_ns(self) -> int | None:
        """When issuing ends at the latest: by the stop condition or by the schedule."""
        ends = [self.stop.duration_ns]
        if isinstance(self.pacing, OpenPacing):
            ends.append(self.pacing.schedule.duration_ns)
        return min((end for end in ends if end is not None), default=None)

    @property
    def is_paced(self) -> bool:
        """Whether requests have planned times: the open model, or workers with a rate."""
        return not isinstance(self.pacing, ClosedPacing) or self.pacing.qps_per_connection > 0

    def to_json(self) -> dict[str, Any]:
        """The plan as plain JSON values, for the echo in a result.

        Of the body there is the length, and secrets (credentials in headers and URLs) are
        masked: results are passed around.
        """
        plan: dict[str, Any] = _plain(self)
        plan["request"]["headers"] = [
            [name, mask_header(name, value)] for name, value in self.request.headers
        ]
        plan["pacing"]["model"] = "open" if self.is_open else "closed"
        return plan


def _plain(value: Any) -> Any:
    if isinstance(value, Schedule):
        return value.describe()
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, str):
        return mask_url(value) if "://" in value else value
    if isinstance(value, bytes):
        return {"bytes": len(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
