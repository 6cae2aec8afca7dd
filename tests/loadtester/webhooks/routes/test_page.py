from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.loadtester.webhooks.running import Running
from tests.loadtester.webhooks.target import target

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--no-first-run"]


def test_a_browser_gets_the_page_and_flagger_a_task(server: Running) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml"}
    page = server.http.get("/", headers=browser)
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert server.http.get("/ui").content == page.content
    assert server.http.get("/").status_code == 400
    assert server.http.post("/", content=b"{}", headers=browser).status_code == 400


def test_the_page_needs_nothing_from_elsewhere(server: Running) -> None:
    text = server.http.get("/ui").text.replace("http://www.w3.org/2000/svg", "")
    assert "http://" not in text
    assert "https://" not in text
    assert " src=" not in text


@pytest.fixture
def page(server: Running) -> Iterator[Page]:
    if not CHROMIUM.exists():
        pytest.skip("no chromium here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        opened = browser.new_page()
        troubles: list[str] = []
        opened.on("pageerror", lambda error: troubles.append(str(error)))
        opened.on("console", lambda message: troubles.append(message.text))
        opened.goto(f"{server.http.base_url}")
        yield opened
        browser.close()
        assert troubles == []


@pytest.mark.browser
def test_a_person_opens_and_closes_gates_and_reads_runs(server: Running, page: Page) -> None:
    expect(page.locator("#running")).to_have_text("Nothing is running.")
    server.post("/gate/check", {"name": "shop", "namespace": "n"})
    page.get_by_role("button", name="Open shop.n").click()
    close = page.get_by_role("button", name="Close shop.n")
    expect(close).to_be_visible()
    assert server.post("/gate/check", {"name": "shop", "namespace": "n"}).status_code == 200
    close.click()
    expect(page.get_by_role("button", name="Open shop.n")).to_be_visible()
    assert server.post("/gate/check", {"name": "shop", "namespace": "n"}).status_code == 403

    evil = "echo '<img src=x onerror=alert(1)>'; false"
    server.task({"type": "bash", "cmd": evil})
    row = page.locator("tr.past", has_text=evil)
    expect(row).to_contain_text("failed")
    row.click()
    expect(page.locator("tr.detail pre")).to_have_text("<img src=x onerror=alert(1)>\n")

    with target() as shop:
        server.task({"cmd": f"hey -z 20s -q 10 -c 1 {shop.url}/"})
        running = page.locator("#running .run")
        expect(running).to_contain_text("requests/s", timeout=15_000)
        running.get_by_role("button", name="Stop").click()
        expect(page.locator("#running")).to_have_text("Nothing is running.", timeout=15_000)
    expect(page.locator("tr.past", has_text="hey -z 20s")).to_contain_text("interrupted")
