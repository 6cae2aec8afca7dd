import re
from html.parser import HTMLParser

import pytest

from detail_service import pages
from detail_service.catalog import catalog
from detail_service.pages import FaultView

PAGES = [
    pages.render_detail(catalog("1.0"), "host", []),
    pages.render_catalog("1", ["ABC.com"]),
    pages.render_failure("detail cannot be reached", "http://detail:3000/catalogDetail"),
]


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "href") and value and re.match(r"(\w+:)?//", value):
                self.outside.append(value)


def test_version_vendors_and_host_are_on_the_page() -> None:
    page = pages.render_detail(catalog("2.0"), "detail-1", [])

    assert '<h1 id="version">2</h1>' in page
    assert "<li>ABC.com</li><li>XYZ.com</li>" in page
    assert "detail-1" in page
    assert "No active faults" in page


@pytest.mark.parametrize("page", PAGES)
def test_a_page_needs_nothing_from_elsewhere(page: str) -> None:
    links = Links()
    links.feed(page)

    assert links.outside == []
    assert "url(" not in page
    assert "@import" not in page


@pytest.mark.parametrize("page", PAGES)
def test_a_page_suits_phones_and_dark_rooms(page: str) -> None:
    assert 'name="viewport"' in page
    assert "prefers-color-scheme:dark" in page


def test_every_version_has_a_colour_of_its_own() -> None:
    versions = ["1", "2", "3", "4", "5.1", "6"]
    colours = [pages.version_colour(version) for version in versions]

    assert len(set(colours)) == len(versions)
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)


@pytest.mark.parametrize("version", ["1", "2", "3", "4", "5", "6", "7.2"])
def test_white_letters_can_be_read_on_every_colour(version: str) -> None:
    code = pages.version_colour(version)
    channels = [int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    assert 1.05 / (luminance + 0.05) >= 3.0  # WCAG 1.4.3 for large text


def test_faults_are_shown_with_deliveries_and_time_left() -> None:
    fault = FaultView("f1", "delay 80ms", matched=20, delivered=1, seconds_left=41.6)
    page = pages.render_detail(catalog("1.0"), "host", [fault])

    assert "delay 80ms, delivered 1 of 20, 42 s left</li>" in page
    assert "No active faults" not in page


HOSTILE = "<script>'\"&"


@pytest.mark.parametrize(
    "page",
    [
        pages.render_detail(
            catalog("1.0", [HOSTILE]), HOSTILE, [FaultView("f1", HOSTILE, 2, 2, None)]
        ),
        pages.render_catalog(HOSTILE, [HOSTILE]),
        pages.render_failure(HOSTILE, HOSTILE),
        pages.render_express_error(HOSTILE),
    ],
)
def test_names_cannot_break_out_of_a_page(page: str) -> None:
    assert "<script>" not in page
    assert "&lt;script&gt;&#39;&#34;&amp;" in page
