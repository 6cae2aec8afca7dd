"""Pods pass the restricted Pod Security Standard, and stop within the grace they are given."""

import re

import pytest

from tests.k8s.cluster import (
    Container,
    build,
    canary,
    every_container,
    everything,
    of_kind,
    one,
)

CONTAINERS = every_container()
OWN = [item for item in CONTAINERS if item.program]


def ids(item: Container) -> str:
    return item.name


@pytest.mark.parametrize("container", CONTAINERS, ids=ids)
def test_a_pod_is_restricted(container: Container) -> None:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"""
    pod = container.pod["spec"]["securityContext"]
    own = container.spec["securityContext"]

    assert pod["runAsNonRoot"] is True
    assert pod["runAsUser"] > 0
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own["allowPrivilegeEscalation"] is False
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(container.pod["spec"])
    assert all(
        set(volume) - {"name"} <= {"configMap", "emptyDir", "projected", "secret"}
        for volume in container.pod["spec"].get("volumes", [])
    )


@pytest.mark.parametrize("container", OWN, ids=ids)
def test_our_root_file_system_is_read_only(container: Container) -> None:
    assert container.spec["securityContext"]["readOnlyRootFilesystem"] is True


@pytest.mark.parametrize("container", CONTAINERS, ids=ids)
def test_a_container_says_what_it_needs(container: Container) -> None:
    resources = container.spec["resources"]

    assert {"cpu", "memory"} <= set(resources["requests"])
    assert "memory" in resources["limits"]
    # a limit on processor time shows up as latency, which is what a canary measures
    assert "cpu" not in resources["limits"]


@pytest.mark.parametrize("container", CONTAINERS, ids=ids)
def test_an_image_is_pinned(container: Container) -> None:
    assert re.search(r":v?\d[\w.-]*$", container.spec["image"]), container.spec["image"]


def test_the_base_namespace_enforces_what_its_pods_keep() -> None:
    namespace = one(build("base"), "Namespace", "flagger")

    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_only_those_who_ask_the_api_server_get_a_token() -> None:
    given = {
        item.workload["metadata"]["name"]
        for item in CONTAINERS
        if item.pod["spec"]["automountServiceAccountToken"]
    }

    assert given == {"flagger-loadtester", "prometheus"}


def test_service_accounts_exist_and_hand_out_nothing_by_themselves() -> None:
    for objects in everything().values():
        accounts = {item["metadata"]["name"]: item for item in of_kind(objects, "ServiceAccount")}
        assert not any(item["automountServiceAccountToken"] for item in accounts.values())
        for workload in of_kind(objects, "Deployment"):
            name = workload["spec"]["template"]["spec"].get("serviceAccountName")
            assert name is None or name in accounts


def test_service_links_do_not_leak_into_the_environment() -> None:
    """A Service `frontend` would set FRONTEND_PORT=tcp://... in every pod beside it."""
    assert all(item.pod["spec"]["enableServiceLinks"] is False for item in OWN)


def test_only_flagger_and_prometheus_reach_the_load_tester() -> None:
    policy = one(build("base"), "NetworkPolicy", "flagger-loadtester")["spec"]
    values = [
        value
        for peer in policy["ingress"][0]["from"]
        for expression in peer["podSelector"]["matchExpressions"]
        for value in expression["values"]
    ]

    assert len(policy["ingress"]) == 1
    assert set(values) == {"flagger", "prometheus", "flagger-prometheus"}


def test_detail_has_time_to_drain() -> None:
    (detail,) = [item for item in OWN if item.name == "detail/detail"]
    pause = detail.spec["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain = int(detail.env["DETAIL_DRAIN_SECONDS"])
    finish = int(detail.env["DETAIL_GRACE_SECONDS"])
    probe = detail.spec["readinessProbe"]

    assert pause + drain + finish < detail.pod["spec"]["terminationGracePeriodSeconds"]
    assert drain >= probe["periodSeconds"], "readiness must be asked at least once while draining"
    slowest = canary("appmesh")["spec"]["service"]["timeout"]
    assert finish >= int(slowest.removesuffix("s"))


def test_the_load_tester_has_time_to_finish_its_tasks() -> None:
    (tester,) = [item for item in OWN if item.name == "flagger-loadtester/loadtester"]
    grace = tester.env["LOADTESTER_SHUTDOWN_GRACE"]

    assert int(grace.removesuffix("s")) < tester.pod["spec"]["terminationGracePeriodSeconds"]


def test_the_frontend_has_time_to_drain() -> None:
    (frontend,) = [item for item in OWN if item.name == "frontend/frontend"]
    pause = frontend.spec["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain = int(frontend.env["FRONTEND_DRAIN_SECONDS"])

    assert pause + drain < frontend.pod["spec"]["terminationGracePeriodSeconds"]
    assert drain >= frontend.spec["readinessProbe"]["periodSeconds"]


def test_faults_cannot_take_more_memory_than_the_limit_leaves() -> None:
    (detail,) = [item for item in OWN if item.name == "detail/detail"]
    limit = detail.spec["resources"]["limits"]["memory"]

    assert int(detail.env["DETAIL_FAULT_MAX_MEMORY_MB"]) <= int(limit.removesuffix("Mi")) / 2
