"""Scrapers over real sockets: applications that behave and do not, and Envoy's statistics."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from rehearsal.flagger.controller.errors import NoValuesFound
from rehearsal.flagger.providers import series_of
from rehearsal.flagger.providers.series import Subject
from rehearsal.live.scraping import scrapers
from rehearsal.live.scraping.prometheus import Prometheus
from rehearsal.live.scraping.scrapers import ApplicationScraper, MeshScraper, MeshSubject
from rehearsal.live.scraping.targets import Target
from tests.rehearsal.metrics.providers.servers import FakeApi, always, fake_api

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def api() -> Iterator[FakeApi]:
    with fake_api(always(200, "")) as running:
        yield running


class _Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def _target(api: FakeApi, path: str = "/metrics") -> Target:
    return Target(f"{api.address}{path}", (("pod", "p"),))


async def _scrape(api: FakeApi, path: str = "/metrics") -> tuple[Prometheus, ApplicationScraper]:
    clock = _Clock()
    prometheus = Prometheus(clock)
    scraper = ApplicationScraper(prometheus)
    try:
        await scraper.scrape([_target(api, path)], clock.now_s, 10)
    finally:
        await scraper.close()
    return prometheus, scraper


async def test_a_page_is_scraped(api: FakeApi) -> None:
    api.respond = always(200, 'a{b="é"} 5\n', "text/plain")
    prometheus, scraper = await _scrape(api)
    assert prometheus.query('a{b="é",pod="p"}') == 5.0
    assert prometheus.query("up") == 1.0
    assert scraper.errors == {}
    assert any(name == "Accept" and "text/plain" in value for name, value in api.seen[-1][1])


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (404, "no", "server returned HTTP status 404"),
        (500, "a 1", "server returned HTTP status 500"),
        (200, "x" * (9 << 20), "the page is longer than 8 MiB"),
        (200, "a 1\n" * 30_000, "more than 20000 lines of metrics"),
    ],
)
async def test_a_page_that_will_not_do(api: FakeApi, status: int, body: str, error: str) -> None:
    api.respond = always(status, body, "text/plain")
    prometheus, scraper = await _scrape(api)
    assert list(scraper.errors.values()) == [error]
    assert prometheus.query("up") == 0.0
    with pytest.raises(NoValuesFound):
        prometheus.query("a")


async def test_nobody_listens() -> None:
    prometheus, scraper = await _scrape(FakeApi(always(200, ""), port=1))
    assert prometheus.query("up") == 0.0
    assert scraper.errors


async def test_a_slow_target_is_scraped_once_at_a_time(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrapers, "TIMEOUT_S", 0.3)
    release = asyncio.Event()
    asked = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await release.wait()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    prometheus = Prometheus(_Clock())
    scraper = ApplicationScraper(prometheus)
    target = Target(f"http://127.0.0.1:{port}/metrics", ())
    await scraper.scrape([target], 1000, 0.01)
    await scraper.scrape([target], 1005, 0.01)
    assert asked == 1
    await scraper.scrape([], 1010, 5)
    assert scraper.errors == {target.url: "TimeoutError"}
    await scraper.scrape([target], 1015, 0.01)
    await scraper.close()
    release.set()
    server.close()


# --- the mesh -----------------------------------------------------------------------------------

PAGE = """\
envoy_cluster_upstream_rq{{envoy_response_code="200",envoy_cluster_name="detail-1"}} {good}
envoy_cluster_upstream_rq{{envoy_response_code="500",envoy_cluster_name="detail-1"}} {bad}
envoy_cluster_upstream_rq_time_bucket{{envoy_cluster_name="detail-1",le="10"}} {all}
envoy_cluster_upstream_rq_time_bucket{{envoy_cluster_name="detail-1",le="+Inf"}} {all}
envoy_cluster_upstream_rq{{envoy_response_code="200",envoy_cluster_name="other"}} 1000
"""


class _Admin:
    """Envoy's admin interface, from a page."""

    def __init__(self) -> None:
        self.page: str | None = ""

    async def prometheus(self, pattern: str) -> str:
        assert re.match(pattern, "cluster.detail-1.upstream_rq_200")
        assert re.match(pattern, "cluster.demo_detail-canary.upstream_rq_time")
        if self.page is None:
            raise httpx2.ConnectError("gone")
        return self.page


def _subject() -> MeshSubject:
    subject = Subject("demo", "detail", "detail", True, 80, pod="detail-1")
    return MeshSubject("detail-1", subject, series_of("istio"))


async def test_envoy_s_counts_become_the_provider_s_series() -> None:
    clock, admin = _Clock(), _Admin()
    prometheus = Prometheus(clock)
    subjects = [_subject()]
    fake: Any = admin
    scraper = MeshScraper(fake, prometheus, lambda: subjects)
    for count in range(5):
        clock.now_s += 5
        admin.page = PAGE.format(good=count * 9, bad=count, all=count * 10)
        await scraper.scrape(clock.now_s)
    workload = 'destination_workload="detail",reporter="destination"'
    good = f'sum(rate(istio_requests_total{{{workload},response_code!~"5.*"}}[15s]))'
    every = f"sum(rate(istio_requests_total{{{workload}}}[15s]))"
    assert prometheus.query(f"{good} / {every} * 100") == pytest.approx(90.0)
    assert prometheus.query("sum(istio_requests_total)") == 80.0
    admin.page = None
    clock.now_s += 5
    await scraper.scrape(clock.now_s)
    assert prometheus.query("sum(istio_requests_total)") == 80.0
    subjects.clear()
    admin.page = PAGE.format(good=1, bad=1, all=2)
    clock.now_s += 5
    await scraper.scrape(clock.now_s)
    with pytest.raises(NoValuesFound):
        prometheus.query("istio_requests_total")


async def test_a_cluster_that_was_not_counted_yet_has_no_series() -> None:
    admin, prometheus = _Admin(), Prometheus(_Clock())
    fake: Any = admin
    scraper = MeshScraper(fake, prometheus, lambda: [_subject()])
    await scraper.scrape(1000)
    with pytest.raises(NoValuesFound):
        prometheus.query("istio_requests_total")
