"""Real locust, headless, on a real detail."""

import csv
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loadtester.webhooks.running import environment
from tests.loadtester.webhooks.target import detail, target

FOLDER = Path(__file__).parents[3] / "loadtester" / "locust"
LOCUST = str(Path(sys.executable).with_name("locust"))


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    with detail("2.0") as url:
        yield url


def locust(
    folder: Path, host: str, *flags: str, cwd: Path | None = None, **env: str
) -> tuple[int, dict[str, dict[str, str]]]:
    """Run it as a person would; its exit code and its statistics by name."""
    argv = [LOCUST, "--headless", "--host", host, "--csv", str(folder / "out"), "--only-summary"]
    twins = environment(DETAIL_THINK_TIME_S="0.05..0.1", **env)
    ended = subprocess.run(
        [*argv, *flags], cwd=cwd, env=twins, capture_output=True, timeout=60, text=True
    )
    with (folder / "out_stats.csv").open() as file:
        rows = {row["Name"]: row for row in csv.DictReader(file)}
    assert rows["Aggregated"], ended.stderr
    return ended.returncode, rows


def test_it_runs_unchanged_from_within_the_package(tmp_path: Path, shop: str) -> None:
    """From a folder that holds a package called locust, which must not hide the real one."""
    flags = ["-f", "locust/locustfile.py", "-u", "5", "-r", "5", "-t", "3s"]
    code, rows = locust(tmp_path, shop, *flags, cwd=FOLDER.parent)
    assert code == 0
    assert {"/catalogDetail", "/ (version page)", "/ping"} <= set(rows)
    catalog = int(rows["/catalogDetail"]["Request Count"])
    assert catalog > int(rows["/ping"]["Request Count"]) > 0
    assert int(rows["Aggregated"]["Failure Count"]) == 0


def test_the_drill_breaks_and_mends(tmp_path: Path, shop: str) -> None:
    flags = f"-f {FOLDER}/locustfile.py -u 4 -r 4 -t 2s".split()
    code, rows = locust(tmp_path, shop, *flags, DETAIL_FAULT_DRILL="30")
    assert code == 1
    assert int(rows["/injectFault (drill)"]["Request Count"]) == 1
    assert int(rows["/injectFault (drill)"]["Failure Count"]) == 0
    assert int(rows["/catalogDetail"]["Failure Count"]) > 0
    _, mended = locust(tmp_path, shop, *f"-f {FOLDER}/locustfile.py -u 2 -r 2 -t 2s".split())
    assert int(mended["Aggregated"]["Failure Count"]) == 0


@pytest.mark.slow
def test_a_shape_takes_its_height_and_length_from_the_flags(tmp_path: Path, shop: str) -> None:
    files = f"{FOLDER}/locustfile.py,{FOLDER}/shapes/steps.py"
    flags = f"-f {files} -u 10 -r 10 -t 5s --csv-full-history".split()
    code, _ = locust(tmp_path, shop, *flags)
    assert code == 0
    with (tmp_path / "out_stats_history.csv").open() as file:
        seen = [int(row["User Count"]) for row in csv.DictReader(file)]
    assert max(seen) in (8, 10)
    assert len(set(seen)) >= 3


def test_it_goes_through_the_proxy_of_the_environment(tmp_path: Path) -> None:
    with target() as proxy:
        proxy.answer = lambda _: (200, {"vendors": ["a"]})
        flags = f"-f {FOLDER}/locustfile.py -u 2 -r 2 -t 2s".split()
        host = "http://detail-canary.flagger:3000"
        code, _ = locust(tmp_path, host, *flags, http_proxy=proxy.url)
    assert code == 0
    assert all(asked.headers["host"] == "detail-canary.flagger:3000" for asked in proxy.asked)
    assert proxy.asked[0].path.startswith("http://detail-canary.flagger:3000/")
