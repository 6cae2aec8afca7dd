"""Locust runs: a locustfile for detail, load shapes, and a run in a process of its own.

Nothing here but `__main__`, the locustfile and the shapes imports locust: it patches the whole
process it is imported into.
"""
