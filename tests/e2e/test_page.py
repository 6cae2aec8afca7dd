"""The tutorial from a browser, live: bootstrap, promotion, rollback and retry by clicks."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import opened
from tests.e2e.rehearsing import rehearsing

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
_ENDED = re.compile("passed|failed|unfinished|inconclusive")
_PATIENCE_MS = 200_000  # a machine that falls behind slows the clock down


def _play(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Play {name}").click()
    row = page.locator("#steps li", has_text=f". {name}")
    expect(row).to_have_class(_ENDED, timeout=_PATIENCE_MS)
    if row.get_attribute("class") == "inconclusive":
        pytest.skip(f"this machine was too slow to say: {row.inner_text()}")
    expect(row).to_have_class("passed")


@pytest.mark.timeout(900)
def test_a_workshop_drives_the_whole_tutorial(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    saved = tmp_path / "report.html"
    arguments = ("tutorial", "--web", "--manual", "--report", str(report), "--report", str(saved))
    with rehearsing(*arguments, "--format", "text", folder=tmp_path) as run:
        run.until("The page: http")
        found = re.search(r"The page: (http://127\.0\.0\.1:\d+/\?token=\S+)", run.output)
        assert found is not None
        with opened(found[1]) as page:
            _play(page, "bootstrap")
            service = page.frame_locator("#service iframe")
            expect(service.locator("h1")).to_have_text("1", timeout=20_000)
            _play(page, "promotion")
            expect(page.locator("#replicas")).to_contain_text("detail:2.0")
            expect(page.get_by_role("img", name="The services")).to_be_visible()
            _play(page, "rollback")
            expect(page.locator("#phase")).to_have_text("Failed")
            _play(page, "retry")
            page.get_by_role("button", name="Kill a replica of detail-primary").click()
            page.get_by_role("checkbox", name="Replicas").check()
            expect(page.locator("#events")).to_contain_text("exited")
            page.get_by_role("button", name="End the rehearsal").click()
            expect(page.locator("#connection")).to_have_text("ended: passed", timeout=20_000)
        assert run.wait(40) == 0, run.output + run.errors
        assert run.none_left() == {}
    steps = json.loads(report.read_text())["steps"]
    assert [(s["step"], s["state"], s["ending"]) for s in steps] == [
        ("bootstrap", "passed", "initialized"),
        ("promotion", "passed", "promoted"),
        ("rollback", "passed", "rolled-back"),
        ("retry", "passed", "promoted"),
    ]
    assert saved.stat().st_size < 1_000_000
