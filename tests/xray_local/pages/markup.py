"""HTML, held to its own rules."""

from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "input", "br", "img"})


class Checker(HTMLParser):
    """Elements that are open, and what was met; AssertionError where one is closed out of turn."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.met: dict[str, int] = {}
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.met[tag] = self.met.get(tag, 0) + 1
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.met[tag] = self.met.get(tag, 0) + 1
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def well_formed(html: str) -> Checker:
    """What is met in a text whose elements are closed in turn; nothing in it runs by itself."""
    checker = Checker()
    checker.feed(html)
    checker.close()
    assert checker.open == []
    assert not {name for name in checker.attributes if name.startswith("on")}
    assert "style" not in checker.attributes | set(checker.met)
    html.encode()
    return checker
