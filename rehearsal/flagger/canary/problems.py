"""What a failed validation found, in sentences that say what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from rehearsal.flagger.canary.errors import Problem
from rehearsal.flagger.canary.scalars import UNDECODABLE
from rehearsal.flagger.canary.yamltext import Document, Path

_WINDOW = r"^[0-9]+(m|s)"
_MAX_QUOTED = 80
_MAX_WORDS = 500
_SENTENCES = {
    "string_type": "must be a string; put it in quotes",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "mapping_type": "must be an object",
    "tuple_type": "must be a list",
}


def problems(error: ValidationError, document: Document, root: Path) -> tuple[Problem, ...]:
    """All problems in the order of their lines; fields are named from the root of the document."""
    return tuple(sorted(_problem(detail, document, root) for detail in error.errors()))


def problem_at(document: Document, path: Path, reason: str) -> Problem:
    """A problem with the field of that path."""
    mark = document.find(path)
    return Problem(mark.line, mark.column, field_name(path), reason)


def undecodable_only(error: ValidationError) -> bool:
    """Whether the API server would have taken it."""
    return all(detail["type"] == UNDECODABLE for detail in error.errors())


def _problem(detail: ErrorDetails, document: Document, root: Path) -> Problem:
    path = root + tuple(part for part in detail["loc"] if part != "[key]")
    mark = document.find(path)
    undecodable = detail["type"] == UNDECODABLE
    return Problem(mark.line, mark.column, field_name(path), _reason(detail), undecodable)


def field_name(path: Path) -> str:
    """`spec.analysis.webhooks[0].url`."""
    name = ""
    for part in path:
        name += f"[{part}]" if isinstance(part, int) else f".{part}"
    return name.removeprefix(".")


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean "istio"?`, or nothing when no known word is close."""
    words = list(islice(known, _MAX_WORDS))
    close = get_close_matches(word[:_MAX_QUOTED], words, n=1)
    return f'; did you mean "{close[0]}"?' if close else ""


def _reason(detail: ErrorDetails) -> str:
    context: Mapping[str, Any] = detail.get("ctx") or {}
    if detail["type"] == "string_pattern_mismatch":
        if context.get("pattern") == _WINDOW:
            example = 'like "1m" or "30s"'
            return f"must begin with whole minutes or seconds, {example}, not {_got(detail)}"
        return f"{_got(detail)} does not match {context.get('pattern')}"
    if detail["type"] == "literal_error":
        choices = _choices(str(context["expected"]))
        hint = suggestion(str(detail["input"]), choices)
        return f"must be one of {', '.join(choices)}, not {_got(detail)}{hint}"
    if detail["type"] == "missing":
        return f"is required{_misspelt(detail)}"
    return _SENTENCES.get(detail["type"]) or _plain(detail["msg"])


def _misspelt(detail: ErrorDetails) -> str:
    """A hint when a key beside the missing one looks like it."""
    missing, given = str(detail["loc"][-1]), detail["input"]
    close = get_close_matches(missing, map(str, given), n=1) if isinstance(given, dict) else []
    return f'; is "{close[0]}" meant to be it?' if close else ""


def _choices(expected: str) -> list[str]:
    words = expected.replace(" or ", ", ").split(", ")
    return [word.strip("'") for word in words if word != "''"]


def _got(detail: ErrorDetails) -> str:
    given = detail["input"]
    text = f'"{given}"' if isinstance(given, str) else str(given)
    return text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}…"


def _plain(message: str) -> str:
    """Pydantic's own sentence, after a field's name."""
    return message[:1].lower() + message[1:].replace("Input should", "should")
