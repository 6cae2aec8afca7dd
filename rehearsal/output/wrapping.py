"""Long lines under an indent."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

_NARROWEST = 20


def printable(text: str) -> str:
    """A text from elsewhere, with blanks in place of what would move the cursor or colour it."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else " " for char in text)


def print_indented(console: Console, text: Text, indent: int, hanging: int = 0) -> None:
    """Print a text, wrapped under itself on a terminal, as one long line elsewhere.

    Lines after the first are indented by `hanging` columns more.
    """
    if not console.is_terminal:
        console.print(Text(" " * indent).append_text(text), soft_wrap=True)
        return
    width = max(_NARROWEST, console.width - indent - hanging)
    first, *others = text.wrap(console, width + hanging) or [text]
    console.print(Padding(first, (0, 0, 0, indent)))
    if others:
        remainder = text[len(first.plain) :]
        remainder.plain = remainder.plain.lstrip()
        console.print(Padding(remainder, (0, 0, 0, indent + hanging)))
