"""YAML in shell scripts."""

from pathlib import Path

import pytest

from rehearsal.manifests import ManifestError, load_manifests
from rehearsal.manifests.heredocs import heredocs
from tests.rehearsal.manifests.objects import AUTOSCALER, CANARY


def test_bodies_stay_on_their_lines() -> None:
    script = "set -e\ncat <<EOF | kubectl apply -f -\na: 1\nEOF\necho done\n"
    assert heredocs(script).split("\n") == ["", "---", "a: 1", "", "", ""]


@pytest.mark.parametrize(
    ("opening", "body", "kept"),
    [
        ("<<EOF", "a: \\$HOME \\`x\\` \\\\ \\n", "a: $HOME `x` \\ \\n"),
        ("<<'EOF'", "a: \\$HOME", "a: \\$HOME"),
        ('<< "EOF"', "a: \\$HOME", "a: \\$HOME"),
        ("<<-EOF", "\t\ta: 1", "a: 1"),
        ("<<\\EOF", "a: \\$HOME", "a: \\$HOME"),
    ],
)
def test_a_body_is_what_the_shell_makes_of_it(opening: str, body: str, kept: str) -> None:
    indent = "\t" if "-" in opening else ""
    assert heredocs(f"cat {opening}\n{body}\n{indent}EOF").split("\n")[1] == kept


@pytest.mark.parametrize("line", ["cat <<< EOF", "# cat <<EOF", "a=$((1 << 2))"])
def test_what_only_looks_like_one(line: str) -> None:
    assert heredocs(f"{line}\na: 1\nEOF") == "\n\n"


def test_a_body_without_an_end_goes_on() -> None:
    assert heredocs("cat <<EOF\na: 1\nb: 2") == "---\na: 1\nb: 2"


def test_a_script_s_objects_are_read_and_its_mistakes_said(tmp_path: Path) -> None:
    script = tmp_path / "apply.sh"
    script.write_text(f"#!/bin/bash\ncat <<EOF | kubectl apply -f -\n{CANARY}EOF\nls -l: |\n")
    (canary,) = load_manifests([script]).canaries
    assert str(canary.location) == f"{script}:3"
    script.write_text(f"cat <<EOF\n{CANARY.replace('interval: 1m', 'interval: 1h', 1)}EOF\n")
    with pytest.raises(ManifestError, match=r"spec\.analysis\.interval"):
        load_manifests([script])


def test_markdown_s_blocks_of_shell_are_looked_through(tmp_path: Path) -> None:
    file = tmp_path / "readme.md"
    file.write_text(
        f"```bash\nkubectl apply -f - <<EOF\n{AUTOSCALER}EOF\n```\n"
        f"```python\ntext <<EOF\n{CANARY}EOF\n```\n```yaml\n{CANARY}```\n"
    )
    assert [one.kind for one in load_manifests([file]).objects] == [
        "HorizontalPodAutoscaler",
        "Canary",
    ]
