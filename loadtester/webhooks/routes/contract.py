"""Flagger's routes in the OpenAPI description; they are served outside of FastAPI's own."""

from typing import Any

from fastapi import FastAPI

_PAYLOAD = {
    "type": "object",
    "description": "What Flagger posts. Every field may be left out; others are ignored.",
    "properties": {
        "name": {"type": "string"},
        "namespace": {"type": "string"},
        "phase": {"type": "string"},
        "checksum": {"type": "string"},
        "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_TASK_ANSWERS = {
    200: "The task passed, or its last run did",
    202: "The task was started",
    400: "The payload or its metadata are wrong; the body names the field",
    403: "The namespace, the command or the target is not allowed",
    412: "The task, or its last run, failed; the body says what",
    429: "Too many tasks are running",
    500: "The task failed (types with Flagger's behaviour)",
    503: "The server is stopping, or its store failed",
}
_CHECK_ANSWERS = {200: "Open", 400: "Not a payload", 403: "Closed", 503: "The store failed"}
_CHANGE_ANSWERS = {202: "Done, and durable", 400: "Not a payload", 503: "The store failed"}


def describe(app: FastAPI) -> None:
    """Add Flagger's routes to what ``app`` says of itself."""
    own = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = own()
            app.openapi_schema["paths"] |= _paths()
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {
        "/": {"post": _operation("Take a task (any other path does too)", _TASK_ANSWERS)},
        "/gate/approve": {"post": _operation("Always yes", {200: "OK"})},
        "/gate/halt": {"post": _operation("Always no", {403: "Forbidden"})},
        "/healthz": {"get": _operation("Alive", {200: "OK"}, has_body=False)},
    }
    for kind in ("gate", "rollback"):
        check = _operation(f"Is the {kind} open?", _CHECK_ANSWERS)
        paths[f"/{kind}/check"] = {"post": check}
        for verb in ("open", "close"):
            change = _operation(f"{verb.capitalize()} the {kind}", _CHANGE_ANSWERS)
            paths[f"/{kind}/{verb}"] = {"post": change}
    return paths


def _operation(summary: str, answers: dict[int, str], has_body: bool = True) -> dict[str, Any]:
    content = {"text/plain": {"schema": {"type": "string"}}}
    operation: dict[str, Any] = {
        "summary": summary,
        "tags": ["flagger"],
        "responses": {
            str(status): {"description": text, "content": content}
            for status, text in answers.items()
        },
    }
    if has_body:
        schema = {"application/json": {"schema": _PAYLOAD}}
        operation["requestBody"] = {"required": True, "content": schema}
    return operation
