"""The parameters of a request, checked one by one. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from xray_local.api.errors import invalid

_MOST_ITEMS = 1_000
_MOST_TEXT = 70_000


class Parameters:
    """What a request says, by X-Ray's names. Every mistake is an InvalidRequestException."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = fields

    def time_s(self, name: str) -> float:
        """Seconds since 1970; it must be there."""
        value = self.fields.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise invalid(f"{name} is missing or not a time in seconds since 1970")
        if not 0 <= value < 1e11:
            raise invalid(f"{name} is not a time in seconds since 1970")
        return float(value)

    def time_range_s(self) -> tuple[float, float]:
        """StartTime and EndTime."""
        start_s, end_s = self.time_s("StartTime"), self.time_s("EndTime")
        if start_s > end_s:
            raise invalid("StartTime is after EndTime")
        return start_s, end_s

    def text(self, name: str, default: str = "") -> str:
        value = self.fields.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or len(value) > _MOST_TEXT:
            raise invalid(f"{name} is not a text")
        return value

    def required_text(self, name: str) -> str:
        """A text that must be there and not be empty."""
        if not (found := self.text(name)):
            raise invalid(f"{name} is missing")
        return found

    def one_of(self, name: str, *words: str) -> str:
        """One of a few words; the first where it is left out."""
        found = self.text(name, words[0])
        if found not in words:
            raise invalid(f"{name} is not one of {', '.join(words)}")
        return found

    def whole(self, name: str, default: int = 0) -> int:
        value = self.fields.get(name)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
            raise invalid(f"{name} is not a whole number from 0 on")
        return value

    def truth(self, name: str) -> bool:
        value = self.fields.get(name)
        if value is not None and not isinstance(value, bool):
            raise invalid(f"{name} is neither true nor false")
        return bool(value)

    def object(self, name: str) -> Parameters:
        """Another set of parameters; empty where it is left out."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, dict):
            raise invalid(f"{name} is not an object")
        return Parameters(value or {})

    def objects(self, name: str) -> list[Parameters]:
        return [Parameters(one) for one in self._list(name, dict, "objects")]

    def texts(self, name: str) -> list[str]:
        return list(self._list(name, str, "texts"))

    def _list(self, name: str, of: type, called: str) -> list[Any]:
        value = self.fields.get(name)
        if not isinstance(value, list) or not all(isinstance(one, of) for one in value):
            raise invalid(f"{name} is missing or not a list of {called}")
        if len(value) > _MOST_ITEMS:
            raise invalid(f"{name} has more than {_MOST_ITEMS} items")
        return value

    def page_start(self) -> str:
        """What `page_token` was made of; "" for the first page."""
        token = self.text("NextToken")
        try:
            return base64.b64decode(token, validate=True).decode("ascii")
        except ValueError:
            raise invalid("NextToken is not one that was returned here") from None


def page_token(start: str) -> str:
    """A NextToken."""
    return base64.b64encode(start.encode()).decode()
