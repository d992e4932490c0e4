"""Learn the weights that the hybrid is shipped with: ``python -m benchmarks.blend [--out recsys_core/models/hybrid/weights.json]``.

They come from the showcase and from ml-latest-small, together and each counting the same, so that the accuracy
benchmark's figures on ml-100k are of data from which nothing was learned.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from benchmarks.report import absent, shared_data
from recsys_core import load_dataset
from recsys_core.evaluation.blending import learn_weights
from recsys_core.models import Hybrid
from recsys_core.models.hybrid.weights import WEIGHTS_FILE

LEAST_CONTENT = 0.12
"""A list should be seen to fit the ratings, also where the audience has no opinion: content keeps an eighth."""
LEAST_COHERENCE = 15.0
"""Whoever names three westerns should be given westerns, also where the audience has no opinion."""
SOURCES = ("showcase", "ml-latest-small")


def main() -> None:
    """Learn, print, and write if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.blend", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, help=f"write the weights to this file; the app reads {WEIGHTS_FILE.name}")
    options = parser.parse_args()
    paths = {name: name if name == "showcase" else shared_data(name) for name in SOURCES}
    missing = [name for name, path in paths.items() if path is None]
    if missing:
        raise SystemExit(absent(missing[0]))
    datasets = [load_dataset(path) for path in paths.values() if path]
    facts = {
        "command": "python -m benchmarks.blend --out recsys_core/models/hybrid/weights.json",
        "from": list(SOURCES),
        "date": f"{date.today()}",
    }
    with threadpool_limits(limits=1), tqdm(total=100, bar_format="{l_bar}{bar}| {elapsed}") as bar:

        def progress(done: float, what: str) -> None:
            bar.set_description(what)
            bar.update(100 * done - bar.n)

        least = {"least_content": LEAST_CONTENT, "least_coherence": LEAST_COHERENCE}
        weights = learn_weights(datasets, lambda train: Hybrid().fit(train), **least, learned=facts, progress=progress)
    print(weights)
    if options.out:
        weights.write(options.out)


if __name__ == "__main__":
    main()
