import pytest

from loadtester.webhooks.gotypes import exit_text, fields, parse_bool


@pytest.mark.parametrize("text", ["1", "t", "T", "TRUE", "true", "True"])
def test_true(text: str) -> None:
    assert parse_bool(text)


@pytest.mark.parametrize("text", ["0", "f", "FALSE", "", "yes", "tRUE", " true", "on"])
def test_not_true(text: str) -> None:
    assert not parse_bool(text)


def test_fields_know_no_quoting() -> None:
    assert fields("  a 'b  c'\t\nd\u3000e\x85 ") == ["a", "'b", "c'", "d", "e"]
    assert fields("") == []
    assert fields("a\x1cb") == ["a\x1cb"]


@pytest.mark.parametrize(
    ("returncode", "text"),
    [
        (0, "exit status 0"),
        (7, "exit status 7"),
        (-9, "signal: killed"),
        (-15, "signal: terminated"),
        (-2, "signal: interrupt"),
        (-34, "signal: signal 34"),
    ],
)
def test_exit_text(returncode: int, text: str) -> None:
    assert exit_text(returncode) == text
