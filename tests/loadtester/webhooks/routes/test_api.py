import pytest

from tests.loadtester.webhooks.running import Running


def gates(server: Running) -> dict[str, dict[str, object]]:
    return {gate["name"]: gate for gate in server.http.get("/api/gates").json()}


def test_a_gate_that_was_asked_about_is_listed_as_closed(server: Running) -> None:
    server.post("/gate/check", {"name": "asked", "namespace": "n"})
    server.post("/rollback/check", {"name": "asked", "namespace": "n"})
    gate, rollback = gates(server)["asked.n"], gates(server)["rollback.asked.n"]
    assert (gate["kind"], gate["canary"], gate["open"]) == ("gate", "asked.n", False)
    assert (rollback["kind"], rollback["canary"]) == ("rollback", "asked.n")
    assert isinstance(gate["asked_at"], float)


def test_a_gate_opened_here_is_open_for_flagger(server: Running) -> None:
    answer = server.http.put("/api/gates/api.n", json={"open": True})
    assert answer.json()["open"] is True
    assert server.post("/gate/check", {"name": "api", "namespace": "n"}).text == "Approved"
    server.http.put("/api/gates/api.n", json={"open": False})
    assert server.post("/gate/check", {"name": "api", "namespace": "n"}).text == "Forbidden"
    assert 'loadtester_gate_open{gate="api.n"} 0.0' in server.http.get("/metrics").text


@pytest.mark.parametrize("body", [{}, {"open": "yes"}, {"open": 1}, {"open": True, "x": 1}, []])
def test_bad_input_names_its_field(server: Running, body: object) -> None:
    answer = server.http.put("/api/gates/x.n", json=body)
    assert answer.status_code == 422
    where = answer.json()["detail"][0]["loc"]
    assert where[0] == "body"


@pytest.mark.parametrize("limit", ["0", "1001", "x"])
def test_a_bad_limit_is_named(server: Running, limit: str) -> None:
    answer = server.http.get(f"/api/runs?limit={limit}")
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", "limit"]


def test_runs_newest_first_with_their_ends(server: Running) -> None:
    server.task({"type": "bash", "cmd": "echo one"}, phase="Progressing", checksum="c")
    server.task({"type": "bash", "cmd": "echo two; false"})
    newest, older = server.http.get("/api/runs?limit=2").json()
    assert (newest["state"], newest["error"]) == ("failed", "exit status 1")
    assert (older["state"], older["phase"], older["checksum"]) == ("passed", "Progressing", "c")
    assert server.http.get(f"/api/runs/{older['id']}").json()["output"] == "one\n"


def test_runs_are_looked_for_by_text_and_state_and_come_in_pages(server: Running) -> None:
    for number in range(4):
        server.task({"type": "bash", "cmd": f"echo look {number}; {'true' if number else 'false'}"})

    def found(query: str) -> list[str]:
        return [run["title"].split(";")[0] for run in server.http.get(f"/api/runs?{query}").json()]

    assert found("q=LOOK%20") == [f"echo look {number}" for number in (3, 2, 1, 0)]
    assert found("q=look%20&state=passed&limit=2&offset=1") == ["echo look 2", "echo look 1"]
    assert found("q=look%20&state=failed&state=lost") == ["echo look 0"]
    assert found("limit=1&offset=1") == ["echo look 2"]
    assert found("q=absent") == []
    for bad in ("state=good", "offset=-1", f"q={'x' * 201}"):
        assert server.http.get(f"/api/runs?{bad}").status_code == 422


def test_a_run_that_is_not_there(server: Running) -> None:
    for path in ("/api/runs/000000000000", "/api/runs/000000000000/report"):
        assert server.http.get(path).status_code == 404
    assert server.http.post("/api/runs/000000000000/stop").status_code == 404


def test_the_report_of_what_was_no_load_run(server: Running) -> None:
    server.task({"type": "bash", "cmd": "true"})
    (run,) = server.http.get("/api/runs?limit=1").json()
    assert server.http.get(f"/api/runs/{run['id']}/report").status_code == 404


def test_status(server: Running) -> None:
    status = server.http.get("/api/status").json()
    assert status["store"] == "sqlite"
    assert status["draining"] is False
    assert status["max_tasks"] == 256
    assert status["allow_targets"] == []
