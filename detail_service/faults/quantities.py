"""Durations and sizes as people write them: `80ms`, `1.5s`, `2m`, `64KiB`."""

import math
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
BYTES = {"B": 1, "KB": 1000, "KiB": 1024, "MB": 1000**2, "MiB": 1024**2, "GiB": 1024**3}

LARGEST = 1e12

DURATION_PATTERN = r"^[0-9]{1,9}(\.[0-9]{1,9})?(us|ms|s|m|h)?$"
SIZE_PATTERN = r"^[0-9]{1,12}(\.[0-9]{1,9})?(B|KB|KiB|MB|MiB|GiB)?$"


def parse_duration(value: object) -> float:
    """`80ms` -> 0.08; a bare number is seconds. Raises ValueError."""
    return _amount(value, DURATION_PATTERN, SECONDS, "a duration like 80ms, 1.5s or 2m")


def parse_size(value: object) -> int:
    """`64KiB` -> 65536; a bare number is bytes. Raises ValueError."""
    return math.ceil(_amount(value, SIZE_PATTERN, BYTES, "a size like 4096, 64KiB or 1MiB"))


def format_seconds(value: float) -> str:
    """The shortest usual spelling: `250us`, `80ms`, `1.5s`."""
    if 0 < value < 1e-3:
        return f"{value * 1e6:.6g}us"
    return f"{value * 1e3:.6g}ms" if 0 < value < 1 else f"{value:.9g}s"


def _amount(
    value: object, pattern: str, units: dict[str, float] | dict[str, int], wanted: str
) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"must be {wanted}")
    if isinstance(value, str):
        if not re.fullmatch(pattern, value):
            raise ValueError(f"must be {wanted}")
        figure = value.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
        return float(figure) * units.get(value[len(figure) :], 1)
    if not 0 <= value <= LARGEST:
        raise ValueError(f"must be {wanted}, not negative and not above {LARGEST:g}")
    return float(value)


def _schema(pattern: str, example: str) -> dict[str, Any]:
    return {
        "anyOf": [{"type": "string", "pattern": pattern}, {"type": "number", "minimum": 0}],
        "examples": [example],
    }


Duration = Annotated[
    float,
    BeforeValidator(parse_duration),
    PlainSerializer(format_seconds, return_type=str),
    WithJsonSchema(_schema(DURATION_PATTERN, "80ms")),
]
Size = Annotated[int, BeforeValidator(parse_size), WithJsonSchema(_schema(SIZE_PATTERN, "64KiB"))]
