"""What every kind has in common: it is in the registry, described, and one file."""

from pathlib import Path

import pytest

from detail_service.faults import kinds
from detail_service.faults.kinds import DELAYS, FAULT, KINDS
from detail_service.faults.plan import Holding, Plan, Replacing, Severing, Shaping

MODELS = [model for models in KINDS.values() for model in models]


def test_every_kind_of_the_registry_can_be_asked_for() -> None:
    tags = {
        kind
        for model in MODELS
        for kind in model.model_json_schema()["properties"]["kind"]["const"].split()
    }

    assert tags == set(KINDS)
    assert set(KINDS["delay"]) == set(DELAYS.values())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_kind_takes_effect_in_exactly_one_stage(model: type[Plan]) -> None:
    stages = [
        stage for stage in (Holding, Severing, Replacing, Shaping) if issubclass(model, stage)
    ]

    assert len(stages) == 1
    assert model.sentence


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_says_what_it_may_be(model: type[Plan]) -> None:
    undescribed = [name for name, field in model.model_fields.items() if not field.description]

    assert set(undescribed) <= {"kind", "distribution"}


def test_every_file_is_registered() -> None:
    folder = Path(kinds.__file__).parent
    files = {path.stem for path in folder.glob("**/*.py") if path.stem != "__init__"}

    assert files == {model.__module__.rsplit(".", 1)[1] for model in MODELS}


def test_a_validated_plan_survives_being_shown_and_read() -> None:
    for fields in (
        {"kind": "delay", "distribution": "pareto", "scale": "5ms", "shape": 2},
        {"kind": "memory", "leak": "1KiB", "ttl": "90s"},
        {"kind": "unready", "path": "/ping"},
    ):
        plan = FAULT.validate_python(fields)
        shown = plan.model_dump(mode="json", exclude_none=True)

        assert FAULT.validate_python(shown) == plan
