"""Scrapes of the mesh and of applications, and the Prometheus that answers from them."""

from rehearsal.live.scraping.measure import Measured, MeasuredMetric
from rehearsal.live.scraping.metrics import MetricsPort
from rehearsal.live.scraping.scraping import Scraping

__all__ = ["Measured", "MeasuredMetric", "MetricsPort", "Scraping"]
