"""The series that a mesh or gateway would have, made from what Envoy counted. Pure.

`EnvoyCounts` reads Envoy's statistics, `RequestCounter` gives every status code its share of the
response times, and a `Dialect` writes both under the names and labels of one provider.
"""

from rehearsal.metrics.meshes.counts import EnvoyCounts, RequestCounter, read_envoy
from rehearsal.metrics.meshes.dialects import (
    BUCKETS_MS,
    DIALECTS,
    Dialect,
    Measured,
    Subject,
    dialects_of,
)

__all__ = [
    "BUCKETS_MS",
    "DIALECTS",
    "Dialect",
    "EnvoyCounts",
    "Measured",
    "RequestCounter",
    "Subject",
    "dialects_of",
    "read_envoy",
]
