"""hey's CSV: one row per answer, in seconds to a tenth of a millisecond, errors left out.

In the open model `response-time` counts from the planned moment, and a last column that hey does
not have, `service-time`, from the send.
"""

from loadtester.load.records import Record
from loadtester.report.base import Report
from loadtester.report.summary import is_open

HEADER = (
    "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset"
)


def render(report: Report) -> str:
    """The rows of every record that the run kept."""
    scheduled = is_open(report.result)
    lines = [f"{HEADER},service-time" if scheduled else HEADER]
    lines += [_row(record, scheduled) for record in report.result.records]
    return "\n".join(lines) + "\n"


def _row(record: Record, scheduled: bool) -> str:
    first_ns = record.response_ns if scheduled else record.service_ns
    times_ns = (first_ns, record.connect_ns, record.dns_ns, record.write_ns, record.wait_ns)
    row = ",".join(map(_seconds, (*times_ns, record.read_ns)))
    row = f"{row},{record.status},{_seconds(record.offset_ns)}"
    return f"{row},{_seconds(record.service_ns)}" if scheduled else row


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e9:4.4f}"
