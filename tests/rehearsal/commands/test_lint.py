from pathlib import Path

import pytest

from rehearsal.cli import main
from rehearsal.commands.lint import remarks
from rehearsal.flagger.canary.parse import choose, load
from rehearsal.manifests import shipped_manifests

CANARY = """\
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: detail, namespace: flagger}
spec:
  provider: gatewayapi:v1
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: detail}
  service: {port: 3000, gatewayRefs: [{name: gateway, namespace: flagger}]}
  analysis:
    interval: 1m
    threshold: 2
    stepWeight: 5
    maxWeight: 15
"""


def _file(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "canary.yaml"
    file.write_text(text)
    return file


def test_nothing_to_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", str(_file(tmp_path, CANARY))]) == 0
    assert capsys.readouterr().out == ""


def test_remarks_name_file_line_and_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = CANARY.replace("maxWeight: 15", "maxWeight: 12\n    stepWeigth: 1")
    assert main(["lint", str(_file(tmp_path, odd))]) == 1
    dropped, overshoot = capsys.readouterr().out.splitlines()
    assert "canary.yaml:13: spec.analysis.stepWeigth" in dropped
    assert "detail.flagger: spec.analysis.maxWeight" in overshoot


def test_what_is_refused_ends_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", str(_file(tmp_path, CANARY.replace("1m", "1h")))]) == 2
    assert "canary.yaml:9: spec.analysis.interval" in capsys.readouterr().err


def test_every_shipped_canary_is_read() -> None:
    files = sorted(shipped_manifests().glob("overlays/*/canary.yaml"))
    assert files
    for file in files:
        found = load(file)
        assert remarks(file, found, choose(found, file)) is not None
