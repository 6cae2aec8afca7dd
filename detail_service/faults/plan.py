"""One fault, validated: what to do, to whom, how often, from when until when.

The four stages say what a kind of fault does to a request; `suffering` states how several combine.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_serializer, field_validator

from detail_service.faults.answer import Answer
from detail_service.faults.dice import Draws
from detail_service.faults.exchange import Caps, Exchange
from detail_service.faults.quantities import Duration, show_seconds

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Plan(BaseModel):
    """The fields that every kind of fault shares. Times are seconds since the fault was created."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: str
    rate: float = Field(
        default=1.0, ge=0, le=1, description="share of matching requests that suffer, 0 to 1"
    )
    path: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        pattern=r"^/[!-~]*$",
        description="path that suffers, beginning with /; * stands for anything; "
        "probes, metrics, fault control and the page suffer only when written out in full",
    )
    method: Method | None = Field(
        default=None,
        description="method that suffers: GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS",
    )
    header: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        pattern=r"^[A-Za-z0-9!#$%&'*+.^_|~-]+(:[ -~]*)?$",
        description="header that a request must carry: name, or name:value",
    )
    ttl: Duration | None = Field(
        default=None,
        gt=0,
        le=604_800,
        description="lifetime, after which the fault ends: above 0 to 7 d",
    )
    after: Duration = Field(
        default=0.0, ge=0, le=604_800, description="quiet time before the fault starts: 0 to 7 d"
    )
    ramp: Duration = Field(
        default=0.0,
        ge=0,
        le=604_800,
        description="time in which the rate grows from 0 to `rate`: 0 to 7 d",
    )
    seed: int | None = Field(
        default=None,
        ge=0,
        le=2**53 - 1,
        description="seed of the dice, 0 to 2^53-1; drawn when absent",
    )

    sentence: ClassVar[str] = ""

    @field_validator("method", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_serializer("ttl")
    def _show_ttl(self, value: float | None) -> str | None:
        return None if value is None else show_seconds(value)

    def rate_at(self, age_s: float) -> float:
        """The rate at this age: 0 before `after`, then growing linearly over `ramp`."""
        running = age_s - self.after
        if running < 0:
            return 0.0
        return self.rate if running >= self.ramp else self.rate * running / self.ramp

    def expired(self, age_s: float) -> bool:
        return self.ttl is not None and age_s >= self.ttl

    def capped(self, caps: Caps) -> Mapping[str, tuple[float, float]]:
        """Fields that a cap bounds: name -> (asked for, the most), both in seconds."""
        return {}

    def summary(self) -> str:
        """What it does, for people: `delay 200ms`."""
        return self.kind


class Holding(Plan):
    """Makes a request wait or costs something, then lets it go on."""

    @abstractmethod
    async def hold(self, draws: Draws, exchange: Exchange) -> None: ...


class Severing(Plan):
    """Ends the exchange without an answer."""

    @abstractmethod
    async def sever(self, draws: Draws, exchange: Exchange) -> None: ...


class Replacing(Plan):
    """Answers instead of the service."""

    @abstractmethod
    def answer(self) -> Answer: ...


class Shaping(Plan):
    """Changes how an answer goes out, whoever gave it."""

    @abstractmethod
    def shape(self, draws: Draws, answer: Answer) -> Answer: ...
