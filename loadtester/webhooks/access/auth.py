"""Who may call: a bearer token, or a signed request. Pure, but for the memory of signatures.

Flagger sends no headers of its own, but Go's HTTP client turns `http://any:TOKEN@host/` into Basic
credentials, so a token works there too; a browser asks for it as a password. A signature is for
other callers: it covers method, path, time and body, and is good for one request.
"""

import base64
import binascii
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

SIGNATURE = "x-signature-256"
SIGNATURE_TIME = "x-signature-time"
SIGNATURE_S = 60.0
"""How far the time of a signature may be from ours."""
_MOST_SIGNATURES = 100_000
_TIME = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?")


def sign(secret: str, method: str, path: str, at: str, body: bytes) -> str:
    """The signature of a request: `path` with its query, `at` in Unix seconds, as it is sent."""
    head = f"{method}\n{path}\n{at}\n".encode("latin-1", "replace")
    return "sha256=" + hmac.new(secret.encode(), head + body, hashlib.sha256).hexdigest()


class Signatures:
    """The signatures of the last minutes, each of which is good once."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._used: dict[str, float] = {}

    def use(self, signature: str, at: str) -> bool:
        """Whether a right signature is of now, and was not used before."""
        now = self._now()
        if not _TIME.fullmatch(at) or abs(now - float(at)) > SIGNATURE_S:
            return False
        for old, expires in list(self._used.items()):
            if expires > now:
                break
            del self._used[old]
        if signature in self._used or len(self._used) >= _MOST_SIGNATURES:
            return False
        self._used[signature] = now + 2 * SIGNATURE_S
        return True


@dataclass(frozen=True)
class Keys:
    """What a caller must know; empty means that it is not asked for. Either one is enough."""

    token: str = ""
    hmac_secret: str = ""
    signatures: Signatures = field(default_factory=Signatures, compare=False)

    @property
    def required(self) -> bool:
        """Whether callers must know anything."""
        return bool(self.token or self.hmac_secret)

    def knows_token(self, headers: Mapping[str, str]) -> bool:
        """Whether a request with these headers (lower-case names) brings the token."""
        scheme, _, credentials = headers.get("authorization", "").partition(" ")
        given = credentials.strip()
        if scheme.lower() == "basic":
            given = _password(given)
        elif scheme.lower() != "bearer":
            return False
        return bool(self.token) and hmac.compare_digest(given.encode(), self.token.encode())

    def has_signed(self, headers: Mapping[str, str], method: str, path: str, body: bytes) -> bool:
        """Whether a request is signed, now, and for the first time."""
        given, at = headers.get(SIGNATURE, ""), headers.get(SIGNATURE_TIME, "")
        if not self.hmac_secret or not given:
            return False
        right = sign(self.hmac_secret, method, path, at, body)
        if not hmac.compare_digest(given.encode(), right.encode()):
            return False
        return self.signatures.use(given, at)


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def is_from_another_site(headers: Mapping[str, str]) -> bool:
    """Whether a browser sends this on behalf of a page that is not ours.

    Without this, any web page could make the browser of a developer post a command to a load
    tester on 127.0.0.1. Programs send none of these headers.
    """
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return headers.get("sec-fetch-mode") != "navigate" or "origin" in headers
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc != headers.get("host", "")
    except ValueError:
        return True
