"""The page of all rules: `python -m rehearsal.linting.page > docs/lint-rules.md`."""

from __future__ import annotations

import sys

from rehearsal.linting.rule import Rule, rules_of
from rehearsal.linting.rules import THEMES

_HEAD = """\
# The rules of `rehearse lint`

Made from the rules themselves by `python -m rehearsal.linting.page`; a test keeps it equal. See
[lint.md](lint.md) for how to run them, switch them off, and read what they say.

Severities: **error**, the canary cannot do what it is for; **warning**, this is hardly what was
meant; **info**, worth knowing. An example shows fields of a Canary's `spec`, and whole objects
after `---`. What the API server itself would refuse is reported as `invalid`, whatever the field.
"""


def page() -> str:
    """The page as Markdown."""
    parts = [_HEAD, _contents()]
    for title, module in THEMES.items():
        parts.append(f"## {title}\n")
        parts += [_section(rule) for rule in rules_of(module)]
    return "\n".join(parts)


def _contents() -> str:
    lines = ["| rule | severity |", "|---|---|"]
    for module in THEMES.values():
        lines += [f"| [{one.id}](#{one.id}) | {one.severity} |" for one in rules_of(module)]
    return "\n".join(lines) + "\n"


def _section(rule: Rule) -> str:
    sources = "; ".join(rule.sources)
    return (
        f"### {rule.id}\n\n"
        f"**{rule.severity}** · {rule.reason}\n\n"
        f"{rule.remedy}\n\n"
        f"Reported:\n\n```yaml\n{_example(rule.bad)}\n```\n\n"
        f"Fine:\n\n```yaml\n{_example(rule.good)}\n```\n\n"
        f"Source: {sources}.\n"
    )


def _example(text: str) -> str:
    return text.strip().removeprefix("---\n") if text.strip() != "{}" else "# nothing of the kind"


if __name__ == "__main__":
    sys.stdout.write(page())
