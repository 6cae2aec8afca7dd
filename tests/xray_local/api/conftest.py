"""The program and AWS's client for it, for the tests of operations."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.xray_local.program import boto, xray_program
from xray_local.status import Running


@pytest.fixture
def program() -> Iterator[Running]:
    with xray_program() as found:
        yield found


@pytest.fixture
def client(program: Running) -> Iterator[Any]:
    found = boto(program.api)
    yield found
    found.close()
