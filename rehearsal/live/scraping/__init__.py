"""Scrapes of the mesh and of applications, and the Prometheus that answers from them."""

from rehearsal.live.scraping.scraping import Scraping

__all__ = ["Scraping"]
