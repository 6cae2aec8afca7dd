"""What can go wrong in a rehearsal: the user's mistakes apart from the parts' misbehaviour."""

from __future__ import annotations

from commons import errors


class RehearsalError(errors.Error):
    """Something the rehearsal knows how to say in a line or a few; exit code 1 unless told."""

    def lines(self) -> list[str]:
        """Each problem on a line of its own."""
        return str(self).splitlines() or [""]


class UserError(RehearsalError, errors.UserError):
    """The user's mistake: what, where, and what to do; exit code 2."""

    exit_code = 2


class LiveWorldError(RehearsalError):
    """A part of the live world misbehaved: Envoy, a dependency. The run ends."""
