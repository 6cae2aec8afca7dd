"""Load shapes: how many users when. Add one to a run with ``-f locustfile.py,shapes/steps.py``.

``-u`` is the most users there are, ``-t`` how long it all takes, ``-r`` how fast users come.
"""
