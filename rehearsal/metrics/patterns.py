"""Regular expressions from elsewhere, matched in linear time and refused in Go's words.

The engine is RE2, whose syntax Go's `regexp` has too: what Prometheus refuses (look around, back
references, repetitions above a thousand) is refused here, and nothing backtracks.
"""

from functools import lru_cache
from typing import Any

import re2

# RE2's reasons that Go words otherwise (Go: regexp/syntax.ErrorCode), and whether Go quotes the
# whole expression behind them instead of the part at fault.
_GO_REASONS = {
    "missing )": ("missing closing )", True),
    "missing ]": ("missing closing ]", False),
    "unexpected )": ("unexpected )", True),
    "bad repetition operator": ("invalid nested repetition operator", False),
    "no argument for repetition operator": ("missing argument to repetition operator", False),
    "invalid repetition size": ("invalid repeat count", False),
    "invalid perl operator": ("invalid or unsupported Perl syntax", False),
    "invalid named capture group": ("invalid named capture", False),
    "trailing \\": ("trailing backslash at end of expression", False),
}

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False


class PatternError(ValueError):
    """A regular expression that cannot be; the text is Go's: "error parsing regexp: …"."""


@lru_cache(maxsize=1024)
def anchored(pattern: str) -> Any:
    """The compiled pattern; use its `fullmatch`, for Prometheus anchors all of them.

    A dot matches a line feed as well, as in Prometheus 3. Raises PatternError.
    """
    _compile(pattern, pattern)
    return _compile(f"(?s:{pattern})", pattern)


def _compile(text: str, pattern: str) -> Any:
    try:
        return re2.compile(text, _OPTIONS)
    except UnicodeEncodeError:
        raise PatternError("error parsing regexp: invalid UTF-8") from None
    except re2.error as error:
        raise PatternError(f"error parsing regexp: {_in_go_words(error, pattern)}") from None


def _in_go_words(error: Exception, pattern: str) -> str:
    text = error.args[0] if error.args else b""
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    reason, _, part = text.partition(": ")
    words, whole = _GO_REASONS.get(reason, (reason, False))
    return f"{words}: `{pattern if whole else part}`"
