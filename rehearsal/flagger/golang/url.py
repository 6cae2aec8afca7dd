"""URLs as Go's package net/url reads them: what it refuses, in which words, and how it writes.

`parse_url` is `url.Parse` followed by `URL.String`, linear in the length of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from rehearsal.flagger.golang.strings import quote

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)
_PORT = re.compile(r"(?::[0-9]*)?")
_USERINFO = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*")
_NO_HOST = re.compile(r"[\x00-\x20\\^`{|}]")
_PLAIN = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~$&+,/:;=@!'()*[]%"
)
_HOST_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")


class UrlError(ValueError):
    """A URL that Go cannot read; the text is Go's own error."""


@dataclass(frozen=True)
class Url:
    """A URL in its parts; the text of each is as Go would write it."""

    scheme: str = ""
    userinfo: str | None = None
    host: str = ""
    path: str = ""
    query: str | None = None
    fragment: str = ""
    opaque: bool = False
    has_authority: bool = False

    def __str__(self) -> str:
        scheme = f"{self.scheme}:" if self.scheme else ""
        query = "" if self.query is None else f"?{self.query}"
        fragment = f"#{self.fragment}" if self.fragment else ""
        return f"{scheme}{self._authority()}{self._path()}{query}{fragment}"

    def _authority(self) -> str:
        if self.opaque or not (self.host or self.userinfo is not None or self._has_slashes()):
            return ""
        userinfo = f"{self.userinfo}@" if self.userinfo is not None else ""
        return f"//{userinfo}{self.host}"

    def _has_slashes(self) -> bool:
        return (self.has_authority and self.path != "") or self.path.startswith("//")

    def _path(self) -> str:
        if self.opaque:
            return self.path
        first = self.path.split("/", 1)[0]
        confused = not self.scheme and not self.host and ":" in first
        return f"./{self.path}" if confused else self.path

    def redacted(self, mask: str) -> str:
        """The URL with its password, if any, masked."""
        if self.userinfo is None or ":" not in self.userinfo:
            return str(self)
        return str(replace(self, userinfo=f"{self.userinfo.split(':', 1)[0]}:{mask}"))


@lru_cache(maxsize=256)
def parse_url(text: str) -> Url:
    """The URL; raises UrlError such as `parse "http://[::1": missing ']' in host`."""
    rest, _, fragment = text.partition("#")
    try:
        url = _parse(rest)
    except UrlError as error:
        raise UrlError(f"parse {quote(rest)}: {error}") from None
    try:
        _check_escapes(fragment)
    except UrlError as error:
        raise UrlError(f"parse {quote(text)}: {error}") from None
    return replace(url, fragment=_escaped(fragment))


def is_absolute(text: str) -> bool:
    """Whether Go's `url.ParseRequestURI` takes it: it has a scheme or begins with a slash."""
    try:
        url = _parse(text)
    except UrlError:
        return False
    return bool(url.scheme) or url.path.startswith("/") or bool(url.host)


def _parse(text: str) -> Url:
    if _CONTROL.search(text):
        raise UrlError("net/url: invalid control character in URL")
    if text == "*":
        return Url(path="*")
    scheme, rest = _split_scheme(text)
    rest, mark, query = rest.partition("?")
    url = Url(scheme=scheme, query=query if mark else None)
    if not rest.startswith("/"):
        if scheme:
            return replace(url, path=rest, opaque=bool(rest))
        if ":" in rest.split("/", 1)[0]:
            raise UrlError("first path segment in URL cannot contain colon")
    if (scheme or not rest.startswith("///")) and rest.startswith("//"):
        authority, slash, path = rest[2:].partition("/")
        url, rest = _with_authority(url, authority), slash + path
    _check_escapes(rest)
    return replace(url, path=_escaped(rest))


def _split_scheme(text: str) -> tuple[str, str]:
    if text.startswith(":"):
        raise UrlError("missing protocol scheme")
    found = _SCHEME.match(text)
    if found is None or text[found.end() : found.end() + 1] != ":":
        return "", text
    return found[0].lower(), text[found.end() + 1 :]


def _with_authority(url: Url, authority: str) -> Url:
    url = replace(url, has_authority=True)
    userinfo, at, host = authority.rpartition("@")
    host = _host(host)
    if not at:
        return replace(url, host=host)
    if not _USERINFO.fullmatch(userinfo):
        raise UrlError("net/url: invalid userinfo")
    _check_escapes(userinfo)
    return replace(url, host=host, userinfo=userinfo.replace("@", "%40"))


def _host(host: str) -> str:
    if "[" in host:
        end = host.rfind("]")
        if end < 0:
            raise UrlError("missing ']' in host")
        port = host[end + 1 :]
    else:
        port = host[host.rfind(":") :] if ":" in host else ""
    if not _PORT.fullmatch(port):
        raise UrlError(f"invalid port {quote(port)} after host")
    _check_host_escapes(host)
    wrong = _NO_HOST.search(host)
    if wrong:
        raise UrlError(f"invalid character {quote(wrong[0])} in host name")
    return host


def _check_host_escapes(host: str) -> None:
    """A host may only hold escaped bytes beyond ASCII, and `%25` before a zone."""
    _check_escapes(host)
    zone = host.find("%25") if host.startswith("[") else -1
    for escape in _HOST_ESCAPE.finditer(host[:zone] if zone >= 0 else host):
        if int(escape[1], 16) < 0x80 and escape[0] != "%25":
            raise UrlError(f"invalid URL escape {quote(escape[0])}")


def _check_escapes(text: str) -> None:
    wrong = _ESCAPE.search(text)
    if wrong:
        raise UrlError(f"invalid URL escape {quote(wrong[0])}")


def _escaped(text: str) -> str:
    """A path or fragment as Go writes it: left alone if it is written properly, else escaped."""
    if _PLAIN.issuperset(text):
        return text
    escaped = (c if c in _PLAIN and c not in "!'()*[]" else _percent(c) for c in _unescaped(text))
    return "".join(escaped)


def _unescaped(text: str) -> str:
    raw = text.encode("utf-8", "surrogatepass")
    plain = re.sub(rb"%([0-9A-Fa-f]{2})", lambda m: bytes.fromhex(m[1].decode()), raw)
    return plain.decode("latin-1")


def _percent(char: str) -> str:
    return f"%{ord(char):02X}"
