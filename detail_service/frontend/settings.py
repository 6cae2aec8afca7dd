"""The frontend's settings."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commons.flags import Flag, parse_flags
from commons.values import ValueParser, not_empty, number, one_of, port, switch

EPILOG = """\
examples:
  frontend
  BASE_URL=http://detail.flagger:3000/catalogDetail PORT=9000 frontend --access-log
"""


@dataclass(frozen=True, slots=True)
class FrontendSettings:
    """All settings of the frontend, checked. Durations are seconds."""

    base_url: str = "http://localhost:3000/catalogDetail"
    host: str = "127.0.0.1"
    port: int = 9000
    timeout: float = 5.0
    drain_seconds: float = 3.0
    access_log: bool = False
    log_level: str = "info"
    check: bool = False


def _http_url(text: str) -> str:
    import httpx2

    try:
        url = httpx2.URL(text)
        usable = (
            url.scheme in ("http", "https")
            and bool(url.host)
            and (url.port is None or 0 < url.port < 65536)
        )
        text.encode()
    except (httpx2.InvalidURL, ValueError):
        usable = False
    if not usable:
        raise ValueError(f"{text[:100]!r} is not an http or https address")
    return text


FLAGS: tuple[Flag, ...] = (
    Flag("base-url", "address of detail's catalog", "http://localhost:3000/catalogDetail",
         ValueParser(_http_url, "URL"), env="BASE_URL"),
    Flag("host", "address to listen on", "127.0.0.1", not_empty("ADDRESS"), env="HOST"),
    Flag("port", "port to listen on, 0 for any free one", 9000, port, env="PORT"),
    Flag("timeout", "longest wait for detail's whole response, in seconds", 5.0,
         number(0.01, 300, metavar="S"), env="FRONTEND_TIMEOUT"),
    Flag("drain-seconds", "after SIGTERM /readyz is 503 and serving goes on this long", 3.0,
         number(0, 3600, metavar="S"), env="FRONTEND_DRAIN_SECONDS"),
    Flag("access-log", "log one JSON line per request", False, switch, env="FRONTEND_ACCESS_LOG"),
    Flag("log-level", "least level to log", "info", one_of("debug", "info", "warning", "error"),
         env="FRONTEND_LOG_LEVEL"),
    Flag("check", "say whether the settings can be used, and serve nothing", False, switch,
         env="FRONTEND_CHECK"),
)  # fmt: skip


def parse_settings(
    argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None
) -> FrontendSettings:
    """The settings from flags and environment. Raises UsageError for what cannot be used."""
    values = parse_flags(
        FLAGS,
        argv,
        os.environ if environ is None else environ,
        prog="frontend",
        description="The second service of the tutorial: a page that shows detail's catalog.",
        epilog=EPILOG,
    )
    return FrontendSettings(**values)
