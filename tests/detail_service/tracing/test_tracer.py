"""Real documents, received over UDP and held against the rules."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from commons.errors import UsageError
from detail_service.tracing import tracer as tracers
from detail_service.tracing.tracer import Echo, Trace, Tracer
from tests.detail_service.support import Daemon, daemon, scope, tracing
from tests.detail_service.tracing import segments

ROOT = "1-5759e988-bd862e3fe1be46a994272793"
PARENT = "53995c3f42cd8ad8"
W3C = "5759e988bd862e3fe1be46a994272793"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    with daemon() as one:
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", one.address)
        yield one


@pytest.fixture
def tracer(server: Daemon) -> Iterator[Tracer]:
    with tracing("Product-Detail-V2", version="2.0") as one:
        yield one


class Sampler:
    """Decides as it is told, and counts how often it was asked."""

    def __init__(self, decision: bool) -> None:
        self.decision = decision
        self.asked = 0

    def should_trace(self, sampling_req: object = None) -> bool:
        self.asked += 1
        return self.decision


def sampled(tracer: Tracer, **options: Any) -> Trace:
    tracer.recorder.sampler = Sampler(True)
    trace = tracer.begin(scope(**options))
    assert isinstance(trace, Trace)
    return trace


def header(text: str) -> list[tuple[bytes, bytes]]:
    return [(b"x-amzn-trace-id", text.encode())]


def test_a_request_becomes_a_segment(tracer: Tracer, server: Daemon) -> None:
    sampled(
        tracer,
        query=b"a=1",
        headers=[(b"user-agent", b"hey/0.0.1"), (b"x-forwarded-for", b"203.0.113.9, 10.0.0.1")],
    ).end(200, 47)

    (document,) = server.receive(1)
    segments.check(document)
    assert document["name"] == "Product-Detail-V2"
    assert document["service"]["version"] == "2.0"
    assert document["http"] == {
        "request": {
            "method": "GET",
            "url": "http://detail:3000/catalogDetail?a=1",
            "user_agent": "hey/0.0.1",
            "client_ip": "203.0.113.9",
            "x_forwarded_for": True,
        },
        "response": {"status": 200, "content_length": 47},
    }
    assert not {"fault", "error", "throttle", "cause"} & set(document)


@pytest.mark.parametrize(
    ("status", "flags"),
    [
        (200, set()),
        (301, set()),
        (404, {"error"}),
        (429, {"error", "throttle"}),
        (500, {"fault"}),
        (503, {"fault"}),
        (None, {"fault"}),
    ],
)
def test_flags_follow_the_status(
    tracer: Tracer, server: Daemon, status: int | None, flags: set[str]
) -> None:
    sampled(tracer).end(status, None)

    (document,) = server.receive(1)
    segments.check(document)
    assert {"error", "throttle", "fault"} & set(document) == flags


def test_an_exception_is_the_cause(tracer: Tracer, server: Daemon) -> None:
    trace = sampled(tracer)
    try:
        raise LookupError("no catalog")
    except LookupError as error:
        trace.exception(error)
    trace.end(500, 7)

    (document,) = server.receive(1)
    segments.check(document)
    (exception,) = document["cause"]["exceptions"]
    assert (exception["type"], exception["message"]) == ("LookupError", "no catalog")
    assert exception["stack"][0]["path"] == "test_tracer.py"


@pytest.mark.parametrize(("decision", "expected"), [("1", Trace), ("0", Echo)])
def test_the_callers_decision_wins(tracer: Tracer, decision: str, expected: type) -> None:
    sampler = tracer.recorder.sampler = Sampler(decision == "0")

    trace = tracer.begin(scope(headers=header(f"Root={ROOT};Sampled={decision}")))

    assert type(trace) is expected
    assert sampler.asked == 0
    if isinstance(trace, Trace):
        trace.end(200, 0)


def test_the_segment_continues_the_callers_trace(tracer: Tracer, server: Daemon) -> None:
    trace = tracer.begin(scope(headers=header(f"Root={ROOT};Parent={PARENT};Sampled=1")))
    assert trace is not None
    trace.end(200, 47)

    (document,) = server.receive(1)
    assert (document["trace_id"], document["parent_id"]) == (ROOT, PARENT)
    assert trace.response_header == (b"x-amzn-trace-id", f"Root={ROOT}".encode())


@pytest.mark.parametrize("decision", [True, False])
def test_a_question_is_decided_here_and_echoed(tracer: Tracer, decision: bool) -> None:
    tracer.recorder.sampler = Sampler(decision)

    trace = tracer.begin(scope(headers=header(f"Root={ROOT};Sampled=?")))

    assert trace is not None
    assert trace.response_header[1] == f"Root={ROOT};Sampled={int(decision)}".encode()
    trace.end(200, 0)


def test_a_header_without_a_decision_is_decided_here(tracer: Tracer) -> None:
    tracer.recorder.sampler = Sampler(False)

    trace = tracer.begin(scope(headers=header(f"Root={ROOT}")))

    assert isinstance(trace, Echo)
    assert trace.response_header[1] == f"Root={ROOT}".encode()


def test_a_header_that_cannot_be_trusted_is_as_good_as_none(tracer: Tracer, server: Daemon) -> None:
    sampled(tracer, headers=header("Root=1-evil;Sampled=1")).end(200, 0)

    (document,) = server.receive(1)
    segments.check(document)


def test_an_unsampled_request_leaves_no_trace(tracer: Tracer) -> None:
    tracer.recorder.sampler = Sampler(False)

    assert tracer.begin(scope()) is None
    assert tracer.recorder.context.current() is None
    assert tracer.outgoing_headers() == {}


def test_an_unsampled_request_does_not_inherit_the_segment_before_it(tracer: Tracer) -> None:
    tracer.recorder.begin_segment("left behind", sampling=1)
    tracer.recorder.sampler = Sampler(False)
    tracer.begin(scope())

    assert tracer.recorder.context.current() is None


def test_the_decision_of_a_caller_of_others_is_kept(server: Daemon) -> None:
    with tracing("Frontend-Node", propagate=True) as one:
        one.recorder.sampler = Sampler(False)
        one.begin(scope(headers=header(f"Root={ROOT};Parent={PARENT};Sampled=0")))
        kept = one.outgoing_headers()
        one.begin(scope())
        fresh = one.outgoing_headers()

    assert kept == {
        "X-Amzn-Trace-Id": f"Root={ROOT};Parent={PARENT};Sampled=0",
        "traceparent": f"00-{W3C}-{PARENT}-00",
    }
    root = re.fullmatch("Root=1-(.{8})-(.{24});Sampled=0", fresh["X-Amzn-Trace-Id"])
    assert root is not None
    assert re.fullmatch(f"00-{root[1]}{root[2]}-[0-9a-f]{{16}}-00", fresh["traceparent"])
    assert ROOT not in fresh["X-Amzn-Trace-Id"]


def test_the_environment_can_rename_the_service(
    monkeypatch: pytest.MonkeyPatch, server: Daemon
) -> None:
    monkeypatch.setenv("AWS_XRAY_TRACING_NAME", "Renamed")
    with tracing("Product-Detail-V1") as one:
        sampled(one).end(200, 0)

    assert server.receive(1)[0]["name"] == "Renamed"


def test_whatever_goes_wrong_inside_is_counted_and_not_raised(tracer: Tracer) -> None:
    class Broken:
        def should_trace(self, sampling_req: object = None) -> bool:
            raise RuntimeError

    trace = sampled(tracer)
    trace.segment.close()
    trace.exception(ValueError())
    trace.end(200, 0)
    tracer.recorder.sampler = Broken()

    assert tracer.begin(scope()) is None
    assert tracer.recorder.emitter.dropped["error"] == 3


def test_a_disabled_sdk_traces_nothing(tracer: Tracer) -> None:
    tracer.enabled = False

    assert tracer.begin(scope(headers=header(f"Root={ROOT};Sampled=1"))) is None


def test_long_headers_do_not_make_long_segments(tracer: Tracer, server: Daemon) -> None:
    big = b"x" * 60_000
    sampled(tracer, headers=[(b"user-agent", big), (b"x-forwarded-for", big)], query=big).end(
        200, 0
    )

    (document,) = server.receive(1)
    assert len(str(document)) < 5_000
    assert dict(tracer.recorder.emitter.dropped) == {}


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "host:port",
        "tcp:1.2.3.4:1",
        "a:1 b:2 c:3",
        ":2000",
        "127.0.0.1:99999",
        "127.0.0.1:0",
        "127.0.0.1:-1",
        "[::1]:2000",
        "tcp:1.2.3.4:1 tcp:1.2.3.4:2",
        "udp:1.2.3.4:1 tcp:1.2.3.4:70000",
        "tcp:1.2.3.4:1  udp:1.2.3.4:2",
        "ü:2000",
        "127.0.0.1:٢٠٠٠",
    ],
)
def test_a_daemon_address_that_cannot_be_read_is_the_users_mistake(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", address)

    expected = re.escape(f"AWS_XRAY_DAEMON_ADDRESS: {address!r} is not an address")
    with pytest.raises(UsageError, match=expected):
        tracers.create_tracer("x")
