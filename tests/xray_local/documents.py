"""Segment documents as the services send them."""

import json
from typing import Any

HEADER = b'{"format": "json", "version": 1}\n'


def document(name: str, id_: str, parent: str | None = None, **more: Any) -> dict[str, Any]:
    """A finished segment of 10 ms in trace `1-t`."""
    found = {"name": name, "id": id_, "trace_id": "1-t", "start_time": 1.0, "end_time": 1.01}
    return found | ({"parent_id": parent} if parent else {}) | more


def datagram(fields: dict[str, Any]) -> bytes:
    return HEADER + json.dumps(fields).encode()
