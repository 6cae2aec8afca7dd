"""The page in a real browser, over a rehearsal in the simulated world and as a report."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rehearsal.output.web.page import render_report
from rehearsal.recording.records import EventRecord, NoteRecord
from tests.browser import opened, serious_findings, width_of
from tests.rehearsal.output.web.played import played
from tests.rehearsal.output.web.serving import Served, playing
from tests.rehearsal.specs import canary, hook, success_rate

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FAST = 1000.0
_ENDED = re.compile("passed|failed|unfinished|inconclusive")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report as a file."""
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(render_report(played("errors")))
    return file.as_uri()


def _step(page: Page, name: str) -> str:
    """The state of a step once it has ended."""
    row = page.locator("#steps li", has_text=f". {name}")
    expect(row).to_have_class(_ENDED, timeout=20_000)
    return row.inner_text()


@pytest.fixture
def rehearsed() -> Iterator[Served]:
    with playing(FAST) as served:
        yield served


def test_a_workshop_clicks_through_promotion_rollback_and_retry(rehearsed: Served) -> None:
    with opened(rehearsed.address) as page:
        assert "token" not in page.url
        page.get_by_role("button", name="Play bootstrap").click()
        assert "passed" in _step(page, "bootstrap")
        expect(page.locator("#phase")).to_have_text("Initialized")

        page.get_by_label("Image or tag").fill("2.0")
        page.get_by_label("Expected").select_option("promoted")
        page.get_by_role("button", name="Roll out").click()
        assert "passed" in _step(page, "rollout-1")
        expect(page.locator("#phase")).to_have_text("Succeeded")
        expect(page.locator("#events")).to_contain_text("Promotion completed!")

        page.get_by_label("Requests, %").fill("30")
        page.get_by_role("button", name="Inject").click()
        expect(page.locator("#faults")).to_contain_text("status 500 for 30 % of requests")
        page.get_by_label("Image or tag").fill("3.0")
        page.get_by_label("Expected").select_option("rolled-back")
        page.get_by_role("button", name="Roll out").click()
        assert "passed" in _step(page, "rollout-2")
        expect(page.locator("#phase")).to_have_text("Failed")
        expect(page.locator("#faults")).to_contain_text("delivered")
        expect(page.locator(".mark-name.halt").first).to_have_text("Halt")
        expect(page.locator(".mark-name.rolling-back").first).to_have_text("Rolling back")

        page.get_by_role("button", name="Reset all").click()
        expect(page.locator("#faults")).to_contain_text("reset,")
        page.get_by_label("Expected").select_option("promoted")
        page.get_by_role("button", name="Same again").click()
        assert "passed" in _step(page, "rollout-3")
        page.get_by_role("button", name="End the rehearsal").click()
        expect(page.locator("#connection")).to_have_text("ended: passed")
        expect(page.get_by_role("button", name="Roll out")).to_be_hidden()
    assert [o.ending for o in rehearsed.outcomes] == [
        *("initialized", "promoted", "rolled-back", "promoted"),
    ]


def test_the_clock_is_paused_and_slowed_down(rehearsed: Served) -> None:
    with opened(rehearsed.address) as page:
        page.get_by_role("button", name="Pause").click()
        expect(page.locator("#pace")).to_have_text("paused")
        before_s = rehearsed.world.now_s()
        page.wait_for_timeout(200)
        assert rehearsed.world.now_s() == before_s
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("Speed").select_option("250")
        expect(page.locator("#pace")).to_contain_text("250")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_a_report_is_accessible_and_fits(report: str, scheme: str, width: int) -> None:
    with opened(report, width, color_scheme=scheme) as page:
        expect(page.locator("#connection")).to_have_text("ended: passed")
        assert serious_findings(page) == []
        assert width_of(page) == width


@pytest.mark.parametrize("width", [1280, 360])
def test_a_live_page_is_accessible_and_fits(width: int) -> None:
    gated = canary(metrics=[success_rate()], webhooks=[hook("ask-us", "confirm-rollout")])
    with playing(FAST, subject=gated) as served, opened(served.address, width) as page:
        page.get_by_role("button", name="Play bootstrap").click()
        _step(page, "bootstrap")
        page.get_by_label("Image or tag").fill("2.0")
        page.get_by_role("button", name="Roll out").click()
        gate = page.get_by_role("button", name="Open the gate for ask-us")
        expect(gate).to_be_visible(timeout=20_000)
        assert serious_findings(page) == []
        assert width_of(page) == width
        gate.click()
        assert "passed" in _step(page, "rollout-1")
        expect(gate).to_be_hidden()


def test_a_moment_has_a_link_and_the_time_is_zoomed(report: str) -> None:
    with opened(f"{report}#t=130&from=60&to=180") as page:
        readout = page.locator("#readout")
        expect(readout).to_contain_text("at 02:10")
        expect(readout).to_contain_text("failed checks")
        assert (page.locator("#moment").get_attribute("min"), "180") == ("60", "180")
        page.get_by_role("button", name="All").click()
        expect(page.locator("#moment")).to_have_attribute("min", "0")
        chart = page.locator("#charts svg").first
        box = chart.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 80)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 80)
        page.mouse.up()
        expect(page.locator("#moment")).not_to_have_attribute("min", "0")
        link = page.locator("#link").get_attribute("href")
        assert link is not None
        assert "from=" in link
        page.locator("#events button").first.click()
        expect(readout).to_contain_text("at 00:00")


def test_the_keyboard_alone_drives_it(rehearsed: Served) -> None:
    with opened(rehearsed.address) as page:
        expect(page.get_by_role("button", name="Play bootstrap")).to_be_visible()
        reached = set()
        for _ in range(80):
            page.keyboard.press("Tab")
            found = page.evaluate(
                "(document.activeElement.getAttribute('aria-label') ||"
                " document.activeElement.textContent || document.activeElement.id).trim()"
            )
            reached.add(found)
            if found == "Play bootstrap":
                page.keyboard.press("Enter")
            if page.evaluate("document.activeElement === document.body"):
                break
        assert {"Pause", "Save page", "Play bootstrap", "Zoom in", "moment", "Inject"} <= reached
        assert "passed" in _step(page, "bootstrap")
        page.locator("#moment").focus()
        page.keyboard.press("Home")
        expect(page.locator("#readout")).to_contain_text("at 00:00")
        page.get_by_label("Image or tag").focus()
        page.keyboard.type("2.0")
        page.keyboard.press("Enter")
        assert "passed" in _step(page, "rollout-1")


def test_text_from_elsewhere_stays_text(tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
    records = [EventRecord(1, "Normal", evil, "detail.flagger", "", evil), NoteRecord(2, evil)]
    file = tmp_path / "evil.html"
    finished = played("errors", *records)
    file.write_text(render_report(finished))
    with opened(file.as_uri()) as page:
        page.get_by_label("Notes").check()
        expect(page.locator("#events")).to_contain_text(evil)
        assert page.locator("#events img").count() == 0
