import gc

import pytest

from detail_service.startup import freeze_garbage, without_garbage_collection


def test_the_collector_works_again_once_all_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(gc.isenabled()))
    with without_garbage_collection():
        assert not gc.isenabled()
        freeze_garbage()
        assert gc.isenabled()

    assert frozen == [False]


def test_and_when_the_start_fails() -> None:
    with pytest.raises(ValueError), without_garbage_collection():
        raise ValueError

    assert gc.isenabled()
