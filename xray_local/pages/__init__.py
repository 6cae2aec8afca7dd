"""Traces to look at: the service map, lists, timelines, comparisons; and parts for other pages."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from xray_local.pages.picture import traces_svg
from xray_local.pages.service_map import map_svg
from xray_local.pages.timeline import timeline_html
from xray_local.pages.trace_table import trace_table_html
from xray_local.store import TraceStore

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

__all__ = ["map_svg", "routes", "timeline_html", "trace_table_html", "traces_svg"]


def routes(store: TraceStore, allowed_hosts: Collection[str] = ()) -> list[BaseRoute]:
    """The pages of a store; `allowed_hosts` are names it goes by beside its addresses."""
    from xray_local.pages.site import Site  # only here: Starlette is slow to import

    return Site(store, allowed_hosts).routes()
