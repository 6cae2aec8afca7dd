import json
from collections import Counter
from pathlib import Path

from rehearsal.live.traffic import FAILED, Tally
from rehearsal.output.summary import all_as_told, summary, write_report
from rehearsal.scenario.runner import Outcome
from rehearsal.scenario.step import Act, SetImage

ACTS = tuple(Act(name, name, SetImage("2.0"), (), "2") for name in ("promotion", "rollback"))
CALM = Outcome(ACTS[0], visits=Tally(Counter({"1": 90, "2": 10})), version="2")
HURT = Outcome(ACTS[1], visits=Tally(Counter({"2": 95, FAILED: 5})), version="2")


def test_people_and_errors_are_counted() -> None:
    text = summary([CALM, HURT], ACTS)
    assert "of 200 people in all, 5 met an error" in text
    assert text.endswith("All acts ended as told.")
    assert all_as_told([CALM, HURT], ACTS)


def test_nobody_met_an_error() -> None:
    assert "nobody met an error" in summary([CALM], ACTS[:1])


def test_an_act_that_was_not_played_is_not_as_told() -> None:
    text = summary([CALM], ACTS)
    assert "rollback    not played" in text
    assert text.endswith("Not as told.")


def test_a_complaint_is_not_as_told() -> None:
    broken = Outcome(ACTS[0], complaints=["the page says version 1, not 2"])
    assert not all_as_told([broken], ACTS[:1])
    assert "NOT as told: the page says version 1, not 2" in broken.verdict()


def test_the_report_holds_what_was_seen(tmp_path: Path) -> None:
    HURT.visits.by_weight[5] = Counter({"2": 19, "3": 1})
    write_report(tmp_path / "r.json", [CALM, HURT])
    calm, hurt = json.loads((tmp_path / "r.json").read_text())
    assert (calm["visits"], calm["failures"]) == (100, 0)
    assert (hurt["visits"], hurt["failures"]) == (100, 5)
    assert hurt["versions_by_weight"] == {"5": {"2": 19, "3": 1}}
