"""Conditions on requests: those of A/B testing, and those of the generated routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from rehearsal.flagger.canary.base import Part
from rehearsal.flagger.canary.scalars import StringMap, Text


class StringMatch(Part):
    """A condition on a string: at most one of its three kinds."""

    exact: Text | None = None
    prefix: Text | None = None
    regex: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _at_most_one(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and len(data.keys() & {"exact", "prefix", "regex"}) > 1:
            raise PydanticCustomError("match", "must have only one of exact, prefix or regex")
        return data


class HeaderMatch(Part):
    """A condition on a header of an A/B test: exactly one of its four kinds."""

    exact: Text | None = None
    prefix: Text | None = None
    suffix: Text | None = None
    regex: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _exactly_one(cls, data: Any) -> Any:
        kinds = {"exact", "prefix", "suffix", "regex"}
        if isinstance(data, Mapping) and len(data.keys() & kinds) != 1:
            raise PydanticCustomError(
                "match", "must have exactly one of exact, prefix, suffix or regex"
            )
        return data


class RequestMatch(Part):
    """One way to be chosen for the canary; everything in it must hold. Any `uri` is dropped."""

    headers: Mapping[str, HeaderMatch] = Field(default_factory=dict)
    query_params: Mapping[str, StringMatch] = Field(default_factory=dict)
    source_labels: StringMap = Field(default_factory=dict)
