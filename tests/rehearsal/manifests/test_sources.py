"""The forms in which manifests are given."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.manifests import ManifestError, load_manifests, read_manifests
from rehearsal.manifests.markdown import yaml_blocks
from tests.rehearsal.manifests.objects import AUTOSCALER, CANARY, CONFIG, DEPLOYMENT, joined


def kinds(*inputs: Path | str) -> list[str]:
    return [one.kind for one in load_manifests(inputs).objects]


def test_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(joined(CANARY, DEPLOYMENT))
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "b.yml").write_text(AUTOSCALER)
    (tmp_path / "c.json").write_text(
        '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}'
    )
    (tmp_path / "values.yaml").write_text("replicas: 2\n")
    (tmp_path / "notes.txt").write_text("{{{")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "x.yaml").write_text("{{{")
    expected = ["Canary", "Deployment", "ConfigMap", "HorizontalPodAutoscaler"]
    assert kinds(tmp_path) == expected
    assert kinds(tmp_path / "a.yaml", tmp_path / "deep") == [*expected[:2], expected[3]]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CANARY.encode())))
    (found,) = load_manifests(["-"]).canaries
    assert str(found.location) == "-:1"


def test_markdown_keeps_its_lines(tmp_path: Path) -> None:
    file = tmp_path / "readme.md"
    indented = "".join(f"  {line}\n" for line in AUTOSCALER.splitlines())
    file.write_text(
        f"# Title\n\n```yaml\n{CANARY}```\n\n- item:\n\n  ```yml\n{indented}  ```\n\n"
        "```sh\nkind: Nothing\n```\n\n```yaml\nspec: {a, ...: }\n  fragment:\n```\n"
    )
    canary, autoscaler = load_manifests([file]).objects
    assert canary.locate("spec", "provider").line == 8
    text = file.read_text().splitlines()
    assert "minReplicas" in text[autoscaler.locate("spec", "minReplicas").line - 1]


def test_fragments_in_markdown_are_passed_over_and_mistakes_are_not(tmp_path: Path) -> None:
    file = tmp_path / "readme.md"
    fragment = "kind: Canary\napiVersion: flagger.app/v1beta1\nspec: {provider: istio}\n"
    wrong = CANARY.replace("interval: 1m", "interval: 1h", 1)
    file.write_text(f"```yaml\n{fragment}```\n```yaml\n{wrong}```\n")
    _, (problem,) = read_manifests([file])
    assert "spec.analysis.interval" in str(problem)


def test_markdown_fences() -> None:
    text = "~~~yaml\na: 1\n```\n~~~\n````yaml\nb: |\n  ```\n````\nc\n"
    assert yaml_blocks(text).split("\n") == [
        *("---", "a: 1", "```", ""),
        *("---", "b: |", "  ```", ""),
        *("", ""),
    ]


def test_variables_are_filled_in_as_envsubst_does(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(CONFIG.replace('"2"', '"${A} ${B}"'))
    (found,) = load_manifests([file], variables={"A": "x"}).objects
    assert found.raw["data"]["b"] == "x ${B}"


def test_every_problem_of_every_input(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(AUTOSCALER.replace("minReplicas: 2", "minReplicas: x"))
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "c.yaml").write_text("a: {{ .Values.a }}: b\n")
    (tmp_path / "d.yaml").write_text("a: 1\n")
    (tmp_path / "empty").mkdir()
    names = ["a.yaml", "b.yaml", "c.yaml", "d.yaml", "missing.yaml", "empty"]
    found, problems = read_manifests([tmp_path / name for name in names])
    assert found.objects == ()
    assert [str(one).removeprefix(f"{tmp_path}/")[:44] for one in problems] == [
        "a.yaml:6: spec.minReplicas: must be a whole ",
        "b.yaml: is not YAML: not UTF-8 text",
        "c.yaml:1: is not YAML: a key must be a plain"[:44],
        'd.yaml:1: a document without "kind" is no Ku',
        "missing.yaml: cannot be read: no such file o",
        "empty: contains no *.yaml, *.yml, *.json",
    ]


def test_a_text_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rehearsal.manifests.sources.MAX_BYTES", 1024 * 1024)
    file = tmp_path / "a.yaml"
    file.write_text("#" * 1024 * 1024 + "#")
    with pytest.raises(ManifestError, match=r"a\.yaml: is larger than 1 MiB"):
        load_manifests([file])


def test_an_endless_file_is_too_large() -> None:
    with pytest.raises(ManifestError, match="is larger than 32 MiB"):
        load_manifests(["/dev/zero"])


def test_what_cannot_even_be_a_name_and_a_folder_that_cannot_be_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, (problem,) = read_manifests(["x" * 5000])
    assert "cannot be read: " in str(problem)
    (tmp_path / "closed").mkdir()
    (tmp_path / "a.yaml").write_text(CANARY)
    listed = Path.iterdir

    def iterdir(folder: Path) -> Iterator[Path]:
        if folder.name == "closed":
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    found, problems = read_manifests([tmp_path])
    assert len(found.canaries) == 1
    assert [str(one) for one in problems] == [
        f"{tmp_path}/closed: cannot be read: its entries cannot be listed"
    ]
