import base64
import hashlib
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from rehearsal.output.reports import REPORTS, find_report
from rehearsal.output.reports.json_report import report_value
from rehearsal.output.web.page import live_policy, render_live, render_report, static_files
from rehearsal.recording.records import NoteRecord
from tests.rehearsal.output.web.played import document, played, the_data_in

EVIL = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>\u2028"


def _live(**more: Any) -> str:
    return render_live({**report_value(document(), ()), **more})


def test_no_script_and_no_style_stand_in_a_live_page() -> None:
    page = _live()
    assert re.findall(r"<script(?![^>]*( src=|application/json))", page) == []
    assert "<style" not in page
    assert re.search(r"\son[a-z]+=|\sstyle=", page) is None
    named = re.findall(r'(?:src|href)="page/([^"]+)"', page)
    assert sorted(named) == sorted(static_files())
    assert the_data_in(page)["canary"] == "detail.flagger"


@pytest.mark.parametrize("apex", ["http://127.9.0.2:3000/", ""])
def test_a_live_page_may_load_what_is_its_own_and_frame_the_service(apex: str) -> None:
    policy = dict(part.strip().split(" ", 1) for part in live_policy(apex).split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-src"] == (apex.rstrip("/") or "'none'")


def test_a_report_needs_nothing_and_runs_nothing_else() -> None:
    page = render_report(played("errors"))
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found is not None
    policy = unescape(found[1])
    assert "unsafe" not in policy
    texts = re.findall(r"<(?:script|style)>(.*?)</(?:script|style)>", page, re.S)
    assert len(texts) == len(static_files())
    for text in texts:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    outside = page.replace("http://www.w3.org/2000/svg", "")
    assert "http://" not in re.sub(r'<script type="application/json".*?</script>', "", outside)
    assert re.search(r'src="(?!data:)', page) is None
    assert len(page) < 1_000_000


def test_texts_stay_texts() -> None:
    page = render_report(document(NoteRecord(1, EVIL), canary=EVIL, service_map=lambda: EVIL))
    assert "alert(1)</script>" not in page
    assert "<img src=x" not in page
    data = the_data_in(page)
    assert data["canary"] == data["records"][0]["text"] == data["service_map"] == EVIL
    assert "alert(1)</script>" not in _live(canary=EVIL)


def test_the_files_of_a_page_may_stand_in_a_report() -> None:
    for name, text in static_files().items():
        assert b"</s" not in text.lower(), name


def test_the_page_is_a_report() -> None:
    render = find_report(Path("x.HTML"))
    assert render is REPORTS[".html"]
    assert render(document()).startswith("<!doctype html>")
