import json
from typing import Any

import jsonschema
import pytest

from detail_service import app as application
from detail_service.faults.kinds import FAULT
from detail_service.replica import create_replica
from detail_service.settings import Settings
from tests.detail_service.support import built, client


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return application.create_api(create_replica(Settings(app_version="2.0"))).openapi()


def test_every_operation_and_every_response_is_described(
    document: dict[str, Any],
) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert all(one["description"] for one in operation["responses"].values())


def test_the_document_has_examples_that_keep_their_schemas(document: dict[str, Any]) -> None:
    found = 0
    for operations in document["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                for content in response.get("content", {}).values():
                    if "example" in content:
                        found += 1
                        jsonschema.validate(content["example"], content["schema"])

    assert found > 15


def test_the_examples_of_faults_are_faults(document: dict[str, Any]) -> None:
    body = document["paths"]["/faults"]["post"]["requestBody"]["content"]["application/json"]

    for example in body["examples"].values():
        FAULT.validate_python(example["value"])
        jsonschema.validate(
            example["value"], {**body["schema"], "components": document["components"]}
        )


def test_every_reference_of_the_document_is_defined(document: dict[str, Any]) -> None:
    names = {
        reference.split('"')[0]
        for reference in json.dumps(document).split("#/components/schemas/")[1:]
    }

    assert names
    assert names <= set(document["components"]["schemas"])


@pytest.mark.anyio
async def test_the_document_is_served() -> None:
    with built() as app:
        async with client(app.edge) as http:
            response = await http.get("/openapi.json")

    assert response.json()["info"] == {
        "title": "detail",
        "version": "2.0",
        "description": application.DESCRIPTION,
    }


def test_labels_come_from_the_routes() -> None:
    parts = create_replica(Settings())

    assert application.literal_paths(application.routers(parts)) == {
        "/", "/catalogDetail", "/ping", "/healthz", "/readyz", "/version", "/metrics",
        "/injectFault", "/resetFault", "/faults",
    }  # fmt: skip
