"""How good the recommendations are, beside what people would otherwise use:

    python -m benchmarks.accuracy [--sections stars lists new cold cost] [--out benchmarks/results] [--quick]

Peers run in the same process on the same splits. Nothing is tuned on a test part: peers and the hybrid's weights are
chosen on people (or, for known users, on ratings) held out of the training part. The hybrid is shown twice: with
weights learned in that way ("hybrid"), and as it is shipped ("hybrid, as shipped"), whose weights come from
ml-latest-small and the showcase, so that its figures on ml-100k are of data that it never saw.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from benchmarks import accuracy_cold, accuracy_cost, accuracy_lists, accuracy_new, accuracy_stars
from benchmarks.report import machine_facts, publish

SECTIONS: Mapping[str, Callable[[bool, Callable[[str], None]], str]] = {
    "stars": accuracy_stars.report,
    "lists": accuracy_lists.report,
    "new": accuracy_new.report,
    "cold": accuracy_cold.report,
    "cost": accuracy_cost.report,
}
"""Each makes one report; ``quick`` makes it small, to see that it runs."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write a file for each section."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sections", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--out", type=Path, help="folder to write accuracy-<section>.md to")
    parser.add_argument("--quick", action="store_true", help="one seed, one fold, few settings: to see that it runs")
    options = parser.parse_args(arguments)
    for section in options.sections:
        text = SECTIONS[section](options.quick, tqdm.write)
        made = f"{machine_facts()} Made by `python -m benchmarks.accuracy --sections {section}`."
        publish(f"{text}\n\n{made}", options.out / f"accuracy-{section}.md" if options.out else None)


if __name__ == "__main__":
    with threadpool_limits(limits=1):
        main()
