"""schemathesis over the OpenAPI document, seeded: nothing but an injected fault is a server error.

Every case goes to the real server; the faults that it starts are ended before the next, so that
no server error can be excused by one. `GET /injectFault` without a query responds 500 by contract.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from detail_service import app
from detail_service.replica import create_replica
from detail_service.settings import Settings
from tests.detail_service.support import Running, running

SETTINGS = Settings(app_version="2.0", pod_name="pod-a", fault_max_delay=0.2)

load_all_checks()
schema = schemathesis.openapi.from_dict(
    app.create_api(create_replica(SETTINGS)).openapi(),
    config=schemathesis.Config.from_dict({"phases": {"coverage": {"enabled": False}}}),
)


@pytest.fixture(scope="module")
def service() -> Iterator[Running]:
    with running(SETTINGS) as one:
        yield one


@schema.parametrize()
@settings(
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_no_request_makes_an_error_of_its_own(
    case: schemathesis.Case[Any], service: Running
) -> None:
    board = service.parts.faults
    assert board is not None
    board.reset()
    response = case.call(base_url=service.url)
    board.reset()
    checks = [content_type_conformance, response_schema_conformance, status_code_conformance]
    if not (case.path == "/injectFault" and not case.query):
        checks.append(not_a_server_error)
    case.validate_response(response, checks=checks)
