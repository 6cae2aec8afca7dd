"""The OpenAPI description, held against the server by schemathesis: whatever comes, no 5xx."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok

from tests.loadtester.webhooks.running import Running, loadtester


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that runs nothing, however the metadata happen to read."""
    folder = Path(tmp_path_factory.mktemp("data"))
    with loadtester(folder, "--no-shell", "--allow-target", "nowhere.invalid") as running:
        yield running


@pytest.mark.slow
def test_whatever_comes_is_answered(harmless: Running) -> None:
    schema = schemathesis.openapi.from_url(f"{harmless.http.base_url}/api/openapi.json")
    results = list(schema.get_all_operations())
    operations = [result.ok() for result in results if isinstance(result, Ok)]
    assert len(operations) == len(results)
    assert len(operations) >= 15
    for operation in operations:

        @seed(2019)
        @settings(
            max_examples=20,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy())
        def answered(case: Any) -> None:
            case.call_and_validate(checks=[not_a_server_error])

        answered()


def test_it_describes_what_flagger_calls_and_what_the_page_uses(harmless: Running) -> None:
    paths = harmless.http.get("/api/openapi.json").json()["paths"]
    assert {
        *("/", "/gate/check", "/gate/open", "/gate/close", "/gate/approve", "/gate/halt"),
        *("/rollback/check", "/rollback/open", "/rollback/close", "/healthz"),
        *("/api/status", "/api/gates", "/api/gates/{name}", "/api/runs", "/api/runs/{run_id}"),
    } <= set(paths)
