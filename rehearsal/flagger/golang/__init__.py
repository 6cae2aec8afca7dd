"""How Go reads and prints numbers, strings, JSON, URLs and templates: Flagger's texts are Go's."""

from commons.durations import DurationError, parse_duration_ns
from commons.durations import format_duration_ns as format_duration
from commons.units import NS_PER_MS, NS_PER_S
from rehearsal.flagger.golang.marshal import marshal_json
from rehearsal.flagger.golang.numbers import format_float
from rehearsal.flagger.golang.strings import quote

__all__ = [
    "NS_PER_MS",
    "NS_PER_S",
    "DurationError",
    "format_duration",
    "format_float",
    "marshal_json",
    "parse_duration_ns",
    "quote",
]
