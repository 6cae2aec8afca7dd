from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.applications import Applications
from rehearsal.applications.command import CommandApplication
from rehearsal.errors import UserError
from rehearsal.live import preparation as module
from rehearsal.live.config import HostTarget
from rehearsal.live.preparation import Options, Prepared, choose_provider, prepare
from rehearsal.live.workloads.canary_workloads import ScalerManifest
from rehearsal.manifests import Manifests, parse_manifests

STABLE = Applications(stable=CommandApplication("bash -c true"))
HPA = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "name": "shop"}


@pytest.fixture(autouse=True)
def _an_envoy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_envoy", lambda path: path or Path("/envoy"))


def _canary(name: str = "shop", **spec: Any) -> dict[str, Any]:
    analysis = {"interval": "1m", "threshold": 1, "stepWeight": 10, **spec.pop("analysis", {})}
    return {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "Canary",
        "metadata": {"name": name, "namespace": "prod"},
        "spec": {
            "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "service": {"port": 80, "targetPort": 8080},
            "analysis": analysis,
            **spec,
        },
    }


def _deployment(name: str = "shop", image: str = "shop:1", **spec: Any) -> dict[str, Any]:
    container = {"name": "app", "image": image, "ports": [{"containerPort": 8080}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "prod"},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [container]},
            },
            **spec,
        },
    }


def _manifests(*objects: dict[str, Any]) -> Manifests:
    return parse_manifests(yaml.safe_dump_all(objects), "all.yaml")


def _prepared(*objects: dict[str, Any], **options: Any) -> Prepared:
    manifests = _manifests(*objects)
    given = Options(**{"applications": STABLE, **options})
    return prepare(manifests, manifests.canaries, given)


def _refused(*objects: dict[str, Any], **options: Any) -> str:
    with pytest.raises(UserError) as raised:
        _prepared(*objects, **options)
    return str(raised.value)


def test_the_target_is_read_from_its_manifest() -> None:
    spec: dict[str, Any] = {"replicas": 3, "minReadySeconds": 5, "paused": False}
    prepared = _prepared(_canary(provider="istio"), _deployment(**spec))
    target = prepared.config.canary.target
    assert (target.kind, target.replicas, target.match_labels) == ("Deployment", 3, {"app": "shop"})
    assert target.settings == {"minReadySeconds": 5}
    assert prepared.config.canary.provider == "istio"


@pytest.mark.parametrize(
    ("spec", "flag", "provider", "why"),
    [
        ({"provider": "linkerd"}, "nginx", "linkerd", "provider linkerd"),
        ({}, "nginx", "nginx", "from --mesh-provider"),
        ({}, "", "istio", "Flagger's default"),
        ({"ingressRef": {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "x"}},
         "", "nginx", "ingressRef"),
        ({"service": {"port": 80, "gatewayRefs": [{"name": "gw"}]}}, "", "gatewayapi:v1",
         "gatewayRefs"),
        ({"service": {"port": 80, "gateways": ["gw"]}}, "", "istio", "service.gateways"),
        ({"service": {"port": 80,
                      "apex": {"annotations": {"80.service.kuma.io/protocol": "http"}}}},
         "", "kuma", "kuma.io"),
    ],
)  # fmt: skip
def test_the_provider_is_written_given_or_told_from_its_fields(
    spec: dict[str, Any], flag: str, provider: str, why: str
) -> None:
    (manifest,) = _manifests(_canary(**spec)).canaries
    found, said = choose_provider(manifest, flag)
    assert found == provider
    assert why in said


def test_a_target_that_is_in_no_file_is_made_up_from_the_command() -> None:
    prepared = _prepared(_canary(), replicas=4, service_port=9000)
    target = prepared.config.canary.target
    assert target.replicas == 4
    (container,) = target.template["spec"]["containers"]
    assert container["ports"] == [{"containerPort": 9000}]


def test_a_made_up_target_has_the_services_port_by_its_name() -> None:
    service = {"port": 80, "targetPort": "http"}
    (container,) = _prepared(_canary(service=service)).config.canary.target.template["spec"][
        "containers"
    ]
    assert container["ports"] == [{"containerPort": 80, "name": "http"}]


def test_all_that_is_missing_is_said_at_once_with_its_place() -> None:
    metrics = [{"name": "x", "interval": "1m", "templateRef": {"name": "errors"}}]
    said = _refused(
        _canary(autoscalerRef=HPA, analysis={"metrics": metrics}), applications=Applications()
    )
    assert len(said.splitlines()) == 2
    for part in ("MetricTemplate errors.prod", "with -f, or values with --metric x=", "--stable"):
        assert part in said
    for line in said.splitlines():
        assert line.startswith("all.yaml:")


def test_an_image_that_nothing_runs_is_said() -> None:
    said = _refused(_canary(), _deployment(), applications=Applications())
    assert "image 'shop:1'" in said


def test_a_target_without_pods_is_refused() -> None:
    ref = {"apiVersion": "v1", "kind": "Service", "name": "shop"}
    assert "spec.targetRef.kind: a Service has no pods" in _refused(_canary(targetRef=ref))


def test_the_autoscaler_keeps_its_minimum() -> None:
    hpa = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "shop", "namespace": "prod"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"},
            "minReplicas": 2,
            "maxReplicas": 4,
        },
    }
    prepared = _prepared(_canary(autoscalerRef=HPA), _deployment(), hpa)
    assert prepared.config.canary.scaler == ScalerManifest(2)


@pytest.mark.parametrize(
    ("provider", "name", "is_said"),
    [
        ("kubernetes", "request-success-rate", True),
        ("gatewayapi:v1", "request-duration", True),
        ("kubernetes", "other", False),
        ("istio", "request-success-rate", False),
    ],
)
def test_checks_that_read_the_application_s_own_page_are_said(
    provider: str, name: str, is_said: bool
) -> None:
    metrics = [{"name": name, "thresholdRange": {"max": 9}, "query": "vector(1)"}]
    prepared = _prepared(_canary(provider=provider, analysis={"metrics": metrics}))
    assert any("of the application's own /metrics" in one for one in prepared.notes) is is_said


@pytest.mark.parametrize(
    ("hook", "options", "is_said"),
    [
        ({"url": "http://approver.tools/", "type": "confirm-rollout"}, {}, True),
        ({"url": "http://k6.tools/", "metadata": {"script": "x"}}, {}, True),
        ({"url": "http://k6.tools/", "metadata": {"script": "x"}},
         {"hosts": {"k6.tools": HostTarget("k6.tools", address=("127.0.0.1", 9))}}, False),
        ({"url": "http://k6.tools/", "metadata": {"script": "x"}},
         {"hook_host": "http://127.0.0.1:9"}, False),
        ({"url": "http://log.tools/", "type": "event"}, {}, False),
        ({"url": "http://lt.tools/gate/check", "type": "confirm-rollout"}, {}, False),
        ({"url": "http://lt.tools/", "metadata": {"cmd": "hey http://shop-canary/"}}, {}, False),
        ({"url": "https://approve.example.com/", "type": "confirm-rollout"}, {}, False),
    ],
)  # fmt: skip
def test_a_webhook_for_another_receiver_is_said(
    hook: dict[str, Any], options: dict[str, Any], is_said: bool
) -> None:
    hooks = [{"name": "one", **hook}]
    prepared = _prepared(_canary(analysis={"webhooks": hooks}), **options)
    assert any("webhook one asks for nothing" in one for one in prepared.notes) is is_said


@pytest.mark.parametrize(
    ("objects", "options", "replicas"),
    [
        ([], {"replicas": 3}, 3),
        ([_deployment(replicas=4)], {"replicas": 3}, 4),
        ([_deployment()], {"replicas": 3}, 1),
    ],
)
def test_an_autoscaler_in_none_of_the_files_is_made_up_and_said(
    objects: list[dict[str, Any]], options: dict[str, Any], replicas: int
) -> None:
    prepared = _prepared(_canary(autoscalerRef=HPA), *objects, **options)
    assert prepared.config.canary.scaler == ScalerManifest(replicas)
    (note,) = [one for one in prepared.notes if "HorizontalPodAutoscaler" in one]
    assert "is in none of the files" in note
    assert f"keeps {replicas} replica" in note


def test_configs_and_secrets_are_brought_along() -> None:
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": "prod", "annotations": {"a": "b"}},
        "data": {"k": "v"},
    }
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": "prod"},
        "data": {"a": "eA=="},
        "stringData": {"b": "plain"},
    }
    configs = dict(_prepared(_canary(), _deployment(), config, secret).config.configs)
    assert set(configs) == {"prod"}
    found = [c for _, c in _prepared(_canary(), _deployment(), config, secret).config.configs]
    assert [(c.kind, c.name, dict(c.data)) for c in found] == [
        ("configmap", "c", {"k": "v"}),
        ("secret", "s", {"a": "eA==", "b": "cGxhaW4="}),
    ]
    assert found[0].annotations == {"a": "b"}


def test_hosts_are_planned_and_said() -> None:
    hooks = [
        {
            "name": "load",
            "url": "http://tester.tools/",
            "metadata": {"cmd": "hey http://gateway.infra/ http://db.prod/ http://api.prod/"},
        }
    ]
    prepared = _prepared(
        _canary(analysis={"webhooks": hooks}),
        _deployment(),
        hosts={"api.prod": HostTarget("api.prod", "canary")},
    )
    assert prepared.config.receivers == (("tester", "tools"),)
    assert set(prepared.config.hosts) == {
        HostTarget("api.prod", "canary"),
        HostTarget("gateway.infra", "apex"),
    }
    notes = "\n".join(prepared.notes)
    assert "tester.tools is this project's load tester here" in notes
    assert "gateway.infra leads to the canary's apex" in notes
    assert "nobody serves db.prod" in notes
    assert "api.prod" not in notes


def test_several_canaries_are_all_prepared() -> None:
    prepared = _prepared(
        _canary("shop"), _deployment("shop"), _canary("cart"), _deployment("cart", "cart:1")
    )
    names = [c.canary.full_name for c in prepared.config.canaries]
    assert names == ["shop.prod", "cart.prod"]
    assert prepared.config.canary.canary.name == "shop"


@pytest.mark.parametrize(
    ("env", "image", "complaint"),
    [
        ({"DETAIL_DRAIN_SECONDS": "5s"}, "x/detail:1.0", "'5s' is not a number from 0 to 3600"),
        ({"DETAIL_ACCESS_LOG": "ja"}, "x/detail:1.0", "DETAIL_ACCESS_LOG: "),
        ({"DETAIL_FAULT_TOKEN": ""}, "x/detail:1.0", "is set but empty"),
        ({"AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:99999"}, "x/detail:1.0", "is not an address"),
        ({}, "x/detail:latest", "no catalog for version 'latest'"),
        ({"FRONTEND_TIMEOUT": "2s"}, "x/frontend:1", "FRONTEND_TIMEOUT: '2s' is not a number"),
    ],
)
def test_what_our_own_images_would_not_start_with_is_refused(
    env: dict[str, str], image: str, complaint: str
) -> None:
    deployment = _deployment(image=image)
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    container["env"] = [{"name": key, "value": value} for key, value in env.items()]
    said = _refused(_canary(), deployment, applications=Applications())
    assert said.startswith("all.yaml:")
    assert complaint in said
    assert len(said.splitlines()) == 1


def test_a_setting_from_a_configmap_is_looked_at_too() -> None:
    deployment = _deployment(image="x/detail:1.0")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    container["envFrom"] = [{"configMapRef": {"name": "settings"}}]
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "prod"},
        "data": {"DETAIL_GRACE_SECONDS": "soon"},
    }
    said = _refused(_canary(), deployment, config, applications=Applications())
    assert "container app: DETAIL_GRACE_SECONDS: 'soon'" in said


def test_settings_that_can_be_used_start() -> None:
    deployment = _deployment(image="x/detail:1.0")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    container["env"] = [{"name": "DETAIL_DRAIN_SECONDS", "value": "0.5"}]
    assert _prepared(_canary(), deployment, applications=Applications())


def _hooked(cmd: str, task: str = "cmd") -> dict[str, Any]:
    url = "http://flagger-loadtester.prod/"
    hook = {"name": "load", "url": url, "metadata": {"type": task, "cmd": cmd}}
    return _canary(analysis={"webhooks": [{"name": "first", "url": url + "gate/check"}, hook]})


@pytest.mark.parametrize(
    ("cmd", "task", "program"),
    [
        ("absent-k6 run x.js", "cmd", "absent-k6"),
        ("sleep 1 && timeout 3 absent-ghz --insecure shop:80", "bash", "absent-ghz"),
        ("curl -s http://shop | absent-jq .", "bash", "absent-jq"),
        ("test shop --logs", "helmv3", "helmv3"),
    ],
)
def test_a_program_that_a_webhook_lacks_is_said_with_its_place(
    cmd: str, task: str, program: str
) -> None:
    manifests = _manifests(_hooked(cmd, task), _deployment())
    with pytest.raises(UserError, match=f"{program} is not on this machine") as raised:
        prepare(manifests, manifests.canaries, Options(applications=STABLE))
    (line,) = raised.value.lines()
    assert line.startswith("all.yaml:")
    assert "webhooks[1].metadata.cmd" in line


def test_programs_of_webhooks_that_go_elsewhere_are_no_matter() -> None:
    manifests = _manifests(_hooked("absent-k6 run x.js"), _deployment())
    options = Options(applications=STABLE, hook_host="http://127.0.0.1:1")
    assert prepare(manifests, manifests.canaries, options)


def test_probes_whose_program_only_the_image_has_are_named() -> None:
    deployment = _deployment()
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    container["readinessProbe"] = {"exec": {"command": ["absent-check", "localhost:8080"]}}
    container["livenessProbe"] = {"exec": {"command": ["true"]}}
    manifests = _manifests(_canary(), deployment)
    notes = prepare(manifests, manifests.canaries, Options(applications=STABLE)).notes
    (note,) = [note for note in notes if "probes run" in note]
    assert "absent-check" in note
