"""Names that Kubernetes takes (RFC 1123 and RFC 1035), since they become file names and hosts."""

from __future__ import annotations

import re

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_MAX_LABEL = 63
_MAX_NAME = 253
_LETTERS = 'lower case letters, digits and "-", beginning and ending with a letter or digit'


def label_error(text: str) -> str | None:
    """Why it is no RFC 1123 label, as names of namespaces and containers are; None if it is."""
    if len(text) > _MAX_LABEL:
        return f"is longer than {_MAX_LABEL} letters"
    return None if _LABEL.fullmatch(text) else f"{_quoted(text)} must be {_LETTERS} (RFC 1123)"


def name_error(text: str) -> str | None:
    """Why it is no RFC 1123 subdomain, as names of most objects are; None if it is."""
    if len(text) > _MAX_NAME:
        return f"is longer than {_MAX_NAME} letters"
    if all(_LABEL.fullmatch(part) for part in text.split(".")):
        return None
    return f"{_quoted(text)} must be {_LETTERS}, in parts separated by dots (RFC 1123)"


def service_name_error(text: str) -> str | None:
    """Why no Service can have that name (RFC 1035: it begins with a letter); None if it can."""
    if len(text) > _MAX_LABEL:
        return f"is longer than {_MAX_LABEL} letters"
    if _SERVICE.fullmatch(text):
        return None
    return f"{_quoted(text)} must be {_LETTERS}, and begin with a letter (RFC 1035)"


def _quoted(text: str) -> str:
    return f'"{text}"'
