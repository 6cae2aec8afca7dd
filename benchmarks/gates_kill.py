"""kill -9 in a loop over gate changes: is anything lost that was acknowledged?

    python -m benchmarks.gates_kill [CYCLES]

Each cycle starts a real load tester over the same file, checks every gate it ever acknowledged,
and changes gates over HTTP while a thread kills the process at a random moment. The change under
way at that moment may be there or not; every one before it must be.
"""

import random
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx2

from tests.loadtester.webhooks.running import Running, loadtester

GATES = 20
LIFE_S = 0.25


def main(cycles: int) -> int:
    """Exit code 0 if nothing was lost."""
    chance, known, changes, lost = random.Random(9), dict[str, bool](), 0, 0
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for cycle in range(cycles):
            with loadtester(Path(folder)) as running:
                lost += check(running, known)
                changes += live_and_die(running, known, chance)
            if (cycle + 1) % 20 == 0:
                took = time.monotonic() - started
                print(
                    f"{cycle + 1} kills, {changes} changes, {lost} lost, {took:.0f} s", flush=True
                )
    print(f"{cycles} kill -9, {changes} acknowledged gate changes, {lost} lost")
    return 1 if lost else 0


def check(running: Running, known: dict[str, bool]) -> int:
    """How many gates are not as they were acknowledged."""
    states = {gate["name"]: gate["open"] for gate in running.http.get("/api/gates").json()}
    wrong = [name for name, is_open in known.items() if states.get(name, False) is not is_open]
    for name in wrong:
        print(f"lost: {name} should be {'open' if known[name] else 'closed'}")
    return len(wrong)


def live_and_die(running: Running, known: dict[str, bool], chance: random.Random) -> int:
    """Change gates until the server is killed; how many changes were acknowledged."""
    killer = threading.Timer(chance.uniform(0.005, LIFE_S), running.process.kill)
    killer.start()
    changes = 0
    while True:
        name, is_open = f"g{chance.randrange(GATES)}", chance.random() < 0.5
        path = "/gate/open" if is_open else "/gate/close"
        try:
            answer = running.post(path, {"name": name, "namespace": "n"})
        except httpx2.HTTPError:  # this one was not acknowledged: either state is right
            known.pop(f"{name}.n", None)
            break
        assert answer.status_code == 202, answer.text
        known[f"{name}.n"] = is_open
        changes += 1
    killer.join()
    running.process.wait()
    return changes


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
