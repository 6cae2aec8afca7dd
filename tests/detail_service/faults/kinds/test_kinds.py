"""What every kind has in common: it is in the registry, described, and in one phase."""

import pytest

from detail_service.faults.kinds import DELAYS, FAULT, KINDS
from detail_service.faults.kinds.delay import Delay
from detail_service.faults.spec import Aborting, Delaying, FaultSpec, Replacing, Shaping

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
def test_every_kind_takes_effect_in_exactly_one_stage(model: type[FaultSpec]) -> None:
    phases = [
        phase for phase in (Delaying, Aborting, Replacing, Shaping) if issubclass(model, phase)
    ]

    assert len(phases) == 1
    assert model.__doc__


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_says_what_it_may_be(model: type[FaultSpec]) -> None:
    undescribed = [name for name, field in model.model_fields.items() if not field.description]

    assert set(undescribed) <= {"kind", "distribution"}


def test_every_kind_that_is_written_is_registered() -> None:
    phases = (Delaying, Aborting, Replacing, Shaping)
    written = {model for phase in phases for model in phase.__subclasses__()}
    written = written - {Delay} | set(Delay.__subclasses__())

    assert written == set(MODELS)


def test_a_validated_spec_survives_being_shown_and_read() -> None:
    for fields in (
        {"kind": "delay", "distribution": "pareto", "scale": "5ms", "shape": 2},
        {"kind": "memory", "leak": "1KiB", "ttl": "90s"},
        {"kind": "unready", "path": "/ping"},
    ):
        spec = FAULT.validate_python(fields)
        shown = spec.model_dump(mode="json", exclude_none=True)

        assert FAULT.validate_python(shown) == spec
