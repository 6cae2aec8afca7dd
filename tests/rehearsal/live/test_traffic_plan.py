from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from rehearsal.errors import UserError
from rehearsal.live.access_log import AccessLog, LoggedRequest
from rehearsal.live.traffic_plan import ReplayPlan, TrafficPlan, parse_traffic

COMMON = '1.2.3.4 - - [10/Oct/2000:13:55:{:02} +0000] "{} {} HTTP/1.1" 200 5\n'


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("none", None),
        ("5/s", TrafficPlan(5, (("/", 1),))),
        ("0.5/s@/x?y=1", TrafficPlan(0.5, (("/x?y=1", 1),))),
        ("40", TrafficPlan(40, (("/", 1),))),
    ],
)
def test_the_option_is_read(text: str, plan: TrafficPlan | None) -> None:
    assert parse_traffic(text) == plan


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x/s",
        "0/s",
        "nan/s",
        "inf",
        "3000/s",
        "-1/s",
        "5/s@absent",
        "@",
        "absent.log",
        "/",
        "@2x",
    ],
)
def test_a_bad_option_is_one_line(text: str) -> None:
    with pytest.raises(UserError, match="--traffic") as raised:
        parse_traffic(text)
    assert len(raised.value.lines()) == 1


def test_paths_come_from_a_file_with_weights(tmp_path: Path) -> None:
    file = tmp_path / "paths"
    file.write_text("# what people read\n/a 3\n\n/b # often\n")
    plan = parse_traffic(f"10/s@{file}")
    assert plan == TrafficPlan(10, (("/a", 3), ("/b", 1)))
    planned = list(islice(plan.requests(), 8)) if plan else []
    assert [one.path for one in planned] == ["/a", "/b", "/a", "/a"] * 2
    assert {one.wait_s for one in planned} == {0.1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n", ":1: write /PATH"),
        ("/a 0\n", ":1:"),
        ("/a 10001\n", ":1:"),
        ("/a ²\n", ":1:"),
        ("/a\n/b x\n", ":2:"),
        ("# x\n", "no path"),
        ("".join(f"/{n}\n" for n in range(1001)), ":1001: more than 1000 paths"),
        ("/a\n" * 400_000, "is larger than"),
    ],
)
def test_a_bad_file_is_one_line_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "paths"
    file.write_text(text)
    with pytest.raises(UserError, match=said):
        parse_traffic(f"10/s@{file}")


def test_a_log_is_replayed_at_its_own_distances(tmp_path: Path) -> None:
    file = tmp_path / "access@home.log"
    file.write_text(
        COMMON.format(0, "GET", "/a")
        + COMMON.format(3, "HEAD", "/b?c=d")
        + COMMON.format(4, "POST", "/pay")
        + "noise\n"
        + COMMON.format(9, "GET", "/e")
    )
    plan = parse_traffic(f"{file}@3x")
    assert isinstance(plan, ReplayPlan)
    planned = list(islice(plan.requests(), 5))
    assert [(one.method, one.path) for one in planned] == [
        ("GET", "/a"),
        ("HEAD", "/b?c=d"),
        ("GET", "/e"),
        ("GET", "/a"),
        ("HEAD", "/b?c=d"),
    ]
    assert [one.wait_s for one in planned] == pytest.approx([0, 1, 2, 1.5, 1])
    assert plan.rate == pytest.approx(2 / 3)
    assert "3 requests" in plan.note
    assert "3 s long" in plan.note
    assert "1 with a body, 1 in no known format" in plan.note


def test_a_log_without_a_speed_keeps_its_own(tmp_path: Path) -> None:
    file = tmp_path / "access@2x"
    file.write_text(COMMON.format(0, "GET", "/a"))
    plan = parse_traffic(str(file))
    assert isinstance(plan, ReplayPlan)
    assert plan.speed == 1
    assert [one.wait_s for one in islice(plan.requests(), 3)] == [0, 1, 1]
    assert "left out" not in plan.note
    assert parse_traffic(f"@{file}") == plan
    assert parse_traffic(f"@{file}@3x") == replace(plan, speed=3)


@pytest.mark.parametrize(
    ("lines", "suffix", "said"),
    [
        ("", "", "none of its 1 lines"),
        ("hello\nworld", "", "none of its 2 lines"),
        (COMMON.format(0, "POST", "/a"), "", "all 1 requests have bodies"),
        (COMMON.format(0, "GET", "/a") * 3000, "", "up to 3000 requests in a second"),
        (COMMON.format(0, "GET", "/a") * 300, "@20x", "up to 300|more slowly"),
        (COMMON.format(0, "GET", "/a"), "@0x", "a speed is from"),
        (COMMON.format(0, "GET", "/a"), "@nan", "a speed is from"),
        (COMMON.format(0, "GET", "/a"), "@fast", "a speed is from"),
    ],
)
def test_a_log_that_cannot_be_replayed(tmp_path: Path, lines: str, suffix: str, said: str) -> None:
    file = tmp_path / "access.log"
    file.write_text(lines)
    if suffix == "@20x":
        file.write_text("".join(COMMON.format(n, "GET", "/a") * 300 for n in range(30)))
    with pytest.raises(UserError, match=said):
        parse_traffic(f"{file}{suffix}")


def test_a_replay_of_one_instant_still_takes_time() -> None:
    log = AccessLog((LoggedRequest(0, "GET", "/a"), LoggedRequest(0, "GET", "/b")))
    waits = [one.wait_s for one in islice(ReplayPlan(log, "x").requests(), 6)]
    assert waits == [0, 0, 1, 0, 1, 0]
