"""The rules of X-Ray segment documents, as a checker.

From the developer guide, "X-Ray segment documents": required fields, their forms, the flags by
status, and what a subsegment needs.
"""

import re
from typing import Any

ID = re.compile(r"[0-9a-f]{16}")
TRACE_ID = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
NAME = re.compile(r"[\w .:/%&#=+\\\-@]{1,200}")


def check(document: dict[str, Any]) -> None:
    """Assert that a segment keeps the rules."""
    assert TRACE_ID.fullmatch(document["trace_id"])
    _entity(document)
    assert "type" not in document
    for subsegment in document.get("subsegments", []):
        _entity(subsegment)
        assert subsegment["namespace"] in ("remote", "aws", "local")
        assert document["start_time"] <= subsegment["start_time"]


def _entity(document: dict[str, Any]) -> None:
    assert NAME.fullmatch(document["name"])
    assert ID.fullmatch(document["id"])
    assert ID.fullmatch(document.get("parent_id", "0" * 16))
    assert document["start_time"] <= document["end_time"]
    assert not document.get("in_progress")
    _flags(document)
    _cause(document)


def _flags(document: dict[str, Any]) -> None:
    assert all(
        document[flag] is True for flag in ("fault", "error", "throttle") if flag in document
    )
    status = document.get("http", {}).get("response", {}).get("status")
    if status is not None:
        assert isinstance(status, int)
        assert document.get("error", False) == (400 <= status < 500)
        assert document.get("throttle", False) == (status == 429)
        assert status < 500 or document["fault"]


def _cause(document: dict[str, Any]) -> None:
    cause = document.get("cause")
    if cause is None:
        return
    assert document["fault"] is True
    if isinstance(cause, str):
        assert ID.fullmatch(cause)
        return
    assert cause["working_directory"]
    for exception in cause["exceptions"]:
        assert ID.fullmatch(exception["id"])
        assert exception["message"]
        assert exception["type"]
        for frame in exception.get("stack", []):
            assert {"path", "line", "label"} <= set(frame)
