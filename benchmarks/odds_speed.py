"""How long the odds take: full tables exactly, and sampled rollouts, on one core.

    python -m benchmarks.odds_speed

For each shipped Canary a table of three traffics by four builds, in this process's own CPU time,
and 10,000 rollouts of one slow build.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from rehearsal.manifests import as_canary, load_manifests, shipped_manifests
from rehearsal.probability import Fault, Latency, odds

TRAFFICS = (1, 5, 25)
ERRORS = (0.001, 0.01, 0.02, 0.05)
ROLLOUTS = 10_000
SLOW = Latency(0.05, 0.5)

R = TypeVar("R")


def main() -> None:
    """Measure and print a line for each Canary."""
    print(f"{'canary':12} {'table, exact':>14} {'how':>12} {'10,000 rollouts':>16}")
    for folder in sorted((shipped_manifests() / "overlays").iterdir()):
        manifests = load_manifests(manifest_files(folder))
        canary = as_canary(manifests.choose_canary())
        faults = [Fault(share) for share in ERRORS]
        templates = manifests.templates()
        table_s, table = timed(lambda: odds(canary, TRAFFICS, faults, templates=templates))  # noqa: B023
        sampled_s, _ = timed(
            lambda: odds(canary, [25], [Fault(0.0, SLOW)], templates=templates, samples=ROLLOUTS)  # noqa: B023
        )
        methods = "/".join(sorted({row.method for row in table.rows}))
        print(f"{folder.name:12} {table_s:12.2f} s {methods:>12} {sampled_s:14.2f} s")


def manifest_files(folder: Path) -> list[Path]:
    """The Canary of an overlay, and its templates."""
    files = [folder / "canary.yaml", folder / "metrictemplates.yaml"]
    return [path for path in files if path.exists()]


def timed(work: Callable[[], R]) -> tuple[float, R]:
    """CPU seconds, and what came."""
    start_s = time.process_time()
    result = work()
    return time.process_time() - start_s, result


if __name__ == "__main__":
    main()
