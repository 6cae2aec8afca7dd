"""What needs no shell is what a real shell makes of it, word for word."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtester.webhooks.shellwords import split_plain


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("hey -z 1m -q 5 http://x/", ["hey", "-z", "1m", "-q", "5", "http://x/"]),
        ("  hey\thttp://x/ ", ["hey", "http://x/"]),
        ("hey -H 'A: b c' http://x/", ["hey", "-H", "A: b c", "http://x/"]),
        ('hey -d "" http://x/', ["hey", "-d", "", "http://x/"]),
        ('hey -d "a \\" \\\\ \\n" x', ["hey", "-d", 'a " \\ \\n', "x"]),
        ("hey a\\ b\\'c", ["hey", "a b'c"]),
        ("hey http://x/?a=1", ["hey", "http://x/?a=1"]),
        ("hey http://x/#top", ["hey", "http://x/#top"]),
        ("hey http://x/~me", ["hey", "http://x/~me"]),
        ("hey a'b'\"c\"", ["hey", "abc"]),
        ("", []),
    ],
)
def test_plain_commands(command: str, words: list[str]) -> None:
    assert split_plain(command) == words


@pytest.mark.parametrize(
    "command",
    [
        f"hey x{operator}"
        for operator in (";id", "&", "|sh", ">f", "<f", "$X", "`id`", "\n", "(", "\r")
    ]
    + ["hey 'x", 'hey "x', "hey x\\", 'hey "$X"', 'hey "`id`"', "X=1 hey x", "if true", "! true"]
    + ["hey ~/x", "# hey", "hey #x", "hey \\\nx", 'hey "a\\\nb"', "{ id", "[[ x"],
)
def test_anything_else_needs_a_shell(command: str) -> None:
    assert split_plain(command) is None


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab \t'\"\\$;|&<>(){}!#~=?*[]\n-/", max_size=14))
def test_a_real_shell_agrees(text: str) -> None:
    words = split_plain(f"printf %s/ {text}")
    if words is None:
        return
    assert words[:2] == ["printf", "%s/"]
    ended = subprocess.run(
        ["sh", "-fc", f"printf %s/ {text}"], capture_output=True, cwd="/", timeout=10
    )
    assert ended.stderr == b""
    assert ended.stdout == b"".join(word.encode() + b"/" for word in words[2:] or [""])


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    words = split_plain(text)
    assert words is None or all(isinstance(word, str) for word in words)
