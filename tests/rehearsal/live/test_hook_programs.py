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
        ("hey http://shop/ >/dev/null 2>&1 && echo ok", []),
        ("bash -ec 'hey http://shop/ 2>&1 | absent-a'", ["absent-a"]),
        ("exec 3<>/dev/tcp/shop/80; cat <&3", []),
        ("echo a >&2; absent-a &>log", ["absent-a"]),
        ("cat <<EOF | absent-a\nabsent-b here\nEOF\nabsent-c", ["absent-a", "absent-c"]),
        ("cat <<-'END'\n\tabsent-a\n\tEND\nabsent-b", ["absent-b"]),
        ("absent-a # absent-b; absent-c", ["absent-a"]),
        ("[[ a == b && absent-a == c ]] && absent-b", ["absent-b"]),
        ("list=(absent-a 'b )' absent-c); absent-d", ["absent-d"]),
        ("diff <(absent-a) <(cat b)", ["absent-a"]),
        ("timeout -s KILL 5 absent-a", ["absent-a"]),
        ("nice -n 5 sudo -u nobody absent-a", ["absent-a"]),
        ("env -i A=1 absent-a", ["absent-a"]),
        ("source ./functions; absent-a", []),
        ("export PATH=$PATH:/opt/tools; absent-a", []),
        ("", []),
    ],
)
def test_the_programs_that_are_not_here(command: str, missing: list[str]) -> None:
    assert missing_in_command(command) == missing


@given(st.text(max_size=300))
def test_any_text_has_an_answer(text: str) -> None:
    assert isinstance(missing_in_command(text), list)
