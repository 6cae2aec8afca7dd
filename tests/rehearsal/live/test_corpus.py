"""Canaries as people write them, one for each difficulty met: planned, and played to their end."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from rehearsal.api.rollouts import simulate
from rehearsal.applications import Applications
from rehearsal.applications.command import CommandApplication
from rehearsal.live import preparation as module
from rehearsal.live.preparation import Options, prepare
from rehearsal.manifests import load_manifests

FOLDER = Path(__file__).parents[2] / "data" / "canaries"
PROGRAM = "python3 -m http.server {port}"


@dataclass(frozen=True)
class Case:
    """A Canary, chosen by name or by its line; the provider that is taken; what notes say of it;
    and how it ends when half of the candidate's responses are errors."""

    file: str
    canary: str
    provider: str
    notes: tuple[str, ...] = ()
    bad_end: str = "rolled-back"
    metrics: tuple[str, ...] = ()
    flag: str = ""


CASES = (
    Case("kiosk.sh", "kiosk.sh:19", "contour", ("envoy.edge leads to the canary's apex",)),
    Case("kiosk.sh", "kiosk.sh:46", "contour"),
    Case("library.md", "catalogue", "kuma",
         ("HorizontalPodAutoscaler catalogue is in none", "testers.tools is this project's")),
    Case("library.md", "room", "gatewayapi:v1", ("of the application's own /metrics",)),
    Case("ferry.yaml", "ferry", "kubernetes", ("probes run ferry-ready",)),
    Case("lamps.yaml", "lamps", "osm", ("from --mesh-provider",), flag="osm"),
    Case("stalls.yaml", "bread", "nginx", ("since it has ingressRef",)),
    Case("stalls.yaml", "fish", "gloo"),
    Case("stalls.yaml", "fruit", "apisix"),
    Case("stalls.yaml", "cheese", "istio", ("since it has service.gateways",)),
    Case("stalls.yaml", "tea", "linkerd"),
    Case("stalls.yaml", "wine", "traefik", bad_end="promoted"),
    Case("stalls.yaml", "salt", "skipper", ("queue has its values",), metrics=("queue",)),
    Case("stalls.yaml", "honey", "appmesh:v1beta2", bad_end="promoted"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _an_envoy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_envoy", lambda path: path or Path("/envoy"))


def canary_of(case: Case) -> str:
    return str(FOLDER / case.canary) if ":" in case.canary else case.canary


def ids(case: Case) -> str:
    return f"{case.provider}-{case.canary}"


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_it_is_planned(case: Case) -> None:
    manifests = load_manifests([FOLDER / case.file])
    options = Options(
        applications=Applications(
            stable=CommandApplication(PROGRAM), candidate=CommandApplication(PROGRAM)
        ),
        mesh_provider=case.flag,
        metric_values=dict.fromkeys(case.metrics, "1"),
    )
    prepared = prepare(manifests, [manifests.choose_canary(canary_of(case))], options)
    assert prepared.config.canary.provider == case.provider
    for note in case.notes:
        assert note in "\n".join(prepared.notes)
    assert "nobody serves" not in "\n".join(prepared.notes)


@pytest.mark.parametrize("case", CASES, ids=ids)
@pytest.mark.parametrize("is_good", [True, False])
def test_it_is_played_to_its_end(case: Case, is_good: bool) -> None:
    result = simulate(
        FOLDER / case.file,
        canary=canary_of(case),
        mesh_provider=case.flag,
        faults=() if is_good else ("errors=50%",),
        open_gates_after=1,
    )
    assert result.ending == ("promoted" if is_good else case.bad_end)
