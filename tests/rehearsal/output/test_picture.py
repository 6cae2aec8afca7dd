import xml.etree.ElementTree as ET

from rehearsal.output.picture import picture
from rehearsal.recording.snapshot import Snapshot

SVG = "{http://www.w3.org/2000/svg}"


def _snapshot(
    time_s: float, name: str, weight: int, failures: int, success: float | None
) -> Snapshot:
    return Snapshot(
        time_s,
        "detail.flagger",
        "",
        100 - weight,
        weight,
        0,
        1,
        success_percent=success,
        failures=failures,
        step=name,
        title=name,
    )


RUN = [
    _snapshot(0, "calm & quiet", 0, 0, None),
    _snapshot(60, "calm & quiet", 5, 0, 100.0),
    _snapshot(120, "calm & quiet", 10, 0, 99.0),
    _snapshot(180, "storm", 5, 3, 60.0),
    _snapshot(240, "storm", 0, 4, None),
]


def _drawn(snapshots: list[Snapshot], goal: float | None = None) -> ET.Element:
    return ET.fromstring(picture("detail.flagger", snapshots, goal))


def _classes(root: ET.Element) -> list[str]:
    return [element.get("class", "") for element in root.iter() if element.get("class")]


def test_a_run_has_its_steps_weights_rate_and_errors() -> None:
    root = _drawn(RUN, goal=99)
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert "1. calm & quiet" in texts
    assert "2. storm" in texts
    classes = _classes(root)
    assert classes.count("weight") == 1
    assert classes.count("success") == 1
    assert classes.count("error") == 2
    assert classes.count("goal") == 1


def test_a_bar_is_as_high_as_there_were_failures() -> None:
    bars = [e for e in _drawn(RUN).iter(f"{SVG}rect") if e.get("class") == "error"]
    three, one = (float(bar.get("height", "")) for bar in bars)
    assert abs(three - 3 * one) < 0.2


def test_nothing_comes_from_outside() -> None:
    text = picture("detail.flagger", RUN, None).replace("http://www.w3.org/2000/svg", "")
    assert "http" not in text
    assert "url(" not in text


def test_no_snapshots_make_an_empty_frame() -> None:
    classes = _classes(_drawn([]))
    assert "axis" in classes
    assert not {"weight", "success", "error"} & set(classes)
