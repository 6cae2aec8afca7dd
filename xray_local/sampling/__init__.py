"""Centralized sampling: rules, and the quotas of those who sample by them.

Rules are those of the X-Ray developer guide, "Configure sampling rules" and "Using sampling rules
with the X-Ray API".
"""
