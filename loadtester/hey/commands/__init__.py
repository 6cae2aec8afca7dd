"""What `hey` can do besides sending load, one file each; the first argument names it."""

from collections.abc import Callable, Mapping, Sequence

from loadtester.hey.commands import diff, report, selfcheck

Command = Callable[[Sequence[str], Mapping[str, str]], int]
"""Arguments and environment in, exit code out. UserError for what the user can put right."""

COMMANDS: dict[str, Command] = {
    "report": report.report,
    "diff": diff.diff,
    "selfcheck": selfcheck.selfcheck,
}
