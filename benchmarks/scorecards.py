"""Time the scorecards of thousands of counties in one process: one target each, ten yearly figures, their peers all others.

make bench
"""

import sys
import time
from pathlib import Path

import povertystats as ps

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from helpers.small import rates, small  # noqa: E402

COUNTIES = 3000


def main(counties: int = COUNTIES) -> None:
    """Print the seconds of all scorecards, reading aside: peers fitted once, then each county."""
    figures = {f"County {at:04d}": one for at, one in enumerate(rates(counties, years=10).values())}
    facts = small(figures, [{"place": place, "bound": 15.0} for place in figures], kind="district")
    start, used = time.perf_counter(), time.process_time()
    known = facts.as_of("2020-11-01")
    cards = [ps.scorecard(known, place=place) for place in figures]
    seconds, used = time.perf_counter() - start, time.process_time() - used
    assert all(card.details[0].method == "pooled" for card in cards)
    print("| scorecards | seconds | processor seconds | milliseconds each |\n|---|---|---|---|")
    print(f"| {counties} counties | {seconds:.1f} | {used:.1f} | {1000 * used / counties:.1f} |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
