"""The order of a tick."""

from tests.rehearsal.controller.scenes import (
    advance,
    c1,
)


def test_44_suspended() -> None:
    hand = c1()
    hand.tick(2)
    spec = hand.store.get().spec
    hand.store.put_spec(spec.model_copy(update={"suspend": True}))
    suspended = ["Normal skipping canary run as object is suspended"]
    assert hand.ticks(2) == [suspended, suspended]
    assert hand.weight == 20
    hand.store.put_spec(spec)
    assert hand.tick() == [advance(30)]
