"""ConfigMaps and Secrets. What is their "spec" here stands at the root of the object."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from rehearsal.flagger.canary.base import Part
from rehearsal.flagger.canary.scalars import StringMap, Text

_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")


def _keys(data: Mapping[str, str]) -> Mapping[str, str]:
    for key in data:
        if not _KEY.fullmatch(key):
            text = 'key "{key}" must be letters, digits, "-", "_" and "." only'
            raise PydanticCustomError("key", text, {"key": key[:80]})
    return data


def _base64(data: Mapping[str, str]) -> Mapping[str, str]:
    for key, value in _keys(data).items():
        try:
            base64.b64decode("".join(value.split()), validate=True)
        except (binascii.Error, ValueError):
            text = 'the value of "{key}" is not base64; use stringData for plain text'
            raise PydanticCustomError("base64", text, {"key": key[:80]}) from None
    return data


Entries = Annotated[StringMap, AfterValidator(_keys)]
EncodedEntries = Annotated[StringMap, AfterValidator(_base64)]


class ConfigMapData(Part):
    """A ConfigMap's entries; those of `binary_data` are base64."""

    data: Entries = Field(default_factory=dict)
    binary_data: EncodedEntries = Field(default_factory=dict)

    def files(self) -> dict[str, bytes]:
        """Every entry as the bytes that a pod reads."""
        texts = {key: value.encode() for key, value in self.data.items()}
        return texts | {key: _decoded(value) for key, value in self.binary_data.items()}


class SecretData(Part):
    """A Secret's entries: `data` is base64, `string_data` plain and stronger."""

    type: Text = "Opaque"
    data: EncodedEntries = Field(default_factory=dict)
    string_data: Entries = Field(default_factory=dict)

    def files(self) -> dict[str, bytes]:
        """Every entry as the bytes that a pod reads."""
        encoded = {key: _decoded(value) for key, value in self.data.items()}
        return encoded | {key: value.encode() for key, value in self.string_data.items()}

    def encoded(self) -> dict[str, str]:
        """Every entry in base64, as the API server keeps it."""
        plain = {k: base64.b64encode(v.encode()).decode() for k, v in self.string_data.items()}
        return {**self.data, **plain}


def _decoded(text: str) -> bytes:
    return base64.b64decode("".join(text.split()))
