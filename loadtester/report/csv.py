"""hey's CSV: one row per response, in seconds to a tenth of a millisecond, errors left out.

In the open model `response-time` counts from the planned moment, and a last column that hey does
not have, `service-time`, from the send.
"""

from loadtester.load.measuring.records import Record
from loadtester.report.base import Report

HEADER = (
    "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset"
)


def render(report: Report) -> str:
    """The rows of every record that the run kept."""
    scheduled = report.result.is_open
    lines = [f"{HEADER},service-time" if scheduled else HEADER]
    lines += [_row(record, scheduled) for record in report.result.records]
    return "\n".join(lines) + "\n"


def _row(record: Record, scheduled: bool) -> str:
    first_ns = record.response_ns if scheduled else record.service_ns
    row = (
        f"{first_ns / 1e9:4.4f},{record.connect_ns / 1e9:4.4f},{record.dns_ns / 1e9:4.4f},"
        f"{record.write_ns / 1e9:4.4f},{record.wait_ns / 1e9:4.4f},{record.read_ns / 1e9:4.4f},"
        f"{record.status},{record.offset_ns / 1e9:4.4f}"
    )
    return f"{row},{record.service_ns / 1e9:4.4f}" if scheduled else row
