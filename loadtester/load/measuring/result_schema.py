"""What a saved result must look like, so that nothing behind it has to ask again."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

_Whole = Annotated[int, Field(ge=0, lt=1 << 63)]
_Sum = Annotated[int, Field(ge=0, lt=1 << 100)]
_Signed = Annotated[int, Field(ge=-(1 << 63), lt=1 << 63)]
_Number = Annotated[float, Field(ge=0, lt=1 << 63, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class _Histogram(_Strict):
    min_ns: _Whole
    max_ns: _Whole
    sum_ns: _Sum
    counts: list[_Whole]


class _Status(_Strict):
    response_time: _Histogram
    service_time: _Histogram


class _Error(_Strict):
    response_time: _Histogram
    messages: dict[str, _Whole]


class _Slot(_Strict):
    number: Annotated[int, Field(ge=0, lt=600)]
    completed: _Whole
    errors: _Whole
    server_errors: _Whole
    bytes: _Whole
    response_time: _Histogram


class _Timeline(_Strict):
    width_s: Annotated[int, Field(ge=1, lt=1 << 40)]
    slots: list[_Slot]


class _Records(_Strict):
    capacity: _Whole
    forgotten: _Whole
    columns: dict[str, list[_Signed]]


class _Request(_Strict):
    url: str = ""
    method: str = ""
    headers: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = []


class _Pacing(_Strict):
    model: str = ""
    schedule: str = ""
    connections: _Whole = 0
    qps_per_connection: _Number = 0.0


class _Plan(_Strict):
    request: _Request = _Request()
    pacing: _Pacing = _Pacing()
    processes: _Whole = 1


class _Result(_Strict):
    provenance: dict[str, str]
    plan: _Plan
    started_unix_ns: _Whole
    issue_window_ns: _Whole
    wall_ns: _Whole
    interrupted: bool
    bytes_read: _Whole
    bytes_body: _Whole
    bytes_written: _Whole
    counts: dict[str, _Whole]
    response_time: _Histogram
    service_time: _Histogram
    lateness: _Histogram
    dispatch_lateness: _Histogram
    censored: _Histogram
    censored_service: _Histogram
    statuses: dict[Annotated[str, Field(pattern=r"^[1-9][0-9]{2}$")], _Status]
    errors: dict[str, _Error]
    phases: dict[str, dict[str, _Whole]]
    timeline: _Timeline
    health: dict[str, _Number]
    verdict: dict[str, str]
    records: _Records


def check_result(value: dict[str, Any]) -> None:
    """ValueError naming the part that is not as it should be."""
    json.dumps(value["plan"], allow_nan=False)  # ValueError for what Python alone calls JSON
    try:
        _Result.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part)[:40] for part in first["loc"])
        raise ValueError(f"{where[:200]}: {first['msg']}") from None
