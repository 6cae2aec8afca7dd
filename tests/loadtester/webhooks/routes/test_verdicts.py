"""The verdict reaches the rollout: over real HTTP, as Flagger would call."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loadtester.webhooks.running import Running, loadtester, until
from tests.loadtester.webhooks.target import Target, target


@pytest.fixture
def shop() -> Iterator[Target]:
    with target() as made:
        yield made


def runs(server: Running) -> list[dict[str, object]]:
    found: list[dict[str, object]] = server.http.get("/api/runs").json()
    return found


def wait_for_end(server: Running, canary: str) -> None:
    def ended() -> bool:
        states = [run["state"] for run in runs(server) if run["canary"] == f"{canary}.flagger"]
        return bool(states) and "running" not in states

    until(ended, "the run to end", 30.0)


def test_started_running_failed(server: Running, shop: Target) -> None:
    shop.answer = lambda _: (500, "oh no")
    metadata = {
        "type": "loadtest",
        "url": shop.url,
        "rate": "10",
        "duration": "1s",
        "thresholds": "error_rate<1%",
    }
    first = server.task(metadata, name="bad", checksum="c1")
    assert (first.status_code, first.content) == (202, b"")
    assert server.task(metadata, name="bad", checksum="c1").status_code == 200
    wait_for_end(server, "bad")
    for _ in range(2):
        failed = server.task(metadata, name="bad", checksum="c1")
        assert failed.status_code == 412
        assert failed.text == "loadtest failed: error_rate<1% (was 100%)"
    old = server.task({**metadata, "onFailure": "500"}, name="bad", checksum="c1")
    assert old.status_code == 500
    anew = server.task(metadata, name="bad", checksum="c2")
    assert anew.status_code == 202
    wait_for_end(server, "bad")


def test_passed_and_the_load_goes_on(server: Running, shop: Target) -> None:
    metadata = {"type": "loadtest", "url": shop.url, "n": "4", "c": "2"}
    assert server.task(metadata, name="good").status_code == 202
    wait_for_end(server, "good")
    assert server.task(metadata, name="good").status_code == 200
    wait_for_end(server, "good")
    until(lambda: len(shop.asked) == 8, "the second run")


def test_repeat_can_be_switched_off(server: Running, shop: Target) -> None:
    metadata = {"type": "loadtest", "url": shop.url, "n": "4", "c": "2", "repeat": "false"}
    assert server.task(metadata, name="once").status_code == 202
    wait_for_end(server, "once")
    for _ in range(2):
        assert server.task(metadata, name="once").status_code == 200
    assert [run for run in runs(server) if run["state"] == "running"] == []
    assert len(shop.asked) == 4


def test_a_verdict_can_be_waited_for(server: Running, shop: Target) -> None:
    shop.answer = lambda _: (500, "oh no")
    metadata = {
        "type": "loadtest",
        "url": shop.url,
        "n": "4",
        "c": "2",
        "verdict": "now",
        "thresholds": "errors==0",
    }
    answer = server.task(metadata, name="now")
    assert answer.status_code == 412
    assert "errors==0 (was 4)" in answer.text
    shop.answer = lambda _: (200, "ok")
    assert server.task(metadata, name="now").status_code == 200


def test_cmd_keeps_flaggers_ways_unless_asked(server: Running) -> None:
    for _ in range(3):
        assert server.task({"cmd": "false # plain"}, name="cmd").status_code == 202
    wait_for_end(server, "cmd")
    judged = {"cmd": "false # judged", "verdict": "later"}
    assert server.task(judged, name="cmd").status_code == 202
    wait_for_end(server, "cmd")
    answer = server.task(judged, name="cmd")
    assert (answer.status_code, answer.text) == (412, "cmd failed: exit status 1")


def test_bash_can_show_its_failure_in_an_event(server: Running) -> None:
    answer = server.task({"type": "bash", "cmd": "echo why; false", "onFailure": "412"})
    assert (answer.status_code, answer.text) == (
        412,
        "command echo why; false failed: why\n: exit status 1",
    )


def test_an_http_task_answers_at_once(server: Running, shop: Target) -> None:
    shop.answer = lambda _: (200, {"version": "2"})
    metadata = {"type": "http", "url": shop.url, "jsonPath": "$.version", "jsonEquals": "1"}
    answer = server.task(metadata)
    assert answer.status_code == 412
    assert answer.text.endswith("$.version is 2, wanted 1")
    assert server.task({**metadata, "jsonEquals": "2"}).status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [("verdict", "maybe"), ("onFailure", "200"), ("onFailure", "4xx"), ("repeat", "perhaps")],
)
def test_bad_input_names_its_field(server: Running, field: str, value: str) -> None:
    answer = server.task({"cmd": "true", field: value})
    assert answer.status_code == 400
    assert answer.text.startswith(f"{field}: ")
    assert value in answer.text


def test_live_numbers_while_it_runs_and_a_report_after(server: Running, shop: Target) -> None:
    command = {"cmd": f"hey -z 4s -q 10 -c 2 {shop.url}/live"}
    assert server.task(command, name="live").status_code == 202

    def live() -> object:
        return next((run["live"] for run in runs(server) if run["live"]), None)

    seen = until(live, "live numbers", 20.0)
    assert seen["done"] > 0
    (running,) = [run for run in runs(server) if run["state"] == "running"]
    assert server.http.post(f"/api/runs/{running['id']}/stop").status_code == 202
    wait_for_end(server, "live")
    kept = server.http.get(f"/api/runs/{running['id']}").json()
    assert kept["report"]["summary"]["requests"] == len(shop.asked)
    assert "Requests/sec" in kept["output"]
    page = server.http.get(f"/api/runs/{running['id']}/report")
    assert page.headers["content-type"].startswith("text/html")
    assert "<html" in page.text.lower()
    text = server.http.get("/metrics").text
    assert 'loadtester_load_requests_per_second{canary="live.flagger",type="cmd"}' in text
    assert 'loadtester_tasks_total{result="interrupted",type="cmd"}' in text


def test_the_defaults_of_a_server_can_be_changed(tmp_path: Path) -> None:
    with loadtester(tmp_path, "--verdict", "later", "--on-failure", "422") as running:
        assert running.task({"cmd": "false"}, name="x").status_code == 202
        wait_for_end(running, "x")
        assert running.task({"cmd": "false"}, name="x").status_code == 422
        assert running.task({"type": "bash", "cmd": "false"}).status_code == 422
        assert running.task({"cmd": "false", "verdict": "off"}, name="x").status_code == 202
