"""Which requests the pages answer: those that name this machine as their host. Pure.

A name that somebody else leads to this machine (DNS rebinding) would let a foreign page read traces
through the visitor's browser. An address in digits cannot be led anywhere, so it needs no list.
"""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

REFUSAL = "this server does not go by that host name; use its address, or name it with --allow-host"


def is_own_host(header: str, allowed: Collection[str] = ()) -> bool:
    """Whether a `Host` header names this machine, or one of the allowed names."""
    if not header.isascii() or len(header) > 300:
        return False
    try:
        parts = urlsplit(f"http://{header}")
        name = parts.hostname
        if parts.path or parts.query or parts.fragment or parts.username is not None or not name:
            return False
    except ValueError:
        return False
    if name == "localhost" or name in allowed:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
