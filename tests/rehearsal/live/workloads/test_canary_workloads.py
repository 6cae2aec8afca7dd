from typing import Any

import pytest

from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.workload import Config, Workload
from rehearsal.live.workloads.canary_workloads import (
    CanaryWorkloads,
    ScalerManifest,
    TargetManifest,
)
from rehearsal.live.workloads.cluster import START_PATIENCE_S, Cluster
from tests.rehearsal.live.fakes import FakeEnvoy, SettableClock
from tests.rehearsal.specs import canary

SCALED = {
    "autoscalerRef": {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "name": "detail",
    }
}


def _template(image: str = "detail:1") -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "detail", "image": image}]}}


def _manifest(replicas: int | None = 2, **settings: Any) -> TargetManifest:
    return TargetManifest("Deployment", _template(), {"app": "detail"}, replicas, settings)


def _cluster() -> Cluster:
    envoy: Any = FakeEnvoy()
    return Cluster(envoy, SettableClock(20.0), lambda reason: None)


def _workloads(
    cluster: Cluster, spec: dict[str, Any] | None = None, scaler: ScalerManifest | None = None
) -> CanaryWorkloads:
    return CanaryWorkloads(cluster, canary(spec), scaler)


def test_nothing_is_there_before_it_is_applied() -> None:
    workloads = _workloads(_cluster())
    assert workloads.target() is None
    assert workloads.primary() is None
    with pytest.raises(LookupError):
        workloads.template()


@pytest.mark.parametrize(
    ("replicas", "least", "wanted"), [(None, None, 1), (3, None, 3), (1, 2, 2), (5, 2, 5)]
)
def test_replicas_are_the_manifests_or_the_scalers(
    replicas: int | None, least: int | None, wanted: int
) -> None:
    scaler = ScalerManifest(least) if least else None
    workloads = _workloads(_cluster(), SCALED if scaler else None, scaler)
    workloads.create_target(_manifest(replicas))
    target = workloads.target()
    assert target is not None
    assert target.replicas == wanted
    workloads.apply_primary(Workload("detail-primary", _template(), replicas=replicas))
    primary = workloads.primary()
    assert primary is not None
    assert primary.replicas == wanted


def test_applying_again_changes_the_template_and_not_the_replicas() -> None:
    workloads = _workloads(_cluster())
    workloads.create_target(_manifest(2))
    workloads.scale_target(0)
    again = TargetManifest("Deployment", _template("detail:2"), {"app": "detail"}, 2, {})
    workloads.create_target(again)
    target = workloads.target()
    assert target is not None
    assert (target.replicas, target.template) == (0, _template("detail:2"))


def test_the_primary_follows_what_it_is_given() -> None:
    cluster = _cluster()
    workloads = _workloads(cluster)
    workloads.create_target(_manifest())
    workloads.apply_primary(Workload("detail-primary", _template(), {"app": "detail-primary"}, 2))
    settings = {"minReadySeconds": 7, "strategy": {"type": "Recreate"}}
    changed = Workload("detail-primary", _template("detail:2"), replicas=4, settings=settings)
    workloads.apply_primary(changed)
    primary = workloads.primary()
    assert primary is not None
    assert (primary.replicas, primary.template, primary.settings) == (
        4,
        _template("detail:2"),
        settings,
    )
    owned = cluster.find(("flagger", "detail-primary"))
    assert owned is not None
    assert owned.deployment.strategy.recreate
    assert owned.cluster == "flagger_detail-primary"


@pytest.mark.parametrize(("deadline_s", "late"), [(None, 601), (60, 601), (900, 901)])
def test_a_deadline_leaves_real_processes_their_time(deadline_s: int | None, late: float) -> None:
    """At 20 times the speed the least deadline is that of a real start."""
    cluster = _cluster()
    workloads = _workloads(cluster)
    settings = {} if deadline_s is None else {"progressDeadlineSeconds": deadline_s}
    workloads.create_target(_manifest(**settings))
    assert START_PATIENCE_S * cluster.clock.speed == 600
    for now_s, reason in ((late - 2, "ReplicaSetUpdated"), (late, "ProgressDeadlineExceeded")):
        cluster.clock.time_s = now_s  # type: ignore[attr-defined]
        target = workloads.target()
        assert target is not None
        assert target.status.conditions[0].reason == reason  # type: ignore[union-attr]


def test_a_daemon_set_has_one_pod_and_no_replicas() -> None:
    spec = {"targetRef": {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "detail"}}
    cluster = _cluster()
    workloads = _workloads(cluster, spec)
    workloads.create_target(TargetManifest("DaemonSet", _template(), {"app": "detail"}, None, {}))
    target = workloads.target()
    assert target is not None
    assert target.replicas is None
    assert target.status.desired_number_scheduled == 1  # type: ignore[union-attr]
    owned = cluster.find(("flagger", "detail"))
    assert owned is not None
    started, _ = owned.deployment.reconcile(0)
    assert [pod.name.count("-") for pod in started] == [1]


def test_configs_are_read_from_and_written_to_the_namespace() -> None:
    cluster = _cluster()
    workloads = _workloads(cluster)
    assert workloads.config("configmap", "settings") is None
    config = Config("configmap", "settings", {"a": "1"})
    cluster.put_config("flagger", config)
    assert workloads.config("configmap", "settings") == config
    copied = Config("configmap", "settings-primary", {"a": "1"})
    workloads.apply_config(copied)
    assert cluster.config("flagger", "configmap", "settings-primary") == copied
    assert cluster.config("other", "configmap", "settings-primary") is None


def test_the_primary_scaler_differs_whenever_it_is_compared() -> None:
    workloads = _workloads(_cluster(), SCALED, ScalerManifest(2))
    assert workloads.apply_primary_scaler(update=False) == "created"
    assert workloads.apply_primary_scaler(update=False) == "unchanged"
    assert workloads.apply_primary_scaler(update=True) == "updated"
    workloads.pause_target_scaler()
    workloads.resume_target_scaler()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            "HorizontalPodAutoscaler",
            "HorizontalPodAutoscaler detail.flagger get query error:"
            ' horizontalpodautoscalers.autoscaling "detail" not found',
        ),
        (
            "ScaledObject",
            "Keda ScaledObject detail.flagger get query error:"
            ' scaledobjects.keda.sh "detail" not found',
        ),
    ],
)
def test_a_scaler_that_is_in_no_file_is_missed_as_on_a_cluster(kind: str, text: str) -> None:
    spec = {"autoscalerRef": {**SCALED["autoscalerRef"], "kind": kind}}
    workloads = _workloads(_cluster(), spec)
    for ask in (
        lambda: workloads.apply_primary_scaler(update=False),
        workloads.pause_target_scaler,
        workloads.resume_target_scaler,
    ):
        with pytest.raises(PortError) as raised:
            ask()
        assert str(raised.value) == text
