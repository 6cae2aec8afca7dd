"""The series that a mesh or gateway would have, made from what Envoy counted. Pure.

`EnvoyCounts` reads Envoy's statistics, `RequestCounter` gives every status code its share of the
response times, and `scraped` writes both under the names and labels of a provider's `Series`.
"""

from rehearsal.metrics.meshes.counts import EnvoyCounts, RequestCounter, read_envoy
from rehearsal.metrics.meshes.scraped import BUCKETS_MS, scraped

__all__ = ["BUCKETS_MS", "EnvoyCounts", "RequestCounter", "read_envoy", "scraped"]
