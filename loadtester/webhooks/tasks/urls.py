"""URLs that tasks are given: strict enough that every program reads them alike."""

import re
from urllib.parse import urlsplit

from loadtester.webhooks.errors import BadTaskError

_HOST = re.compile(r"[A-Za-z0-9_.-]{1,253}|[0-9A-Fa-f:.]{2,45}(?:%[A-Za-z0-9]{1,32})?")
_DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST = 8192


def check_http_url(text: str, field: str, status: int = 400) -> tuple[str, int]:
    """Host and port of an absolute http or https URL; BadTaskError for anything else.

    A host is an ASCII name or an IP address. What programs read differently (backslashes, control
    characters, blanks) is refused.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        fine = parts.scheme in _DEFAULT_PORTS and port != 0 and _HOST.fullmatch(host)
    except ValueError:
        fine = None
    if not fine or len(text) > LONGEST or any(c <= " " or c in "\\\x7f" for c in text):
        raise BadTaskError(f'{field}: "{text[:200]}" is not a http or https URL', status)
    return host, port or _DEFAULT_PORTS[parts.scheme]
