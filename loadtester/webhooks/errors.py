"""What can go wrong in the webhook server, and whose fault it is."""


class LoadtesterError(Exception):
    """Base of every error raised here."""


class MalformedPayloadError(LoadtesterError):
    """The caller's body is not the JSON that Flagger sends: 400 with an empty body."""


class BadTaskError(LoadtesterError):
    """The caller's mistake in a task's metadata; ``str(error)`` names the field and is the body."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


class RefusedError(LoadtesterError):
    """The operator's policy forbids what the caller asked: 403, and the body says which rule."""


class BusyError(LoadtesterError):
    """No room for another task now (429), or the server is stopping (503)."""

    def __init__(self, reason: str, status: int, retry_after_s: int) -> None:
        super().__init__(reason)
        self.status = status
        self.retry_after_s = retry_after_s


class StoreError(LoadtesterError):
    """The store (a disk, the Kubernetes API) misbehaved; the change is not acknowledged."""


class RemoteError(LoadtesterError):
    """Another server (Concord, nGrinder, a tested service) misbehaved."""
