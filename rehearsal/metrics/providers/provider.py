"""What a provider of metrics is: a way to ask, a way to see whether it is there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.gohttp import GoClient


@dataclass(frozen=True)
class Context:
    """What providers ask with. `epoch_s` is the wall's time: their clocks are not the canary's."""

    client: GoClient
    epoch_s: Callable[[], float]


class Provider(Protocol):
    """One type of MetricTemplate provider, asked as Flagger asks it.

    `secret_keys` are those of a Secret that Flagger takes for complete.
    """

    @property
    def type(self) -> str: ...

    @property
    def secret_keys(self) -> tuple[str, ...]: ...

    def query(self, source: MetricSource, query: str, context: Context) -> float:
        """The value of a query; raises NoValuesFound or QueryFailed with Flagger's text."""
        ...

    def check_online(self, source: MetricSource, context: Context) -> None:
        """Raise QueryFailed with the text of Flagger's `IsOnline` unless it is there."""
        ...

    def missing(self, source: MetricSource) -> str:
        """What has to be given before it can be asked, as the end of "… needs "; empty if nothing.

        The answer counts before a rehearsal starts; `query` may be called whatever it was.
        """
        ...


def secret(source: MetricSource, key: str) -> str:
    """A value of the source's Secret; empty where it has none."""
    return source.credentials.get(key, b"").decode("utf-8", "replace")


def missing_keys(source: MetricSource, *keys: str) -> str:
    """What is missing of a Secret."""
    absent = [key for key in keys if key not in source.credentials]
    return f"a Secret with {' and '.join(absent)}" if absent else ""
