"""The commands of `rehearse`, one file each: `add(subparsers)` says what it takes and runs it."""

from rehearsal.commands import lint, play, tutorial

COMMANDS = (tutorial, play, lint)
