import re
from itertools import combinations
from xml.etree import ElementTree

import pytest

from tests.xray_local.pages.samples import hostile_traces, rehearsed, span
from xray_local.pages.outcomes import description, failures
from xray_local.pages.service_map import MOST_NODES, Direction, map_svg, ring_shares, style_sheet
from xray_local.pages.wording import width_px
from xray_local.service_graph import ServiceGraph, Statistics, service_graph
from xray_local.spans import Health
from xray_local.trace import Trace

SVG = "{http://www.w3.org/2000/svg}"
DIRECTIONS: tuple[Direction, ...] = ("right", "down")


def _graph(faulted: int = 5) -> ServiceGraph:
    healthy = [rehearsed(n, 2) for n in range(1, 21)]
    return service_graph(
        [*healthy, *(rehearsed(n, 3, status=500) for n in range(21, 21 + faulted))]
    )


def _rings(svg: str) -> dict[str, set[str]]:
    """The colours in the ring of each node, by its name."""
    found = {}
    for group in ElementTree.fromstring(svg).iter():
        title = group.find(f"{SVG}title")
        rings = {r.get("class", "") for r in group if (r.get("class") or "").startswith("ring")}
        if title is not None and rings:
            found[str(title.text).partition(":")[0]] = {r.removeprefix("ring ") for r in rings}
    return found


def _texts(svg: str) -> list[tuple[float, float, float, str]]:
    """Centre, baseline, width and words of each text."""
    found = []
    for text in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        size, words = float(text.get("font-size", "12")), text.text or ""
        bold = 1.09 if (text.get("class") or "") in ("name", "time", "bad", "on bad") else 1.0
        width = width_px(words, size * bold)
        found.append((float(text.get("x", "0")), float(text.get("y", "0")), width, words))
    return found


def test_the_ring_of_a_faulted_version_is_red_while_the_other_stays_green() -> None:
    rings = _rings(map_svg(_graph()))
    assert rings["Product-Detail-V3"] == {"fault"}
    assert rings["Product-Detail-V2"] == {"ok"}
    assert rings["gateway"] == {"ok", "fault"}
    assert rings["client"] == {"none"}


def test_a_ring_shows_every_outcome_and_is_whole() -> None:
    statistics = Statistics(ok=9_996, error=2, throttle=1, fault=1)
    shares = dict(ring_shares(statistics))
    assert sum(shares.values()) == pytest.approx(1.0)
    assert set(shares) == set(Health)
    assert min(shares.values()) > 0.01


def test_outcomes_in_words() -> None:
    statistics = Statistics(ok=6, error=1, throttle=1, fault=2)
    assert failures(statistics) == ["20.0 % faults", "10.0 % throttled", "10.0 % errors"]
    assert failures(Statistics(fault=1)) == ["fault"]
    assert failures(Statistics(ok=3)) == []


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_no_text_covers_another_or_leaves_the_picture(direction: Direction) -> None:
    svg = map_svg(_graph(), direction=direction)
    width = float(re.findall(r'viewBox="0 0 (\d+) ', svg)[0])
    texts = _texts(svg)
    assert len(texts) > 20
    for x, _, wide, words in texts:
        assert 0 <= x - wide / 2 <= x + wide / 2 <= width, words
    for (x, y, wide, words), (to_x, to_y, to_wide, others) in combinations(texts, 2):
        is_beside = abs(x - to_x) >= (wide + to_wide) / 2
        assert is_beside or abs(y - to_y) > 9, (words, others)


def test_downwards_it_fits_a_phone() -> None:
    assert 'viewBox="0 0 360 ' in map_svg(_graph(), direction="down")


def test_numbers_of_nodes_and_edges_are_in_it() -> None:
    words = [words for *_, words in _texts(map_svg(_graph()))]
    assert {"Product-Detail-V3", "proxy", "100 % faults", "20.0 % faults"} <= set(words)
    assert any(re.fullmatch(r"p99 [\d.]+ ms", text) for text in words)
    assert any(re.fullmatch(r"[\d.]+/min", text) for text in words)


def test_of_a_single_trace_there_are_no_rates() -> None:
    words = [words for *_, words in _texts(map_svg(service_graph([rehearsed(1, 3, status=500)])))]
    assert not any("min" in text or "p99" in text for text in words)
    assert "1 call" in words
    assert "fault" in words


def test_links_lead_from_services_only() -> None:
    svg = map_svg(_graph(), link=lambda name: f"/traces?filter={name}&x=1")
    assert '<a href="/traces?filter=gateway&amp;x=1"' in svg
    assert "filter=client" not in svg
    assert 'role="group"' in svg
    assert 'role="img"' in map_svg(_graph())


def test_a_style_of_its_own_or_the_pages() -> None:
    assert style_sheet() in map_svg(_graph())
    assert "<style" not in map_svg(_graph(), with_style=False)


def test_nothing_to_draw() -> None:
    assert "No requests" in map_svg(ServiceGraph())


def test_a_service_that_calls_itself_and_its_caller() -> None:
    spans = [span(1, "a"), span(2, "b", parent=1), span(3, "a", parent=2), span(4, "a", parent=3)]
    for direction in DIRECTIONS:
        svg = map_svg(service_graph([Trace("1" * 32, spans)]), direction=direction)
        assert len(re.findall('class="edge', svg)) == 4


def test_more_than_can_be_shown_is_counted() -> None:
    spans = [span(1, "hub")] + [span(n, f"leaf {n}", parent=1) for n in range(2, 300)]
    svg = map_svg(service_graph([Trace("1" * 32, spans)]))
    assert len(_rings(svg)) == MOST_NODES
    assert f"and {300 - MOST_NODES} nodes" in svg


@pytest.mark.slow
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_whatever_is_sent_the_picture_is_well_formed(direction: Direction) -> None:
    graph = service_graph(hostile_traces())
    svg = map_svg(graph, direction=direction, link=lambda name: name)
    elements = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(svg).iter()}
    assert elements <= {"svg", "style", "rect", "g", "a", "title", "circle", "path", "polygon",
                        "text"}  # fmt: skip
    assert len(svg) < 400_000
    assert "nan" not in svg.replace("name", "")


def test_a_node_in_a_sentence() -> None:
    graph = _graph()
    said = description(graph.nodes["Product-Detail-V3"], 1.0)
    assert re.fullmatch(r"Product-Detail-V3: 5/min, average [\d.]+ ms, p99 [\d.]+ ms,"
                        r" 100 % faults", said)  # fmt: skip
    assert description(graph.nodes["client"], 1.0) == "client: callers"
