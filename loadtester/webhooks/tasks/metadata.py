"""Reading the fields of a task's metadata; every complaint begins with the field's name."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from commons.durations import parse_duration_s
from loadtester.webhooks.errors import BadTaskError


def required(metadata: Mapping[str, str], field: str) -> str:
    """The text of ``field``, which must be there and not be empty."""
    text = metadata.get(field, "")
    if not text:
        raise BadTaskError(f"{field}: required with type {metadata.get('type', 'cmd')}")
    return text


def duration_s(metadata: Mapping[str, str], field: str, default_s: float) -> float:
    """A Go duration above 0, in seconds."""
    if field not in metadata:
        return default_s
    try:
        seconds = parse_duration_s(metadata[field])
    except ValueError as error:
        raise BadTaskError(f"{field}: {error}") from None
    if seconds <= 0:
        raise BadTaskError(f"{field}: must be above 0")
    return seconds


def number(metadata: Mapping[str, str], field: str, default: float) -> float:
    """A plain number above 0."""
    text = metadata.get(field)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < float("inf"):
        raise BadTaskError(f'{field}: "{text}" is not a number above 0')
    return value


def count(metadata: Mapping[str, str], field: str, default: int) -> int:
    """A whole number above 0."""
    text = metadata.get(field)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and int(text[:12]) > 0 and len(text) <= 12):
        raise BadTaskError(f'{field}: "{text}" is not a whole number above 0')
    return int(text)


def url(metadata: Mapping[str, str], field: str = "url") -> str:
    """An absolute http or https URL."""
    text = required(metadata, field)
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or any(character <= " " for character in text):
        raise BadTaskError(f'{field}: "{text}" is not a http or https URL')
    return text


def host(metadata: Mapping[str, str], field: str) -> str:
    """A host name, perhaps with a port; empty if absent."""
    text = metadata.get(field, "")
    if text.startswith("-") or any(character <= " " or character in "/@" for character in text):
        raise BadTaskError(f'{field}: "{text}" is not a host name')
    return text


def headers(metadata: Mapping[str, str]) -> dict[str, str]:
    """The headers given as ``header.NAME``."""
    found = {
        key.removeprefix("header."): value
        for key, value in metadata.items()
        if key.startswith("header.")
    }
    for name, value in found.items():
        if not name or not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
            raise BadTaskError(f"header.{name}: not a header name")
        if any(character < " " for character in value):
            raise BadTaskError(f"header.{name}: a header has no control characters")
    return found


def lines(metadata: Mapping[str, str], field: str) -> list[str]:
    """The values of a list, separated by commas or line ends."""
    return [
        part.strip()
        for line in metadata.get(field, "").splitlines()
        for part in line.split(",")
        if part.strip()
    ]
