"""Config tracking."""

from typing import Any

import pytest

from rehearsal.flagger.controller.configs import is_tracked, references, renamed
from rehearsal.flagger.controller.hashing import config_checksum
from rehearsal.flagger.controller.workload import Config
from rehearsal.simulated.simulation import Simulation
from tests.rehearsal.specs import canary

POD: dict[str, Any] = {
    "volumes": [
        {"name": "a", "configMap": {"name": "cm-volume"}},
        {"name": "b", "secret": {"secretName": "s-volume"}},
        {
            "name": "c",
            "projected": {
                "sources": [{"configMap": {"name": "cm-proj"}}, {"secret": {"name": "s-proj"}}]
            },
        },
        {"name": "d", "emptyDir": {}},
    ],
    "containers": [
        {
            "env": [
                {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "cm-env", "key": "k"}}},
                {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s-env", "key": "k"}}},
                {"name": "C", "value": "plain"},
            ],
            "envFrom": [{"configMapRef": {"name": "cm-from"}}, {"secretRef": {"name": "s-from"}}],
        }
    ],
    "initContainers": [{"envFrom": [{"configMapRef": {"name": "cm-init"}}]}],
}


def test_every_place_that_names_a_config() -> None:
    assert [(kind, holder[key]) for kind, holder, key in references(POD)] == [
        ("configmap", "cm-volume"),
        ("secret", "s-volume"),
        ("configmap", "cm-proj"),
        ("secret", "s-proj"),
        ("configmap", "cm-env"),
        ("secret", "s-env"),
        ("configmap", "cm-from"),
        ("secret", "s-from"),
        ("configmap", "cm-init"),
    ]


def test_only_tracked_references_are_renamed_and_the_original_is_left_alone() -> None:
    refs = {"configmap/cm-volume": Config("configmap", "cm-volume")}
    made = renamed(POD, refs)
    assert made["volumes"][0]["configMap"]["name"] == "cm-volume-primary"
    assert made["volumes"][1]["secret"]["secretName"] == "s-volume"
    assert POD["volumes"][0]["configMap"]["name"] == "cm-volume"


@pytest.mark.parametrize(
    ("config", "tracked"),
    [
        (Config("configmap", "c"), True),
        (Config("secret", "s"), True),
        (Config("secret", "s", type="kubernetes.io/tls"), True),
        (Config("secret", "s", type="kubernetes.io/dockerconfigjson"), False),
        (Config("configmap", "c", annotations={"flagger.app/config-tracking": "disabled"}), False),
        (Config("configmap", "c", annotations={"flagger.app/config-tracking": "enabled"}), True),
    ],
)
def test_what_is_tracked(config: Config, tracked: bool) -> None:
    assert is_tracked(config) is tracked


def with_config(**fields: Any) -> Simulation:
    simulation = Simulation(canary(), logs=True)
    simulation.workloads.change(volumes=[{"configMap": {"name": "settings", **fields}}])
    return simulation


def put(simulation: Simulation, value: str) -> None:
    simulation.workloads.configs["configmap", "settings"] = Config(
        "configmap", "settings", {"colour": value}
    )


def test_a_changed_config_is_a_new_revision() -> None:
    simulation = with_config()
    put(simulation, "blue")
    simulation.controller.sync()
    assert "log ConfigMap settings-primary synced" in simulation.tick()
    primary = simulation.workloads.primary_workload
    assert primary is not None
    volumes = primary.template["spec"]["volumes"]
    assert volumes == [{"configMap": {"name": "settings-primary"}}]
    tracked = {"configmap/settings": config_checksum({"colour": "blue"})}
    assert simulation.status.tracked_configs == tracked
    assert simulation.tick() == []
    put(simulation, "green")
    assert simulation.tick() == [
        "log configmap settings has changed",
        "Normal New revision detected! Scaling up detail.flagger",
    ]
    simulation.tick()
    put(simulation, "red")
    assert simulation.tick() == [
        "log configmap settings has changed",
        "Normal New revision detected! Restarting analysis for detail.flagger",
    ]


def test_the_primary_keeps_its_copy_until_promotion() -> None:
    simulation = with_config()
    put(simulation, "blue")
    simulation.bootstrap()
    put(simulation, "green")
    simulation.tick(5)
    copied = simulation.workloads.configs["configmap", "settings-primary"]
    assert copied.data == {"colour": "blue"}
    simulation.tick(8)
    assert simulation.workloads.configs["configmap", "settings-primary"].data == {"colour": "green"}


def test_a_missing_config() -> None:
    query = "configmap settings.flagger get query error"
    assert with_config().tick()[-1] == (
        f"Warning createPrimaryDeployment failed: GetTargetConfigs failed: {query}: {query}:"
        ' configmaps "settings" not found'
    )


def test_a_missing_config_that_is_optional() -> None:
    simulation = with_config(optional=True)
    simulation.bootstrap()
    assert simulation.status.tracked_configs == {}
    assert any(line.level == "error" and "settings" in line.msg for line in simulation.events.logs)
