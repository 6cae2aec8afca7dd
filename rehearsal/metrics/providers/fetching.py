"""Requests to providers, with the texts that Flagger's providers have in common."""

import math
import re
from collections.abc import Iterable
from urllib.parse import quote_plus

from rehearsal.flagger.controller.errors import NoValuesFound, QueryFailed
from rehearsal.flagger.golang.url import UrlError, parse_url
from rehearsal.gohttp import ClosedError, GoClient, Request, RequestFailedError, Response

TIMEOUT_S = 5.0

Headers = Iterable[tuple[str, str]]

_SPACES = re.compile(r"[\t\n\v\f\r ]+")
# Flagger's providers put the deadline on the request, not on the client, whose words these are.
_CLIENT_TIMEOUT = " (Client.Timeout"
_MOST_TEXT = 4096


def fetch(client: GoClient, request: Request, *, verify: bool = True) -> Response:
    """The response; raises QueryFailed as Flagger words a failure to get it whole."""
    try:
        response = client.send(request, TIMEOUT_S, verify=verify)
    except RequestFailedError as error:
        method, text = request.method.capitalize(), str(error).partition(_CLIENT_TIMEOUT)[0]
        url = _masked(error.url)
        raise QueryFailed(f'request failed: {method} "{url}": {text}') from None
    except ClosedError:
        raise QueryFailed("request failed: context canceled") from None
    if response.body_error is not None:
        text = response.body_error.partition(_CLIENT_TIMEOUT)[0]
        raise QueryFailed(f"error reading body: {text}")
    return response


def text_of(response: Response) -> str:
    """The body as it is repeated in messages, which are kept at a length that can be read."""
    text = response.body.decode("utf-8", "replace")
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}…"


def encoded(parameters: Iterable[tuple[str, str]]) -> str:
    """A query string as Go's `url.Values.Encode` writes it: sorted by key."""
    pairs = sorted(parameters, key=lambda pair: pair[0])
    return "&".join(f"{_escaped(key)}={_escaped(value)}" for key, value in pairs)


def _escaped(text: str) -> str:
    return quote_plus(text, safe="~")


def collapsed(query: str) -> str:
    """A query with every run of ASCII white space as one blank."""
    return _SPACES.sub(" ", query)


def no_values(response: Response) -> NoValuesFound:
    """A response without values, in the words of most providers."""
    return NoValuesFound(f"invalid response: {text_of(response)}: no values found")


def finite_or_nan(value: float) -> float:
    """A value as the control loop compares it."""
    if math.isnan(value):
        raise NoValuesFound
    return value


def _masked(url: str) -> str:
    try:
        return parse_url(url).redacted("***")
    except UrlError:
        return url
