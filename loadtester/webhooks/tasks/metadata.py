"""Reading the fields of a task's metadata; every complaint begins with the field's name."""

from collections.abc import Mapping
from typing import TypeVar

from commons import values
from commons.values import ValueParser, shown
from loadtester.webhooks.errors import BadTaskError
from loadtester.webhooks.tasks.urls import check_http_url

T = TypeVar("T")

MOST_LINES = 100
"""Items of a list: thresholds, statuses, tags."""
MOST_HEADERS = 100
_LONGEST_HEADER_BYTES = 65_536


def required(metadata: Mapping[str, str], field: str) -> str:
    """The text of `field`, which must be there and not be empty."""
    text = metadata.get(field, "")
    if not text:
        raise BadTaskError(f"{field}: required with type {metadata.get('type', 'cmd')}")
    return text


def _value(metadata: Mapping[str, str], field: str, default: T, parse: ValueParser[T]) -> T:
    if field not in metadata:
        return default
    try:
        return parse(metadata[field])
    except ValueError as error:
        raise BadTaskError(f"{field}: {error}") from None


def duration_s(metadata: Mapping[str, str], field: str, default_s: float) -> float:
    """A Go duration above 0, in seconds."""
    return _value(metadata, field, default_s, values.duration_s(above_s=0))


def number(metadata: Mapping[str, str], field: str, default: float) -> float:
    """A plain number above 0."""
    return _value(metadata, field, default, values.number(above=0))


def count(metadata: Mapping[str, str], field: str, default: int, maximum: int | None = None) -> int:
    """A whole number above 0."""
    return _value(metadata, field, default, values.whole_number(1, maximum))


def url(metadata: Mapping[str, str], field: str = "url") -> str:
    """An absolute http or https URL."""
    text = required(metadata, field)
    check_http_url(text, field)
    return text


def host(metadata: Mapping[str, str], field: str) -> str:
    """A host name, perhaps with a port; empty if absent."""
    text = metadata.get(field, "")
    if text.startswith("-") or any(character <= " " or character in "/@" for character in text):
        raise BadTaskError(f"{field}: {shown(text)} is not a host name")
    return text


def headers(metadata: Mapping[str, str]) -> dict[str, str]:
    """The headers given as `header.NAME`."""
    found = {
        key.removeprefix("header."): value
        for key, value in metadata.items()
        if key.startswith("header.")
    }
    if len(found) > MOST_HEADERS:
        raise BadTaskError(f"header: {len(found)} headers are more than {MOST_HEADERS}")
    if sum(len(name) + len(value) for name, value in found.items()) > _LONGEST_HEADER_BYTES:
        raise BadTaskError(f"header: together longer than {_LONGEST_HEADER_BYTES} characters")
    for name, value in found.items():
        if not name or not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
            raise BadTaskError(f"header.{name[:100]}: not a header name")
        if any(character < " " for character in value):
            raise BadTaskError(f"header.{name[:100]}: a header has no control characters")
    return found


def lines(metadata: Mapping[str, str], field: str) -> list[str]:
    """The values of a list, separated by commas or line ends."""
    text = metadata.get(field, "")
    if text.count(",") + text.count("\n") > 10 * MOST_LINES:
        raise BadTaskError(f"{field}: more than {MOST_LINES} items")
    found = [part.strip() for line in text.splitlines() for part in line.split(",")]
    items = [item for item in found if item]
    if len(items) > MOST_LINES:
        raise BadTaskError(f"{field}: more than {MOST_LINES} items")
    return items
