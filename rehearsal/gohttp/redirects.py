"""Go's rules for redirects (net/http/client.go: redirectBehavior, makeHeadersCopier)."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urljoin

from rehearsal.flagger.golang.strings import quote
from rehearsal.flagger.golang.url import UrlError, parse_url
from rehearsal.gohttp.request import Headers, Request, RequestFailedError

MOST_REDIRECTS = 10

_BECOMES_GET = (301, 302, 303)
_REPEATED = (307, 308)
_OF_ONE_HOST = frozenset(("authorization", "www-authenticate", "cookie", "cookie2"))
_OF_A_BODY = frozenset(("content-encoding", "content-language", "content-location", "content-type"))


def redirected(request: Request, status: int, headers: Mapping[str, str]) -> Request | None:
    """The request that a response leads to; None for a response that is meant to be read.

    Raises RequestFailedError for a Location that cannot be read.
    """
    location = headers.get("location", "")
    if status not in (*_BECOMES_GET, *_REPEATED) or not location:
        return None
    try:
        parse_url(location)
        url = str(parse_url(urljoin(request.url, location)))
    except (UrlError, ValueError) as error:
        text = f"failed to parse Location header {quote(location)}: {error}"
        raise RequestFailedError(text, request.url) from None
    keeps_body = status in _REPEATED
    method = request.method if keeps_body or request.method in ("GET", "HEAD") else "GET"
    return replace(
        request,
        method=method,
        url=url,
        headers=_headers(request, url, keeps_body=keeps_body),
        body=request.body if keeps_body else b"",
        location=location,
    )


def _headers(request: Request, url: str, *, keeps_body: bool) -> Headers:
    before, after = parse_url(request.url), parse_url(url)
    dropped = {"referer"}
    if before.host != after.host:
        dropped |= _OF_ONE_HOST
    if not keeps_body:
        dropped |= _OF_A_BODY
    kept = tuple((name, value) for name, value in request.headers if name.lower() not in dropped)
    if before.scheme == "https" and after.scheme == "http":
        return kept
    return (*kept, ("Referer", str(replace(before, userinfo=None))))
