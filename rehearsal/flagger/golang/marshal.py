"""JSON as Go's `json.Marshal` writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache


def marshal_json(value: Mapping[str, object]) -> bytes:
    """An object as Go's `json.Marshal` writes it.

    Keys keep their order, except that those of nested objects are sorted by their bytes, as Go
    sorts a map; hand in a flat dict of a struct's fields in the struct's order. `&`, `<`, `>`,
    U+2028 and U+2029 are escaped, everything else beyond ASCII is not.
    """
    fields = (f"{_json(key)}:{_json(item)}" for key, item in value.items())
    return ("{" + ",".join(fields) + "}").encode("utf-8", "surrogatepass")


def _json(value: object) -> str:
    if isinstance(value, str):
        return _json_string(value)
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: str(key).encode())
        return "{" + ",".join(f"{_json(key)}:{_json(value[key])}" for key in keys) + "}"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=1024)
def _json_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).translate(_HTML_ESCAPES)


_HTML_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "&<>\u2028\u2029"}
