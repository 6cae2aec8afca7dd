"""The service's settings: every knob is a flag and an environment variable."""

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commons.flags import Flag, parse_flags
from commons.values import (
    ValueParser,
    comma_list,
    not_empty,
    number,
    one_of,
    port,
    switch,
    whole_number,
)
from detail_service.catalog import Catalog, catalog

EPILOG = """\
examples:
  detail --app-version 2.0
  APP_VERSION=3.0 PORT=8081 detail --access-log
  detail --app-version 4.0 --vendors ABC.com,NEW.com
  detail --fault-token s3cret --fault-max-delay 5
  curl 'localhost:3000/injectFault?kind=delay&distribution=lognormal&p50=80ms&p99=400ms&rate=0.2'
"""
SECONDS = number(0, 3600, metavar="S")
WHOLE_SECONDS = whole_number(0, 3600, "S")
MAX_NAME_LENGTH = 253


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, checked. Durations are seconds unless the name says otherwise."""

    app_version: str = "1.0"
    vendors: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 3000
    pod_name: str = ""
    drain_seconds: float = 3.0
    grace_seconds: int = 30
    access_log: bool = False
    log_level: str = "info"
    no_faults: bool = False
    fault_token: str = ""
    fault_headers: bool = False
    fault_max_delay: float = 60.0
    fault_max_memory_mb: int = 256
    fault_max_cpu_ms: int = 1000
    max_connections: int = 16_000
    max_head_bytes: int = 32_768
    max_body_bytes: int = 65_536
    request_timeout: float = 10.0
    keep_alive: int = 75
    check: bool = False

    @property
    def catalog(self) -> Catalog:
        """The release this process is. Raises VersionError."""
        return catalog(self.app_version, self.vendors)

    @property
    def hostname(self) -> str:
        """The pod's name on Kubernetes, the host's name elsewhere."""
        return self.pod_name or socket.gethostname()


def _name(text: str) -> str:
    """A name as it may appear on a page, in a log line and in a header."""
    if len(text) > MAX_NAME_LENGTH or not text.isprintable():
        raise ValueError(
            f"is not a printable name of at most {MAX_NAME_LENGTH} characters: {text[:60]!r}"
        )
    return text


def _token(text: str) -> str:
    if not (text.isascii() and text.isprintable() and text.strip()):
        raise ValueError("is not printable ASCII")
    return text


def _vendors(text: str) -> tuple[str, ...]:
    return tuple(_name(vendor) for vendor in comma_list()(text))


_NAME = ValueParser(_name, "NAME")
_VENDORS = ValueParser(_vendors, "A,B", ",".join)

FLAGS: tuple[Flag, ...] = (
    Flag("app-version", "release to run as: 1.0, 2.0 or 3.0", "1.0", _NAME, "VERSION",
         "APP_VERSION"),
    Flag("vendors", "vendors of this release, instead of the known ones", (), _VENDORS,
         env="DETAIL_VENDORS"),
    Flag("host", "address to listen on", "127.0.0.1", not_empty("ADDRESS"), env="HOST"),
    Flag("port", "port to listen on, 0 for any free one", 3000, port, env="PORT"),
    Flag("pod-name", "name of this replica, instead of the host's name", "", _NAME,
         env="DETAIL_POD_NAME"),
    Flag("drain-seconds", "after SIGTERM /readyz is 503 and serving goes on this long", 3.0,
         SECONDS, env="DETAIL_DRAIN_SECONDS"),
    Flag("grace-seconds", "after draining wait this long for requests in flight", 30,
         WHOLE_SECONDS, env="DETAIL_GRACE_SECONDS"),
    Flag("access-log", "log one JSON line per request", False, switch, env="DETAIL_ACCESS_LOG"),
    Flag("log-level", "least level to log", "info", one_of("debug", "info", "warning", "error"),
         env="DETAIL_LOG_LEVEL"),
    Flag("no-faults", "serve no fault injection at all", False, switch, env="DETAIL_NO_FAULTS"),
    Flag("fault-token", "bearer token that every request of fault control must carry", "",
         ValueParser(_token, "TOKEN"), env="DETAIL_FAULT_TOKEN", secret=True, protects=True),
    Flag("fault-headers", "obey the request headers x-envoy-fault-*", False, switch,
         env="DETAIL_FAULT_HEADERS"),
    Flag("fault-max-delay", "longest that faults may delay one request, in seconds", 60.0,
         number(0, 60, metavar="S"), env="DETAIL_FAULT_MAX_DELAY"),
    Flag("fault-max-memory-mb", "most memory that all faults may hold together, in MiB", 256,
         whole_number(0, 4096, "MIB"), env="DETAIL_FAULT_MAX_MEMORY_MB"),
    Flag("fault-max-cpu-ms", "most processor time that all faults may burn for one request, in "
         "milliseconds", 1000, whole_number(0, 10_000, "MS"), env="DETAIL_FAULT_MAX_CPU_MS"),
    Flag("max-connections", "connections beyond this many are answered with 503", 16_000,
         whole_number(1, 1_000_000), env="DETAIL_MAX_CONNECTIONS"),
    Flag("max-head-bytes", "largest request line and headers, else 431", 32_768,
         whole_number(1024, 1_048_576, "BYTES"), env="DETAIL_MAX_HEAD_BYTES"),
    Flag("max-body-bytes", "largest request body, else 413", 65_536,
         whole_number(0, 16_777_216, "BYTES"), env="DETAIL_MAX_BODY_BYTES"),
    Flag("request-timeout", "seconds a client may take to send its whole request", 10.0,
         number(0.1, 3600, metavar="S"), env="DETAIL_REQUEST_TIMEOUT"),
    Flag("keep-alive", "seconds an idle connection is kept; keep it above the load balancer's",
         75, whole_number(1, 3600, "S"), env="DETAIL_KEEP_ALIVE"),
    Flag("check", "say whether the settings can be used, and serve nothing", False, switch,
         env="DETAIL_CHECK"),
)  # fmt: skip


def parse_settings(
    argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """The settings from flags and environment. Raises UserError for what cannot be used."""
    values = parse_flags(
        FLAGS,
        argv,
        os.environ if environ is None else environ,
        prog="detail",
        description="The demo microservice: a small catalog that can misbehave on request.",
        epilog=EPILOG,
    )
    settings = Settings(**values)
    _ = settings.catalog
    return settings
