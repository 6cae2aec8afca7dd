"""Canary files: what is read, and in which words the rest is refused."""

from pathlib import Path

import pytest

from commons.errors import UserError
from rehearsal.flagger.canary.errors import (
    CanaryFileError,
    InvalidError,
    NotACanaryError,
    NotYamlError,
    UndecodableError,
    UnreadableError,
)
from rehearsal.flagger.canary.parse import load_canary, parse

CANARY = """\
apiVersion: flagger.app/v1beta1
kind: Canary
metadata:
  name: detail
  namespace: flagger
spec:
  provider: istio
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: detail}
  service:
    port: 3000
  analysis:
    interval: 1m
    threshold: 1
    stepWeight: 5
    metrics:
      - name: request-success-rate
        thresholdRange: {min: 99}
    webhooks:
      - name: load
        type: rollout
        url: http://flagger-loadtester.flagger/
        metadata: {cmd: hey}
"""
TEMPLATE = """\
---
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {name: late, namespace: flagger}
spec: {provider: {type: prometheus, address: "http://p:9090"}, query: up}
"""
ALERT = """\
---
apiVersion: flagger.app/v1beta1
kind: AlertProvider
metadata: {name: chat}
spec: {type: slack, address: "http://chat/"}
"""


def refusal(text: str) -> CanaryFileError:
    with pytest.raises(CanaryFileError) as caught:
        parse(text, "c.yaml")
    assert isinstance(caught.value, UserError)
    assert len(str(caught.value).splitlines()) == len(caught.value.problems)
    return caught.value


def test_reads_every_kind_of_flaggers_and_leaves_the_others_alone() -> None:
    other = "---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\n---\n---\n"
    found = parse(CANARY + other + TEMPLATE + ALERT, "c.yaml")
    (canary,) = found.canaries
    assert canary.full_name == "detail.flagger"
    assert canary.spec.analysis.step_weight == 5
    limits = canary.spec.analysis.metrics[0].threshold_range
    assert limits is not None
    assert (limits.min_, limits.max_) == (99, None)
    assert canary.spec.analysis.webhooks[0].metadata == {"cmd": "hey"}
    assert found.templates[0].spec.provider.address == "http://p:9090"
    assert (found.alert_providers[0].name, found.alert_providers[0].namespace) == (
        "chat",
        "default",
    )


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("interval: 1m", "interval: 1h", "c.yaml:12: spec.analysis.interval: must begin with"),
        (
            "stepWeight: 5",
            'stepWeight: "5"',
            "c.yaml:14: spec.analysis.stepWeight: must be a num",
        ),
        (
            "stepWeight: 5",
            "stepWeight: 5\n    iterations: 3",
            "c.yaml:11: spec.analysis: has iterations and stepWeight; keep one of them",
        ),
        ("    stepWeight: 5\n", "", "c.yaml:11: spec.analysis: needs one of iterations, "),
        ("    threshold: 1\n", "", "c.yaml:11: spec.analysis.threshold: is required"),
        ("stepWeight: 5", "stepWeight:", "c.yaml:11: spec.analysis: needs one of iterations"),
        (
            "analysis:",
            "analysys:",
            'c.yaml:6: spec.analysis: is required; is "analysys" meant to be it?',
        ),
        ("provider: istio", "provider: istoi", "c.yaml:7: spec.provider: must be one of apisix"),
        (
            "cmd: hey",
            "cmd: true",
            "c.yaml:22: spec.analysis.webhooks[0].metadata.cmd: must be a string; put it in quotes",
        ),
        ("type: rollout", "type: rolout", "c.yaml:20: spec.analysis.webhooks[0].type: must be one"),
        ("port: 3000", "port: web", "c.yaml:10: spec.service.port: must be a number"),
        (
            "kind: Deployment",
            "kind: Job",
            "c.yaml:8: spec.targetRef.kind: must be one of Daemon",
        ),
        ("/v1beta1", "/v1alpha3", "c.yaml:1: apiVersion: must be flagger.app/v1beta1, not "),
        ("  name: detail\n", "", "c.yaml:3: metadata.name: is required, as a string"),
        ("metadata:\n", "metadate:\n", "c.yaml:1: metadata: is required, with a name"),
    ],
)
def test_invalid(old: str, new: str, text: str) -> None:
    error = refusal(CANARY.replace(old, new, 1))
    assert isinstance(error, InvalidError)
    assert str(error).startswith(text)


def test_all_problems_are_counted_and_kept_in_the_order_of_their_lines() -> None:
    error = refusal(CANARY.replace("port: 3000", "port: x").replace("name: load", "name: 5"))
    assert [line.split(": ")[0] for line in str(error).splitlines()] == ["c.yaml:10", "c.yaml:19"]
    assert [(one.line, one.field) for one in error.problems] == [
        (10, "spec.service.port"),
        (19, "spec.analysis.webhooks[0].name"),
    ]


def test_what_the_api_server_takes_and_flagger_cannot_read() -> None:
    error = refusal(CANARY.replace("threshold: 1\n", "threshold: 1.5\n"))
    assert isinstance(error, UndecodableError)
    assert str(error).startswith("c.yaml:13: spec.analysis.threshold: is a fraction")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CANARY.replace("name: detail", "name: [x", 1), "c.yaml:5: is not YAML: "),
        (CANARY + "      threshold: 1\n   x: y\n", "is not YAML: "),
        (
            CANARY.replace("threshold: 1", "threshold: 1\n    threshold: 2"),
            'c.yaml:14: is not YAML: key "threshold" is already set above',
        ),
        ("? [a, b]\n: c\n", "c.yaml:1: is not YAML: a key must be a plain word"),
        ("a: &a [1]\nb: *nope\n", "c.yaml:2: is not YAML: unknown anchor 'nope' referenced"),
        ("kind: \x07Canary", "is not YAML: "),
    ],
)
def test_not_yaml(text: str, message: str) -> None:
    error = refusal(text)
    assert isinstance(error, NotYamlError)
    assert message in str(error)


def test_aliases_that_grow_without_end_are_refused() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in range(1, 8):
        items = ", ".join([f"*a{level - 1}"] * 10)
        bomb += f"a{level}: &a{level} [{items}]\n"
    assert "too large" in str(refusal(bomb))
    assert "anchor 'a' value contains itself" in str(refusal("a: &a [*a]\n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "c.yaml: contains no Canary (the file is empty)"),
        ("# nothing\n", "c.yaml: contains no Canary (the file is empty)"),
        ("kind: Service\n---\nkind: Deployment\n", "contains no Canary, only Deployment, Service"),
        ("just text", 'c.yaml: contains no Canary, only a document without "kind"'),
        ("- a\n- b\n", 'c.yaml: contains no Canary, only a document without "kind"'),
    ],
)
def test_not_a_canary(text: str, message: str) -> None:
    error = refusal(text)
    assert isinstance(error, NotACanaryError)
    assert message in str(error)


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "canary.yaml"
    file.write_text(CANARY)
    assert load_canary(file).full_name == "detail.flagger"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(NotYamlError, match=r"is not YAML: not UTF-8 text"):
        load_canary(file)
    with pytest.raises(UnreadableError, match=r"cannot be read: no such file or directory"):
        load_canary(tmp_path / "none.yaml")
    with pytest.raises(UnreadableError, match=r"cannot be read: is a directory"):
        load_canary(tmp_path)


def test_one_of_several(tmp_path: Path) -> None:
    file = tmp_path / "canaries.yaml"
    file.write_text(CANARY + "---\n" + CANARY.replace("name: detail\n", "name: other\n", 1))
    assert load_canary(file, "other").name == "other"
    assert load_canary(file, "detail.flagger").name == "detail"
    with pytest.raises(
        NotACanaryError, match=r"contains detail\.flagger, other\.flagger; name one"
    ):
        load_canary(file)
    with pytest.raises(NotACanaryError, match=r"contains no Canary third, only detail"):
        load_canary(file, "third")


def test_scalars_are_read_as_kubectl_reads_them() -> None:
    text = CANARY.replace("{cmd: hey}", "{cmd: 2021-03-22, at: 12:30:45, url: http://x}")
    (canary,) = parse(text).canaries
    assert canary.spec.analysis.webhooks[0].metadata == {
        "cmd": "2021-03-22",
        "at": "12:30:45",
        "url": "http://x",
    }


def test_merge_keys_are_followed() -> None:
    text = CANARY.replace("      - name: load\n", "      - &hook\n        name: load\n")
    text += "      - <<: *hook\n        name: second\n"
    (canary,) = parse(text).canaries
    assert [(one.name, one.type) for one in canary.spec.analysis.webhooks] == [
        ("load", "rollout"),
        ("second", "rollout"),
    ]
