"""The base of every part of the Canary: immutable, camelCase outside, unknown keys dropped."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

_IRREGULAR = {
    "consecutive5xx_errors": "consecutive5xxErrors",
    "disable_tls": "disableTLS",
    "from_": "from",
    "max_": "max",
    "min_": "min",
    "set_": "set",
}


def key_of(field_name: str) -> str:
    """The key in YAML of a field in Python: `step_weight` is `stepWeight`."""
    return _IRREGULAR.get(field_name) or to_camel(field_name)


class Part(BaseModel):
    """One object of the spec. Build it in Python by field names or from YAML by its keys."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=key_of,
        populate_by_name=True,
        protected_namespaces=(),
    )
