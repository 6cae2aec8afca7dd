"""App Mesh's source: what each pod's sidecar counted, from Envoy's own statistics.

On a cluster every pod carries its own Envoy; here one Envoy holds a listener and a cluster per
pod. The cluster's name is the pod's, which is how its series get the labels of that pod.
"""

from collections.abc import Iterable

from rehearsal.live.mesh.admin import Admin
from rehearsal.live.scraping.sources.target import Target
from rehearsal.metrics.exposition import Sample, samples

_PATTERN = r"^cluster\.[^.]+\.upstream_rq_(\d+|time)$"


class SidecarSource:
    """Scrapes `envoy_cluster_upstream_rq` and `envoy_cluster_upstream_rq_time_bucket`."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin

    async def scrape(self, targets: Iterable[Target]) -> list[Sample]:
        pods = {target.pod: target for target in targets}
        text = await self._admin.prometheus(_PATTERN)
        return [
            Sample({**sample.labels, **pods[pod].labels}, sample.value)
            for sample in samples(text)
            if (pod := sample.labels.get("envoy_cluster_name", "")) in pods
        ]
