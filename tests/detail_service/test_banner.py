import re
from html.parser import HTMLParser

import pytest

from detail_service import banner
from detail_service.banner import Ailment
from detail_service.catalog import catalog

WELL: list[Ailment] = []


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "href") and value and re.match(r"(\w+:)?//", value):
                self.outside.append(value)


def test_version_vendors_and_host_are_on_the_page() -> None:
    page = banner.page(catalog("2.0"), "detail-1", WELL)

    assert '<h1 id="version">2</h1>' in page
    assert "<li>ABC.com</li><li>XYZ.com</li>" in page
    assert "detail-1" in page


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = banner.page(catalog("1.0"), "host", WELL)
    links = Links()
    links.feed(page)

    assert links.outside == []
    assert "url(" not in page
    assert "@import" not in page


def test_phones_and_dark_rooms_are_thought_of() -> None:
    page = banner.page(catalog("1.0"), "host", WELL)

    assert 'name="viewport"' in page
    assert "prefers-color-scheme:dark" in page


def test_every_version_has_a_colour_of_its_own() -> None:
    versions = ["1", "2", "3", "4", "5.1", "6"]
    colours = [banner.colour(version) for version in versions]

    assert len(set(colours)) == len(versions)
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)


@pytest.mark.parametrize("version", ["1", "2", "3", "4", "5", "6", "7.2"])
def test_white_letters_can_be_read_on_every_colour(version: str) -> None:
    code = banner.colour(version)
    channels = [int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    assert 1.05 / (luminance + 0.05) >= 3.0  # WCAG 1.4.3 for large text


def test_faults_are_shown_with_hits_and_time_left() -> None:
    page = banner.page(catalog("1.0"), "host", [Ailment("f1", "delay 80ms", 1, 41.6)])

    assert "delay 80ms, 1 hit, 42 s left" in page
    assert "None: this replica is well" not in page


def test_names_cannot_break_out_of_the_page() -> None:
    page = banner.page(catalog("1.0", ["<script>"]), "<i>", [Ailment("f1", "<b>", 2, None)])

    assert "<script>" not in page
    assert "<i>" not in page
    assert "<b>" not in page
