"""Every option that names a file: one without an end is given up, in one line."""

import subprocess
import sys
from pathlib import Path

import pytest

CANARY = """\
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: shop}
spec:
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}
  service: {port: 80}
  analysis: {interval: 10s, threshold: 2, maxWeight: 50, stepWeight: 10}
"""
RUN = ("rehearsal", "run", "-f", "canary.yaml", "--stable", "true", "--candidate", "true")
NAMING = [
    (*RUN, "--scenario"),
    (*RUN, "--metric", "x="),
    (*RUN, "--traffic", "9/s@../../../../../../../.."),
    (*RUN, "--traffic", ""),
    ("rehearsal", "run", "-f"),
    ("rehearsal", "tutorial", "--canary"),
    ("rehearsal", "tutorial", "--deployment"),
    ("rehearsal", "tutorial", "--autoscaler"),
    ("rehearsal", "lint"),
    ("rehearsal", "odds", "--traffic", "5/s"),
    ("rehearsal", "play"),
    ("rehearsal", "play", "--canary", "canary.yaml", "--events"),
    ("rehearsal", "play", "--events", "canary.yaml", "--canary"),
    ("loadtester.hey", "-n", "1", "-c", "1", "--rate", "replay:"),
    ("xray_local", "--sampling-rules"),
    ("loadtester", "--token-file"),
    ("loadtester", "--hmac-secret-file"),
]


@pytest.mark.parametrize("words", NAMING, ids=" ".join)
def test_a_file_without_an_end_is_given_up_in_one_line(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "canary.yaml").write_text(CANARY)
    glued = not words[-1] or words[-1][-1] in "=.:"
    named = (*words[:-1], f"{words[-1]}/dev/zero") if glued else (*words, "/dev/zero")
    url = ("http://127.0.0.1:1/",) if words[0] == "loadtester.hey" else ()
    done = subprocess.run(
        [sys.executable, "-m", *named, *url],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    assert done.returncode in (1, 2), done.stderr
    assert "Traceback" not in done.stderr
    assert "/dev/zero" in done.stderr + done.stdout
    assert len((done.stderr + done.stdout).splitlines()) <= 3
