from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser import serious_findings
from tests.loadtester.webhooks.running import Running
from tests.loadtester.webhooks.target import target

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--no-first-run"]


def test_a_browser_gets_the_page_and_flagger_a_task(server: Running) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml"}
    page = server.http.get("/", headers=browser)
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
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
        assert [one for one in troubles if not one.endswith("a status of 400 (Bad Request)")] == []


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


@pytest.fixture
def many(server: Running) -> Running:
    """A load tester with more gates and runs than a page shows at once."""
    for number in range(60):
        server.post("/gate/open", {"name": f"many{number}", "namespace": "n"})
    for number in range(55):
        server.task({"type": "bash", "cmd": f"echo many {number} {'x' * 200}"})
    return server


@pytest.mark.browser
@pytest.mark.slow
def test_what_waits_comes_first_and_what_is_left_out_is_said(many: Running, page: Page) -> None:
    many.post("/gate/check", {"name": "aa-waits", "namespace": "n"})
    first = page.locator("#gates tbody tr").first
    expect(first).to_contain_text("aa-waits.n", timeout=15_000)
    expect(first).to_contain_text("waiting")
    expect(page.locator("#gates tbody tr")).to_have_count(20)
    page.locator("#gates").get_by_role("button", name="Show all").click()
    expect(page.locator("#gates tbody tr").nth(60)).to_be_visible()
    page.locator("#gates").get_by_role("button", name="Show fewer").click()
    expect(page.locator("tr.past")).to_have_count(25)
    older = page.get_by_role("button", name="Older")
    older.click()
    expect(page.locator("#past")).to_contain_text("Page 2")
    expect(page.locator("tr.past").first).to_contain_text("echo many 29 ")
    older.click()
    expect(page.locator("#past")).to_contain_text("Page 3")
    page.get_by_role("button", name="Newer").click()
    expect(page.locator("#past")).to_contain_text("Page 2")


@pytest.mark.browser
@pytest.mark.slow
def test_gates_and_runs_are_filtered(server: Running, page: Page) -> None:
    for number in range(28):
        server.task(
            {"type": "bash", "cmd": f"echo sought {number}; {'false' if number == 7 else ''}"}
        )
    server.post("/gate/open", {"name": "sought-gate", "namespace": "n"})
    box = page.get_by_label("Filter gates and runs")
    box.fill("SOUGHT 1")
    expect(page.locator("tr.past")).to_have_count(11)
    expect(page.locator("#gates")).to_contain_text("No gate fits the filter.")
    page.get_by_label("State of past runs").select_option("failed")
    expect(page.locator("#past")).to_contain_text("No run fits the filter.")
    box.fill("sought")
    expect(page.locator("tr.past")).to_have_count(1)
    expect(page.locator("#gates tbody tr")).to_have_count(1)
    page.get_by_label("State of past runs").select_option("any state")
    page.get_by_role("button", name="Older").click()
    expect(page.locator("tr.past")).to_have_count(3)
    expect(page.get_by_role("button", name="Older")).to_be_disabled()
    box.focus()
    page.wait_for_timeout(1500)
    expect(box).to_be_focused()


@pytest.mark.browser
@pytest.mark.slow
def test_a_load_run_is_started_and_drawn_while_it_runs(server: Running, page: Page) -> None:
    with target() as shop:
        page.get_by_text("Start a load run").click()
        page.get_by_label("URL").fill(f"{shop.url}/")
        page.get_by_label("Requests/s").fill("20")
        page.get_by_label("Duration").fill("30s")
        page.get_by_label("Thresholds").fill("p99<5s")
        page.get_by_label("For canary").fill("shop.test")
        page.get_by_role("button", name="Start", exact=True).click()
        expect(page.locator("#start-said")).to_have_text("Started.")
        running = page.locator("#running .run")
        expect(running).to_contain_text("shop.test")
        chart = running.get_by_role("img", name="requests/s")
        expect(chart).to_be_visible(timeout=15_000)
        assert serious_findings(page) == []
        running.get_by_role("button", name="Stop").click()
        expect(page.locator("#running")).to_have_text("Nothing is running.", timeout=15_000)
        page.get_by_label("Requests/s").fill("x")
        page.get_by_role("button", name="Start", exact=True).click()
        expect(page.locator("#start-said")).to_contain_text("rate:")


@pytest.mark.browser
@pytest.mark.slow
def test_a_narrow_screen_reaches_everything(many: Running, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    page.locator("tr.past").first.wait_for()
    inside = "e => { const r = e.getBoundingClientRect(); return r.left >= 0 && r.right <= 361; }"
    for selector in ("tr.past td.number:visible", "#gates button", "#new-gate button"):
        places = page.locator(selector)
        assert places.count() > 0
        assert all(places.nth(n).evaluate(inside) for n in range(min(8, places.count()))), selector
    assert page.evaluate("document.documentElement.scrollWidth") <= 361


@pytest.mark.browser
@pytest.mark.slow
def test_the_stop_button_keeps_the_focus_while_numbers_change(server: Running, page: Page) -> None:
    server.task({"cmd": "sleep 60"}, name="focus")
    stop = page.locator("#running .run", has_text="sleep 60").get_by_role("button", name="Stop")
    stop.focus()
    page.wait_for_timeout(2500)
    expect(stop).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#running")).to_have_text("Nothing is running.", timeout=15_000)


@pytest.mark.browser
@pytest.mark.slow
def test_a_rollback_takes_a_second_click(server: Running, page: Page) -> None:
    payload = {"name": "roll", "namespace": "n"}
    server.post("/rollback/check", payload)
    page.get_by_role("button", name="Open rollback.roll.n").click()
    confirm = page.get_by_role("button", name="Roll back roll.n now")
    expect(confirm).to_be_visible()
    assert server.post("/rollback/check", payload).status_code == 403
    confirm.click()
    expect(confirm).to_have_count(0)
    assert server.post("/rollback/check", payload).status_code == 200


def test_every_page_is_sent_with_a_policy_of_its_own(server: Running) -> None:
    with target() as shop:
        metadata = {"type": "loadtest", "url": f"{shop.url}/?token=s3cret", "n": "2", "c": "1"}
        assert server.task({**metadata, "verdict": "now"}).status_code == 200
    (run,) = server.http.get("/api/runs?limit=1").json()
    report = server.http.get(f"/api/runs/{run['id']}/report")
    assert report.status_code == 200
    assert "s3cret" not in report.text + server.http.get(f"/api/runs/{run['id']}").text
    for page in (report, server.http.get("/ui")):
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"
