"""The pages are held against the code: nothing is left out, and what they show works."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from commons.flags import Flag
from detail_service import app, settings
from detail_service.errors import InvalidFaultError
from detail_service.faults import envoy, parsing, scope
from detail_service.faults.kinds import DELAYS, KINDS
from detail_service.faults.limits import FaultLimits
from detail_service.frontend import settings as frontend
from detail_service.metrics import NAMES
from detail_service.replica import create_replica
from detail_service.routes.fault_schema import LIST_SCHEMA
from detail_service.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
DETAIL = (DOCS / "detail.md").read_text()
FAULTS = (DOCS / "faults.md").read_text()


def rows(text: str) -> dict[str, list[str]]:
    """Table rows by their first cell, without backticks."""
    found = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            found[cells[0].strip("` ")] = cells[1:]
    return found


@pytest.mark.parametrize("flag", [*settings.FLAGS, *frontend.FLAGS], ids=lambda flag: flag.env)
def test_every_flag_is_documented_with_its_twin(flag: Flag) -> None:
    lines = [line for line in DETAIL.splitlines() if line.startswith(f"| `{flag.option}` ")]

    assert any(f"`{flag.env}`" in line for line in lines)


def test_defaults_are_documented_as_they_are() -> None:
    documented = rows(DETAIL.partition("## frontend")[0])
    words = {"vendors": "the release's", "pod_name": "host name", "fault_token": "none"}

    for flag in settings.FLAGS:
        default = words.get(flag.field, "off" if flag.default is False else flag.default)
        shown = f"{default:g}" if isinstance(default, float) else str(default)
        assert documented[flag.option][1] == shown


def test_no_flag_is_documented_that_does_not_exist() -> None:
    known = {flag.option for flag in (*settings.FLAGS, *frontend.FLAGS)}

    assert set(re.findall(r"--[a-z][a-z-]+", DETAIL + FAULTS)) <= known


@pytest.mark.parametrize("name", NAMES)
def test_every_metric_is_documented(name: str) -> None:
    assert name in rows(DETAIL)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_and_every_field_of_its_own_is_documented(kind: str) -> None:
    shared = set(rows(FAULTS.partition("## Fields of every kind")[2].partition("## Dice")[0]))
    text = f"{kind} {FAULTS.partition('## Kinds')[2].partition('## Fields of every')[0]}"

    assert kind in rows(FAULTS)
    for model in KINDS[kind]:
        own = set(model.model_fields) - shared - {"kind"}
        assert all(f"`{name}`" in text for name in own)
        assert shared <= set(model.model_fields)


def test_every_distribution_is_documented() -> None:
    assert set(DELAYS) <= set(rows(FAULTS))


def test_the_protected_paths_are_documented() -> None:
    paragraph = FAULTS.partition("**Protected paths** are")[2].partition("\n\n")[0]

    assert set(re.findall(r"`(/[^`]*)`", paragraph)) == scope.PROTECTED


def test_every_route_is_documented() -> None:
    paths = {
        path.replace("{fault_id}", "{id}")
        for path in app.create_api(create_replica(Settings())).openapi()["paths"]
    }

    assert all(path in DETAIL + FAULTS for path in paths)


def test_the_headers_of_envoy_are_documented() -> None:
    names = re.findall(rf"`({envoy.PREFIX.decode()}[a-z-]+)`", FAULTS)

    assert len(names) == 3
    for name in names:
        assert envoy.specs_from_headers([(name.encode(), b"503")])


def test_the_queries_that_are_shown_work() -> None:
    queries = re.findall(r"injectFault\?(kind=[^'`\s]+)'", FAULTS + DETAIL)

    assert len(queries) >= 2
    for query in queries:
        pairs = [
            (name, value) for name, _, value in (one.partition("=") for one in query.split("&"))
        ]
        parsing.spec_from_query(pairs, FaultLimits())


def test_the_documents_that_are_shown_work() -> None:
    bodies = re.findall(r"-d '(\{[^']+\})'", FAULTS)

    assert bodies
    for body in bodies:
        parsing.spec_from_json(body.encode(), FaultLimits())


def test_the_list_that_is_shown_has_the_schema_of_lists() -> None:
    (shown,) = (json.loads(line) for line in re.findall(r'^\{"faults".*$', FAULTS, re.MULTILINE))

    jsonschema.validate(shown, LIST_SCHEMA)
    assert shown["ended"]


def test_the_error_that_is_shown_is_the_error_that_comes() -> None:
    shown = json.loads(re.findall(r'^\{"detail".*$', FAULTS, re.MULTILINE)[0])

    with pytest.raises(InvalidFaultError) as caught:
        parsing.spec_from_query([("kind", "status"), ("rate", "2")], FaultLimits())
    assert caught.value.problems == shown["detail"]
