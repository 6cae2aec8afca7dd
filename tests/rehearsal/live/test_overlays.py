"""Every overlay that is shipped can be rehearsed as it is."""

import shutil
from pathlib import Path

import pytest

from rehearsal.live import preparation as module
from rehearsal.live.preparation import Options, prepare
from rehearsal.manifests import load_manifests, shipped_manifests

pytestmark = pytest.mark.slow
_OVERLAYS = sorted(path.parent.name for path in shipped_manifests().glob("overlays/*/canary.yaml"))


def test_there_are_seven() -> None:
    assert len(_OVERLAYS) == 7


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on this machine")
@pytest.mark.parametrize("name", _OVERLAYS)
def test_an_overlay_is_prepared(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(module, "find_envoy", lambda path: Path("/envoy"))
    manifests = load_manifests([shipped_manifests() / "overlays" / name])
    prepared = prepare(manifests, manifests.canaries, Options())
    (canary,) = prepared.config.canaries
    assert canary.canary.full_name == "detail.flagger"
    assert canary.provider.startswith({"linkerd": "gatewayapi"}.get(name, name))
    assert canary.target.replicas or canary.scaler
