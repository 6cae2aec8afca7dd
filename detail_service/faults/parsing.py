"""From a query string or a JSON document to one validated plan, or to errors that help.

Both go through the same models. A query may leave out `distribution`, which its fields betray.
Every error names the field, what is wrong, and which values are allowed.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from detail_service.errors import PlanError
from detail_service.faults.exchange import Caps
from detail_service.faults.kinds import DELAYS, FAULT, KINDS
from detail_service.faults.plan import Plan
from detail_service.faults.quantities import show_seconds

Problem = dict[str, Any]
HINTS = {"delay": "fixed", "min": "uniform", "max": "uniform", "mean": "normal",
         "stddev": "normal", "p50": "lognormal", "p99": "lognormal", "scale": "pareto",
         "shape": "pareto"}  # fmt: skip


def from_json(body: bytes, caps: Caps) -> Plan:
    """The plan in a JSON document. Raises PlanError."""
    try:
        fields = json.loads(body)
    except ValueError:
        raise PlanError([_problem("body", (), "the body is not JSON", "a JSON object")]) from None
    if not isinstance(fields, dict):
        raise PlanError([_problem("body", (), "the body is not a JSON object", "a JSON object")])
    return _validate("body", fields, caps)


def from_query(pairs: Iterable[tuple[str, str]], caps: Caps) -> Plan:
    """The plan in a query string's pairs. Raises PlanError."""
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            raise PlanError([_problem("query", (name,), "given twice", _allowed(name, {}))])
        fields[name] = value
    if fields.get("kind") == "delay" and "distribution" not in fields:
        guesses = {HINTS[name] for name in fields if name in HINTS}
        if len(guesses) == 1:
            fields["distribution"] = guesses.pop()
    return _validate("query", fields, caps)


def _validate(where: str, fields: Mapping[str, Any], caps: Caps) -> Plan:
    try:
        plan = (
            FAULT.validate_python(fields, strict=False)
            if where == "query"
            else FAULT.validate_json(json.dumps(fields))
        )
    except ValidationError as error:
        problems = [_from_error(where, one, fields) for one in error.errors(include_url=False)]
        raise PlanError(problems) from None
    _check_caps(where, plan, caps)
    return plan


def _check_caps(where: str, plan: Plan, caps: Caps) -> None:
    for name, (asked_s, cap_s) in plan.capped(caps).items():
        if asked_s > cap_s:
            cap = show_seconds(cap_s)
            allowed = f"0 to {cap}, the cap of this service"
            raise PlanError([_problem(where, (name,), f"is above {cap}", allowed)])


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
    name = str(path[-1]) if path else ""
    text = f"{name} {message[:1].lower()}{message[1:]}" if name else message
    return {"loc": [where, *path], "msg": text, "type": "fault", "allowed": allowed}


def _model(fields: Mapping[str, Any]) -> type[Plan]:
    kinds = KINDS.get(str(fields.get("kind")), (Plan,))
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
