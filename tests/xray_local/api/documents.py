"""Segment documents of a page view, as JSON text."""

import json
import time
from typing import Any

NOW_S = time.time()


def trace_id(number: int) -> str:
    return f"1-{int(NOW_S):08x}-{number:024x}"


def document(name: str, number: int = 1, span: int = 1, **more: Any) -> str:
    """A segment of 100 ms in trace `number`."""
    fields = {
        "name": name,
        "id": f"{span:016x}",
        "trace_id": trace_id(number),
        "start_time": NOW_S + number,
        "end_time": NOW_S + number + 0.1,
        "http": {
            "request": {"method": "GET", "url": f"http://shop/{number}", "client_ip": "10.0.0.9"},
            "response": {"status": 200},
        },
    }
    return json.dumps({**fields, **more})


def page_view(number: int = 1, **detail: Any) -> list[str]:
    """Frontend calls detail; `detail` are further fields of its segment."""
    call = {"name": "detail", "id": f"{2:016x}", "namespace": "remote",
            "start_time": NOW_S + number + 0.01, "end_time": NOW_S + number + 0.09}  # fmt: skip
    front = document("Frontend-Node", number, 1, subsegments=[call], user="kim")
    return [front, document("Product-Detail-V2", number, 3, parent_id=f"{2:016x}", **detail)]
