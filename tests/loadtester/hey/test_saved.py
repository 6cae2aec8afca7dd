import json
from pathlib import Path

import pytest

from loadtester.hey.saved import SavedRunError, merged, read
from loadtester.load.measuring.result_json import encode_result
from loadtester.report import json as json_report
from loadtester.report.base import Report
from tests.loadtester.report.runs import made_run


def test_a_report_and_a_bare_result_are_both_read(tmp_path: Path) -> None:
    run = made_run({200: [10.0, 20.0]})
    whole, bare = tmp_path / "whole.json", tmp_path / "bare.json"
    whole.write_text(json_report.render(Report(run)))
    bare.write_text(json.dumps(encode_result(run)))
    assert encode_result(read(whole)) == encode_result(read(bare)) == encode_result(run)


def test_merging_adds_what_was_counted_and_changes_no_run() -> None:
    runs = [made_run({200: [time_ms] * 5}) for time_ms in (10.0, 30.0)]
    whole = merged(runs)
    assert whole.counts.completed == 10
    assert (whole.service_time.min_ns, whole.service_time.max_ns) == (10_000_000, 30_000_000)
    assert runs[0].counts.completed == 5


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
    with pytest.raises(SavedRunError, match="no such file"):
        read(tmp_path / "none.json")
