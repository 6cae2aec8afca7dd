"""A path to one value in a JSON document: ``$.vendors[0].name`` or ``$['odd key'][-1]``.

The singular queries of RFC 9535: a path names at most one value.
"""

import re
from dataclasses import dataclass
from typing import Any

_STEP = re.compile(
    r"\.?(?P<name>[A-Za-z_\u0080-\U0010ffff][\w\u0080-\U0010ffff-]*)"
    r"|\[(?P<index>-?[0-9]{1,9})\]"
    r"|\[(?P<quote>['\"])(?P<key>[^'\"]*)(?P=quote)\]"
)


@dataclass(frozen=True)
class Path:
    """The steps from the root to a value."""

    text: str
    steps: tuple[str | int, ...]

    @classmethod
    def parse(cls, text: str) -> "Path":
        """ValueError if ``text`` is not such a path. The leading ``$`` may be left out."""
        body = text.removeprefix("$")
        steps: list[str | int] = []
        position = 0
        while position < len(body):
            step = _STEP.match(body, position)
            if step is None:
                raise ValueError(f'"{text}" is not a path such as $.vendors[0].name')
            if step["index"] is not None:
                steps.append(int(step["index"]))
            else:
                steps.append(step["name"] if step["name"] is not None else step["key"])
            position = step.end()
        return cls(text, tuple(steps))

    def read(self, value: Any) -> Any:
        """The value at the path; LookupError if there is none."""
        for step in self.steps:
            try:
                value = _step(value, step)
            except LookupError:
                raise LookupError("there is no such value") from None
        return value

    def __str__(self) -> str:
        return self.text


def _step(value: Any, step: str | int) -> Any:
    if isinstance(step, str) and isinstance(value, dict):
        return value[step]
    if isinstance(step, int) and isinstance(value, list):
        return value[step]
    raise LookupError
