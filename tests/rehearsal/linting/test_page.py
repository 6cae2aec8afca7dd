"""The page of rules is what the rules say."""

from pathlib import Path

from rehearsal.linting import RULES
from rehearsal.linting.page import page

DOCS = Path(__file__).parents[3] / "docs"


def test_the_page_is_up_to_date() -> None:
    command = "python -m rehearsal.linting.page > docs/lint-rules.md"
    assert (DOCS / "lint-rules.md").read_text() == page(), f"run {command}"


def test_every_rule_is_on_the_page() -> None:
    text = page()
    assert all(f"### {rule.id}\n" in text for rule in RULES)
