"""What can go wrong in a rehearsal: the user's mistakes apart from the parts' misbehaviour."""

from __future__ import annotations


class RehearsalError(Exception):
    """Something the rehearsal knows how to say in one line; exit code 1 unless told otherwise."""

    exit_code = 1


class UserError(RehearsalError):
    """The user's mistake: what, where, and what to do, in one line; exit code 2."""

    exit_code = 2


class StageError(RehearsalError):
    """A part of the stage misbehaved: Envoy, a replica, the load tester. The run ends."""
