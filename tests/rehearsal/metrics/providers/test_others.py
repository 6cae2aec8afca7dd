"""Providers whose servers speak more than one request: signed, streamed, or a cluster's."""

import json
import socket
import struct
import threading
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Request, TextMessage

from rehearsal.flagger.controller.errors import NoValuesFound, QueryFailed
from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.gohttp import GoClient
from rehearsal.metrics.providers import PROVIDERS, Context, kubernetes, provider_of
from rehearsal.metrics.providers.kubernetes import quantity
from rehearsal.metrics.providers.splunk import data_points, stream_url
from tests.rehearsal.metrics.providers.servers import FakeApi, always, fake_api

EPOCH_S = 1_700_000_000.0


@pytest.fixture(scope="module")
def api() -> Iterator[FakeApi]:
    with fake_api(always(200, "")) as running:
        yield running


def _context() -> Context:
    return Context(GoClient(), lambda: EPOCH_S)


def _ask(source: MetricSource, query: str) -> float:
    return provider_of(source.type).query(source, query, _context())


def _online(source: MetricSource) -> None:
    provider_of(source.type).check_online(source, _context())


# --- external metrics ---------------------------------------------------------------------------

VALUES = '{"items":[{"metricName":"q","value":"1500m"},{"value":"9"}]}'


def _external(api: FakeApi, **changes: Any) -> MetricSource:
    return MetricSource(type="externalmetrics", address=api.address, **changes)


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("q", "default/q"),
        ("/q", "default/q"),
        ("demo/q", "demo/q"),
        ("demo/q?labelSelector=a%3Db%2Cc", "demo/q?labelSelector=a%3Db%2Cc"),
    ],
)
def test_external_metrics(api: FakeApi, query: str, path: str) -> None:
    api.respond = always(200, VALUES)
    assert _ask(_external(api, credentials={"token": b"t"}), query) == 1.5
    line, headers, _ = api.seen[-1]
    root = "/apis/external.metrics.k8s.io/v1beta1/namespaces/"
    assert line == f"GET {root}{path} HTTP/1.1"
    assert ("Authorization", "Bearer t") in headers


def test_external_metrics_fail(api: FakeApi) -> None:
    api.respond = always(200, '{"items":[]}')
    with pytest.raises(NoValuesFound, match="no external metrics found: no values found"):
        _ask(_external(api), "q")
    with pytest.raises(QueryFailed, match="error parsing metric query: malformed query string"):
        _ask(_external(api), "a/b/c")
    with pytest.raises(QueryFailed, match="metric name cannot be empty"):
        _ask(_external(api), "a/")
    api.respond = always(404, '{"kind":"Status","message":"the server could not find it"}')
    with pytest.raises(QueryFailed, match="error querying external metrics API: the server could"):
        _ask(_external(api), "q")
    with pytest.raises(QueryFailed, match="external metrics service unavailable: the server"):
        _online(_external(api))
    api.respond = always(500, "boom")
    with pytest.raises(QueryFailed, match=r"an error on the server \('boom'\)"):
        _ask(_external(api), "q")
    api.respond = always(200, "<")
    with pytest.raises(QueryFailed, match="invalid character '<' looking for beginning of value"):
        _ask(_external(api), "q")


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1.0), ("1500m", 1.5), ("2k", 2000.0), ("1Ki", 1024.0), ("-3", -3.0), ("1e3", 1000.0),
     (".5", 0.5), ("5u", 5e-6)],
)  # fmt: skip
def test_quantities(text: str, value: float) -> None:
    assert quantity(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "x", "1x", "1.2.3", "1e3k", "--1", "9" * 100])
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(QueryFailed, match="quantities must match"):
        quantity(text)


# --- keptn --------------------------------------------------------------------------------------


def _keptn(api: FakeApi) -> MetricSource:
    return MetricSource(type="keptn", address=api.address)


def test_a_keptn_metric(api: FakeApi) -> None:
    api.respond = always(200, '{"status":{"value":"7.5"}}')
    assert _ask(_keptn(api), "KeptnMetric/Demo/Response-Time\n") == 7.5
    path = "/apis/metrics.keptn.sh/v1beta1/namespaces/demo/keptnmetrics/response-time"
    assert api.seen[-1][0] == f"GET {path} HTTP/1.1"


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ("{}", 200, "could not retrieve KeptnMetric - no value found in resource demo/r"),
        ('{"status":{"value":"x"}}', 200, "could not parse value of KeptnMetric demo/r to float: "),
        ('{"message":"not found"}', 404, "could not retrieve KeptnMetric demo/r: not found"),
    ],
)
def test_a_keptn_metric_that_is_none(api: FakeApi, body: str, status: int, text: str) -> None:
    api.respond = always(status, body)
    with pytest.raises(QueryFailed, match=text):
        _ask(_keptn(api), "keptnmetric/demo/r")


@pytest.mark.parametrize(("passed", "value"), [("true", 1.0), ("false", 0.0)])
def test_a_keptn_analysis(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, passed: str, value: float
) -> None:
    monkeypatch.setattr(kubernetes, "_POLL_S", 0.01)

    def respond(method: str, target: str, body: bytes) -> tuple[int, str, bytes]:
        status = f'{{"status":{{"state":"Completed","pass":{passed}}}}}'.encode()
        return 200, "application/json", status if method == "GET" else b"{}"

    api.respond = respond
    api.seen.clear()
    assert _ask(_keptn(api), "analysis/demo/r/5m/a=b;c=d") == value
    assert [line.split()[0] for line, _, _ in api.seen] == ["POST", "GET", "DELETE"]
    created = json.loads(api.seen[0][2])
    assert created["spec"] == {
        "analysisDefinition": {"name": "r"},
        "timeframe": {"recent": "5m"},
        "args": {"a": "b", "c": "d"},
    }


def test_keptn_refusals(api: FakeApi) -> None:
    with pytest.raises(QueryFailed, match="unexpected query format"):
        _ask(_keptn(api), "keptnmetric/demo")
    with pytest.raises(QueryFailed, match="unexpected resource kind"):
        _ask(_keptn(api), "pod/demo/r")
    with pytest.raises(QueryFailed, match="could not initialize KeptnProvider: no KubeConfig"):
        _ask(MetricSource(type="keptn"), "keptnmetric/demo/r")
    api.respond = always(403, '{"message":"forbidden"}')
    with pytest.raises(QueryFailed, match=r"could not create Keptn Analysis demo/r: forbidden"):
        _ask(_keptn(api), "analysis/demo/r")
    _online(_keptn(api))


# --- stackdriver --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def account_key() -> str:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _stackdriver(api: FakeApi, key: str, **account: str) -> MetricSource:
    fields = {"client_email": "a@b", "private_key": key, "token_uri": f"{api.address}/token"}
    credentials = {"project": b"p", "serviceAccountKey": json.dumps(fields | account).encode()}
    return MetricSource(type="stackdriver", address=api.address, credentials=credentials)


def _google(status: int, document: object) -> Any:
    def respond(method: str, target: str, body: bytes) -> tuple[int, str, bytes]:
        if target == "/token":
            return 200, "application/json", b'{"access_token":"tok"}'
        return status, "application/json", json.dumps(document).encode()

    return respond


def _series(*points: object) -> dict[str, object]:
    return {"timeSeriesData": [{"pointData": list(points)}]}


def test_stackdriver(api: FakeApi, account_key: str) -> None:
    api.respond = _google(200, _series({"values": [{"doubleValue": 2.5}]}, {"values": [{}]}))
    api.seen.clear()
    assert _ask(_stackdriver(api, account_key), "fetch x") == 2.5
    (_, _, form), (line, headers, body) = api.seen
    assert b"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer" in form
    assert line == "POST /v3/projects/p/timeSeries:query HTTP/1.1"
    assert ("Authorization", "Bearer tok") in headers
    assert json.loads(body) == {"query": "fetch x"}


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({}, r"^invalid response: <nil>: no values found$"),
        ({"timeSeriesData": [{"pointData": []}]}, "invalid response: .*: no values found"),
        (_series({"values": []}), "invalid response: .*: no values found"),
    ],
)
def test_stackdriver_without_values(
    api: FakeApi, account_key: str, document: object, text: str
) -> None:
    api.respond = _google(200, document)
    with pytest.raises(NoValuesFound, match=text):
        _ask(_stackdriver(api, account_key), "x")


def test_stackdriver_refusals(api: FakeApi, account_key: str) -> None:
    api.respond = _google(403, {"error": {"code": 403, "message": "denied"}})
    denied = "error requesting stackdriver: rpc error: code = PermissionDenied desc = denied"
    with pytest.raises(QueryFailed, match=denied):
        _ask(_stackdriver(api, account_key), "x")
    with pytest.raises(QueryFailed, match=r"^unexpected status code: PermissionDenied$"):
        _online(_stackdriver(api, account_key))
    api.respond = _google(400, {})
    _online(_stackdriver(api, account_key))
    api.respond = always(401, "no")
    with pytest.raises(QueryFailed, match="oauth2: cannot fetch token: 401"):
        _ask(_stackdriver(api, account_key), "x")
    for key in ("", "x", '"x"'):
        source = MetricSource(
            type="stackdriver", credentials={"project": b"p", "serviceAccountKey": key.encode()}
        )
        with pytest.raises(QueryFailed, match="is no service account's"):
            _ask(source, "x")
    with pytest.raises(QueryFailed, match="is no service account's"):
        _ask(_stackdriver(api, "not a key"), "x")


# --- cloudwatch ---------------------------------------------------------------------------------


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


QUERIES = '[{"Id":"e1","Expression":"m1 / m2"}]'


def _cloudwatch(api: FakeApi) -> MetricSource:
    return MetricSource(type="cloudwatch", address=api.address, region="eu-west-1", interval="1m")


def _sent_parameters(api: FakeApi) -> str:
    return api.seen[-1][2].decode("latin-1")


@pytest.mark.usefixtures("aws")
def test_cloudwatch(api: FakeApi) -> None:
    api.respond = _aws({"MetricDataResults": [{"Id": "e1", "Values": [3.5, 4.0]}]})
    api.seen.clear()
    assert _ask(_cloudwatch(api), QUERIES) == 3.5
    _, headers, _ = api.seen[-1]
    signed = dict(headers)["Authorization"]
    assert signed.startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    assert "/eu-west-1/monitoring/aws4_request" in signed
    assert "m1 / m2" in _sent_parameters(api).replace("+", " ").replace("%2F", "/")


def _aws(document: dict[str, Any], status: int = 200) -> Any:
    """The response in whichever of CloudWatch's protocols botocore has chosen."""

    def respond(method: str, target: str, body: bytes) -> tuple[int, str, bytes]:
        if body.startswith(b"{"):
            return status, "application/x-amz-json-1.0", json.dumps(document).encode()
        if body.startswith(b"Action="):
            return status, "text/xml", _xml(document).encode()
        return status, "application/cbor", _cbor(document)

    return respond


def _xml(document: dict[str, Any]) -> str:
    if "__type" in document:
        error = f"<Code>{document['__type']}</Code><Message>{document['message']}</Message>"
        return f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
    results = "".join(
        "<member>"
        + "".join(f"<Values><member>{value}</member></Values>" for value in result["Values"])
        + "</member>"
        for result in document["MetricDataResults"]
    )
    inside = f"<MetricDataResults>{results}</MetricDataResults>"
    result = f"<GetMetricDataResult>{inside}</GetMetricDataResult>"
    return f"<GetMetricDataResponse>{result}</GetMetricDataResponse>"


def _cbor(value: Any) -> bytes:
    if isinstance(value, dict):
        return bytes([0xA0 + len(value)]) + b"".join(_cbor(k) + _cbor(v) for k, v in value.items())
    if isinstance(value, list):
        return bytes([0x80 + len(value)]) + b"".join(map(_cbor, value))
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    text = str(value).encode()
    return bytes([0x78, len(text)]) + text


@pytest.mark.usefixtures("aws")
def test_cloudwatch_without_values(api: FakeApi) -> None:
    api.respond = _aws({"MetricDataResults": []})
    with pytest.raises(NoValuesFound, match=r"^invalid response: .*: no values found$"):
        _ask(_cloudwatch(api), QUERIES)
    api.respond = _aws({"MetricDataResults": [{"Id": "e1", "Values": []}]})
    with pytest.raises(NoValuesFound, match=r"^invalid reponse .*: no values found$"):
        _ask(_cloudwatch(api), QUERIES)


@pytest.mark.usefixtures("aws")
def test_cloudwatch_refusals(api: FakeApi) -> None:
    for query, text in (
        ("x", "invalid character 'x' looking for beginning of value"),
        ("{}", r"cannot unmarshal object into Go value of type \[\]\*cloudwatch"),
    ):
        with pytest.raises(QueryFailed, match=f"error unmarshaling query: .*{text}"):
            _ask(_cloudwatch(api), query)
    api.respond = _aws({"__type": "AccessDenied", "message": "no"}, 403)
    with pytest.raises(QueryFailed, match="error requesting cloudwatch: AccessDenied: no\n"):
        _ask(_cloudwatch(api), QUERIES)
    with pytest.raises(QueryFailed, match=r"^unexpected status code: AccessDenied: no\n"):
        _online(_cloudwatch(api))
    api.respond = _aws({"__type": "ValidationError", "message": "no"}, 400)
    _online(_cloudwatch(api))
    nobody = MetricSource(
        type="cloudwatch", address="http://127.0.0.1:1", region="eu-west-1", interval="1m"
    )
    with pytest.raises(QueryFailed, match="RequestError: send request failed"):
        _ask(nobody, QUERIES)


# --- splunk -------------------------------------------------------------------------------------


def _message(*points: tuple[int, bytes, bytes], compressed: bool = False) -> bytes:
    rest = struct.pack(">QI", 1, len(points))
    rest += b"".join(bytes([kind]) + series + value for kind, series, value in points)
    if compressed:
        squeeze = zlib.compressobj(wbits=31)
        rest = squeeze.compress(rest) + squeeze.flush()
    return struct.pack(">BBBB16s", 1, 5, int(compressed), 0, b"ch-1") + rest


A, B = b"seriesAA", b"seriesBB"


@pytest.mark.parametrize("compressed", [False, True])
def test_splunk_s_binary_messages(compressed: bool) -> None:
    message = _message(
        (1, A, struct.pack(">q", -7)),
        (2, A, struct.pack(">d", 2.5)),
        (3, B, struct.pack(">i4x", 9)),
        (0, B, bytes(8)),
        compressed=compressed,
    )
    points = data_points(message)
    assert [point.value for point in points] == [-7.0, 2.5, 9.0, None]
    assert [point.series for point in points] == [A, A, B, B]


@pytest.mark.parametrize(
    "message",
    [b"", b"x" * 20, b"x" * 25, _message((2, A, bytes(8)))[:-3], _message(compressed=True)[:-9],
     struct.pack(">BBBB16s", 1, 5, 2, 0, b"ch") + b"{}"],
)  # fmt: skip
def test_splunk_s_malformed_messages_are_passed_over(message: bytes) -> None:
    assert data_points(message) == []


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://api.us1.signalfx.com", "wss://stream.us1.signalfx.com/v2/signalflow"),
        ("wss://stream.us1.signalfx.com", "wss://stream.us1.signalfx.com/v2/signalflow"),
        ("http://127.0.0.1:1", "ws://127.0.0.1:1/v2/signalflow"),
    ],
)
def test_splunk_s_stream(address: str, url: str) -> None:
    assert stream_url(address) == url


def _event(message: str | bytes) -> TextMessage | BytesMessage:
    return TextMessage(message) if isinstance(message, str) else BytesMessage(message)


class _Stream:
    """A SignalFlow server: sends its messages once it was asked."""

    def __init__(self, messages: list[str | bytes]) -> None:
        self.messages = messages
        self.received: list[Any] = []

    def __enter__(self) -> "_Stream":
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        machine = WSConnection(ConnectionType.SERVER)
        with connection:
            while data := connection.recv(65536):
                machine.receive_data(data)
                for event in machine.events():
                    if isinstance(event, Request):
                        connection.sendall(machine.send(AcceptConnection()))
                    elif isinstance(event, TextMessage):
                        self.received.append(json.loads(event.data))
                        if len(self.received) == 2:
                            for message in self.messages:
                                connection.sendall(machine.send(_event(message)))
                    elif isinstance(event, CloseConnection):
                        connection.sendall(machine.send(event.response()))
                        return

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._socket.close()

    def source(self) -> MetricSource:
        return MetricSource(
            type="splunk",
            address=f"http://127.0.0.1:{self.port}",
            credentials={"sf_token_key": b"t"},
            interval="1m",
        )


END = '{"type":"control-message","channel":"ch-1","event":"END_OF_CHANNEL"}'
START = '{"type":"control-message","channel":"ch-1","event":"JOB_START"}'


def _double(value: float, series: bytes = A) -> bytes:
    return _message((2, series, struct.pack(">d", value)))


def test_splunk() -> None:
    with _Stream(["not json", "[]", START, _double(1.0), _double(2.5), END]) as stream:
        assert _ask(stream.source(), "data('x').publish()") == 2.5
    login, execution = stream.received
    assert login == {"type": "authenticate", "token": "t"}
    assert execution["program"] == "data('x').publish()"
    assert execution["stop"] == 1_700_000_000_000
    assert execution["start"] == 1_700_000_000_000 - 600_000
    assert execution["immediate"] is True


@pytest.mark.parametrize(
    ("messages", "error", "text"),
    [
        ([END], NoValuesFound, "^invalid response: no values found$"),
        ([_double(1.0), _double(2.0, B), END], QueryFailed, "query returned multiple values"),
        (
            ['{"type":"error","error":400,"errorType":"ANALYTICS","message":"bad"}'],
            QueryFailed,
            r"^error executing query: 400 \(ANALYTICS\): bad$",
        ),
    ],
)
def test_splunk_refusals(messages: list[str | bytes], error: type[Exception], text: str) -> None:
    with _Stream(messages) as stream, pytest.raises(error, match=text):
        _ask(stream.source(), "x")


def test_splunk_unreachable() -> None:
    source = MetricSource(type="splunk", address="http://127.0.0.1:1", interval="1m")
    with pytest.raises(QueryFailed, match="error executing query"):
        _ask(source, "x")


# --- all ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        (MetricSource(type="datadog"), "a Secret with datadog_api_key and datadog_application_key"),
        (MetricSource(type="datadog", credentials={"datadog_api_key": b"", "x": b""}),
         "a Secret with datadog_application_key"),
        (MetricSource(type="newrelic"), "a Secret with newrelic_account_id and newrelic_query_key"),
        (MetricSource(type="dynatrace"), "an address"),
        (MetricSource(type="dynatrace", address="x"), "a Secret with dynatrace_token"),
        (MetricSource(type="graphite"), "an address"),
        (MetricSource(type="graphite", address="x"), ""),
        (MetricSource(type="influxdb"), "an address"),
        (MetricSource(type="influxdb", address="x"), ""),
        (MetricSource(type="influxdb", address="x", credentials={"token": b""}),
         "a Secret with org"),
        (MetricSource(type="prometheus"), "an address"),
        (MetricSource(type="externalmetrics"), "an address"),
        (MetricSource(type="keptn"), "an address (of an API server)"),
        (MetricSource(type="splunk"), "an address"),
        (MetricSource(type="stackdriver"), "a Secret with project and serviceAccountKey"),
        (MetricSource(type="cloudwatch"), "a region"),
    ],
)  # fmt: skip
def test_what_is_missing(source: MetricSource, missing: str) -> None:
    assert PROVIDERS[source.type].missing(source) == missing


@pytest.mark.usefixtures("aws")
def test_cloudwatch_has_its_credentials_from_the_environment() -> None:
    assert PROVIDERS["cloudwatch"].missing(MetricSource(region="x")) == ""


@pytest.mark.parametrize("type_", ["datadog", "newrelic", "dynatrace", "splunk"])
def test_an_interval_that_is_none(type_: str) -> None:
    with pytest.raises(QueryFailed, match="error parsing metric interval: time: invalid duration"):
        _ask(MetricSource(type=type_, address="http://127.0.0.1:1", interval="x"), "q")


def test_an_unknown_type_is_taken_for_a_prometheus() -> None:
    assert provider_of("wavefront").type == "prometheus"
