"""Commands that need no shell: what a shell would make of them, word for word."""

_OPERATORS = frozenset(";&|<>()\n\r")
_EXPANSIONS = frozenset("$`")
_BLANKS = frozenset(" \t")
_AT_START = frozenset("~#")
_KEYWORDS = frozenset(
    {"!", "{", "}", "[[", "case", "do", "done", "elif", "else", "esac", "fi", "for", "function"}
    | {"if", "in", "select", "then", "time", "until", "while"}
)


def split_plain(command: str) -> list[str] | None:
    """The words of a command as sh would split and unquote them; None if it needs a shell.

    It does where there is an operator, an expansion, a comment, a keyword or an assignment in front
    of the command, or a quote that does not end. Patterns of file names (`*`, `?`, `[`) and braces
    are left as they are, as sh leaves them where no file has such a name: in a URL. Linear.
    """
    words: list[str] = []
    at, length = 0, len(command)
    while at < length:
        if command[at] in _BLANKS:
            at += 1
            continue
        if command[at] in _AT_START:
            return None
        word = _word(command, at)
        if word is None:
            return None
        at = word[1]
        words.append(word[0])
    if words and (words[0] in _KEYWORDS or "=" in words[0]):
        return None
    return words


def _word(command: str, at: int) -> tuple[str, int] | None:
    """The word that begins there, without its quotes, and where it ends."""
    parts: list[str] = []
    while at < len(command) and command[at] not in _BLANKS:
        char = command[at]
        if char in _OPERATORS or char in _EXPANSIONS:
            return None
        if char == "'":
            end = command.find("'", at + 1)
            if end < 0:
                return None
            parts.append(command[at + 1 : end])
            at = end + 1
        elif char == '"':
            quoted = _double_quoted(command, at + 1)
            if quoted is None:
                return None
            parts.append(quoted[0])
            at = quoted[1]
        elif char == "\\":
            if at + 1 >= len(command) or command[at + 1] == "\n":
                return None
            parts.append(command[at + 1])
            at += 2
        else:
            parts.append(char)
            at += 1
    return "".join(parts), at


def _double_quoted(command: str, at: int) -> tuple[str, int] | None:
    parts: list[str] = []
    while at < len(command):
        char = command[at]
        if char == '"':
            return "".join(parts), at + 1
        if char in _EXPANSIONS:
            return None
        if command[at : at + 2] == "\\\n":
            return None
        if char == "\\" and command[at + 1 : at + 2] in ('"', "\\", "$", "`"):
            char, at = command[at + 1], at + 1
        parts.append(char)
        at += 1
    return None
