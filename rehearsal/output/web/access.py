"""Who may use the page: whoever has its address, from a browser that was not led there. Pure.

The address carries a token, which the browser then keeps in a cookie. A request must name this
server as its host, since a name that is led to this machine (DNS rebinding) could be anybody's;
and what changes something must come from the page itself.
"""

import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

SAFE_METHODS = frozenset({"GET", "HEAD"})


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Access:
    """The rules of one server on a host and port."""

    host: str
    port: int
    token: str = field(default_factory=new_token)

    @property
    def cookie_name(self) -> str:
        """Cookies know no ports: another rehearsal on this host has another name."""
        return f"rehearsal-{self.port}"

    @property
    def address(self) -> str:
        """Where the page is opened, token included."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        if self.host in ("0.0.0.0", "::"):
            host = "127.0.0.1"
        return f"http://{host}:{self.port}/?token={self.token}"

    def cookie(self) -> str:
        """`Set-Cookie` for a browser that gave the token."""
        return f"{self.cookie_name}={self.token}; Path=/; HttpOnly; SameSite=Strict"

    def refuse(self, method: str, headers: Mapping[str, str], token: str = "") -> str | None:
        """Why a request is refused, None for one that is not; `token` is that of its address."""
        if not self._is_this_host(headers.get("host", "")):
            return "this server goes by another host name; use the address that was printed"
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        given = (token, bearer, self._cookie_of(headers.get("cookie", "")))
        if not any(map(self._is_token, given)):
            return "the token is missing or wrong; open the address that was printed"
        if method in SAFE_METHODS or self._is_token(bearer):
            return None
        return None if self._is_same_origin(headers) else "only the page itself may ask for this"

    def _is_this_host(self, host: str) -> bool:
        name, port = _split(f"http://{host}")
        if name is None or port != self.port:
            return False
        if name == "localhost" or name == self.host:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or not _is_loopback(self.host)

    def _is_same_origin(self, headers: Mapping[str, str]) -> bool:
        """Browsers say both with every POST; who says neither is no browser, and has no cookie."""
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return False
        return headers.get("origin", "") == f"http://{headers.get('host', '')}"

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode())

    def _cookie_of(self, header: str) -> str:
        try:
            found = SimpleCookie(header[:4096]).get(self.cookie_name)
        except CookieError:
            return ""
        return found.value if found else ""


def _split(url: str) -> tuple[str | None, int | None]:
    try:
        parts = urlsplit(url)
        if parts.path or parts.query or parts.fragment or parts.username is not None:
            return None, None
        return parts.hostname, parts.port or 80
    except ValueError:
        return None, None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
