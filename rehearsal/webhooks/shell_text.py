"""A shell's text without what is no command: comments, redirections, here-documents, arrays.

The rules are those of the shell command language (POSIX.1-2017, XCU 2.3, 2.7) and of bash's
here-strings and arrays. One pass from the left, so the time is linear in the text.
"""

import re

_REDIRECTION = re.compile(r"&>>?|[0-9]{0,3}(?:<<<|<<-|<<|<>|<&|>>|>&|>\||<|>)")
_ARRAY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}\+?=\(")
_BLANKS = " \t"
_ENDS_OF_WORDS = frozenset(" \t\n;&|()<>")


def simple_text(text: str) -> str:
    """The text with its commands alone, on one line; quoted parts stay as they are."""
    return _Scanner(text).run()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._kept: list[str] = []
        self._ends: list[tuple[str, bool]] = []  # of here-documents, whose tabs are stripped

    def run(self) -> str:
        while self._at < len(self._text):
            self._step()
        return "".join(self._kept)

    def _step(self) -> None:
        char = self._text[self._at]
        if char == "\n":
            self._at += 1
            self._kept.append(" ; ")
            self._skip_documents()
        elif char in "'\"\\":
            self._kept.append(self._quoted())
        elif char == "#" and self._is_at_word:
            self._at = _index(self._text, "\n", self._at)
        elif self._is_at_word and self._skipped_array():
            pass
        elif self._redirected():
            self._kept.append(" ")
        else:
            self._kept.append(char)
            self._at += 1

    @property
    def _is_at_word(self) -> bool:
        return self._at == 0 or self._text[self._at - 1] in _ENDS_OF_WORDS

    def _quoted(self) -> str:
        """One quoted part, or an escaped character; without its end, all that is left."""
        start, quote = self._at, self._text[self._at]
        if quote == "\\":
            self._at += 2
            part = self._text[start : self._at]
            return " " if part == "\\\n" else part
        self._at += 1
        while self._at < len(self._text) and self._text[self._at] != quote:
            escaped = quote == '"' and self._text[self._at] == "\\"
            self._at += 2 if escaped else 1
        self._at += 1
        return self._text[start : self._at]

    def _skipped_array(self) -> bool:
        found = _ARRAY.match(self._text, self._at)
        if found is None:
            return False
        self._at = found.end()
        while self._at < len(self._text) and self._text[self._at] != ")":
            if self._text[self._at] in "'\"\\":
                self._quoted()
            else:
                self._at += 1
        self._at += 1
        return True

    def _redirected(self) -> bool:
        """Whether a redirection began here; it is passed, and so is the word it leads to."""
        found = _REDIRECTION.match(self._text, self._at)
        if found is None or (found[0][:1].isdigit() and not self._is_at_word):
            return False
        if self._text[found.end() : found.end() + 1] == "(":  # <(command): its commands count
            self._at = found.end()
            return True
        self._at = found.end()
        word = self._word()
        if found[0].endswith(("<<", "<<-")) and "<<<" not in found[0]:
            self._ends.append((word, found[0].endswith("-")))
        return True

    def _word(self) -> str:
        """The next word, without its quotes."""
        while self._at < len(self._text) and self._text[self._at] in _BLANKS:
            self._at += 1
        parts = []
        while self._at < len(self._text) and self._text[self._at] not in _ENDS_OF_WORDS:
            if self._text[self._at] in "'\"":
                parts.append(self._quoted()[1:-1])
            elif self._text[self._at] == "\\":
                parts.append(self._quoted()[1:])
            else:
                parts.append(self._text[self._at])
                self._at += 1
        return "".join(parts)

    def _skip_documents(self) -> None:
        for end, strips_tabs in self._ends:
            line = None
            while self._at < len(self._text) and line != end:
                stop = _index(self._text, "\n", self._at)
                line = self._text[self._at : stop]
                line = line.lstrip("\t") if strips_tabs else line
                self._at = stop + 1
        self._ends = []


def _index(text: str, what: str, start: int) -> int:
    found = text.find(what, start)
    return len(text) if found < 0 else found
