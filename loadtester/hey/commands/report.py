"""`hey report FILE...`: print saved runs again, merged into one, and judge them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from commons.errors import UsageError
from loadtester.hey import flags, saved
from loadtester.hey.goflag import FlagSet
from loadtester.hey.helping import flag_lines
from loadtester.hey.outputs import emit_report, note, parse_outputs
from loadtester.report.base import Report

FLAGS = (flags.OUTPUT, flags.THRESHOLD, flags.SAVE, flags.TITLE, flags.HELP)
USAGE = """\
Usage: hey report [flags] FILE...

Print runs that --save or -o json wrote. Several are merged as if they had run side by side.

"""


def report(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Exit code 0, or 99 if a threshold failed."""
    values = FlagSet(FLAGS, twins=flags.TWINS, flags_anywhere=True).parse(arguments, environment)
    if values[flags.HELP]:
        print(USAGE + flag_lines(FLAGS, flags.TWINS), end="")
        return 0
    if not values.arguments:
        raise UsageError("hey report: name the files to read; --save writes them")
    outputs = parse_outputs(values)
    runs = [saved.read(Path(name)) for name in values.arguments]
    if any(run.plan != runs[0].plan for run in runs):
        note("hey: these runs had different plans; the report shows the first one's")
    result = saved.merged(runs)
    if values[flags.OUTPUT] == "csv" and result.counts.completed > len(result.records):
        raise UsageError("-o csv: these runs kept no single requests; make them with -o csv too")
    return emit_report(Report(result, outputs.judge(result), values[flags.TITLE]), outputs)
