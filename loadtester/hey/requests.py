"""The request that the flags describe."""

import base64
import re
from pathlib import Path

from commons.errors import UsageError
from loadtester.hey import flags
from loadtester.hey.goflag import Values
from loadtester.load.plan import RequestSpec

AGENT = "hey/0.0.1"
"""What hey 0.1.4 calls itself; servers and meshes have rules about it."""
_HEADER = re.compile(r"([\w-]+):\s*(.*)", re.ASCII)


def request(values: Values, url: str) -> RequestSpec:
    """The request to send; UsageError or PlanError where it cannot be one."""
    headers = _headers(values)
    headers.pop("host", None)
    return RequestSpec(
        url=url,
        method=values[flags.METHOD].upper(),
        headers=tuple(headers.values()),
        body=_body(values),
    )


def host_header(values: Values) -> str | None:
    """The Host header asked for, by `-host` or, as curl has it, by `-H "Host: ..."`."""
    _, value = _headers(values).get("host", ("", ""))
    return values[flags.HOST] or value or None


def _headers(values: Values) -> dict[str, tuple[str, str]]:
    """Name and value by lower-case name; a later one of a name takes the place of the earlier."""
    headers: dict[str, tuple[str, str]] = {}

    def put(name: str, value: str) -> None:
        headers[name.lower()] = (name, value)

    put("Content-Type", values[flags.CONTENT_TYPE])
    for line in values[flags.HEADER]:
        put(*_header(line))
    if accept := values[flags.ACCEPT]:
        put("Accept", accept)
    if auth := values[flags.AUTH]:
        put("Authorization", _basic(auth))
    _, agent = headers.get("user-agent", ("", ""))
    put("User-Agent", f"{values[flags.USER_AGENT] or agent} {AGENT}".strip())
    return headers


def _header(line: str) -> tuple[str, str]:
    match = _HEADER.fullmatch(line.strip())
    if match is None:
        raise UsageError(f'-H {line!r} is not a header: write "Name: value"')
    return match[1], match[2]


def _basic(auth: str) -> str:
    if ":" not in auth:
        raise UsageError(f"-a {auth!r}: write USER:PASSWORD")
    return "Basic " + base64.b64encode(auth.encode()).decode()


def _body(values: Values) -> bytes:
    path = values[flags.BODY_FILE]
    if not path:
        return values[flags.BODY].encode("utf-8", "surrogateescape")
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"-D {path}: {error.strerror}") from error
