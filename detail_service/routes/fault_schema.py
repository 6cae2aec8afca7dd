"""How OpenAPI describes faults, made from the models that validate them."""

from typing import Any

from detail_service.faults.kinds import FAULT, KINDS

REF = "#/components/schemas/{model}"
FAULT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": [
        "id", "kind", "summary", "seed", "matched", "selected", "delivered", "seconds_left",
        "ended_by", "spec",
    ],
    "properties": {
        "id": {"type": "string"},
        "kind": {"type": "string", "enum": list(KINDS)},
        "summary": {"type": "string"},
        "seed": {"type": "integer"},
        "matched": {"type": "integer", "description": "requests within its scope so far"},
        "selected": {"type": "integer", "description": "of those, chosen by the dice"},
        "delivered": {"type": "integer", "description": "of those, reached by its effect"},
        "rate_now": {"type": "number"},
        "seconds_left": {"type": ["number", "null"]},
        "ended_by": {"type": "string", "enum": ["", "request", "reset", "replaced", "ttl"]},
        "spec": {"type": "object"},
    },
}  # fmt: skip
COUNTS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["matched", "selected", "delivered"],
    "additionalProperties": {"type": "integer"},
}
LIST_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["faults", "ended", "totals"],
    "properties": {
        "faults": {"type": "array", "items": FAULT_SCHEMA},
        "ended": {"type": "array", "items": FAULT_SCHEMA},
        "totals": {"type": "object", "additionalProperties": COUNTS_SCHEMA},
    },
}
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["detail"],
    "properties": {
        "detail": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["loc", "msg", "type", "allowed"],
                "properties": {
                    "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
                    "msg": {"type": "string"},
                    "type": {"type": "string"},
                    "allowed": {"type": "string"},
                },
            },
        }
    },
}
TEXT_DETAIL: dict[str, Any] = {
    "type": "object",
    "required": ["detail"],
    "properties": {"detail": {"type": "string"}},
}


def complete_document(document: dict[str, Any]) -> None:
    """Put the models of the faults into an OpenAPI document; made when it is first read."""
    schema: dict[str, Any] = FAULT.json_schema(ref_template=REF, mode="validation")
    definitions = schema.pop("$defs")
    # The mapping of kinds holds another mapping for the delays, which OpenAPI does not allow.
    schema.pop("discriminator")
    body = document["paths"]["/faults"]["post"]["requestBody"]["content"]["application/json"]
    body["schema"] = schema
    document.setdefault("components", {}).setdefault("schemas", {}).update(definitions)


def _error(description: str, schema: dict[str, Any], value: object) -> dict[str, Any]:
    content = {"schema": schema, "example": {"detail": value}}
    return {"description": description, "content": {"application/json": content}}


ERRORS: dict[int | str, dict[str, Any]] = {
    401: _error("The bearer token is missing or wrong", TEXT_DETAIL, "a bearer token is needed"),
    409: _error("Too many faults are active", TEXT_DETAIL, "64 faults are active"),
    422: _error(
        "The fault is invalid; every entry names a field and what it may be",
        PROBLEM_SCHEMA,
        [
            {
                "loc": ["body", "rate"],
                "msg": "rate should be less than or equal to 1",
                "type": "fault",
                "allowed": "share of matching requests that are hit, 0 to 1",
            }
        ],
    ),
}


def _query_parameters() -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for kind, models in KINDS.items():
        for model in models:
            for name, field in model.model_fields.items():
                entry = found.setdefault(
                    name,
                    {
                        "name": name,
                        "in": "query",
                        "required": False,
                        "schema": {"type": "string"},
                        "description": field.description or "",
                    },
                )
                if field.description and entry["description"] != field.description:
                    entry["description"] += f"; for {kind}: {field.description}"
    found["kind"]["schema"] = {"type": "string", "enum": list(KINDS)}
    found["kind"]["description"] = "kind of fault; without any parameter: break /catalogDetail"
    return list(found.values())


QUERY_PARAMETERS = _query_parameters()
EXAMPLES: dict[str, Any] = {
    "one in ten fails": {"value": {"kind": "status", "status": 503, "rate": 0.1}},
    "a slow tail": {
        "value": {
            "kind": "delay",
            "distribution": "lognormal",
            "p50": "80ms",
            "p99": "400ms",
            "ttl": "10m",
        }
    },
    "a slow leak": {
        "value": {"kind": "memory", "leak": "64KiB", "after": "30s", "ramp": "5m", "seed": 7}
    },
    "resets for some": {
        "value": {"kind": "reset", "rate": 0.05, "header": "x-canary:always", "method": "GET"}
    },
}
