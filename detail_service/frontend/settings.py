"""The frontend's settings."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from detail_service import flags
from detail_service.errors import SettingError
from detail_service.flags import Flag

EPILOG = """\
examples:
  frontend
  BASE_URL=http://detail.flagger:3000/catalogDetail PORT=9000 frontend --access-log
"""

FLAGS: tuple[Flag, ...] = (
    Flag("base_url", "BASE_URL", "address of detail's catalog",
         "http://localhost:3000/catalogDetail", str, "URL"),
    Flag("host", "HOST", "address to listen on", "127.0.0.1"),
    Flag("port", "PORT", "port to listen on, 0 for any free one", 9000,
         flags.whole(0, 65535), "N"),
    Flag("timeout", "FRONTEND_TIMEOUT", "longest wait for detail, in seconds", 5.0,
         flags.number(0.01, 300), "S"),
    Flag("drain_seconds", "FRONTEND_DRAIN_SECONDS",
         "after SIGTERM answer /readyz with 503 and go on serving this long", 3.0,
         flags.number(0, 3600), "S"),
    Flag("access_log", "FRONTEND_ACCESS_LOG", "log one JSON line per request", False,
         flags.switch),
    Flag("log_level", "FRONTEND_LOG_LEVEL", "least level to log: debug, info, warning, error",
         "info", flags.one_of("debug", "info", "warning", "error"), "LEVEL"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FrontendSettings:
    """All settings of the frontend, checked."""

    base_url: str = "http://localhost:3000/catalogDetail"
    host: str = "127.0.0.1"
    port: int = 9000
    timeout: float = 5.0
    drain_seconds: float = 3.0
    access_log: bool = False
    log_level: str = "info"


def read(
    argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None
) -> FrontendSettings:
    """The settings from flags and environment. Raises SettingError."""
    values: dict[str, Any] = flags.read(
        FLAGS,
        argv,
        os.environ if environ is None else environ,
        prog="frontend",
        description="The second service of the tutorial: a page that shows detail's catalog.",
        epilog=EPILOG,
    )
    settings = FrontendSettings(**values)
    _check_url(settings.base_url)
    return settings


def _check_url(text: str) -> None:
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL:
        url = httpx2.URL("")
    if url.scheme not in ("http", "https") or not url.host:
        raise SettingError("--base-url (BASE_URL)", f"{text!r} is not an http or https address")
