"""Faults in front of a candidate: what the mesh does to some of its requests. Pure.

Written as on the command line: `errors=5%,path=/x,status=503`, `delay=300ms,rate=10%`,
`reset=2%`, `bandwidth=64kbps`, each with optional `path=`, `header=NAME:VALUE` and `rate=`.
"""

from dataclasses import dataclass
from typing import Literal

from commons.durations import DurationError, parse_duration_ns
from rehearsal.errors import UserError

FaultKind = Literal["abort", "delay", "reset", "bandwidth"]
_KINDS: dict[str, FaultKind] = {
    "errors": "abort",
    "abort": "abort",
    "delay": "delay",
    "reset": "reset",
    "bandwidth": "bandwidth",
}
_EXAMPLE = 'such as "errors=5%,path=/x" or "delay=300ms,rate=10%"'


@dataclass(frozen=True)
class Fault:
    """One fault: its kind, the share of the matching requests it meets, and which those are.

    `percent` has two decimals at most (Envoy counts in hundredths of a percent).
    """

    kind: FaultKind
    percent: float = 100.0
    status: int = 500
    delay_s: float = 0.0
    kbit_per_s: int = 0
    path: str = ""
    header: tuple[str, str] | None = None

    def __str__(self) -> str:
        what = {
            "abort": f"status {self.status}",
            "delay": f"delay of {self.delay_s:g} s",
            "reset": "connection reset",
            "bandwidth": f"{self.kbit_per_s} kbit/s",
        }[self.kind]
        where = f" on {self.path}" if self.path else ""
        who = f" with {self.header[0]}: {self.header[1]}" if self.header else ""
        return f"{what} for {self.percent:g} % of requests{where}{who}"


def parse_fault(text: str) -> Fault:
    """Read a fault as the command line has it; UserError says what is wrong."""
    head, *options = [part.strip() for part in text.split(",")]
    name, _, value = head.partition("=")
    kind = _KINDS.get(name)
    if kind is None:
        raise UserError(
            f'fault "{text}": unknown kind "{name}"; use errors, delay, reset or bandwidth,'
            f" {_EXAMPLE}"
        )
    fields = _options(text, options)
    percent = fields.pop("rate", None)
    if kind == "abort":
        fault = Fault(kind, _percent(text, percent or value), _status(text, fields))
    elif kind == "reset":
        fault = Fault(kind, _percent(text, percent or value))
    elif kind == "delay":
        fault = Fault(kind, _percent(text, percent or "100%"), delay_s=_delay_s(text, value))
    else:
        fault = Fault(kind, _percent(text, percent or "100%"), kbit_per_s=_rate(text, value))
    return _limited(text, fault, fields)


def _limited(text: str, fault: Fault, fields: dict[str, str]) -> Fault:
    path, header = fields.pop("path", ""), fields.pop("header", "")
    if fields:
        raise UserError(f'fault "{text}": unknown option "{next(iter(fields))}"; {_EXAMPLE}')
    if path and not path.startswith("/"):
        raise UserError(f'fault "{text}": path "{path}" must begin with /')
    name, colon, value = header.partition(":")
    if header and not (colon and name.strip()):
        raise UserError(f'fault "{text}": header must be NAME:VALUE')
    pair = (name.strip().lower(), value.strip()) if header else None
    return Fault(
        fault.kind, fault.percent, fault.status, fault.delay_s, fault.kbit_per_s, path, pair
    )


def _options(text: str, options: list[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or not value:
            raise UserError(f'fault "{text}": "{option}" is not NAME=VALUE; {_EXAMPLE}')
        if name in fields:
            raise UserError(f'fault "{text}": {name} is given twice')
        fields[name] = value
    return fields


def _percent(text: str, value: str) -> float:
    try:
        percent = float(value.removesuffix("%"))
    except ValueError:
        percent = -1.0
    if not 0 < percent <= 100:
        raise UserError(f'fault "{text}": "{value}" is not a share above 0% and up to 100%')
    if percent < 0.01:
        raise UserError(f'fault "{text}": the smallest share is 0.01%')
    return round(percent, 2)


def _status(text: str, fields: dict[str, str]) -> int:
    value = fields.pop("status", "500")
    if not (value.isascii() and value.isdigit() and 200 <= int(value[:4]) <= 599):
        raise UserError(f'fault "{text}": status "{value}" is not between 200 and 599')
    return int(value)


def _delay_s(text: str, value: str) -> float:
    try:
        delay_ns = parse_duration_ns(value)
    except DurationError:
        delay_ns = -1
    if not 0 < delay_ns <= 3_600_000_000_000:
        raise UserError(f'fault "{text}": "{value}" is not a duration like 300ms, up to 1h')
    return delay_ns / 1e9


def _rate(text: str, value: str) -> int:
    number = value.removesuffix("kbps")
    if not (number.isascii() and number.isdigit() and 8 <= int(number[:9]) <= 10_000_000):
        raise UserError(f'fault "{text}": "{value}" is not a rate like 64kbps (from 8kbps)')
    return int(number)
