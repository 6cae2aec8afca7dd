"""The part of PromQL that canary checks are written in."""

from rehearsal.metrics.promql.engine import evaluate
from rehearsal.metrics.promql.parser import PromQLError, parse

__all__ = ["PromQLError", "evaluate", "parse"]
