"""Providers: one file per service mesh, gateway or ingress that Flagger drives.

A file holds all that is peculiar to its provider: the objects that are generated and how weights
are written and read (`router`), the builtin queries, and what lint and a rehearsal must know. Each
file has a tuple `PROVIDERS`; the registry is made of them.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

from rehearsal.flagger.canary.model import CanarySpec
from rehearsal.flagger.providers.provider import MatchSupport, Provider, ServicePolicies
from rehearsal.flagger.providers.queries import Queries
from rehearsal.flagger.providers.router import Router
from rehearsal.flagger.providers.series import Series

__all__ = [
    "DEFAULT",
    "NAMES",
    "PROVIDERS",
    "MatchSupport",
    "Provider",
    "Queries",
    "Router",
    "Series",
    "ServicePolicies",
    "policies_of",
    "provider_of",
    "queries_of",
    "series_of",
    "told_by_fields",
]

DEFAULT = "istio"


def _registered() -> tuple[Provider, ...]:
    """Every provider of every file, those with the longest prefix first."""
    modules = (importlib.import_module(f"{__name__}.{file.name}") for file in _files())
    found = [one for module in modules for one in getattr(module, "PROVIDERS", ())]
    return tuple(sorted(found, key=lambda one: (-len(one.prefix), one.name)))


def _files() -> list[pkgutil.ModuleInfo]:
    return list(pkgutil.iter_modules(__path__))


PROVIDERS: tuple[Provider, ...] = _registered()
NAMES: tuple[str, ...] = tuple(sorted(one.name for one in PROVIDERS))
"""The values of `spec.provider` that the API server takes."""


@lru_cache(maxsize=64)
def provider_of(name: str) -> Provider | None:
    """The provider of a value of `spec.provider`; None where Flagger would take istio's."""
    return next((one for one in PROVIDERS if one.routes(name)), None)


@lru_cache(maxsize=64)
def queries_of(metrics_provider: str) -> Queries:
    """The queries of a metrics provider; an unknown one (`kubernetes:service`) asks istio's."""
    found = next((one for one in PROVIDERS if one.measures(metrics_provider)), None)
    queries = (found or _default()).queries
    if queries is None:
        raise LookupError(f"the provider {DEFAULT} has no queries")
    return queries


@lru_cache(maxsize=64)
def series_of(name: str) -> tuple[Series, ...]:
    """The series of a provider's proxies; istio's for a provider without any of its own."""
    found = provider_of(name)
    if found is not None and found.series is not None:
        return found.series
    return _default().series or ()


@lru_cache(maxsize=64)
def policies_of(name: str) -> ServicePolicies:
    """What a provider does with `spec.service`."""
    return (provider_of(name) or _default()).policies


def told_by_fields(spec: CanarySpec) -> tuple[Provider, str] | None:
    """The provider that a spec without one is meant for, and the field that says so."""
    for one in sorted(PROVIDERS, key=lambda one: one.name == DEFAULT):
        if one.told_by is not None and one.told_by.value(spec):
            return one, one.told_by.path
    return None


def _default() -> Provider:
    return next(one for one in PROVIDERS if one.name == DEFAULT)
