"""Exact odds beside live rehearsals of one short Canary: `python -m benchmarks.odds_live`.

Each rehearsal is a whole one: Envoy, processes, scrapes, requests of users, an Envoy fault that
fails a share of the candidate's responses at random. Its ending is compared with the chance that
the odds give for the same traffic in the canary's time, evenly spaced as the live traffic is. A
rehearsal that this machine was too slow for is counted apart, and says nothing. The interval is
Wilson's, with 95 % confidence.
"""

import argparse
import math
import sys
import tempfile
from pathlib import Path

from rehearsal import rehearse
from rehearsal.errors import RehearsalError
from rehearsal.manifests import as_canary, load_manifests
from rehearsal.probability import Fault, Setting, odds
from rehearsal.probability.odds import wilson_interval

REQUESTS_PER_S = 100.0
SPEED = 10.0
SCRAPE_S = 5.0
ERROR_SHARE = 0.03

CANARY = """\
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: shop, namespace: flagger}
spec:
  provider: istio
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}
  service: {port: 8080}
  analysis:
    interval: 20s
    threshold: 2
    stepWeight: 25
    maxWeight: 50
    metrics:
      - {name: request-success-rate, thresholdRange: {min: 97}, interval: 20s}
"""

PROGRAM = """\
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *arguments):
        pass
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def main() -> None:
    """Rehearse, and print each ending and the comparison at the end."""
    parser = argparse.ArgumentParser(description="Exact odds beside live rehearsals.")
    parser.add_argument("--count", type=int, default=200, help="how many rehearsals")
    count = parser.parse_args().count
    endings: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        canary, program = Path(folder, "canary.yaml"), Path(folder, "server.py")
        canary.write_text(CANARY)
        program.write_text(PROGRAM)
        expected = exact_chance(canary)
        print(f"exact chance of a rollback: {expected:.1%}", flush=True)
        for number in range(1, count + 1):
            endings.append(ending_of(canary, program))
            print(f"{number} {endings[-1]}", flush=True)
    compare(expected, endings)


def exact_chance(path: Path) -> float:
    """The chance that the odds give, for the traffic in the canary's own time."""
    canary = as_canary(load_manifests([path]).choose_canary())
    setting = Setting(scrape_s=SCRAPE_S, arrivals="even", phases=8)
    return odds(canary, [REQUESTS_PER_S / SPEED], [Fault(ERROR_SHARE)], setting).rows[0].rolled_back


def ending_of(canary: Path, program: Path) -> str:
    """How one live rehearsal ended; its state where that is no ending."""
    command = f"{sys.executable} {program} {{port}}"
    try:
        run = rehearse(
            canary,
            stable=command,
            candidate=command,
            faults=[f"errors={ERROR_SHARE:.0%}"],
            traffic=f"{REQUESTS_PER_S:g}/s",
            speed=SPEED,
        )
    except RehearsalError as error:
        return f"broken: {error}"
    return run.ending or run.state


def compare(expected: float, endings: list[str]) -> None:
    """Print the share of rollbacks among the rehearsals that ended, and how far off it is."""
    decided = [ending for ending in endings if ending in ("promoted", "rolled-back")]
    print(f"{len(endings)} rehearsals, {len(decided)} of them ended in a verdict")
    if not decided:
        return
    share = decided.count("rolled-back") / len(decided)
    low, high = wilson_interval(share, len(decided))
    deviation = math.sqrt(expected * (1 - expected) / len(decided))
    print(f"rolled back live: {share:.1%} (95 %: {low:.1%} to {high:.1%}), exact: {expected:.1%}")
    print(f"off by {(share - expected) / deviation:+.2f} standard deviations")


if __name__ == "__main__":
    main()
