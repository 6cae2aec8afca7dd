import json
from pathlib import Path

import pytest

from loadtester.hey.errors import SavedRunError
from loadtester.hey.saved import read, read_merged
from loadtester.report import json as json_report
from loadtester.report.base import Report
from tests.loadtester.report.runs import made_run


def test_a_report_and_a_bare_result_are_both_read(tmp_path: Path) -> None:
    run = made_run({200: [10.0, 20.0]})
    whole, bare = tmp_path / "whole.json", tmp_path / "bare.json"
    whole.write_text(json_report.render(Report(run)))
    bare.write_text(json.dumps(run.to_json()))
    assert read(whole).to_json() == read(bare).to_json() == run.to_json()


def test_merging_adds_what_was_counted(tmp_path: Path) -> None:
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for file, time_ms in zip(files, (10.0, 30.0), strict=True):
        file.write_text(json_report.render(Report(made_run({200: [time_ms] * 5}))))
    merged = read_merged(files)
    assert merged.counts.completed == 10
    assert (merged.service_time.min_ns, merged.service_time.max_ns) == (10_000_000, 30_000_000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("[]", "not a saved load result"),
        ('{"schema": "canary-rehearsal/hey-report"}', "not a saved load result"),
        ('{"schema": "canary-rehearsal/load-result", "schema_version": 99}', "version 99"),
    ],
)
def test_what_is_no_saved_run_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(text)
    with pytest.raises(SavedRunError, match=rf"a\.json: .*{message}"):
        read(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SavedRunError, match="No such file"):
        read(tmp_path / "none.json")
