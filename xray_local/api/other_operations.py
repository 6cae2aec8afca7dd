"""Operations on groups, and those that X-Ray's clients make by the way."""

from __future__ import annotations

from typing import Any

from xray_local.api.errors import invalid
from xray_local.api.groups import Group
from xray_local.api.parameters import Parameters
from xray_local.api.state import State

_COUNTS = (
    "SegmentsReceivedCount",
    "SegmentsSentCount",
    "SegmentsSpilloverCount",
    "SegmentsRejectedCount",
)


def _group(state: State, request: Parameters) -> Group:
    name, arn = request.text("GroupName"), request.text("GroupARN")
    if not name and not arn:
        raise invalid("GroupName and GroupARN are missing")
    return state.groups.named(name, arn)


def get_groups(state: State, request: Parameters) -> dict[str, Any]:
    del request
    return {"Groups": [group.as_fields() for group in state.groups]}


def get_group(state: State, request: Parameters) -> dict[str, Any]:
    return {"Group": _group(state, request).as_fields()}


def create_group(state: State, request: Parameters) -> dict[str, Any]:
    name, expression = request.required_text("GroupName"), request.text("FilterExpression")
    state.check_group_expression(expression)
    return {"Group": state.groups.create(name, expression).as_fields()}


def update_group(state: State, request: Parameters) -> dict[str, Any]:
    expression = request.text("FilterExpression")
    state.check_group_expression(expression)
    return {"Group": state.groups.update(_group(state, request), expression).as_fields()}


def delete_group(state: State, request: Parameters) -> dict[str, Any]:
    state.groups.delete(_group(state, request))
    return {}


def put_telemetry_records(state: State, request: Parameters) -> dict[str, Any]:
    """Add up what a daemon says of itself."""
    for record in request.objects("TelemetryRecords"):
        record.time_s("Timestamp")
        for name in _COUNTS:
            state.telemetry[name] += record.whole(name)
    return {}


def get_encryption_config(state: State, request: Parameters) -> dict[str, Any]:
    """Nothing is encrypted by a key of one's own."""
    del state, request
    return {"EncryptionConfig": {"Status": "ACTIVE", "Type": "NONE"}}
