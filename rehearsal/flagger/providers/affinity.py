"""Session affinity: cookies that keep a visitor on the version that answered first.

While the canary has a weight, its responses set a cookie, and requests that carry the cookie go to
it before any weights are asked. When the weight is back at 0 the cookie is taken away again: a rule
for requests that still carry it says so in its responses.

Source: getSessionAffinityRouteRules of flagger pkg/router/istio.go and gateway_api.go.
"""

from __future__ import annotations

import random
import string
from dataclasses import dataclass, replace

from commons.durations import DurationError, parse_duration_s
from rehearsal.flagger.canary.analysis import SessionAffinity
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.routing import TOTAL_WEIGHT, Backend, Rule
from rehearsal.flagger.providers.router import ServiceNames, service_names

_VALUE_LENGTH = 10


@dataclass(frozen=True)
class Affinity:
    """The rules for a canary with session affinity, built on its weighted rule."""

    canary: Canary
    weighted: Rule
    has_primary_cookie: bool = True
    """Whether the provider can also keep visitors on the primary."""

    def rules(self, weight: int) -> tuple[tuple[Rule, ...], Canary]:
        """All rules, the first match wins, and the canary whose status knows the cookies."""
        return self._active() if weight != 0 else self._cleanup()

    def _active(self) -> tuple[tuple[Rule, ...], Canary]:
        settings, names = _settings(self.canary), service_names(self.canary)
        status = self.canary.status
        cookie = status.session_affinity_cookie or _new_cookie(settings.cookie_name)
        primary_cookie = status.primary_session_affinity_cookie
        if self.has_primary_cookie and not primary_cookie:
            primary_cookie = _new_cookie(settings.primary_cookie_name)
        canary = _with_cookies(self.canary, cookie, primary_cookie)
        weighted = _setting_cookie(self.weighted, names.canary, _header(settings, cookie))
        sticky = [_sticky(self.weighted, cookie, names, to_canary=True)]
        if self.has_primary_cookie and settings.primary_cookie_name:
            header = _header(settings, primary_cookie, _interval_s(self.canary))
            weighted = _setting_cookie(weighted, names.primary, header)
            sticky.append(_sticky(self.weighted, primary_cookie, names, to_canary=False))
        return (*sticky, weighted), canary

    def _cleanup(self) -> tuple[tuple[Rule, ...], Canary]:
        """Without any earlier cookie the first rule is a copy of the second."""
        status = self.canary.status
        previous = status.session_affinity_cookie or status.previous_session_affinity_cookie
        removing = self.weighted
        if previous:
            removing = replace(removing, cookie=previous, set_cookie=f"{previous}; Max-Age=-1")
        changed = replace(
            status, session_affinity_cookie="", previous_session_affinity_cookie=previous
        )
        return (removing, self.weighted), replace(self.canary, status=changed)


def _settings(canary: Canary) -> SessionAffinity:
    settings = canary.spec.analysis.session_affinity
    if settings is None:
        raise ValueError(f"{canary.full_name} has no session affinity")
    return settings


def _sticky(weighted: Rule, cookie: str, names: ServiceNames, *, to_canary: bool) -> Rule:
    weight = TOTAL_WEIGHT if to_canary else 0
    backends = (Backend(names.primary, TOTAL_WEIGHT - weight), Backend(names.canary, weight))
    return replace(weighted, cookie=cookie, backends=backends)


def _setting_cookie(rule: Rule, service: str, header: str) -> Rule:
    backends = (
        replace(backend, set_cookie=header) if backend.service == service else backend
        for backend in rule.backends
    )
    return replace(rule, backends=tuple(backends))


def _with_cookies(canary: Canary, cookie: str, primary_cookie: str) -> Canary:
    status = replace(
        canary.status,
        session_affinity_cookie=cookie,
        primary_session_affinity_cookie=primary_cookie,
    )
    return replace(canary, status=status)


def _new_cookie(name: str) -> str:
    return f"{name}={''.join(random.choices(string.ascii_letters, k=_VALUE_LENGTH))}"


def _interval_s(canary: Canary) -> int:
    """How long the primary's cookie lasts: one interval."""
    try:
        return int(parse_duration_s(canary.spec.analysis.interval))
    except DurationError as error:
        raise PortError(f"failed to parse canary interval: {error}") from error


def _header(settings: SessionAffinity, cookie: str, max_age_s: int | None = None) -> str:
    """The value of a Set-Cookie header."""
    age_s = settings.max_age or 86400 if max_age_s is None else max_age_s
    parts = [
        cookie,
        f"Max-Age={age_s}",
        f"Domain={settings.domain}" if settings.domain else "",
        "HttpOnly" if settings.http_only else "",
        "Partitioned" if settings.partitioned else "",
        f"Path={settings.path}" if settings.path else "",
        f"SameSite={settings.same_site}" if settings.same_site else "",
        "Secure" if settings.secure else "",
    ]
    return "; ".join(part for part in parts if part)
