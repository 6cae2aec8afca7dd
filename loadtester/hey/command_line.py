"""The command line as a report tells it: what it takes to run it again, but for the secrets."""

from collections.abc import Sequence
from typing import Any

from loadtester.hey import flags
from loadtester.hey.goflag import Flag, FlagSet
from loadtester.load.masking import MASK, mask_header, mask_url


def masked_command(program: str, arguments: Sequence[str], flag_set: FlagSet) -> tuple[str, ...]:
    """The words of a command line that was parsed before, each secret masked."""
    words = [program]
    for spelling, flag, text in flag_set.walk(arguments):
        if flag is None:
            words.append(mask_url(text))
        elif not flag.value:
            words.append(spelling if text == "true" else f"{spelling}={text}")
        else:
            words += [spelling, _masked_value(flag, text)]
    return tuple(words)


def _masked_value(flag: Flag[Any], text: str) -> str:
    if flag is flags.AUTH:
        return MASK
    if flag is flags.BODY:
        return f"({len(text.encode('utf-8', 'surrogateescape'))} bytes)"
    if flag is flags.HEADER:
        name, colon, value = text.partition(":")
        return f"{name}{colon} {mask_header(name, value.strip())}"
    if flag is flags.PROXY:
        return mask_url(text)
    return text
