"""Learn the weights that the hybrid is shipped with: ``python -m benchmarks.blend [--out recsys_core/models/hybrid/weights.json]``.

They come from the showcase and from ml-latest-small, together and each counting the same, so that the accuracy
benchmark's figures on ml-100k are of data from which nothing was learned.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import date
from pathlib import Path

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from benchmarks.report import absent, shared_data
from recsys_core import load_dataset
from recsys_core.evaluation.blending import learn_weights
from recsys_core.models import Hybrid
from recsys_core.models.hybrid.weights import WEIGHTS_FILE, BlendWeights

DEVOTED = {"popularity": 0.175, "content": 0.699, "item-knn": 0.042, "svd": 0.084}
"""The ranking weights for devoted visitors. They were chosen on half of the tastes of ``friends``, and checked on the other half:
held-out ratings do not tell what somebody would be glad to be told of."""
SOURCES = ("showcase", "ml-latest-small")


def main() -> None:
    """Learn, print, and write if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.blend", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--keep-stars", action="store_true", help="learn the weights of the lists alone")
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

        weights = learn_weights(datasets, lambda train: Hybrid(learns=False).fit(train), devoted=DEVOTED, learned=facts, progress=progress)
    if options.keep_stars:
        shipped = BlendWeights.read()
        weights = replace(weights, stars=shipped.stars, knees=shipped.knees, spread=shipped.spread)
    print(weights)
    if options.out:
        weights.write(options.out)


if __name__ == "__main__":
    main()
