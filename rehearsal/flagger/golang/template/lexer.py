"""Templates as items: Go's text/template/parse/lex.go, one item at a time, in linear time.

A template's text is emitted as it stands; inside an action, items are what a parser needs to know.
An error is an item too: its text is Go's sentence, and nothing follows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from rehearsal.flagger.golang.strings import quote

LEFT, RIGHT = "{{", "}}"
_LEFT_COMMENT, _RIGHT_COMMENT = "/*", "*/"
_SPACES = " \t\r\n"
_TRIM = re.compile(r"-[ \t\r\n]")
_RIGHT_TRIM = re.compile(r"[ \t\r\n]-\}\}")
_END = ""
_TERMINATORS = frozenset((_END, *".,|:)(", *_SPACES))


class Kind(Enum):
    """Kinds of items."""

    ERROR = auto()
    BOOL = auto()
    CHAR = auto()
    CHAR_CONSTANT = auto()
    COMPLEX = auto()
    ASSIGN = auto()
    DECLARE = auto()
    EOF = auto()
    FIELD = auto()
    IDENTIFIER = auto()
    LEFT_DELIM = auto()
    LEFT_PAREN = auto()
    NUMBER = auto()
    PIPE = auto()
    RAW_STRING = auto()
    RIGHT_DELIM = auto()
    RIGHT_PAREN = auto()
    SPACE = auto()
    STRING = auto()
    TEXT = auto()
    VARIABLE = auto()
    BLOCK = auto()
    BREAK = auto()
    CONTINUE = auto()
    DOT = auto()
    DEFINE = auto()
    ELSE = auto()
    END = auto()
    IF = auto()
    NIL = auto()
    RANGE = auto()
    TEMPLATE = auto()
    WITH = auto()


_KEYWORDS = {
    "block": Kind.BLOCK,
    "break": Kind.BREAK,
    "continue": Kind.CONTINUE,
    "define": Kind.DEFINE,
    "else": Kind.ELSE,
    "end": Kind.END,
    "if": Kind.IF,
    "nil": Kind.NIL,
    "range": Kind.RANGE,
    "template": Kind.TEMPLATE,
    "with": Kind.WITH,
}
_KEYWORD_KINDS = frozenset((*_KEYWORDS.values(), Kind.DOT))


@dataclass(frozen=True)
class Item:
    """One item: its kind, where it begins, its text, and the line that stands on (from 1)."""

    kind: Kind
    position: int
    value: str
    line: int

    def __str__(self) -> str:
        if self.kind is Kind.EOF:
            return "EOF"
        if self.kind is Kind.ERROR:
            return self.value
        if self.kind in _KEYWORD_KINDS:
            return f"<{self.value}>"
        return (
            f"{quote(self.value[:10])}..." if len(self.value.encode()) > 10 else quote(self.value)
        )


class _LexError(Exception):
    """Go's sentence."""


class Lexer:
    """Reads a text item by item."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._start = 0
        self._start_line = 1
        self._parens = 0
        self._is_inside = False
        self._is_over = False

    def next_item(self) -> Item:
        """The next item; after the end or an error, always EOF."""
        if self._is_over:
            return Item(Kind.EOF, 0, "EOF", self._start_line)
        try:
            return self._inside() if self._is_inside else self._outside()
        except _LexError as error:
            self._is_over = True
            return Item(Kind.ERROR, self._start, str(error), self._start_line)

    # Moving about.

    def _char(self) -> str:
        return self._text[self._at] if self._at < len(self._text) else _END

    def _emit(self, kind: Kind) -> Item:
        item = Item(kind, self._start, self._text[self._start : self._at], self._start_line)
        self._ignore()
        return item

    def _ignore(self) -> None:
        self._start_line += self._text.count("\n", self._start, self._at)
        self._start = self._at

    def _fail(self, text: str) -> _LexError:
        return _LexError(text)

    # Text.

    def _outside(self) -> Item:
        while True:
            found = self._text.find(LEFT, self._at)
            if found < 0:
                self._at = len(self._text)
                return self._emit(Kind.TEXT if self._at > self._start else Kind.EOF)
            item = self._text_before(found)
            if item is not None:
                return item
            delimiter = self._left_delimiter()
            if delimiter is not None:
                return delimiter

    def _text_before(self, found: int) -> Item | None:
        """The text before an action, without the blanks that the action trims."""
        if found == self._at:
            return None
        end = found
        if _TRIM.match(self._text, found + len(LEFT)):
            end = self._start + len(self._text[self._start : found].rstrip(_SPACES))
        self._at = end
        item = self._emit(Kind.TEXT)
        self._at = found
        self._ignore()
        return item if item.value else None

    def _left_delimiter(self) -> Item | None:
        """The start of an action; None where it was a comment, which is passed over."""
        self._at += len(LEFT)
        after = self._at + 2 if _TRIM.match(self._text, self._at) else self._at
        if self._text.startswith(_LEFT_COMMENT, after):
            self._at = after
            self._ignore()
            self._pass_comment()
            return None
        item = self._emit(Kind.LEFT_DELIM)
        self._is_inside = True
        self._parens = 0
        self._at = after
        self._ignore()
        return item

    def _pass_comment(self) -> None:
        end = self._text.find(_RIGHT_COMMENT, self._at + len(_LEFT_COMMENT))
        if end < 0:
            raise self._fail("unclosed comment")
        self._at = end + len(_RIGHT_COMMENT)
        if _RIGHT_TRIM.match(self._text, self._at):
            self._at += 2 + len(RIGHT)
            self._pass_blanks()
        elif self._text.startswith(RIGHT, self._at):
            self._at += len(RIGHT)
        else:
            raise self._fail("comment ends before closing delimiter")
        self._ignore()

    def _pass_blanks(self) -> None:
        while self._at < len(self._text) and self._text[self._at] in _SPACES:
            self._at += 1

    # Actions.

    def _inside(self) -> Item:
        trims = _RIGHT_TRIM.match(self._text, self._at) is not None
        if trims or self._text.startswith(RIGHT, self._at):
            if self._parens:
                raise self._fail("unclosed left paren")
            return self._right_delimiter(trims)
        char = self._char()
        if char == _END:
            raise self._fail("unclosed action")
        if char in _SPACES:
            return self._space()
        simple = _SINGLE.get(char)
        self._at += 1
        if simple is not None:
            return self._emit(simple)
        return self._longer(char)

    def _longer(self, char: str) -> Item:
        """An item of more than one character, whose first has been taken."""
        if char == ":":
            if self._char() != "=":
                raise self._fail("expected :=")
            self._at += 1
            return self._emit(Kind.DECLARE)
        if char in "\"'":
            return self._quoted(char)
        if char == "`":
            return self._raw()
        if char == "$":
            return self._name(Kind.VARIABLE, Kind.VARIABLE)
        if char == "." and self._char() not in _DIGITS:
            return self._name(Kind.FIELD, Kind.DOT)
        if char in "()":
            return self._paren(char)
        self._at -= 1
        if char in "+-." or char in _DIGITS:
            return self._number()
        if _is_alphanumeric(char):
            return self._identifier()
        self._at += 1
        if char.isascii() and char.isprintable():
            return self._emit(Kind.CHAR)
        raise self._fail(f"unrecognized character in action: {unicode_name(char)}")

    def _right_delimiter(self, trims: bool) -> Item:
        if trims:
            self._at += 2
            self._ignore()
        self._at += len(RIGHT)
        item = self._emit(Kind.RIGHT_DELIM)
        if trims:
            self._pass_blanks()
            self._ignore()
        self._is_inside = False
        return item

    def _space(self) -> Item:
        self._pass_blanks()
        if _RIGHT_TRIM.match(self._text, self._at - 1):
            self._at -= 1
            if self._at == self._start:
                return self._right_delimiter(True)
        return self._emit(Kind.SPACE)

    def _paren(self, char: str) -> Item:
        self._parens += 1 if char == "(" else -1
        if self._parens < 0:
            raise self._fail("unexpected right paren")
        return self._emit(Kind.LEFT_PAREN if char == "(" else Kind.RIGHT_PAREN)

    def _quoted(self, mark: str) -> Item:
        what = "quoted string" if mark == '"' else "character constant"
        while True:
            char = self._char()
            self._at += 1
            if char == "\\":
                char = self._char()
                self._at += 1
                if char not in (_END, "\n"):
                    continue
            if char in (_END, "\n"):
                raise self._fail(f"unterminated {what}")
            if char == mark:
                return self._emit(Kind.STRING if mark == '"' else Kind.CHAR_CONSTANT)

    def _raw(self) -> Item:
        end = self._text.find("`", self._at)
        if end < 0:
            raise self._fail("unterminated raw quoted string")
        self._at = end + 1
        return self._emit(Kind.RAW_STRING)

    def _name(self, kind: Kind, alone: Kind) -> Item:
        """A field or a variable, whose `.` or `$` has been taken."""
        if self._is_at_terminator():
            return self._emit(alone)
        self._pass_word()
        return self._emit(kind)

    def _identifier(self) -> Item:
        self._pass_word()
        word = self._text[self._start : self._at]
        if word in ("true", "false"):
            return self._emit(Kind.BOOL)
        return self._emit(_KEYWORDS.get(word, Kind.IDENTIFIER))

    def _pass_word(self) -> None:
        while _is_alphanumeric(self._char()):
            self._at += 1
        if not self._is_at_terminator():
            raise self._fail(f"bad character {unicode_name(self._char())}")

    def _is_at_terminator(self) -> bool:
        return self._char() in _TERMINATORS or self._text.startswith(RIGHT, self._at)

    def _number(self) -> Item:
        kind = Kind.NUMBER
        is_good = self._scan_number()
        if is_good and self._char() in ("+", "-"):
            kind = Kind.COMPLEX
            is_good = self._scan_number() and self._text[self._at - 1] == "i"
        if not is_good:
            bad = quote(self._text[self._start : self._at])
            raise self._fail(f"bad number syntax: {bad}")
        return self._emit(kind)

    def _scan_number(self) -> bool:
        found = _NUMBER.match(self._text, self._at)
        if found is None:
            return False
        self._at = found.end()
        if _is_alphanumeric(self._char()):
            self._at += 1
            return False
        return True


_DIGITS = "0123456789"
_SINGLE = {"=": Kind.ASSIGN, "|": Kind.PIPE}
_NUMBER = re.compile(
    r"[+-]?(?:"
    r"0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?"
    r"|0[oO][0-7_]*(?:\.[0-7_]*)?"
    r"|0[bB][01_]*(?:\.[01_]*)?"
    r"|0?[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?"
    r")i?"
)


def _is_alphanumeric(char: str) -> bool:
    return char == "_" or char.isalpha() or char.isdecimal()


def unicode_name(char: str) -> str:
    """A character under Go's `%#U`: `U+003F '?'`; -1 stands for the end of the text."""
    if char == _END:
        return "U+FFFFFFFFFFFFFFFF"
    code = f"U+{ord(char):04X}"
    return f"{code} '{char}'" if char.isprintable() else code
