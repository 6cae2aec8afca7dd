"""What is wrong with what senders and callers hand in, apart from what users of `xray` write."""


class MalformedError(ValueError):
    """Bytes that are no spans. `kind` is a short name to count it by; the text says more."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
