"""Who may call: a bearer token, or a signature of the body. Pure.

Flagger sends no headers of its own, but Go's HTTP client turns ``http://any:TOKEN@host/`` into
Basic credentials, so a token works there too; a browser asks for it as a password.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

SIGNATURE = "x-signature-256"


@dataclass(frozen=True)
class Keys:
    """What a caller must know; empty means that it is not asked for. Either one is enough."""

    token: str = ""
    hmac_secret: str = ""

    @property
    def required(self) -> bool:
        """Whether callers must know anything."""
        return bool(self.token or self.hmac_secret)

    def admit(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether a request with these headers (lower-case names) and body may pass."""
        if not self.required:
            return True
        return self._knows_token(headers.get("authorization", "")) or self._signed(
            headers.get(SIGNATURE, ""), body
        )

    def _knows_token(self, authorization: str) -> bool:
        scheme, _, credentials = authorization.partition(" ")
        given = credentials.strip()
        if scheme.lower() == "basic":
            given = _password(given)
        elif scheme.lower() != "bearer":
            return False
        return bool(self.token) and hmac.compare_digest(given.encode(), self.token.encode())

    def _signed(self, signature: str, body: bytes) -> bool:
        if not self.hmac_secret:
            return False
        right = "sha256=" + hmac.new(self.hmac_secret.encode(), body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(signature.encode(), right.encode())


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def from_another_site(headers: Mapping[str, str]) -> bool:
    """Whether a browser sends this on behalf of a page that is not ours.

    Without this, any web page could make the browser of a developer post a command to a load
    tester on 127.0.0.1. Programs send none of these headers.
    """
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return headers.get("sec-fetch-mode") != "navigate" or "origin" in headers
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")
