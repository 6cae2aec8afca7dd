"""From a query string or a JSON document to one validated fault, or to errors that help.

Both go through the same models. A query may leave out `distribution`, which its fields betray.
Every error names the field, what is wrong, and which values are allowed. What comes is bounded:
documents nest as deep as the parser's bound, and at most MAX_PROBLEMS mistakes are reported.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from detail_service.errors import InvalidFaultError
from detail_service.faults.kinds import DELAYS, FAULT, KINDS
from detail_service.faults.limits import FaultLimits
from detail_service.faults.quantities import format_seconds
from detail_service.faults.spec import FaultSpec

Problem = dict[str, Any]
MAX_PROBLEMS = 16
MAX_NAME_LENGTH = 64
HINTS = {"delay": "fixed", "min": "uniform", "max": "uniform", "mean": "normal",
         "stddev": "normal", "p50": "lognormal", "p99": "lognormal", "scale": "pareto",
         "shape": "pareto"}  # fmt: skip


def spec_from_json(body: bytes, limits: FaultLimits) -> FaultSpec:
    """The fault in a JSON document. Raises InvalidFaultError."""
    try:
        fields = from_json(body)
        pairs = json.loads(body.decode(), object_pairs_hook=list)
    except ValueError:
        raise InvalidFaultError(
            [_problem("body", (), "the body is not JSON", "a JSON object")]
        ) from None
    if not isinstance(fields, dict):
        raise InvalidFaultError(
            [_problem("body", (), "the body is not a JSON object", "a JSON object")]
        )
    _refuse_repeated("body", [name for name, _ in pairs])
    return _validate("body", body, fields, limits)


def spec_from_query(pairs: Iterable[tuple[str, str]], limits: FaultLimits) -> FaultSpec:
    """The fault in a query string's pairs. Raises InvalidFaultError."""
    pairs = list(pairs)
    _refuse_repeated("query", [name for name, _ in pairs])
    fields = dict(pairs)
    if fields.get("kind") == "delay" and "distribution" not in fields:
        guesses = {HINTS[name] for name in fields if name in HINTS}
        if len(guesses) == 1:
            fields["distribution"] = guesses.pop()
    return _validate("query", None, fields, limits)


def _refuse_repeated(where: str, names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidFaultError([_problem(where, (name,), "given twice", _allowed(name, {}))])
        seen.add(name)


def _validate(
    where: str, body: bytes | None, fields: Mapping[str, Any], limits: FaultLimits
) -> FaultSpec:
    try:
        spec = FAULT.validate_python(fields) if body is None else FAULT.validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[:MAX_PROBLEMS]
        problems = [_from_error(where, one, fields) for one in found]
        raise InvalidFaultError(problems) from None
    _check_limits(where, spec, limits)
    return spec


def _check_limits(where: str, spec: FaultSpec, limits: FaultLimits) -> None:
    for name, (asked_s, limit_s) in spec.limited(limits).items():
        if asked_s > limit_s:
            limit = format_seconds(limit_s)
            allowed = f"0 to {limit}, the cap of this service"
            raise InvalidFaultError([_problem(where, (name,), f"is above {limit}", allowed)])


def _from_error(where: str, error: ErrorDetails, fields: Mapping[str, Any]) -> Problem:
    if error["type"] in ("union_tag_not_found", "union_tag_invalid"):
        name = error.get("ctx", {}).get("discriminator", "kind").strip("'")
        message = "is missing" if error["type"] == "union_tag_not_found" else "is unknown"
        return _problem(where, (name,), message, _allowed(name, fields))
    path = error["loc"][2 if error["loc"][:1] == ("delay",) else 1 :]
    if error["type"] == "extra_forbidden":
        return _problem(where, path, "is not a field of this kind", _allowed_fields(fields))
    message = error["msg"].removeprefix("Value error, ").replace("Input should", "should")
    return _problem(where, path, message, _allowed(str(path[-1]) if path else "", fields))


def _problem(where: str, path: tuple[str | int, ...], message: str, allowed: str) -> Problem:
    path = tuple(step[:MAX_NAME_LENGTH] if isinstance(step, str) else step for step in path)
    name = str(path[-1]) if path else ""
    text = f"{name} {message[:1].lower()}{message[1:]}" if name else message
    return {"loc": [where, *path], "msg": text, "type": "fault", "allowed": allowed}


def _model(fields: Mapping[str, Any]) -> type[FaultSpec]:
    kinds = KINDS.get(str(fields.get("kind")), (FaultSpec,))
    return DELAYS.get(str(fields.get("distribution")), kinds[0]) if len(kinds) > 1 else kinds[0]


def _allowed(name: str, fields: Mapping[str, Any]) -> str:
    if name == "kind":
        return ", ".join(KINDS)
    if name == "distribution":
        return ", ".join(DELAYS)
    field = _model(fields).model_fields.get(name)
    return (field.description or "") if field else _allowed_fields(fields)


def _allowed_fields(fields: Mapping[str, Any]) -> str:
    return "the fields " + ", ".join(_model(fields).model_fields)
