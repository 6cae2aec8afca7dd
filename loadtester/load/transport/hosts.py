"""Host names and addresses as URLs spell them, and as a socket and a Host header want them.

A URL puts an IPv6 address in brackets and a zone after `%25` (RFC 6874, section 2); a socket wants
the bare address and the zone's number; the Host header must not name the zone, for it means
nothing to anybody but this machine (RFC 6874, section 4).
"""

import ipaddress
import socket
from urllib.parse import unquote

_FORBIDDEN = frozenset(' "%<>\\^`{|}#/?@[]\x7f')


def split_netloc(netloc: str) -> tuple[str, str]:
    """The host of a URL's netloc as it is written there, and `:port` or nothing."""
    where = netloc.rpartition("@")[2]
    if where.startswith("["):
        host, bracket, port = where.partition("]")
        return host + bracket, port
    host, colon, port = where.partition(":")
    return host, colon + port


def parse_host(text: str) -> str:
    """The host of a URL, without brackets, as one connects to it: `fe80::1%eth0`, `xn--bcher-kva`.

    ValueError for what no name or address can be.
    """
    if text.startswith("[") or ":" in text:
        return _address_with_zone(text.removeprefix("[").removesuffix("]"))
    if any(char in _FORBIDDEN or char < "!" for char in text):
        raise ValueError(f"host {text[:60]!r}: not a name or an address")
    if text.isascii():
        return text
    try:
        return text.encode("idna").decode()
    except UnicodeError as error:
        raise ValueError(f"host {text[:60]!r}: {error}") from error


def _address_with_zone(text: str) -> str:
    address, percent, zone = text.partition("%")
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        raise ValueError(f"host {text[:60]!r}: not an IPv6 address") from None
    if not percent:
        return address
    zone = unquote(zone[2:]) if zone.startswith("25") else zone
    if not zone or not all("!" <= char <= "~" for char in zone):
        raise ValueError(f"host {text[:60]!r}: a zone is written %25NAME")
    return f"{address}%{zone}"


def lowercase(host: str) -> str:
    """Names and addresses are the same in any case; zones are not."""
    address, percent, zone = host.partition("%")
    return f"{address.lower()}{percent}{zone}"


def without_zone(host: str) -> str:
    """The host as others know it."""
    return host.partition("%")[0] if ":" in host else host


def bracketed(host: str) -> str:
    """The host as it stands before `:port`: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def zone_index(zone: str) -> int:
    """The number of a zone: of an interface by its name, or as it stands. OSError if unknown."""
    try:
        return socket.if_nametoindex(zone)
    except OSError:
        if zone.isascii() and zone.isdigit() and len(zone) < 10:
            return int(zone)
        raise
