"""The page in a real browser: it asks nobody else for anything, and fits where it is looked at."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from detail_service.settings import Settings
from tests.detail_service.support import Running, running

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--no-first-run"]  # fmt: skip

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs /usr/bin/chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def services() -> Iterator[list[Running]]:
    versions = [Settings(app_version=version, pod_name="pod-a") for version in ("1.0", "2.0")]
    with running(versions[0]) as one, running(versions[1]) as two:
        yield [one, two]


def test_a_change_of_version_is_a_change_of_colour(
    browser: object, services: list[Running]
) -> None:
    colours = []
    for service in services:
        page = browser.new_page()  # type: ignore[attr-defined]
        page.goto(service.url)
        colours.append(
            page.evaluate("getComputedStyle(document.querySelector('header')).backgroundColor")
        )
        page.close()

    assert colours == ["rgb(31, 111, 235)", "rgb(26, 127, 55)"]


def test_the_page_asks_for_itself_only_and_hits_no_fault(
    browser: object, services: list[Running]
) -> None:
    service = services[1]
    httpx2.get(f"{service.url}/injectFault?kind=status")
    page = browser.new_page()  # type: ignore[attr-defined]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(service.url, wait_until="networkidle")
    shown = page.inner_text("#faults")
    page.close()

    assert [url for url in asked if not url.startswith("data:")] == [f"{service.url}/"]
    assert "status 500, delivered 0 of 0" in shown


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_on_a_phone_by_day_and_by_night(
    browser: object, services: list[Running], scheme: str
) -> None:
    page = browser.new_page(  # type: ignore[attr-defined]
        viewport={"width": 320, "height": 600}, color_scheme=scheme
    )
    page.goto(services[0].url)
    width = page.evaluate("document.documentElement.scrollWidth")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.close()

    assert width <= 320
    assert paper == {"light": "rgb(246, 248, 250)", "dark": "rgb(13, 17, 23)"}[scheme]
