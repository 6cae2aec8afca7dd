"""hey's CSV: one row per response, in seconds to a tenth of a millisecond, errors left out.

In the open model `response-time` counts from the planned moment, and a last column that hey does
not have, `service-time`, from the send.
"""

from commons.units import NS_PER_S
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
    times_ns = (first_ns, record.connect_ns, record.dns_ns, record.write_ns, record.wait_ns)
    cells = [*map(_seconds, (*times_ns, record.read_ns)), str(record.status)]
    cells.append(_seconds(record.offset_ns))
    if scheduled:
        cells.append(_seconds(record.service_ns))
    return ",".join(cells)


def _seconds(value_ns: int) -> str:
    return f"{value_ns / NS_PER_S:4.4f}"
