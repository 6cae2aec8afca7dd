"""The pages over HTTP: each is one function from a store and a query to HTML. A thin shell."""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from xray_local.pages import comparison, wording
from xray_local.pages.access import REFUSAL, is_own_host
from xray_local.pages.kept_graph import Counted, KeptGraph
from xray_local.pages.selection import (
    ORDERS,
    RANGES,
    Selection,
    find_traces,
    matching_traces,
    read_selection,
)
from xray_local.pages.service_map import map_svg, style_sheet
from xray_local.pages.templates import render
from xray_local.pages.timeline import timeline_html
from xray_local.pages.trace_table import trace_table_html
from xray_local.service_graph import CLIENT, ServiceGraph, Statistics, service_graph
from xray_local.spans import Span, w3c_trace_id
from xray_local.store import TraceStore
from xray_local.trace import Trace

_STATIC = Path(__file__).parent / "static"
_TYPES = {"style.css": "text/css", "page.js": "text/javascript"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self';"
    " connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_MOST_JSON_SPANS = 10_000

Handler = Callable[[Request], Awaitable[Response]]


class Site:
    """The pages of one store. `allowed_hosts` are names it goes by beside its addresses."""

    def __init__(self, store: TraceStore, allowed_hosts: Collection[str] = ()) -> None:
        self._store = store
        self._allowed = frozenset(allowed_hosts)
        self._kept = KeptGraph(store)
        self._files = {name: (_STATIC / name).read_bytes() for name in _TYPES}
        self._files["style.css"] += style_sheet().encode()

    def routes(self) -> list[BaseRoute]:
        """Where each page stands."""
        pages: dict[str, Handler] = {
            "/": self._map,
            "/map.svg": self._map_file,
            "/traces": self._traces,
            "/traces/{id}": self._trace,
            "/traces/{id}/json": self._trace_json,
            "/compare": self._compare,
            "/version": self._version,
            "/static/{name}": self._file,
        }
        return [Route(path, self._guarded(page), methods=["GET"]) for path, page in pages.items()]

    def _guarded(self, handler: Handler) -> Handler:
        async def answer(request: Request) -> Response:
            if not is_own_host(request.headers.get("host", ""), self._allowed):
                return PlainTextResponse(f"{REFUSAL}\n", 421, headers=_HEADERS)
            response = await handler(request)
            for name, value in _HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return answer

    def _selection(self, request: Request) -> Selection:
        return read_selection(request.query_params, self._store.clock())

    def _graph(self, selection: Selection) -> Counted:
        """The map of a selection: the kept one, or that of the traces that a filter lets by."""
        if selection.error:
            return Counted(ServiceGraph())
        if not selection.is_filtered:
            return self._kept.graph(selection.start_s, selection.end_s)
        found = matching_traces(self._store, selection)
        left = found.stored - found.searched if found.cut_short else 0
        return Counted(service_graph(found.traces), left)

    def _page(self, name: str, selection: Selection, status: int = 200, **values: Any) -> Response:
        text = render(
            name,
            selection=selection,
            ranges=RANGES,
            orders=ORDERS,
            stored=len(self._store),
            losses=losses(self._store),
            version=self._store.version,
            **values,
        )
        return Response(text, status, media_type="text/html")

    async def _map(self, request: Request) -> Response:
        selection = self._selection(request)
        counted = self._graph(selection)

        def link(name: str) -> str:
            asked = f'service("{_quoted(name)}")'
            both = f"{selection.expression} AND {asked}" if selection.is_filtered else asked
            return f"/traces?{selection.query(filter=both, page='')}"

        maps = _both_ways(counted.graph, link)
        return self._page("map.html", selection, _status(selection), maps=maps, counted=counted)

    async def _map_file(self, request: Request) -> Response:
        svg = map_svg(self._graph(self._selection(request)).graph)
        policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
        return Response(svg, headers=policy, media_type="image/svg+xml")

    async def _traces(self, request: Request) -> Response:
        selection = self._selection(request)
        found = find_traces(self._store, selection)
        table = trace_table_html(found.traces, trace_address, selection.now_s)
        return self._page(
            "traces.html", selection, _status(selection), found=found, table=Markup(table)
        )

    def _asked_trace(self, request: Request) -> Trace | None:
        trace_id = w3c_trace_id(request.path_params["id"])
        return None if trace_id is None else self._store.trace(trace_id)

    async def _trace(self, request: Request) -> Response:
        selection, trace = self._selection(request), self._asked_trace(request)
        if trace is None:
            return self._page("missing.html", selection, 404)
        return self._page(
            "trace.html",
            selection,
            trace=trace,
            facts=trace_facts(trace),
            maps=_both_ways(service_graph([trace])),
            timeline=Markup(timeline_html(trace, is_open=True)),
        )

    async def _trace_json(self, request: Request) -> Response:
        trace = self._asked_trace(request)
        if trace is None:
            return JSONResponse({"error": "there is no such trace, or it has been dropped"}, 404)
        return Response(trace_json(trace), media_type="application/json")

    async def _compare(self, request: Request) -> Response:
        selection = self._selection(request)
        counted = self._graph(selection)
        names = sorted(name for name in counted.graph.nodes if name != CLIENT)
        first, second = chosen_pair(request.query_params, counted.graph, names)
        return self._page(
            "compare.html",
            selection,
            _status(selection),
            names=names,
            first=first,
            second=second,
            counted=counted,
            **_sides(counted.graph, first, second),
        )

    async def _version(self, request: Request) -> Response:
        return JSONResponse({"version": self._store.version})

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._files:
            return PlainTextResponse("there is no such file\n", 404)
        return Response(self._files[name], media_type=_TYPES[name])


def _both_ways(graph: ServiceGraph, link: Callable[[str], str] | None = None) -> dict[str, Markup]:
    """The map for a wide page, and that for a narrow one; the style sheet shows one of them."""
    return {
        "right": Markup(map_svg(graph, direction="right", link=link, with_style=False)),
        "down": Markup(map_svg(graph, direction="down", link=link, with_style=False)),
    }


def _status(selection: Selection) -> int:
    return 400 if selection.error else 200


def _quoted(name: str) -> str:
    """A name inside the quotation marks of a filter expression."""
    return name.replace("\\", "\\\\").replace('"', '\\"')


def trace_address(trace: Trace) -> str:
    """Where a trace's page stands."""
    return f"/traces/{quote(trace.xray_id, safe='')}"


def trace_facts(trace: Trace) -> list[tuple[str, str]]:
    """What is said of a trace above its timeline."""
    services = dict.fromkeys(name for name in trace.services.values() if name)
    is_complete = all(span.is_complete for span in trace.spans)
    return [
        ("Started", f"{wording.date_and_moment(trace.start_s)} UTC"),
        ("Response time", wording.duration(trace.response_time_s)),
        ("Length", wording.duration(trace.duration_s)),
        ("Services", f"{len(services)}"),
        ("Spans", f"{len(trace.spans):,}{'' if is_complete else ' so far'}"),
        ("W3C trace id", trace.id),
    ]


def trace_json(trace: Trace) -> str:
    """The spans of a trace with all that was sent, as JSON."""
    spans = [_span_value(trace, span) for span in trace.spans[:_MOST_JSON_SPANS]]
    value = {"trace_id": trace.xray_id, "w3c_trace_id": trace.id, "spans": spans}
    return json.dumps(value, indent=1, default=str)


def _span_value(trace: Trace, span: Span) -> dict[str, Any]:
    return {
        "id": span.span_id,
        "parent_id": span.parent_id,
        "name": span.name,
        "service": trace.services.get(span.span_id, ""),
        "start_time": span.start_s,
        "end_time": span.end_s,
        "kind": span.kind.value,
        "outcome": span.health.value,
        "http": {
            "method": span.http.method,
            "url": span.http.url,
            "status": span.http.status,
        },
        "exceptions": [{"type": one.type, "message": one.message} for one in span.exceptions],
        "annotations": dict(span.annotations),
        "metadata": dict(span.metadata),
        "document": span.document,
    }


def losses(store: TraceStore) -> str:
    """What was not kept or not understood; empty when nothing was lost."""
    parts = [f"{count:,} malformed ({kind})" for kind, count in sorted(store.malformed.items())]
    parts += [f"{count:,} dropped ({bound})" for bound, count in sorted(store.dropped.items())]
    return ", ".join(wording.printable(part, 100) for part in parts[:8])


def chosen_pair(query: Mapping[str, str], graph: ServiceGraph, names: list[str]) -> tuple[str, str]:
    """The two services that are compared: those asked for, else the last two of most requests."""
    busiest = sorted(names, key=lambda name: -graph.nodes[name].statistics.count)
    versions = [name for name in names if name[:-1] and _siblings(name, names)]
    usual = (versions or busiest)[-2:]
    asked = [query.get("first", ""), query.get("second", "")]
    pair = [name if name in graph.nodes else "" for name in asked]
    rest = iter([name for name in usual if name not in pair] + ["", ""])
    first, second = (name or next(rest) for name in pair)
    return first, second


def _siblings(name: str, names: list[str]) -> bool:
    """Whether there is another release of it: a name that differs in its last digits alone."""
    stem = name.rstrip("0123456789")
    return stem != name and any(n != name and n.rstrip("0123456789") == stem for n in names)


def _sides(graph: ServiceGraph, first: str, second: str) -> dict[str, Any]:
    nothing = Statistics()
    pair = [graph.nodes[n].statistics if n in graph.nodes else nothing for n in (first, second)]
    histograms = [one.durations for one in pair]
    axis = comparison.shared_axis(histograms)
    most = max(max(comparison.shares(one, axis)) for one in histograms)
    kinds = ("first", "second")
    drawn = [
        Markup(comparison.histogram_svg(name or "nothing", one, axis, most, kind))
        for name, one, kind in zip((first, second), histograms, kinds, strict=True)
    ]
    return {"histograms": drawn, "lines": comparison.lines(*pair)}
