"""X-Ray's filter expressions (X-Ray developer guide, "Use filter expressions")."""

from xray_local.filters.parsing import FilterError, parse_filter
from xray_local.filters.predicates import Predicate

__all__ = ["FilterError", "Predicate", "parse_filter"]
