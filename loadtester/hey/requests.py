"""The request that the flags describe."""

import base64
import re

from commons.errors import UsageError
from commons.input_file import InputFileError, read_at_most
from commons.values import shown
from loadtester.hey import flags
from loadtester.hey.goflag import Values
from loadtester.load.limits import MAX_BODY_BYTES
from loadtester.load.plan import RequestSpec
from loadtester.load.transport.route import FRAMING_HEADERS

AGENT = "hey/0.0.1"
"""What hey 0.1.4 calls itself; servers and meshes have rules about it."""
_NAME = re.compile(r"[\w-]+", re.ASCII)


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


def framing_headers(values: Values) -> list[str]:
    """Headers that were given and are not sent, for the engine frames requests itself."""
    return [name for key, (name, _) in _headers(values).items() if key in FRAMING_HEADERS]


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
    name, colon, value = line.strip().partition(":")
    if not colon or not _NAME.fullmatch(name):
        raise UsageError(f'-H {shown(line)} is not a header: write "Name: value"')
    return name, value.strip()


def _basic(auth: str) -> str:
    if ":" not in auth:
        raise UsageError("-a: write USER:PASSWORD")
    return "Basic " + base64.b64encode(auth.encode("utf-8", "surrogateescape")).decode()


def _body(values: Values) -> bytes:
    path = values[flags.BODY_FILE]
    if not path:
        return values[flags.BODY].encode("utf-8", "surrogateescape")
    try:
        return read_at_most(path, MAX_BODY_BYTES)
    except InputFileError as error:
        raise UsageError(f"-D {path}: {error}") from error
