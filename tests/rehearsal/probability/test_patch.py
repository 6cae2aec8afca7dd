"""Changes as patches: of the text as it stands, and equal to what was judged."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from rehearsal.manifests import as_canary, load_manifests, parse_manifests, shipped_manifests
from rehearsal.probability.changes import (
    Change,
    Edit,
    apply_changes,
    possible_changes,
    threshold_change,
)
from rehearsal.probability.patch import UnpatchableError, listed, patched, unified_diff
from rehearsal.probability.promises import parse_promise

CATCH, SPARE = parse_promise("catch", "errors>=5%:95%"), parse_promise("spare", "errors<=0.1%:1%")
TEXT = """\
# before
apiVersion: v1
kind: List
items:
- apiVersion: flagger.app/v1beta1
  kind: Canary
  metadata: {name: other, namespace: a}
  spec: {targetRef: {apiVersion: apps/v1, kind: Deployment, name: other}, service: {port: 1},
    analysis: {interval: 1m, threshold: 3, stepWeight: 10}}
- apiVersion: flagger.app/v1beta1
  kind: Canary
  metadata:
    name: mine
    namespace: a
  spec:
    targetRef: {apiVersion: apps/v1, kind: Deployment, name: mine}
    service:
      port: 80
    analysis:
      interval: "30s"   # often
      threshold: 3 # checks
      stepWeight: 10
      metrics:
      - name: request-success-rate
        thresholdRange:
          min: 99   # percent
      webhooks:
      - name: load
        url: http://loadtester.a/
        metadata:
          cmd: >-
            hey -z 1m -q 5 -c 2
            http://mine-canary.a/x
"""


def test_values_are_replaced_where_they_stand() -> None:
    change = Change(
        "x",
        "x",
        (
            Edit(("spec", "analysis", "interval"), "2m"),
            Edit(("spec", "analysis", "threshold"), 5),
            Edit(("spec", "analysis", "metrics", 0, "thresholdRange", "min"), 98.5),
            Edit(("spec", "analysis", "metrics", 0, "interval"), "2m"),
            Edit(("spec", "analysis", "maxWeight"), 60),
        ),
    )
    new = patched(TEXT, "mine", "a", [change])
    assert (
        '      interval: "2m"   # often\n      maxWeight: 60\n      threshold: 5 # checks\n' in new
    )
    assert "      - name: request-success-rate\n        interval: 2m\n" in new
    assert "          min: 98.5   # percent\n" in new
    assert new.count("threshold: 3") == 1, "the other Canary is left alone"


def test_flow_style_is_kept() -> None:
    changes = [
        Change("x", "x", (Edit(("spec", "analysis", "maxWeight"), 60),)),
        Change("y", "y", (Edit(("spec", "analysis", "threshold"), 1),)),
    ]
    assert "threshold: 1, stepWeight: 10, maxWeight: 60}}" in patched(TEXT, "other", "a", changes)


def test_words_of_a_command_in_a_block_are_replaced() -> None:
    edit = Edit(("spec", "analysis", "webhooks", 0, "metadata", "cmd"), "...", ("-q 5", "-q 50"))
    new = patched(TEXT, "mine", "a", [Change("load", "load", (edit,))])
    assert "            hey -z 1m -q 50 -c 2\n" in new


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        (": : :", Edit(("spec", "analysis", "threshold"), 1)),
        ("kind: Pod\n", Edit(("spec", "analysis", "threshold"), 1)),
        (TEXT, Edit(("spec", "analysis", "metrics", 7, "interval"), "1m")),
        (TEXT, Edit(("spec", "analysis"), 1)),
    ],
)
def test_what_cannot_be_patched(text: str, edit: Edit) -> None:
    with pytest.raises(UnpatchableError):
        patched(text, "mine", "a", [Change("x", "x", (edit,))])


def shipped() -> list[Path]:
    return sorted((shipped_manifests() / "overlays").glob("*/canary.yaml"))


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.parent.name)
def test_every_change_is_what_its_patch_says(path: Path) -> None:
    manifest = load_manifests([path]).choose_canary()
    canary, text = as_canary(manifest), path.read_text()
    changes = [*possible_changes(canary, CATCH, SPARE, "istio"), threshold_change(canary, 7)]
    assert {change.dimension for change in changes} >= {"interval", "plan", "threshold"}
    for change in changes:
        new = parse_manifests(patched(text, canary.name, canary.namespace, [change]))
        assert as_canary(new.choose_canary()).spec == apply_changes(canary, [change]).spec


def test_a_diff_applies(tmp_path: Path) -> None:
    (tmp_path / "canary.yaml").write_text(TEXT)
    change = Change("threshold", "threshold", (Edit(("spec", "analysis", "threshold"), 5),))
    new = patched(TEXT, "mine", "a", [change])
    diff = unified_diff("canary.yaml", TEXT, new)
    subprocess.run(
        ["git", "apply", "-"], input=diff, text=True, check=True, cwd=tmp_path, timeout=30
    )
    assert (tmp_path / "canary.yaml").read_text() == new
    assert listed([change]) == ["spec.analysis.threshold: 5"]
