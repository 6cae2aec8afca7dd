"""One fault, validated: what to do, to which requests, how often, from when until when.

The four phases say what a kind of fault does to a request; `injection` says how several combine.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_serializer, field_validator

from detail_service.faults.dice import Draws
from detail_service.faults.exchange import Exchange
from detail_service.faults.limits import FaultLimits
from detail_service.faults.quantities import Duration, format_seconds
from detail_service.faults.response import RawResponse

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
WEEK_S = 604_800


class FaultSpec(BaseModel):
    """The fields that every kind of fault shares. Times are seconds since the fault was created."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    kind: str
    rate: float = Field(
        default=1.0, ge=0, le=1, description="share of matching requests that are hit, 0 to 1"
    )
    path: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        pattern=r"^/[!-~]*$",
        description="path that is hit, beginning with /; * stands for anything; "
        "probes, metrics, fault control and the page are hit only when written out in full",
    )
    method: Method | None = Field(
        default=None,
        description="method that is hit: GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS",
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
        le=WEEK_S,
        description="lifetime, after which the fault ends: above 0 to 7 d",
    )
    after: Duration = Field(
        default=0.0,
        ge=0,
        le=WEEK_S,
        description="quiet time before the fault starts: 0 to 7 d",
    )
    ramp: Duration = Field(
        default=0.0,
        ge=0,
        le=WEEK_S,
        description="time in which the rate grows from 0 to `rate`: 0 to 7 d",
    )
    seed: int | None = Field(
        default=None,
        ge=0,
        le=2**53 - 1,
        description="seed of the dice, 0 to 2^53-1; drawn when absent",
    )

    @field_validator("method", mode="before")
    @classmethod
    def _to_upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_serializer("ttl")
    def _serialize_ttl(self, value: float | None) -> str | None:
        return None if value is None else format_seconds(value)

    def rate_at(self, age_s: float) -> float:
        """The rate at this age: 0 before `after`, then growing linearly over `ramp`."""
        running_s = age_s - self.after
        if running_s < 0:
            return 0.0
        return self.rate if running_s >= self.ramp else self.rate * running_s / self.ramp

    def expired(self, age_s: float) -> bool:
        """Whether its lifetime is over at this age."""
        return self.ttl is not None and age_s >= self.ttl

    def limited(self, limits: FaultLimits) -> Mapping[str, tuple[float, float]]:
        """Fields that a limit bounds: name -> (asked for, the most), both in seconds."""
        return {}

    def summary(self) -> str:
        """What it does, in a few words: `delay 200ms`."""
        return self.kind


class Delaying(FaultSpec):
    """Makes a request wait or costs something, then lets it go on."""

    @abstractmethod
    async def hold(self, draws: Draws, exchange: Exchange) -> bool:
        """Take effect; False when the limits left nothing to do."""


class Aborting(FaultSpec):
    """Ends the exchange without a response."""

    @abstractmethod
    async def abort(self, draws: Draws, exchange: Exchange) -> None:
        """End the exchange."""


class Replacing(FaultSpec):
    """Responds instead of the service."""

    @abstractmethod
    def response(self) -> RawResponse:
        """What is sent instead."""


class Shaping(FaultSpec):
    """Changes how a response goes out, whoever made it."""

    @abstractmethod
    def shape(self, draws: Draws, response: RawResponse) -> RawResponse:
        """The response as it is to be sent; the same object when there is nothing to change."""
