"""Rules on the comments that switch rules off. The engine applies them: they need its result."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.linting.rule import Hit, rule
from rehearsal.linting.subject import Subject


@rule(
    "ignore-unknown",
    "warning",
    reason="A comment that ignores a rule which does not exist ignores nothing.",
    remedy="Correct the name of the rule.",
    bad="""\
# rehearse: ignore step-of-zer
analysis: {stepWeight: 10}
""",
    good="analysis: {stepWeight: 10}",
    source="rehearse lint",
)
def ignore_unknown(subject: Subject) -> Iterator[Hit]:
    yield from ()


@rule(
    "ignore-unused",
    "info",
    reason="The comment ignores a rule that finds nothing there any more.",
    remedy="Remove the comment.",
    bad="""\
# rehearse: ignore step-of-zero
analysis: {stepWeight: 10}
""",
    good="""\
# rehearse: ignore max-weight-overshoot: 60 % is accepted
analysis: {stepWeight: 20, maxWeight: 50}
""",
    source="rehearse lint",
)
def ignore_unused(subject: Subject) -> Iterator[Hit]:
    yield from ()
