"""Pages in a real Chromium: what they say on the console, and what axe finds wrong with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--no-first-run"]
_SERIOUS = ("serious", "critical")


@contextmanager
def opened(url: str, width: int = 1280, height: int = 900, **context: Any) -> Iterator[Page]:
    """A page at an address; an error of its scripts or on its console fails the test."""
    if not CHROMIUM.exists():
        pytest.skip("no chromium here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            size: Any = {"width": width, "height": height}
            page = browser.new_page(viewport=size, **context)
            troubles: list[str] = []
            page.on("pageerror", lambda error: troubles.append(str(error)))
            page.on("console", lambda message: troubles.append(f"{message.type} {message.text}"))
            page.goto(url)
            yield page
            assert troubles == []
        finally:
            browser.close()


def serious_findings(page: Page) -> list[str]:
    """What axe-core finds serious or critical: rule, and where."""
    source = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    page.evaluate(f"() => {{ {source} }}")
    found = page.evaluate("axe.run()")
    return [
        f"{one['id']}: {node['target']}: {node['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in _SERIOUS
        for node in one["nodes"]
    ]


def width_of(page: Page) -> int:
    """How wide the page is, in pixels: wider than the window means scrolling sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth"))
