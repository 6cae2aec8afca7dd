"""Groups: filter expressions with a name. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from xray_local.api.errors import invalid
from xray_local.sampling.rules import ACCOUNT

MOST_GROUPS = 25
DEFAULT = "Default"
_ARN = f"arn:aws:xray:us-east-1:{ACCOUNT}:group/"
_MOST_NAME = 32


@dataclass(frozen=True)
class Group:
    """Traces that a filter expression selects; of the default group it is empty."""

    name: str
    expression: str = ""

    def as_fields(self) -> dict[str, Any]:
        """As X-Ray's API has it."""
        fields: dict[str, Any] = {"GroupName": self.name, "GroupARN": _ARN + self.name}
        if self.expression:
            fields["FilterExpression"] = self.expression
        off = {"InsightsEnabled": False, "NotificationsEnabled": False}
        return {**fields, "InsightsConfiguration": off}


class Groups:
    """The groups by name; mistakes are InvalidRequestExceptions."""

    def __init__(self) -> None:
        self._groups = {DEFAULT: Group(DEFAULT)}

    def __iter__(self) -> Iterator[Group]:
        return iter(self._groups.values())

    def named(self, name: str, arn: str) -> Group:
        """The group of a name or of an ARN."""
        key = name or arn.rpartition("/")[2]
        if key not in self._groups:
            raise invalid(f"Group not found: {key[:_MOST_NAME]}")
        return self._groups[key]

    def create(self, name: str, expression: str) -> Group:
        if len(name) > _MOST_NAME:
            raise invalid(f"GroupName is longer than {_MOST_NAME} characters")
        if name in self._groups:
            raise invalid(f"Group already exists: {name}")
        if len(self._groups) > MOST_GROUPS:
            raise invalid(f"there are {MOST_GROUPS} groups already")
        self._groups[name] = Group(name, expression)
        return self._groups[name]

    def update(self, group: Group, expression: str) -> Group:
        self._refuse_default(group)
        self._groups[group.name] = Group(group.name, expression)
        return self._groups[group.name]

    def delete(self, group: Group) -> None:
        self._refuse_default(group)
        del self._groups[group.name]

    def _refuse_default(self, group: Group) -> None:
        if group.name == DEFAULT:
            raise invalid(f"the group {DEFAULT} cannot be changed")
