import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.live.workloads.deployment import (
    Deployment,
    Pod,
    RollingUpdate,
    generated_name,
    template_hash,
)


def _template(version: str) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "detail", "image": f"detail:{version}"}]}}


def _deployment(replicas: int = 2, **more: Any) -> Deployment:
    numbers = itertools.count()
    rolling = {key: more.pop(key) for key in ("max_unavailable", "max_surge") if key in more}
    more["strategy"] = RollingUpdate(**{"max_unavailable": 1, "max_surge": 1, **rolling})
    return Deployment(
        "detail", _template("1.0"), replicas, new_name=lambda: f"p{next(numbers)}", **more
    )


def _ready(deployment: Deployment, pods: list[Pod], now_s: float) -> None:
    for pod in pods:
        deployment.mark_ready(pod.name, True, now_s)


def _retire(deployment: Deployment, pods: list[Pod]) -> None:
    for pod in pods:
        deployment.forget(pod.name)


def test_it_starts_the_pods_it_wants_once() -> None:
    deployment = _deployment()
    started, stopped = deployment.reconcile(0)
    assert [pod.name for pod in started] == [
        f"detail-{deployment.revision}-p0",
        f"detail-{deployment.revision}-p1",
    ]
    assert stopped == []
    assert deployment.reconcile(1) == ([], [])


def test_the_generation_is_observed_by_reconciling() -> None:
    deployment = _deployment()
    assert (deployment.generation, deployment.observed_generation) == (1, 0)
    deployment.reconcile(0)
    assert deployment.observed_generation == 1
    deployment.change(replicas=3)
    assert (deployment.generation, deployment.observed_generation) == (2, 1)
    deployment.change(replicas=3, template=_template("1.0"))
    assert deployment.generation == 2


def test_a_pod_is_available_only_after_min_ready() -> None:
    deployment = _deployment(min_ready_s=5)
    started, _ = deployment.reconcile(0)
    _ready(deployment, started, 10)
    assert deployment.available(14.9) == 0
    assert deployment.available(15) == 2
    assert deployment.ready_pods() == tuple(pod.name for pod in started)


def test_a_rolling_update_with_one_unavailable() -> None:
    deployment = _deployment(max_unavailable=1, max_surge=1)
    first, _ = deployment.reconcile(0)
    _ready(deployment, first, 0)
    deployment.change(template=_template("2.0"))
    started, stopped = deployment.reconcile(1)
    assert (len(started), len(stopped)) == (1, 1)
    _retire(deployment, stopped)
    again, more = deployment.reconcile(2)
    assert (len(again), len(more)) == (1, 0)
    _ready(deployment, started + again, 3)
    nothing, last = deployment.reconcile(4)
    assert nothing == []
    assert [pod.revision for pod in last] == [template_hash(_template("1.0"))]


def test_scaling_to_zero_stops_all_and_back_starts_anew() -> None:
    deployment = _deployment()
    started, _ = deployment.reconcile(0)
    deployment.change(replicas=0)
    assert deployment.reconcile(1) == ([], started)
    assert deployment.ready_pods() == ()
    _retire(deployment, started)
    deployment.change(replicas=2)
    fresh, _ = deployment.reconcile(2)
    assert {pod.name for pod in fresh}.isdisjoint(pod.name for pod in started)


def test_a_pod_that_never_became_available_goes_first() -> None:
    deployment = _deployment(max_unavailable=0, max_surge=1)
    first, _ = deployment.reconcile(0)
    deployment.mark_ready(first[0].name, True, 0)
    deployment.change(template=_template("2.0"))
    _, stopped = deployment.reconcile(1)
    assert stopped == [first[1]]


def test_readiness_may_be_lost() -> None:
    deployment = _deployment(replicas=1)
    started, _ = deployment.reconcile(0)
    _ready(deployment, started, 1)
    deployment.mark_ready(started[0].name, False, 2)
    assert deployment.ready_pods() == ()


def test_the_moment_availability_turned_is_remembered() -> None:
    deployment = _deployment(replicas=2, max_unavailable=1)
    started, _ = deployment.reconcile(7)
    assert (deployment.enough, deployment.enough_changed_s) == (False, 7)
    _ready(deployment, started[:1], 8)
    deployment.note_availability(9)
    assert (deployment.enough, deployment.enough_changed_s) == (True, 9)


def test_names_are_kubernetes_own() -> None:
    assert set(generated_name(500)) <= set("bcdfghjklmnpqrstvwxz2456789")
    assert template_hash(_template("1.0")) == template_hash(_template("1.0"))
    assert template_hash(_template("1.0")) != template_hash(_template("2.0"))


@given(
    replicas=st.integers(1, 6),
    max_unavailable=st.integers(0, 2),
    max_surge=st.integers(0, 2),
    data=st.data(),
)
def test_a_rolling_update_keeps_its_promises(
    replicas: int, max_unavailable: int, max_surge: int, data: st.DataObject
) -> None:
    if max_unavailable == max_surge == 0:
        max_surge = 1
    deployment = _deployment(replicas, max_unavailable=max_unavailable, max_surge=max_surge)
    started, _ = deployment.reconcile(0)
    _ready(deployment, started, 0)
    deployment.change(template=_template("2.0"))
    for now_s in range(1, 200):
        _, stopped = deployment.reconcile(now_s)
        alive = [pod for pod in deployment.pods.values() if not pod.stopping]
        assert len(alive) <= replicas + max_surge
        assert deployment.available(now_s) >= replicas - max_unavailable
        _retire(deployment, stopped)
        waiting = [pod for pod in deployment.current() if pod.ready_since_s is None]
        if waiting:
            _ready(deployment, [data.draw(st.sampled_from(waiting))], now_s)
        if not deployment.outdated() and deployment.available(now_s) == replicas:
            return
    pytest.fail("the update never ended")
