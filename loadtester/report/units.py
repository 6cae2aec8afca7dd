"""Numbers as a person reads them in a report."""

from commons.units import NS_PER_MS, NS_PER_S, NS_PER_US


def human_time(nanoseconds: float) -> str:
    """Three digits and a unit: `850 µs`, `12.3 ms`, `1.25 s`."""
    if nanoseconds == 0:
        return "0"
    for unit, size in (("s", NS_PER_S), ("ms", NS_PER_MS), ("µs", NS_PER_US)):
        if nanoseconds >= size * 0.9995:
            return f"{three_digits(nanoseconds / size)} {unit}"
    return f"{nanoseconds:.0f} ns"


def three_digits(value: float) -> str:
    """At least three digits, and no more behind the point than that takes."""
    places = 2 if value < 9.995 else 1 if value < 99.95 else 0
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if places else text


def human_count(value: float) -> str:
    """`1,234`; a fraction keeps a decimal while it is small."""
    return f"{value:,.1f}" if value < 100 and value != int(value) else f"{value:,.0f}"


def human_bytes(value: float) -> str:
    """`1.5 MB`, in steps of a thousand."""
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5 or unit == "GB":
            break
        value /= 1000
    return f"{three_digits(value)} {unit}"


def human_share(value: float) -> str:
    """`0.12%`, and never 0% for what is not nothing, nor 100% for what is not all."""
    if 0 < value < 0.0001:
        return "<0.01%"
    if 0.9999 < value < 1:
        return ">99.99%"
    return f"{value * 100:.2f}".rstrip("0").rstrip(".") + "%"
