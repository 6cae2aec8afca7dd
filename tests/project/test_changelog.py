"""The version and the changelog go together."""

import re
from pathlib import Path

from commons import __version__

ROOT = Path(__file__).parents[2]


def test_the_newest_entry_is_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## (\S+) - (\S+)$", text, re.MULTILINE)
    assert headings, "no heading such as '## 0.1.0 - 2026-01-31'"
    version, date = headings[0]
    assert version == __version__
    assert date == "unreleased" or re.fullmatch(r"\d{4}-\d{2}-\d{2}", date)


def test_every_entry_says_what_changed() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    for entry in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        assert re.search(r"^- \S", entry, re.MULTILINE), entry.splitlines()[0]
