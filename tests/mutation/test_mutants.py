"""The list of mutants fits the code it is meant for."""

import pytest

from tests.mutation.run import ROOT, Mutant, read_mutants


@pytest.mark.parametrize("mutant", read_mutants(), ids=lambda mutant: mutant.name)
def test_a_mutant_fits_the_code(mutant: Mutant) -> None:
    assert mutant.fits(ROOT), f"{mutant.file} does not contain it exactly once"
    assert mutant.old != mutant.new
    for test in mutant.tests:
        assert (ROOT / test).exists()
