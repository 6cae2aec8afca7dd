from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loadtester.webhooks.running import Running, loadtester


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One plain load tester for a whole module."""
    with loadtester(Path(tmp_path_factory.mktemp("data"))) as running:
        yield running
