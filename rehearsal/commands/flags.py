"""Flags with a twin in the environment: `--speed` is also REHEARSE_SPEED."""

import argparse
import math
import os
from collections.abc import Callable
from typing import Any


def flag(
    parser: argparse.ArgumentParser,
    name: str,
    *,
    default: Any,
    type: Callable[[str], Any],  # noqa: A002
    help: str,  # noqa: A002
    **more: Any,
) -> None:
    """Add a flag; the environment's value, when there is one, is parsed just as the flag's."""
    twin = f"REHEARSE_{name.removeprefix('--').replace('-', '_').upper()}"
    parser.add_argument(
        name,
        default=os.environ.get(twin) or default,
        type=type,
        help=f"{help} [{twin}]",
        **more,
    )


def positive(text: str) -> float:
    """A number above zero."""
    value = float(text)
    if not (0 < value < math.inf):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above zero")
    return value


def port(text: str) -> int:
    """A TCP port; 0 lets the kernel choose."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return int(text)
