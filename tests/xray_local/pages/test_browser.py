"""The pages in a real browser: keys, phones, light and dark, and what axe finds."""

import contextlib
import socket
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Page, expect
from starlette.applications import Starlette

from tests.browser import opened, serious_findings, width_of
from tests.xray_local.pages.samples import hostile_traces, rehearsed, store_of
from xray_local.pages import routes
from xray_local.store import TraceStore

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FAILING = rehearsed(70, 3, status=500, length_ms=90.0)
PAGES = ("/", "/traces", f"/traces/{FAILING.xray_id}", "/compare")


@dataclass
class Served:
    url: str
    store: TraceStore


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@contextlib.contextmanager
def _serving(store: TraceStore) -> Generator[str, None, None]:
    """The pages of a store on a free port, and their address."""
    listener = socket.create_server(("127.0.0.1", 0))
    application = Starlette(routes=routes(store))
    server = _Server(uvicorn.Config(application, lifespan="off", log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    healthy = (rehearsed(n, 2) for n in range(1, 61))
    store = store_of(*healthy, *(rehearsed(n, 3) for n in range(61, 70)), FAILING)
    with _serving(store) as url:
        yield Served(url, store)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_fits_and_axe_finds_nothing_serious(
    served: Served, width: int, scheme: Any
) -> None:
    with opened(f"{served.url}/", width=width, color_scheme=scheme) as page:
        for path in PAGES:
            page.goto(f"{served.url}{path}")
            assert width_of(page) <= width, path
            assert serious_findings(page) == [], path


def _no_text_covers_another(page: Page) -> None:
    found = page.evaluate("""() => {
      const shown = [...document.querySelectorAll(".xray-map text")]
        .map((one) => ({ box: one.getBoundingClientRect(), text: one.textContent }))
        .filter(({ box }) => box.width > 0);
      const pairs = [];
      for (const [i, { box: a, text }] of shown.entries())
        for (const { box: b, text: other } of shown.slice(i + 1))
          if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
              && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3)
            pairs.push(`${text} | ${other}`);
      return [shown.length, pairs];
    }""")
    assert found[0] > 10
    assert found[1] == []


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_texts_of_the_map_keep_off_each_other(served: Served, width: int) -> None:
    with opened(f"{served.url}/", width=width) as page:
        _no_text_covers_another(page)


def test_keys_alone_lead_from_the_map_to_the_cause(served: Served) -> None:
    with opened(f"{served.url}/traces") as page:
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "filter"
        page.keyboard.type("fault")
        page.keyboard.press("Enter")
        expect(page.locator("a[data-row]")).to_have_count(1)
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text(FAILING.xray_id)
        expect(page.locator(".cause h4")).to_have_text("FaultInjected: status 500 was injected")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.locator(".timeline > details").first).to_have_attribute("open", "")
        page.keyboard.press("k")
        page.get_by_role("button", name="Unfold all").press("Enter")
        expect(page.get_by_role("button", name="Fold all")).to_be_visible()
        assert page.locator(".timeline > details[open]").count() == 5


def test_what_arrives_appears_unless_somebody_reads(served: Served) -> None:
    with opened(f"{served.url}/traces") as page:
        expect(page.locator("footer")).to_contain_text("70 traces kept")
        served.store.add(rehearsed(900, 3).spans)
        expect(page.locator("footer")).to_contain_text("71 traces kept", timeout=10_000)
        page.locator("a[data-row]").first.focus()
        served.store.add(rehearsed(901, 3).spans)
        page.wait_for_timeout(2_500)
        expect(page.locator("footer")).to_contain_text("71 traces kept")
        page.keyboard.press("r")
        expect(page.locator("footer")).to_contain_text("72 traces kept")
        expect(page.locator("#said")).to_have_text("Refreshed")


def test_the_pages_work_without_scripts(served: Served) -> None:
    with opened(f"{served.url}/", java_script_enabled=False) as page:
        page.locator(".wide .xray-map a").last.click()
        expect(page.locator("h1")).to_have_text("Traces")
        page.locator("a[data-row]").first.click()
        page.locator(".timeline summary").first.click()
        expect(page.locator(".detail dl").first).to_be_visible()


def test_hostile_traces_run_nothing() -> None:
    with _serving(store_of(*hostile_traces())) as url, opened(f"{url}/") as page:
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        for path in ("/", "/traces", "/compare", f"/traces/{13:032x}", f"/traces/{14:032x}"):
            page.goto(f"{url}{path}")
            assert page.locator("script").count() == 1
            assert width_of(page) <= 1280
