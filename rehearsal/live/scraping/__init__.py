"""Scrapes of the mesh and of applications, and the Prometheus that answers from them."""
