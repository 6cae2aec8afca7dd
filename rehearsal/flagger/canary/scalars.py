"""Field types that are as strict as an API server and as picky as Go's JSON decoder.

An API server checks `type: number`, so `threshold: 1.5` passes; Flagger's field is a Go `int`, so
the very same object then fails to decode. Those values raise the error type `undecodable`, apart
from every other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field, StrictBool, StrictStr
from pydantic_core import PydanticCustomError

UNDECODABLE = "undecodable"


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number", "must be a number")
    return value


def _whole(value: object) -> object:
    _number(value)
    if isinstance(value, float):
        if not value.is_integer():
            raise PydanticCustomError(
                UNDECODABLE, "is a fraction; Flagger reads a whole number here and drops the canary"
            )
        return int(value)
    return value


def _integer(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticCustomError("int_type", "must be a whole number")
    return value


def _int32(value: object) -> object:
    whole = _integer(value)
    if isinstance(whole, int) and not -(2**31) <= whole < 2**31:
        raise PydanticCustomError(UNDECODABLE, "is too large for a whole number of 32 bits")
    return whole


def _mapping(value: object) -> object:
    if not isinstance(value, Mapping):
        raise PydanticCustomError("object", "must be an object")
    return value


def _int_or_string(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise PydanticCustomError("int_or_string", "must be a whole number or a string")
    return value


GoInt = Annotated[int, BeforeValidator(_whole)]
"""A Go `int` behind a CRD `number`."""

GoInt32 = Annotated[int, BeforeValidator(_int32)]
"""A Go `int32` behind a schema's `integer`."""

GoInt64 = Annotated[int, BeforeValidator(_integer)]
"""A Go `int64` behind a schema's `integer`."""

Number = Annotated[float, BeforeValidator(_number)]
"""A Go `float64` behind a CRD `number`."""

Window = Annotated[StrictStr, Field(pattern=r"^[0-9]+(m|s)")]
"""A duration as the CRD sees one: only the beginning is checked, so `1minute` passes."""

StringMap = Annotated[Mapping[StrictStr, StrictStr], BeforeValidator(_mapping)]
"""String keys to string values: an unquoted `true` is refused."""

IntOrString = Annotated[int | str, BeforeValidator(_int_or_string)]
"""A port by number or by name."""

Text = StrictStr
Flag = StrictBool
