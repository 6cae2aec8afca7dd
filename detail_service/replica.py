"""What one running copy of one release is made of."""

import time
from dataclasses import dataclass

from detail_service.catalog import Catalog
from detail_service.faults.limits import FaultLimits
from detail_service.faults.registry import FaultRegistry
from detail_service.metrics import Metrics
from detail_service.settings import Settings


@dataclass(slots=True)
class Readiness:
    """Ready from the start; draining once told to stop, and never back."""

    draining: bool = False

    @property
    def word(self) -> str:
        """As the probe's response says it."""
        return "draining" if self.draining else "ready"


@dataclass(frozen=True, slots=True)
class Replica:
    """One running copy of one release. `faults` None: no fault injection."""

    catalog: Catalog
    host: str
    metrics: Metrics
    readiness: Readiness
    faults: FaultRegistry | None
    fault_token: str = ""


def create_replica(settings: Settings) -> Replica:
    """The parts of a replica with these settings. Raises VersionError."""
    limits = FaultLimits(
        delay_s=settings.fault_max_delay,
        cpu_s=settings.fault_max_cpu_ms / 1000,
        memory_bytes=settings.fault_max_memory_mb * 1024**2,
    )
    return Replica(
        catalog=settings.catalog,
        host=settings.hostname,
        metrics=Metrics(),
        readiness=Readiness(),
        faults=None if settings.no_faults else FaultRegistry(time.monotonic, limits),
        fault_token=settings.fault_token,
    )
