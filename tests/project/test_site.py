"""The documentation site: links that are turned, a reference that leaves nothing out."""

import importlib.util
import inspect
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import rehearsal.api

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_site", ROOT / "scripts/build_site.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("page", "link", "expected"),
    [
        ("docs/odds.md", "python.md#a-rollout", "python.md#a-rollout"),
        ("docs/odds.md", "README.md", "pages.md"),
        ("docs/README.md", "../ARCHITECTURE.md", "ARCHITECTURE.md"),
        ("README.md", "docs/odds.md", "odds.md"),
        ("README.md", "docs/", "{repository}/tree/main/docs"),
        ("docs/page.md", "../pyproject.toml", "{repository}/blob/main/pyproject.toml"),
        ("docs/odds.md", "#in-python", "#in-python"),
        ("docs/odds.md", "https://flagger.app", "https://flagger.app"),
    ],
)
def test_links_lead_to_pages_or_to_the_repository(
    site: ModuleType, page: str, link: str, expected: str
) -> None:
    turned = site.turned(f"see [it]({link}).", ROOT / page)
    assert turned == f"see [it]({expected.format(repository=site.REPOSITORY)})."


def test_the_reference_has_every_program_and_every_flag(site: ModuleType) -> None:
    pages = site.reference()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(project["scripts"]) <= set(pages)
    for flag in ("--stable", "--fail-on", "--spare", "REHEARSE_OPEN_AFTER"):
        assert flag.replace("_", "\\_") in pages["rehearse"]
    assert "HEY\\_LOCUST\\_MASTER" in pages["hey"]
    for code in ("| 5 | inconclusive |", "| 99 |", "| 130 |"):
        assert code in pages["exit-statuses"]
    assert "## traffic" in pages["report-json"]


def test_every_function_has_a_page_with_its_parameters_result_and_example(
    site: ModuleType,
) -> None:
    pages = site.reference()
    for name in set(rehearsal.api.__all__) - {"RolloutResult", "RolloutTick"}:
        page = pages[f"python-{name}"]
        function = getattr(rehearsal.api, name)
        signature = inspect.signature(function)
        assert all(f"| `{one}` |" in page for one in signature.parameters), name
        assert f"## {signature.return_annotation}\n" in page
        assert f"from rehearsal import {name}\n" in page.partition("## Example")[2]
        assert inspect.getdoc(function) in page
    promoted = "| `promoted` | Whether the candidate has become the primary. |"
    assert promoted in pages["python-simulate"]


@pytest.mark.slow
def test_a_link_or_an_anchor_that_leads_nowhere_stops_the_build(
    site: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mkdocs")
    page = "# Lost\n\n[a](nowhere.md) and [b](odds.md#no-such-heading)\n"
    monkeypatch.setattr(site, "reference", lambda: {"lost": page})
    with pytest.raises(SystemExit) as ended:
        site.build(tmp_path / "site")
    assert "nowhere.md" in str(ended.value)


def test_the_sections_name_pages_that_there_are(site: ModuleType) -> None:
    for names in site.NAVIGATION.values():
        for name in names:
            assert (ROOT / "docs" / f"{name}.md").is_file(), name
