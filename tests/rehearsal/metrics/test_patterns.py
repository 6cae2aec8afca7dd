"""Go's own sentences, recorded from `regexp.Compile` (Go 1.26)."""

import pytest

from rehearsal.metrics.patterns import PatternError, anchored

REFUSED = {
    "(": "missing closing ): `(`",
    "a**": "invalid nested repetition operator: `**`",
    "*a": "missing argument to repetition operator: `*`",
    "|*": "missing argument to repetition operator: `*`",
    "(?=a)": "invalid or unsupported Perl syntax: `(?=`",
    "(?i": "invalid or unsupported Perl syntax: `(?i`",
    "(?P=n)": "invalid or unsupported Perl syntax: `(?P`",
    "[a-": "missing closing ]: `[a-`",
    "[a": "missing closing ]: `[a`",
    "[z-a]": "invalid character class range: `z-a`",
    "[[:foo:]]": "invalid character class range: `[:foo:]`",
    r"\pX": r"invalid character class range: `\pX`",
    r"\8": r"invalid escape sequence: `\8`",
    "a{1001}": "invalid repeat count: `{1001}`",
    "(a{1000}){1000}": "invalid repeat count: `{1000}`",
    "a{2,1}": "invalid repeat count: `{2,1}`",
    "a)": "unexpected ): `a)`",
    "(?P<>a)": "invalid named capture: `(?P<>`",
    "a\\": "trailing backslash at end of expression: ``",
}


@pytest.mark.parametrize("pattern", REFUSED)
def test_refusals_are_in_go_s_words(pattern: str) -> None:
    with pytest.raises(PatternError) as refused:
        anchored(pattern)
    assert str(refused.value) == f"error parsing regexp: {REFUSED[pattern]}"


def test_a_lone_surrogate_is_no_pattern() -> None:
    with pytest.raises(PatternError, match="invalid UTF-8"):
        anchored("\ud800")


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("detail", "detail", True),
        ("detail", "detail-1", False),
        ("a|b", "ab", False),
        ("a.b", "a\nb", True),
        ("(?i)ABC", "abc", True),
        ("é+", "éé", True),
        ("", "", True),
        ("", "x", False),
    ],
)
def test_the_whole_value_has_to_match(pattern: str, text: str, matches: bool) -> None:
    assert (anchored(pattern).fullmatch(text) is not None) == matches
