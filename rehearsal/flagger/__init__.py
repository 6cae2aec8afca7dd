"""Flagger as a library: the Canary object, its control loop and its providers.

It imports nothing else of the rehearsal, does no I/O and never reads a clock of the machine;
docs/library.md shows a run. `FLAGGER_VERSION` is the release whose decisions it equals.
"""

from rehearsal.flagger.canary.errors import CanaryFileError, Problem
from rehearsal.flagger.canary.model import Canary, CanarySpec, CanaryStatus, Phase
from rehearsal.flagger.canary.parse import Documents, load, load_canary, parse
from rehearsal.flagger.canary.resources import AlertProvider, MetricTemplate
from rehearsal.flagger.controller import Controller, Flags, Ports
from rehearsal.flagger.controller.delivery import Answer, TransportError, deliver
from rehearsal.flagger.controller.errors import NotReady, VerificationError
from rehearsal.flagger.controller.ports import (
    Alert,
    Backend,
    Clock,
    Event,
    Events,
    Gauge,
    HookFailed,
    HookRequest,
    Hooks,
    LogLine,
    Metrics,
    MetricSource,
    NoValuesFound,
    PortError,
    QueryFailed,
    Routes,
    Routing,
    RoutingObject,
    Rule,
    Store,
    Workloads,
)
from rehearsal.flagger.controller.routing import MemoryRoutes
from rehearsal.flagger.controller.store import MemoryStore
from rehearsal.flagger.controller.ticker import Ticker
from rehearsal.flagger.controller.workload import (
    Config,
    DaemonSetStatus,
    DeploymentCondition,
    DeploymentStatus,
    KnativeStatus,
    Workload,
)
from rehearsal.flagger.providers import PROVIDERS, Provider, provider_of
from rehearsal.flagger.version import FLAGGER_VERSION

__all__ = [
    "FLAGGER_VERSION",
    "PROVIDERS",
    "Alert",
    "AlertProvider",
    "Answer",
    "Backend",
    "Canary",
    "CanaryFileError",
    "CanarySpec",
    "CanaryStatus",
    "Clock",
    "Config",
    "Controller",
    "DaemonSetStatus",
    "DeploymentCondition",
    "DeploymentStatus",
    "Documents",
    "Event",
    "Events",
    "Flags",
    "Gauge",
    "HookFailed",
    "HookRequest",
    "Hooks",
    "KnativeStatus",
    "LogLine",
    "MemoryRoutes",
    "MemoryStore",
    "MetricSource",
    "MetricTemplate",
    "Metrics",
    "NoValuesFound",
    "NotReady",
    "Phase",
    "PortError",
    "Ports",
    "Problem",
    "Provider",
    "QueryFailed",
    "Routes",
    "Routing",
    "RoutingObject",
    "Rule",
    "Store",
    "Ticker",
    "TransportError",
    "VerificationError",
    "Workload",
    "Workloads",
    "deliver",
    "load",
    "load_canary",
    "parse",
    "provider_of",
]
