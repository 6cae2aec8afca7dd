"""An act: what is changed, what happens meanwhile, and how it is told to end."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Apply:
    """`kubectl apply`: the target's manifest, with its variables filled in."""

    manifest: str
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SetImage:
    """`kubectl set image`: another tag of the image the target has."""

    tag: str


@dataclass(frozen=True)
class Drill:
    """Commands for the load tester, one after the other, once an event has been seen."""

    after: str
    commands: tuple[str, ...]


@dataclass(frozen=True)
class Act:
    """One act of a story.

    `lines` are regular expressions for the canary's events, in order and complete: readiness
    warnings alone may come between them. `shares` are the canary weights that traffic must show.
    """

    name: str
    title: str
    change: Apply | SetImage
    lines: tuple[str, ...]
    version: str
    shares: tuple[int, ...] = ()
    drill: Drill | None = None
