"""The service map of a rehearsal's traces, drawn anew where there are new ones."""

from xray_local.pages import map_svg
from xray_local.pages.kept_graph import KeptGraph
from xray_local.store import TraceStore


class ServiceMap:
    """Draws the map of a store."""

    def __init__(self, store: TraceStore | None) -> None:
        self._store = store
        self._kept = KeptGraph(store) if store is not None else None

    def draw(self) -> str:
        """An SVG; "" while there are no traces."""
        if self._store is None or self._kept is None or not len(self._store):
            return ""
        return map_svg(self._kept.graph().graph)
