"""The service's settings: every knob is a flag and an environment variable."""

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detail_service import flags
from detail_service.catalog import Catalog, catalog
from detail_service.flags import Flag

EPILOG = """\
examples:
  detail --app-version 2.0
  APP_VERSION=3.0 PORT=8081 detail --access-log
  detail --app-version 4.0 --vendors ABC.com,NEW.com
  detail --fault-token s3cret --fault-max-delay 5
  curl 'localhost:3000/injectFault?kind=delay&distribution=lognormal&p50=80ms&p99=400ms&rate=0.2'
"""

FLAGS: tuple[Flag, ...] = (
    Flag("app_version", "APP_VERSION", "release to be: 1.0, 2.0 or 3.0", "1.0"),
    Flag("vendors", "DETAIL_VENDORS", "vendors of this release, instead of the known ones", (),
         flags.names, "A,B"),
    Flag("host", "HOST", "address to listen on", "127.0.0.1"),
    Flag("port", "PORT", "port to listen on, 0 for any free one", 3000,
         flags.whole(0, 65535), "N"),
    Flag("pod_name", "DETAIL_POD_NAME", "name of this replica, instead of the host's name", ""),
    Flag("drain_seconds", "DETAIL_DRAIN_SECONDS",
         "after SIGTERM answer /readyz with 503 and go on serving this long", 3.0,
         flags.number(0, 3600), "S"),
    Flag("grace_seconds", "DETAIL_GRACE_SECONDS",
         "after draining wait this long for requests in flight", 30,
         flags.whole(0, 3600), "S"),
    Flag("access_log", "DETAIL_ACCESS_LOG", "log one JSON line per request", False, flags.switch),
    Flag("log_level", "DETAIL_LOG_LEVEL", "least level to log: debug, info, warning, error",
         "info", flags.one_of("debug", "info", "warning", "error"), "LEVEL"),
    Flag("no_faults", "DETAIL_NO_FAULTS", "serve no fault injection at all", False, flags.switch),
    Flag("fault_token", "DETAIL_FAULT_TOKEN",
         "bearer token that every fault request must bring", "", str, "TOKEN"),
    Flag("fault_headers", "DETAIL_FAULT_HEADERS",
         "obey the request headers x-envoy-fault-*", False, flags.switch),
    Flag("fault_max_delay", "DETAIL_FAULT_MAX_DELAY",
         "longest a fault may hold one request, in seconds", 60.0, flags.number(0, 60), "S"),
    Flag("fault_max_memory_mb", "DETAIL_FAULT_MAX_MEMORY_MB",
         "most memory that faults may hold together, in MiB", 256, flags.whole(0, 4096), "MIB"),
    Flag("fault_max_cpu_ms", "DETAIL_FAULT_MAX_CPU_MS",
         "longest a fault may burn the processor for one request, in milliseconds", 1000,
         flags.whole(0, 10_000), "MS"),
    Flag("max_connections", "DETAIL_MAX_CONNECTIONS",
         "connections beyond this many are answered with 503", 16_000,
         flags.whole(1, 1_000_000), "N"),
    Flag("max_head_bytes", "DETAIL_MAX_HEAD_BYTES",
         "largest request line and headers, else 431", 32_768,
         flags.whole(1024, 1_048_576), "N"),
    Flag("max_body_bytes", "DETAIL_MAX_BODY_BYTES",
         "largest request body, else 413", 65_536, flags.whole(0, 16_777_216), "N"),
    Flag("request_timeout", "DETAIL_REQUEST_TIMEOUT",
         "seconds a client may take to send its whole request", 10.0, flags.number(0.1, 3600),
         "S"),
    Flag("keep_alive", "DETAIL_KEEP_ALIVE",
         "seconds an idle connection is kept; keep it above the load balancer's", 75,
         flags.whole(1, 3600), "S"),
)  # fmt: skip


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

    @property
    def catalog(self) -> Catalog:
        """The release this process is. Raises VersionError."""
        return catalog(self.app_version, self.vendors)

    @property
    def hostname(self) -> str:
        """The pod's name on Kubernetes, the host's name elsewhere."""
        return self.pod_name or socket.gethostname()


def read(argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings from flags and environment. Raises UserError for what cannot be used."""
    values: dict[str, Any] = flags.read(
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
