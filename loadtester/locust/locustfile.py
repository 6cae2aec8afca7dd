"""People at the demo's shop: they read the catalog, think, and now and then ask for the version.

    locust -f loadtester/locust/locustfile.py --host http://detail-canary.flagger:3000
    locust -f loadtester/locust/locustfile.py,loadtester/locust/shapes/spike.py --host ...

DETAIL_THINK_TIME_S=1..3 is how long a user thinks between two requests. DETAIL_FAULT_DRILL=30
adds one user who breaks the service every 30 seconds and mends it 5 seconds later. A proxy in
http_proxy is used, which FastHttpUser does not do by itself. Redirects are not followed: the load
goes where it was sent, and nowhere else.
"""

import os
from urllib.parse import urlsplit

import gevent
from locust import FastHttpUser, between, task

_THINK_S = os.environ.get("DETAIL_THINK_TIME_S", "1..3").partition("..")
_DRILL_S = float(os.environ.get("DETAIL_FAULT_DRILL", "0") or "0")
_BROKEN_S = 5.0
_PROXY = urlsplit(os.environ.get("http_proxy", ""))


class Visitor(FastHttpUser):
    """Reads the catalog most of the time, and believes only an answer that names its vendors."""

    wait_time = between(float(_THINK_S[0]), float(_THINK_S[2] or _THINK_S[0]))
    proxy_host = _PROXY.hostname
    proxy_port = _PROXY.port

    @task(8)
    def read_the_catalog(self) -> None:
        with self.client.get(
            "/catalogDetail", catch_response=True, allow_redirects=False
        ) as answer:
            if answer.status_code != 200:
                answer.failure(f"status {answer.status_code}")
            elif not (answer.json() or {}).get("vendors"):
                answer.failure("a catalog without vendors")

    @task(2)
    def look_at_the_version_page(self) -> None:
        self.client.get(
            "/",
            headers={"Accept": "text/html"},
            name="/ (version page)",
            allow_redirects=False,
        )

    @task(1)
    def ask_for_its_health(self) -> None:
        self.client.get("/ping", allow_redirects=False)


class Saboteur(FastHttpUser):
    """One user, in a drill only: breaks the service, waits, mends it, over and over."""

    abstract = not _DRILL_S
    fixed_count = 1
    wait_time = between(_DRILL_S, _DRILL_S)
    proxy_host = _PROXY.hostname
    proxy_port = _PROXY.port

    @task
    def break_and_mend(self) -> None:
        self.ask("/injectFault")
        gevent.sleep(_BROKEN_S)
        self.mend()

    def on_stop(self) -> None:
        self.mend()

    def mend(self) -> None:
        self.ask("/resetFault")

    def ask(self, path: str) -> None:
        """Whatever the answer, it is no failure of the service."""
        with self.client.get(
            path, name=f"{path} (drill)", catch_response=True, allow_redirects=False
        ) as answer:
            answer.success()
