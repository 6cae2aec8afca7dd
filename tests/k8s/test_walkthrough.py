"""Every shipped Canary, played by the control loop; and docs/kubernetes.md, held against it."""

import re
from collections import deque

import pytest

from rehearsal.cli import main
from rehearsal.flagger.canary.parse import load_canary, parse
from rehearsal.simulated.simulation import Simulation
from tests.k8s.cluster import K8S, OVERLAYS, ROOT

PAGE = (ROOT / "docs/kubernetes.md").read_text()
BLOCK = re.compile(r"<!-- (\w+): (\w+) -->\n```console\n\$ [^\n]*jq \.msg\n(.*?)```", re.S)
BLOCKS = BLOCK.findall(PAGE)
SICK = 52.38


def curtain(overlay: str) -> Simulation:
    """The overlay's canary before its bootstrap, with the templates that it names."""
    folder = K8S / "overlays" / overlay
    files = [folder / "canary.yaml", folder / "metrictemplates.yaml"]
    text = "\n---\n".join(path.read_text() for path in files if path.exists())
    simulation = Simulation(load_canary(files[0]), templates=parse(text, files[0]).templates)
    simulation.metrics.duration = deque([0.2])
    return simulation


def messages(simulation: Simulation, act: str) -> list[str]:
    """What Flagger says in one act of the tutorial."""
    simulation.bootstrap()
    if act == "bootstrap":
        return [line.split(" ", 1)[1] for line in simulation.events.lines]
    simulation.new_revision()
    if act == "rollback":
        simulation.metrics.success_rate = deque([SICK])
        simulation.metrics.others = SICK
    return [line.split(" ", 1)[1] for line in simulation.tick(12)]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_healthy_release_is_promoted(overlay: str) -> None:
    simulation = curtain(overlay)
    said = messages(simulation, "promotion")

    assert simulation.status.phase == "Succeeded"
    assert said[-1] == "Promotion completed! Scaling down detail.flagger"
    assert not [line for line in said if line.startswith("Halt")]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_sick_release_is_rolled_back(overlay: str) -> None:
    simulation = curtain(overlay)
    said = messages(simulation, "rollback")
    threshold = simulation.store.get().spec.analysis.threshold

    assert simulation.status.phase == "Failed"
    assert sum(line.startswith("Halt") for line in said) == threshold
    assert said[-1] == "Canary failed! Scaling down detail.flagger"


@pytest.mark.parametrize("overlay", sorted(set(OVERLAYS) - {"kubernetes"}))
def test_weights_rise_as_in_the_tutorial(overlay: str) -> None:
    simulation = curtain(overlay)
    messages(simulation, "promotion")

    weights = [routing.canary for routing in simulation.routes.history if routing.canary]
    assert weights == [5, 10, 15]


@pytest.mark.parametrize("overlay", sorted(set(OVERLAYS) - {"appmesh"}))
def test_load_begins_before_the_first_check_looks_for_it(overlay: str) -> None:
    """With the tutorial's own hooks the first check may find no values."""
    hooks = load_canary(K8S / "overlays" / overlay / "canary.yaml").spec.analysis.webhooks
    load = {hook.type for hook in hooks if (hook.metadata or {}).get("cmd", "").startswith("hey")}

    assert load == {"pre-rollout", "rollout"}


def test_the_linter_notes_only_what_was_not_given(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["lint", *(str(K8S / f"overlays/{name}/canary.yaml") for name in OVERLAYS)])
    said = capsys.readouterr().out.splitlines()

    assert code == 0
    assert {line.rsplit(" ", 1)[1] for line in said} == {"[not-given]"}


def test_the_page_tells_of_three_acts() -> None:
    assert [(overlay, act) for overlay, act, _ in BLOCKS] == [
        ("kubernetes", "bootstrap"),
        ("kubernetes", "promotion"),
        ("kubernetes", "rollback"),
        ("gatewayapi", "promotion"),
    ]


@pytest.mark.parametrize(("overlay", "act", "told"), BLOCKS, ids=lambda text: text.split("\n")[0])
def test_the_page_says_what_flagger_says(overlay: str, act: str, told: str) -> None:
    said = messages(curtain(overlay), act)

    assert [f'"{line}"' for line in said] == told.replace("N%", f"{SICK}%").splitlines()


def test_the_page_names_files_and_overlays_that_exist() -> None:
    for path in re.findall(r"\bk8s/[\w./-]*\w", PAGE):
        assert (ROOT / path).exists(), path
    rows = re.findall(r"^\| `(\w+)` \|", PAGE, re.M)
    assert set(rows) == set(OVERLAYS)
