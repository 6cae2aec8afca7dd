import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.live.hook_programs import missing_in_command


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        ("hey -z 1m http://shop/", []),
        ("curl -sf http://shop/", []),
        ("absent-k6 run -", ["absent-k6"]),
        ("A=1 absent-k6 run -", ["absent-k6"]),
        ("bash -c 'absent-k6 run -'", ["absent-k6"]),
        ("absent-a | absent-b; absent-a", ["absent-a", "absent-b"]),
        ("for one in 1 2; do absent-a $one; done", ["absent-a"]),
        ("if absent-a; then echo yes; else exit 1; fi", ["absent-a"]),
        ("/no/such/absent-a", []),
        ("./absent-a", []),
        ("$TOOL run", []),
        ("[ -n x ] && true", []),
        ("command -v absent-a && absent-a run", []),
        ("which absent-a; absent-a run", []),
        ("absent-a() { true; }; absent-a", []),
        ("true || absent-a", []),
        ("absent-a || true", ["absent-a"]),
        ("'unclosed absent-a", []),
        ("", []),
    ],
)
def test_the_programs_that_are_not_here(command: str, missing: list[str]) -> None:
    assert missing_in_command(command) == missing


@given(st.text(max_size=300))
def test_any_text_has_an_answer(text: str) -> None:
    assert isinstance(missing_in_command(text), list)
