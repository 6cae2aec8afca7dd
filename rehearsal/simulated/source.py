"""Plain values with line numbers, read key by key; what is wrong with them is collected.

The values come from YAML or from Python. Nulls stay, since in a scenario they say something.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from commons.input_file import InputFileError, read_at_most
from rehearsal.errors import UserError
from rehearsal.flagger.canary.problems import field_name, problems
from rehearsal.flagger.canary.yamltext import Document, Mark, YamlError, documents

FieldPath = tuple[str | int, ...]

MOST_BYTES = 4 << 20
MOST_QUOTED = 60
MOST_IN_A_LINE = 1_000
NOWHERE = Mark(0, 0, 0)


class ScenarioError(UserError):
    """A scenario that cannot be played: one line with file, line and field."""

    def __init__(self, text: str) -> None:
        super().__init__(one_line(text))


class Source:
    """One document. Readers return a harmless value for what is wrong and note a problem."""

    def __init__(self, document: Document, name: str) -> None:
        self.value: Any = _with_nulls(document.value, document.mark)
        self.name = name
        self._document = document
        self._problems: list[tuple[bool, int, int, str, str]] = []

    @classmethod
    def parse(cls, text: str, name: str) -> Source:
        """The one document of a YAML text."""
        try:
            found = list(documents(text))
        except YamlError as error:
            where = f"{name}:{error.line}" if error.line else name
            raise ScenarioError(f"{where}: is not YAML: {error.reason}") from None
        if len(found) != 1:
            what = "is empty" if not found else f"has {len(found)} documents; keep one"
            raise ScenarioError(f"{name}: {what}")
        return cls(found[0], name)

    @classmethod
    def of_values(cls, value: Any, name: str) -> Source:
        """Values that have no lines."""
        return cls(Document(value, NOWHERE), name)

    def part(self, key: str, value: Any) -> Document:
        """One field of the top as a document of its own."""
        mark = (self._document.mark.children or {}).get(key, NOWHERE)
        return Document(value, mark)

    def line(self, path: FieldPath) -> int:
        """The line of a field, 0 when there are none."""
        return self._document.line(path)

    def note(self, path: FieldPath, text: str) -> str:
        """A sentence about a field that is no error."""
        line = self.line(path)
        where = f"{self.name}:{line}" if line else self.name
        return one_line(f"{where}: {field_name(path)}: {text}")

    def problem(self, path: FieldPath, reason: str, *, unknown: bool = False) -> None:
        """Note that a field is wrong; unknown ones come first, for others follow from them."""
        line, number = self.line(path), len(self._problems)
        self._problems.append((not unknown, line, number, field_name(path), reason))

    def invalid(self, error: ValidationError, path: FieldPath) -> None:
        """Note what pydantic found in the value at a path."""
        for one in problems(error, self._document, path):
            number = len(self._problems)
            self._problems.append((True, one.line, number, one.field, one.reason))

    def check(self) -> None:
        """Raise ScenarioError with the first problem, if there is any."""
        if not self._problems:
            return
        _, line, _, field, reason = min(self._problems)
        where = f"{self.name}:{line}" if line else self.name
        more = f" (and {len(self._problems) - 1} more)" if len(self._problems) > 1 else ""
        raise ScenarioError(f"{where}: {f'{field}: ' if field else ''}{reason}{more}")

    def mapping(
        self, value: Any, path: FieldPath, known: Sequence[str] | None = None
    ) -> Mapping[str, Any]:
        """An object, all of whose keys are among the known ones."""
        if not isinstance(value, Mapping):
            what = f"with {', '.join(known)}" if known else "of names and values"
            self.problem(path, f"must be an object {what}, not {shown(value)}")
            return {}
        for key in value:
            if known is not None and key not in known:
                hint = did_you_mean(str(key), known)
                keys = ", ".join(known)
                reason = f"unknown field; {hint or f'the fields here are {keys}'}"
                self.problem((*path, str(key)), reason, unknown=True)
        return value

    def text(self, value: Any, path: FieldPath, most: int) -> str:
        """A string of at most so many characters."""
        if not isinstance(value, str):
            quoted = "; put it in quotes" if isinstance(value, bool | int | float) else ""
            self.problem(path, f"must be a string, not {shown(value)}{quoted}")
            return ""
        if len(value) > most:
            self.problem(path, f"must have at most {most} characters, not {len(value)}")
        return value

    def whole(self, value: Any, path: FieldPath, least: int, most: int) -> int:
        """A whole number within bounds."""
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            bounds = f"a whole number from {least} to {most}"
            self.problem(path, f"must be {bounds}, not {shown(value)}")
            return least
        return value

    def flag(self, value: Any, path: FieldPath) -> bool:
        """True or false."""
        if not isinstance(value, bool):
            self.problem(path, f"must be true or false, not {shown(value)}")
        return value is True


def read_source(path: Path) -> str:
    """A file's text, of bounded size, or that of standard input (`-`); raises ScenarioError."""
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            data = read_at_most(path, MOST_BYTES)
    except InputFileError as error:
        raise ScenarioError(f"{path!s:.1000}: {error.sentence}") from None
    except OSError as error:
        raise ScenarioError(f"{path!s:.1000}: cannot be read: {error}") from None
    if len(data) > MOST_BYTES:
        raise ScenarioError(f"{path}: is larger than {MOST_BYTES >> 20} MiB")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise ScenarioError(f"{path}: is not UTF-8 text") from None


def one_line(text: str) -> str:
    """A text without what does not print, of bounded length."""
    line = "".join(char if char.isprintable() else " " for char in text[:MOST_IN_A_LINE])
    return line if len(text) <= MOST_IN_A_LINE else f"{line}…"


def shown(value: Any) -> str:
    """A value as an error quotes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    try:
        text = f'"{value}"' if isinstance(value, str) else str(value)
    except ValueError:
        return "a number of too many digits"
    return text if len(text) <= MOST_QUOTED else f"{text[:MOST_QUOTED]}…"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean "ticks"?`, or nothing when no known word is close."""
    close = get_close_matches(word[:MOST_QUOTED], list(known), n=1)
    return f'did you mean "{close[0]}"?' if close else ""


def without_nulls(value: Any) -> Any:
    """A value as the API server keeps it: a null in an object is as good as absent."""
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [without_nulls(item) for item in value]
    return value


def merged(target: Any, patch: Any) -> Any:
    """A JSON merge patch (RFC 7396): objects are merged, null deletes, all else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, item in patch.items():
        if item is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), item)
    return result


def _with_nulls(value: Any, mark: Mark) -> Any:
    """A value with the nulls that reading YAML has dropped."""
    children = mark.children or {}
    if isinstance(value, dict):
        keys = dict.fromkeys((*value, *children))
        return {key: _with_nulls(value.get(key), children.get(key, NOWHERE)) for key in keys}
    if isinstance(value, list):
        return [_with_nulls(item, children.get(n, NOWHERE)) for n, item in enumerate(value)]
    return value
