"""The flags of `xray`, each with its twin `XRAY_<FLAG>`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from commons import values
from commons.errors import UsageError
from commons.flags import Flag, parse_flags, with_twins
from xray_local.otlp.export import export_address, export_headers
from xray_local.store import Limits

_EXAMPLES = """\
examples:
  xray                                       X-Ray on port 2000, OTLP on port 4318, pages on 2000
  xray --db traces.db --age 24h              keep a day of traces over restarts
  xray --traces 100000 --bytes 1G            keep more of them in memory
  xray --sampling-rules rules.json           the rules that SDKs sample by
  AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2000 ./app
  OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 ./app
  curl http://127.0.0.1:2000/status          what came in, what is kept, what was lost
  OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:5318 xray    pass on all that comes to a viewer

Every flag has a twin in the environment: --age is XRAY_AGE.
"""
FLAGS = with_twins(
    "XRAY_",
    (
        Flag("host", "address to listen on; 0.0.0.0 in a container", "127.0.0.1",
             values.not_empty("ADDRESS")),
        Flag("allow-host", "further name of this server in Host headers (repeatable)", (),
             values.not_empty("NAME"), repeatable=True),
        Flag("port", "UDP and TCP port of X-Ray; 0 lets the system choose", 2000, values.port),
        Flag("otlp-port", "port of OTLP over HTTP; 0 lets the system choose", 4318, values.port),
        Flag("db", "SQLite file that keeps the traces over restarts", None, values.file_path(),
             default_text="in memory"),
        Flag("traces", "traces to keep, the oldest goes first", Limits.traces,
             values.whole_number(1, 10_000_000)),
        Flag("bytes", "memory for traces", Limits.size_bytes, values.size_bytes(1024 * 1024)),
        Flag("age", "how long to keep traces", Limits.age_s, values.duration_s(above_s=0)),
        Flag("sampling-rules", "JSON file of sampling rules: X-Ray's, or local ones of its SDKs",
             None, values.file_path()),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """All that `xray` is told; `export_to` is empty where nothing is passed on."""

    host: str
    allow_host: tuple[str, ...]
    port: int
    otlp_port: int
    db: Path | None
    limits: Limits
    sampling_rules: Path | None
    export_to: str
    export_headers: Mapping[str, str]


def parse(argv: Sequence[str], environ: Mapping[str, str]) -> Settings:
    """The settings of a command line and an environment; UsageError for what cannot be."""
    given = parse_flags(
        FLAGS,
        argv,
        environ,
        prog="xray",
        description="Take traces of X-Ray and of OpenTelemetry, answer X-Ray's API, and show them,"
        " all on this machine.",
        epilog=_EXAMPLES,
    )
    host, port, otlp_port = given["host"], given["port"], given["otlp_port"]
    if port == otlp_port != 0:
        raise UsageError(f"--otlp-port: {port} is the port of --port too")
    return Settings(
        host,
        given["allow_host"],
        port,
        otlp_port,
        given["db"],
        Limits(given["traces"], given["bytes"], given["age"]),
        given["sampling_rules"],
        export_address(environ),
        export_headers(environ),
    )
