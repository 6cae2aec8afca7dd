import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.webhooks.shell_text import simple_text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a >b 2>&1 c", "a c"),
        ("a 2>b", "a"),
        ("a2>b c", "a2 c"),
        ("a >'b c' d", "a d"),
        ("a <<<'b c' d", "a d"),
        ("a 'b >c' \"d # e\"", "a 'b >c' \"d # e\""),
        ("a b#c # d\ne", "a b#c ; e"),
        ("a \\\n b", "a b"),
        ("a \\# b", "a \\# b"),
        ("a <<X <<Y\n1\nX\n2\nY\nb", "a ; b"),
        ("a <<X\nnever ended", "a ;"),
        ("a=(b c) d", "d"),
        ('a "b \\" c" >d', 'a "b \\" c"'),
        ("a 'never ended > b", "a 'never ended > b"),
        ("a >", "a"),
    ],
)
def test_what_is_left_are_commands(text: str, words: str) -> None:
    assert " ".join(simple_text(text).split()) == words


@given(st.text(alphabet="ab2 \t\n'\"\\<>&|#=()-;", max_size=200))
def test_no_text_is_a_traceback_and_none_grows(text: str) -> None:
    assert len(simple_text(text)) <= len(text) + 2 * text.count("\n")


@pytest.mark.parametrize("part", ["a <<X\n", "<<<", "a=(", "'", "2>", "\\", "# ", "\n"])
def test_long_texts_are_passed_in_one_go(part: str) -> None:
    steps = [simple_text(part * count) for count in (1, 20_000)]
    assert len(steps[1]) <= 4 * len(part) * 20_000
