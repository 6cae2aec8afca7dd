"""Every kind that is looked into: what is read, and in which words the rest is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.errors import UserError
from rehearsal.manifests import Manifest, ManifestError, parse_manifests
from rehearsal.manifests.configs import ConfigMapData, SecretData
from rehearsal.manifests.workloads import AutoscalerSpec, DeploymentSpec, ScaledObjectSpec
from tests.rehearsal.manifests.objects import (
    AUTOSCALER,
    CANARY,
    CONFIG,
    DEPLOYMENT,
    SECRET,
    TEMPLATE,
    joined,
)


def refusal(text: str) -> str:
    with pytest.raises(ManifestError) as caught:
        parse_manifests(text, "a.yaml")
    assert isinstance(caught.value, UserError)
    assert len(str(caught.value).splitlines()) == len(caught.value.problems)
    return str(caught.value)


def deployment(text: str = DEPLOYMENT) -> Manifest[DeploymentSpec]:
    found = parse_manifests(text).deployment("flagger", "detail")
    assert found is not None
    return found


def test_a_deployment() -> None:
    spec = deployment().spec
    (container,) = spec.template.spec.containers
    assert (spec.replicas, spec.min_ready_seconds, spec.progress_deadline_seconds) == (2, 0, 600)
    assert container.command == ("detail",)
    assert container.args == ("--port", "3000")
    assert container.env[0].value == "1"
    assert container.env[1].value_from is not None
    assert container.readiness_probe is not None
    assert container.readiness_probe.http_get is not None
    assert container.port_number(container.readiness_probe.http_get.port) == 3000
    assert container.readiness_probe.period_seconds == 3
    assert container.liveness_probe is not None
    assert container.liveness_probe.tcp_socket is not None
    assert container.startup_probe is not None
    assert spec.template.spec.termination_grace_period_seconds == 30
    assert spec.strategy.rolling_update is not None
    assert spec.strategy.rolling_update.max_unavailable == 0
    assert spec.strategy.rolling_update.max_surge == "25%"


def test_nulls_are_as_good_as_absent() -> None:
    text = DEPLOYMENT.replace("replicas: 2", "replicas: null").replace(
        "strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0}}", "strategy: null"
    )
    spec = deployment(text.replace("          envFrom:\n", "          resources:\n")).spec
    assert spec.replicas is None
    assert spec.strategy.type == "RollingUpdate"
    env_of_null = DEPLOYMENT[: DEPLOYMENT.index("          env:")] + "          env: null\n"
    assert deployment(env_of_null).spec.template.spec.containers[0].env == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("replicas: 2", "replicas: two", "a.yaml:7: spec.replicas: must be a whole number"),
        ("replicas: 2", "replicas: -1", "a.yaml:7: spec.replicas: must not be negative"),
        ("replicas: 2", "replicas: 2.5", "a.yaml:7: spec.replicas: must be a whole number"),
        ("replicas: 2", "replicas: 3000000000", "a.yaml:7: spec.replicas: is too large"),
        ("strategy: {type: Rol", "strategy: {type: Rul", 'did you mean "RollingUpdate"?'),
        ("maxUnavailable: 0", "maxUnavailable: some", "must be a whole number or a percentage"),
        ("maxUnavailable: 0", "maxUnavailable: 0, maxSurge: 0%", "a.yaml:9: spec.strategy.rolling"),
        ("type: RollingUpdate", "type: Recreate", "must not have rollingUpdate with Recreate"),
        ("periodSeconds: 3", "periodSeconds: three", "readinessProbe.periodSeconds: must be a wh"),
        ("httpGet: {path: /ping, port: http}, ", "", "must have exactly one of httpGet, tcpSocket"),
        ("tcpSocket: {port: 3000}", "tcpSocket: {port: 0}", "must be a port from 1 to 65535"),
        ("port: http}", "port: ''}", "must be at most 15 lower case letters"),
        (
            "containerPort: 3000",
            "containerPort: '3000'",
            "ports[0].containerPort: must be a whole number",
        ),
        ('{name: A, value: "1"}', "{name: A, value: 1}", "env[0].value: must be a string; put it"),
        ('{name: A, value: "1"}', "{value: x}", "env[0].name: is required"),
        ('{name: A, value: "1"}', "{nmae: A}", 'env[0].name: is required; is "nmae" meant to be'),
        ('{name: A, value: "1"}', '{name: "A=B"}', "env[0].name: must be printable ASCII"),
        ("key: b}}", "key: b}}\n              value: x", "must not have both value and valueFrom"),
        ("name: detail\n          image", "name: De_tail\n          image", "(RFC 1123)"),
        ("selector: {matchLabels: {app: detail}}", "selector: x", "a.yaml:8: spec.selector: must"),
        ("selector: {matchLabels: {app: detail}}", "selector: {}", "selector must not be empty"),
        ("selector: {matchLabels: {app: d", "selector: {matchLabels: {app: x", "label app=xetail"),
        ("metadata: {labels: {app: detail}}", "metadata: {labels: {app: 1}}", "app: must be a str"),
        ("{name: files, mountPath", "{name: flies, mountPath", 'mounts "flies", and no volume has'),
        ("  replicas: 2\n", "  minReadySeconds: 600\n", "must be greater than minReadySeconds"),
        ("  replicas: 2\n", "  replicas: 2\n  replicas: 3\n", 'a.yaml:8: is not YAML: key "repl'),
        ("containers:\n", "containers: []\n      initContainers:\n", "containers: "),
        ("  name: detail\n", "  name: ../../detail\n", "a.yaml:4: metadata.name: "),
        ("namespace: flagger", 'namespace: "a; rm -rf b"', "a.yaml:5: metadata.namespace: "),
        ("namespace: flagger", f"namespace: {'a' * 64}", "is longer than 63 letters"),
        ("  name: detail\n", f"  name: {'a' * 254}\n", "is longer than 253 letters"),
        ("  name: detail\n", "", "a.yaml:3: metadata.name: is required"),
        ("  name: detail\n", "  name: 5\n", "a.yaml:4: metadata.name: is required, as a string"),
        ("metadata:\n", "metadate:\n", "a.yaml:1: metadata: is required, with a name"),
        ("spec:\n  rep", "sepc:\n  rep", "a.yaml:1: spec: is required"),
        ("apiVersion: apps/v1\n", "", "a.yaml:1: apiVersion: is required"),
    ],
)
def test_a_deployment_that_is_wrong(old: str, new: str, said: str) -> None:
    assert old in DEPLOYMENT
    assert said in refusal(DEPLOYMENT.replace(old, new, 1))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            AUTOSCALER.replace("minReplicas: 2", "minReplicas: x"),
            "a.yaml:6: spec.minReplicas: must",
        ),
        (AUTOSCALER.replace("  maxReplicas: 4\n", ""), "a.yaml:4: spec.maxReplicas: is required"),
        (AUTOSCALER.replace("maxReplicas: 4", "maxReplicas: 1"), "not below minReplicas"),
        (CONFIG.replace('b: "2"', "b: 2"), "a.yaml:4: data.b: must be a string; put it in quotes"),
        (CONFIG.replace("{b:", "{b/c:"), 'key "b/c" must be letters, digits'),
        (CONFIG.replace("/w==", "'***'"), 'the value of "raw" is not base64'),
        (SECRET.replace("YQ==", "plain"), "use stringData for plain text"),
        (CANARY.replace("1m\n", "1h\n", 1), "a.yaml:10: spec.analysis.interval: must begin with"),
        (TEMPLATE.replace("prometheus,", "prometeus,"), 'did you mean "prometheus"?'),
        ("kind: Service\napiVersion: v1\nmetadata: {name: 1a}\nspec: {}\n", "(RFC 1035)"),
        ("kind: Other\napiVersion: v1\n", "a.yaml:1: metadata.name: is required"),
        ("a: 1\n", 'a document without "kind" is no Kubernetes object'),
        ("- a\n", 'a document without "kind" is no Kubernetes object'),
        ("kind: [a]\n", 'a document without "kind" is no Kubernetes object'),
        ("kind: List\napiVersion: v1\nitems: [{}]\n", "items[0]: an item of a list needs a kind"),
    ],
)
def test_other_objects_that_are_wrong(text: str, said: str) -> None:
    assert said in refusal(text)


def test_all_problems_of_all_documents_at_once() -> None:
    bad = joined(
        DEPLOYMENT.replace("replicas: 2", "replicas: two").replace("port: http", "port: HTTP"),
        "a: [\n",
        AUTOSCALER.replace("minReplicas: 2", "minReplicas: x"),
        CANARY,
    )
    lines = refusal(bad).splitlines()
    assert [line.partition(": ")[2][:14] for line in lines] == [
        "spec.replicas:",
        "spec.template.",
        "is not YAML: w",
        "spec.minReplic",
    ]


@pytest.mark.parametrize("version", ["v1", "v2", "v2beta1", "v2beta2"])
def test_every_version_of_an_autoscaler(version: str) -> None:
    (found,) = parse_manifests(AUTOSCALER.replace("/v2", f"/{version}")).objects
    assert isinstance(found.spec, AutoscalerSpec)
    assert (found.spec.min_replicas, found.spec.max_replicas) == (2, 4)


def test_a_scaled_object() -> None:
    text = """\
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: detail}
spec: {scaleTargetRef: {name: detail}, minReplicaCount: 1, triggers: [{type: cron}]}
"""
    (found,) = parse_manifests(text).objects
    assert isinstance(found.spec, ScaledObjectSpec)
    assert (found.spec.min_replica_count, found.spec.max_replica_count) == (1, 100)


def test_configs_as_a_pod_reads_them() -> None:
    config, secret = parse_manifests(joined(CONFIG, SECRET)).objects
    assert isinstance(config.spec, ConfigMapData)
    assert config.spec.files() == {"b": b"2", "raw": b"\xff"}
    assert isinstance(secret.spec, SecretData)
    assert secret.spec.files() == {"k": b"a", "l": b"b"}


def test_lists_are_opened_and_keep_their_lines() -> None:
    text = f"kind: List\napiVersion: v1\nitems:\n- {AUTOSCALER.replace(chr(10), chr(10) + '  ')}"
    (found,) = parse_manifests(text).objects
    assert found.locate("spec", "minReplicas").line == 9


def test_kinds_of_other_groups_are_left_alone() -> None:
    text = "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: g}\nspec: {a: b}\n"
    text += (
        "---\napiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: s}\nspec: {}\n"
    )
    text += "---\napiVersion: example.com/v1\nkind: Canary\nmetadata: {name: c}\nspec: {}\n"
    assert [one.kind for one in parse_manifests(text).objects] == ["Gateway", "Service", "Canary"]
    found = parse_manifests(text)
    assert found.canaries == ()
    assert found.find("Service", "default", "s") is None
    assert found.of_kind("Gateway") == ()


def test_roles_have_names_of_their_own_rules() -> None:
    text = "apiVersion: v1\nkind: ClusterRole\nmetadata: {name: 'system:x'}\n"
    assert parse_manifests(text).objects[0].name == "system:x"


VALUES = ("x", "1", "true", "[]", "[x]", "{}", "{a: b}", "[null]", "-1", "1.5", '""', "null")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_value_anywhere_is_a_traceback(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([DEPLOYMENT, AUTOSCALER, CANARY, TEMPLATE, CONFIG, SECRET]))
    lines = text.splitlines()
    index = data.draw(st.integers(0, len(lines) - 1))
    key, colon, _ = lines[index].partition(":")
    lines[index] = f"{key}{colon} {data.draw(st.sampled_from(VALUES))}"
    said: list[str] = []
    try:
        parse_manifests("\n".join(lines), "a.yaml")
    except ManifestError as error:
        said = str(error).splitlines()
    assert all(line.startswith("a.yaml:") for line in said)
