"""An instant vector: labelled values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Element:
    labels: dict[str, str]
    value: float


Vector = list[Element]
