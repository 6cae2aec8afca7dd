"""Plays recordings on this controller and prints where it differs from Flagger.

python -m tests.rehearsal.flagger.conformance [--show N] [--only ID] [FILE ...]
"""

import argparse
import json
from collections import Counter

from tests.rehearsal.flagger.conformance.compare import first_difference
from tests.rehearsal.flagger.conformance.play import play
from tests.rehearsal.flagger.conformance.recording import FILES, recordings


def main() -> None:
    """Print a table per file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*", default=FILES)
    parser.add_argument("--show", type=int, default=0, help="how many differences to print")
    parser.add_argument("--only", help="play the runs whose id contains this")
    parser.add_argument("--ids", action="store_true", help="list the runs that differ")
    options = parser.parse_args()
    for file in options.files:
        _compare(file, options)


def _compare(file: str, options: argparse.Namespace) -> None:
    runs = equal = 0
    aspects: Counter[str] = Counter()
    for recording in recordings(file):
        if options.only and options.only not in recording.id:
            continue
        runs += 1
        found = first_difference(recording.flagger, play(recording.scenario))
        if found is None:
            equal += 1
            continue
        tick, difference = found
        aspects[", ".join(difference)] += 1
        if options.ids:
            print(f"{recording.id}: tick {tick}: {', '.join(difference)}")
        if sum(aspects.values()) <= options.show:
            print(f"--- {recording.id}, tick {tick}, {recording.scenario['spec'].get('provider')}")
            for aspect, (theirs, ours) in difference.items():
                print(f"   {aspect}\n      flagger {_short(theirs)}\n      here    {_short(ours)}")
    print(f"{file}: {equal} of {runs} equal")
    for aspect, count in aspects.most_common():
        print(f"   {count:3} {aspect}")


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 1500 else f"{text[:1500]}…"


if __name__ == "__main__":
    main()
