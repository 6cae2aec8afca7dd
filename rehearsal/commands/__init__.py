"""The commands of `rehearse`, one module each: `add(commands)` says what it takes and runs it.

A module is imported when its command is used, so that the others cost nothing.
"""

COMMANDS = {
    "run": "rehearse any Canary with any application on this machine",
    "tutorial": "play the tutorial end to end: bootstrap, promotion, rollback, retry",
    "play": "play a Canary in a scripted world, in milliseconds",
    "lint": "read a Canary as Flagger would, without playing it",
    "odds": "how likely a Canary rolls back, promotes or sticks",
}
"""By name: what it does, in a few words. The module has the same name."""
