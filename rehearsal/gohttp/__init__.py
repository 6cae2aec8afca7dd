"""HTTP as Go's client does it: one deadline for a whole exchange, its redirects, its sentences.

Flagger repeats what `net/http` says in its events, so the words are part of what is emulated. The
protocol itself is httpcore2's.
"""

from rehearsal.gohttp.client import ClosedError, GoClient, ProxyFor, Response
from rehearsal.gohttp.request import Request, RequestFailedError

__all__ = ["ClosedError", "GoClient", "ProxyFor", "Request", "RequestFailedError", "Response"]
