"""What `xray` can be told."""

from pathlib import Path

import pytest

from commons.errors import UsageError
from xray_local.settings import FLAGS, parse


def test_defaults_are_loopback_and_memory() -> None:
    found = parse([], {})
    assert (found.host, found.port, found.otlp_port) == ("127.0.0.1", 2000, 4318)
    assert found.db is None
    assert found.export_to == ""


def test_flags_have_twins() -> None:
    found = parse([], {"XRAY_TRACES": "7", "XRAY_BYTES": "2M", "XRAY_AGE": "1m", "XRAY_DB": "a.db"})
    limits = found.limits
    assert (limits.traces, limits.size_bytes, limits.age_s) == (7, 2 * 1024 * 1024, 60)
    assert found.db == Path("a.db")
    assert all(flag.env.startswith("XRAY_") for flag in FLAGS)


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:1/"}, "http://a:1/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://a:1/x"}, "http://a:1/x"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:1", "OTEL_SDK_DISABLED": "true"}, ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, ""),
    ],
)
def test_the_environment_says_where_spans_go(environ: dict[str, str], address: str) -> None:
    assert parse([], environ).export_to == address


def test_headers_of_the_export_are_decoded() -> None:
    found = parse([], {"OTEL_EXPORTER_OTLP_HEADERS": "a=b%20c, x-key = 1,"})
    assert found.export_headers == {"a": "b c", "x-key": "1"}


@pytest.mark.parametrize(
    ("argv", "environ", "text"),
    [
        (["--traces", "0"], {}, "--traces"),
        (["--bytes", "1k"], {}, "--bytes"),
        (["--age", "0s"], {}, "--age"),
        (["--port", "70000"], {}, "--port"),
        (["--port", "5", "--otlp-port", "5"], {}, "--otlp-port: 5 is the port of --port too"),
        ([], {"XRAY_PORT": "x"}, "XRAY_PORT"),
        ([], {"OTEL_EXPORTER_OTLP_ENDPOINT": "a:1"}, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ([], {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://[x"}, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ([], {"OTEL_EXPORTER_OTLP_HEADERS": "a"}, "OTEL_EXPORTER_OTLP_HEADERS"),
        ([], {"OTEL_EXPORTER_OTLP_HEADERS": "a=%0a"}, "OTEL_EXPORTER_OTLP_HEADERS"),
        ([], {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
         "OTEL_EXPORTER_OTLP_PROTOCOL"),
    ],
)  # fmt: skip
def test_a_mistake_names_the_flag_or_variable(
    argv: list[str], environ: dict[str, str], text: str
) -> None:
    with pytest.raises(UsageError) as caught:
        parse(argv, environ)
    assert str(caught.value).startswith(text)
