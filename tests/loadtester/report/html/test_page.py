import base64
import hashlib
import re
import socket
from html.parser import HTMLParser
from pathlib import Path

import pytest

from commons import __version__
from loadtester.load.errors import ErrorClass
from loadtester.load.measuring.health import Limit, Verdict
from loadtester.load.measuring.provenance import Provenance
from loadtester.load.measuring.result import RunResult
from loadtester.report.base import Report
from loadtester.report.html import content_security_policy, render
from loadtester.thresholds.verdict import judge, read_thresholds
from tests.loadtester.report.runs import made_run

VOID = {"meta", "link", "br"}
CHROMIUM = Path("/usr/bin/chromium")
EVIL = 'Get "http://a/?<script>alert(1)</script>&$title"'


class Structure(HTMLParser):
    """Checks that every element is closed where it should be, and remembers all of them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def run() -> RunResult:
    times = [float(5 + k % 40) for k in range(800)]
    return made_run(
        {200: times, 503: [400.0, 900.0]},
        {ErrorClass.RESET: [(3.0, EVIL)] * 5},
        model="open",
        wait_ms=2,
        wall_s=4.2,
    )


def report(*thresholds: str) -> Report:
    made = run()
    return Report(made, judge(read_thresholds(thresholds), made), "Canary <2.0>")


def parsed(page: str) -> Structure:
    structure = Structure()
    structure.feed(page)
    structure.close()
    assert structure.open == []
    return structure


def test_the_page_is_whole_and_fetches_nothing() -> None:
    structure = parsed(render(report("p99<1s")))
    names = {tag for tag, _ in structure.seen}
    assert names.isdisjoint({"script", "link", "img", "iframe", "object"})
    assert not [a for _, a in structure.seen if a.keys() & {"src", "href", "xlink:href", "onclick"}]
    assert "url(" not in render(report())


def test_what_the_target_said_cannot_become_markup() -> None:
    structure = parsed(render(report()))
    assert EVIL in "".join(structure.words)
    assert "Canary <2.0>" in structure.words


@pytest.mark.parametrize(
    ("thresholds", "words"),
    [
        ((), "No thresholds were given"),
        (("p99<10s",), "The threshold passed"),
        (("p99<10s", "avg<10s"), "All thresholds passed"),
        (("p99<10s", "avg<1ms"), "1 of 2 thresholds failed"),
    ],
)
def test_the_verdict_is_in_words(thresholds: tuple[str, ...], words: str) -> None:
    assert words in parsed(render(report(*thresholds))).words


def test_an_interrupted_run_neither_passed_nor_failed() -> None:
    made = report("p99<10s")
    made.result.interrupted = True
    words = parsed(render(made)).words
    assert "Interrupted: neither passed nor failed" in words
    assert "The threshold passed" not in words


def test_the_page_says_where_it_comes_from() -> None:
    made = run()
    made.provenance = Provenance.here("hey", ["hey", "-n", "5", "http://detail/?<x>"])
    made.started_unix_ns = 1_800_000_000 * 10**9
    page = "".join(parsed(render(Report(made))).words)
    assert f"hey {__version__} on {socket.gethostname()} at 2027-01-15 08:00:00 UTC" in page
    assert "hey -n 5 'http://detail/?<x>'" in page


def test_a_browser_is_told_to_load_nothing_and_to_run_nothing() -> None:
    page = render(report("p99<1s"))
    policy = content_security_policy()
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    structure = parsed(page)
    assert ("Content-Security-Policy", policy) in [
        (a.get("http-equiv"), a.get("content")) for tag, a in structure.seen if tag == "meta"
    ]
    assert not [a for _, a in structure.seen if "style" in a]
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy


def test_doubt_about_the_generator_stands_out() -> None:
    made = run()
    made.verdict = Verdict(Limit.GENERATOR, "half of the requests left 30 ms late")
    page = render(Report(made))
    assert '<span class="limit doubt">generator-limited: half of the requests' in page
    assert "limit doubt" not in render(report())


def test_a_bound_on_a_quantile_is_marked_in_the_distribution() -> None:
    page = render(report("p99<1ms", "p50<1s", "avg<1s"))
    assert page.count('class="dot failed"') == 1
    assert page.count('class="dot passed"') == 1
    assert "<title>p99&lt;1ms: " in page


def test_every_status_and_error_has_a_row() -> None:
    words = parsed(render(report())).words
    for word in ("200 OK", "503 Service Unavailable", "reset"):
        assert word in words


def test_a_page_that_is_passed_around_tells_no_secrets() -> None:
    made = run()
    made.plan["request"]["headers"] = [["X-Api-Key", "hush"], ["Content-Type", "text/html"]]
    page = render(Report(made))
    assert "X-Api-Key" in page
    assert "text/html" in page
    assert "hush" not in page


@pytest.mark.parametrize(
    "made",
    [
        made_run({}),
        made_run({200: [1.0]}),
        made_run({}, {ErrorClass.REFUSED: [(0.0, "refused")]}),
        made_run({200: [5.0] * 3}, model="open"),
        made_run({200: [0.001, 3_000_000.0]}),
    ],
)
def test_any_run_makes_a_page(made: RunResult) -> None:
    page = render(Report(made, judge(read_thresholds(["p99<1s"]), made)))
    parsed(page)
    assert not re.search(r'="(nan|inf)|points=""|,nan', page)


@pytest.fixture
def saved(tmp_path: Path) -> str:
    file = tmp_path / "report.html"
    file.write_text(render(report("p99<1s", "p50<1ms")), encoding="utf-8")
    return file.as_uri()


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_it_without_a_word_of_complaint(saved: str, scheme: str) -> None:
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        page = browser.new_page(
            viewport={"width": 390, "height": 844},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        complaints: list[str] = []
        requested: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("request", lambda request: requested.append(request.url))
        page.goto(saved)
        assert page.get_by_role("heading", level=1).inner_text() == "Canary <2.0>"
        charts = page.get_by_role("img")
        assert charts.count() == 3
        for k in range(3):
            box = charts.nth(k).bounding_box()
            assert box is not None
            assert box["height"] > 40
        too_wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        browser.close()
    assert (complaints, requested, too_wide) == ([], [saved], False)
    lightness = sum(map(int, re.findall(r"\d+", background)[:3]))
    assert (lightness < 200) == (scheme == "dark")
