"""docs/python.md: its examples run as they stand."""

import doctest
import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.e2e.applications import PYTHON
from tests.rehearsal.api.manifests import write_manifests

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/python.md").read_text()
EXAMPLES = re.findall(r"```pycon\n(.*?)```", PAGE, re.S)
LIVE = re.findall(r"<!-- live -->\n```python\n(.*?)```", PAGE, re.S)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "k8s").symlink_to(ROOT / "k8s")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_give_what_the_page_says(example: str) -> None:
    test = doctest.DocTestParser().get_doctest(example, {}, "python.md", "docs/python.md", 0)
    said: list[str] = []
    results = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append)
    assert results.failed == 0, "".join(said)
    assert results.attempted > 1


@pytest.mark.slow
@pytest.mark.parametrize("example", LIVE)
def test_a_live_example_runs(
    example: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_manifests(folder / "shop.yaml")
    (folder / "server.py").write_text(PYTHON)
    exec(example.replace("python3 ", f"{shlex.quote(sys.executable)} "), {})
    assert "Canary failed! Scaling down shop.prod" in capsys.readouterr().out


def test_the_page_names_every_function_and_field() -> None:
    from rehearsal import api

    for name in api.__all__:
        assert f"`{name}" in PAGE or f" {name}" in PAGE, name
    public = [n for n in vars(api.RolloutResult) if not n.startswith("_")]
    fields = [*public, *api.RolloutResult.__dataclass_fields__]
    for name in set(fields) - {"canary", "document"}:
        assert re.search(rf"`{name}\b|, `{name}`", PAGE), name
