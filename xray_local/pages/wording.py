"""Numbers and names as people read them; what senders wrote is made harmless here. Pure."""

import math
import unicodedata
from datetime import UTC, datetime

_REPLACED = "\N{REPLACEMENT CHARACTER}"
_LATEST_S = 253_402_300_799.0


def duration(seconds: float) -> str:
    """A duration with three digits and the unit that fits it."""
    if not math.isfinite(seconds) or seconds < 0:
        return "?"
    if seconds < 0.0009995:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 0.9995:
        return f"{_three_digits(seconds * 1e3)} ms"
    if seconds < 119.5:
        return f"{_three_digits(seconds)} s"
    if seconds < 7200:
        return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    return f"{seconds / 3600:.0f} h"


def short_duration(seconds: float) -> str:
    """The same with two digits at most, for where room is scarce."""
    text, _, unit = duration(seconds).partition(" ")
    if "." in text and float(text) >= 9.5:
        text = f"{float(text):.0f}"
    return f"{text[:3]} {unit}" if "." in text else f"{text} {unit}".strip()


def _three_digits(value: float) -> str:
    return f"{value:.2f}" if value < 9.995 else f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def rate(per_minute: float) -> str:
    """Requests in a minute."""
    return f"{amount(per_minute)}/min"


def amount(value: float) -> str:
    """A count or a rate, short."""
    if value >= 999_500:
        return f"{value / 1e6:.1f}M"
    if value >= 9_995:
        return f"{value / 1e3:.0f}k"
    return f"{value:.0f}" if value >= 9.95 or value == int(value) else f"{value:.1f}"


def percent(share: float) -> str:
    """A share of 1; neither all nor none unless it is."""
    if share in (0.0, 1.0):
        return f"{share * 100:.0f} %"
    return f"{min(99.9, max(0.1, share * 100)):.1f} %"


def moment(epoch_s: float) -> str:
    """A time of the day, UTC, to the millisecond."""
    return _utc(epoch_s).strftime("%H:%M:%S.%f")[:-3]


def date_and_moment(epoch_s: float) -> str:
    """The day and the time, UTC."""
    return _utc(epoch_s).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def age(seconds: float) -> str:
    """How long ago."""
    if seconds < 60:
        return f"{max(0.0, seconds):.0f} s ago"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min ago"
    return f"{seconds / 3600:.0f} h ago"


def _utc(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(min(max(0.0, epoch_s), _LATEST_S), UTC)


def printable(text: str, most: int = 2_000) -> str:
    """Text without signs that XML forbids or that reorder what stands around them; bounded."""
    cut = text if len(text) <= most else f"{text[: most - 1]}…"
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() else _REPLACED for c in cut)


def block(text: str, most: int) -> str:
    """The same for text of several lines."""
    cut = text if len(text) <= most else f"{text[: most - 1]}…"
    return "\n".join(printable(line, most) for line in cut.split("\n"))


_NARROW = frozenset("iljtfrI.,:;'|!()[]-/ ")
_WIDE = frozenset("mwMW@%&")


def width_px(text: str, size_px: float) -> float:
    """No less than what a line of text in a usual sans-serif takes; bold ones take 9 % more."""
    return size_px * sum(map(_em, text))


def _em(sign: str) -> float:
    if sign in _NARROW:
        return 0.38
    if sign in _WIDE or unicodedata.east_asian_width(sign) in "WF":
        return 1.02
    return 0.72 if sign.isupper() or not sign.isascii() else 0.62


def fitted(text: str, most_px: float, size_px: float) -> str:
    """The text, shortened at its end to fit."""
    text = printable(text, 300)
    if width_px(text, size_px) <= most_px:
        return text
    return f"{text[: _that_fit(text, most_px - size_px * _em('…'), size_px)]}…"


def _that_fit(text: str, most_px: float, size_px: float) -> int:
    """How many signs of a text have room."""
    taken = 0.0
    for count, sign in enumerate(text):
        taken += size_px * _em(sign)
        if taken > most_px:
            return count
    return len(text)


def two_lines(text: str, most_px: float, size_px: float) -> tuple[str, ...]:
    """A name on one line, or on two, broken where a word of it ends if one does."""
    text = printable(text, 300)
    if width_px(text, size_px) <= most_px:
        return (text,)
    end = max(1, _that_fit(text, most_px, size_px))
    breaks = [i + 1 for i in range(end) if text[i] in " -._:/"]
    at = breaks[-1] if breaks and breaks[-1] > end // 3 else end
    return text[:at].rstrip(), fitted(text[at:].lstrip(), most_px, size_px)
