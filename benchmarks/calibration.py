"""Does the simulated audience look like a real one? ``python -m benchmarks.calibration [--out benchmarks/results/calibration.md]``.

Puts the showcase beside ml-100k and ml-latest-small. A figure is *within* if it lies between those of the two, as shown.
Below: how far the latent factors of ``svd`` find the taste axes that the simulation used.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy import sparse

from benchmarks.report import absent, machine_facts, publish, shared_data, table
from recsys_core import Dataset, load_dataset
from recsys_core.data.profile import Profile
from recsys_core.data.scale import LIKED_STARS
from recsys_core.datasets.sources.showcase import AXES, read_catalogue
from recsys_core.models import SVD, ItemKNN
from recsys_core.models.base import graded_likes
from recsys_core.models.baseline import Baseline
from recsys_core.models.features import content_features
from recsys_core.models.svd import right_singular_vectors, scaled_down

REAL = ("ml-100k", "ml-latest-small")
HELD_OUT, N_TEST_USERS, SEED = 0.1, 600, 0
MOST_RATED, LEADING = 200, (1, 10, 50)
LEADING_AXES, AXIS_BAR = 8, 0.7


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a data set and how many digits of it are shown and compared."""

    value: float
    digits: int = 2

    def __str__(self) -> str:
        return f"{self.value:,.{self.digits}f}"

    @property
    def shown(self) -> float:
        """The value as far as it is shown."""
        return round(self.value, self.digits)


def gini(counts: np.ndarray) -> float:
    """Gini coefficient: 0 where all counts are equal, near 1 where one has everything."""
    ordered = np.sort(counts).astype(np.float64)
    n = len(ordered)
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * ordered.sum()))


def statistics(dataset: Dataset) -> dict[str, Figure]:
    """Everything that is compared, by name."""
    ratings, stars = dataset.ratings, dataset.ratings.data.astype(np.float64)
    per_user = np.diff(ratings.indptr)
    user_means = np.asarray(ratings.sum(axis=1)).ravel() / per_user
    per_title = dataset.raters[dataset.raters > 0]
    top_tenth = np.sort(per_title)[::-1][: len(per_title) // 10].sum() / per_title.sum()
    unexplained = Baseline.fit(dataset).residuals(dataset).data.var() / stars.var()
    bias_error, knn_error = held_out_errors(dataset)
    return {
        "people": Figure(dataset.n_users, 0),
        "titles with ratings": Figure(len(per_title), 0),
        "ratings": Figure(dataset.n_ratings, 0),
        **{f"share of {value:.1f} stars": Figure(float(np.mean(stars == value)), 3) for value in np.arange(0.5, 5.1, 0.5)},
        "mean rating": Figure(stars.mean()),
        "standard deviation of ratings": Figure(stars.std()),
        "mean of people's means": Figure(user_means.mean()),
        "standard deviation of people's means": Figure(user_means.std()),
        "ratings per person: mean": Figure(per_user.mean(), 0),
        "ratings per person: median": Figure(float(np.median(per_user)), 0),
        "ratings per person: 90th percentile": Figure(float(np.percentile(per_user, 90)), 0),
        "ratings per person: Gini": Figure(gini(per_user)),
        "ratings per title: Gini": Figure(gini(per_title)),
        "ratings of the top 10 % of titles": Figure(float(top_tenth)),
        "variance explained by biases": Figure(1.0 - float(unexplained)),
        "RMSE of the biases, held out": Figure(bias_error, 3),
        "RMSE of item-knn, held out": Figure(knn_error, 3),
        "gain of item-knn over the biases": Figure(1.0 - knn_error / bias_error, 3),
        f"a person's ratings outside the {MOST_RATED} most rated titles": Figure(outside_most_rated(dataset)),
        "content distance of liked titles, over that of random ones": Figure(liked_distance(dataset), 3),
        **{f"squares of likes in the leading {k} factors": Figure(share, 3) for k, share in spectrum(dataset).items()},
    }


def outside_most_rated(dataset: Dataset) -> float:
    """The mean over people of the share of their ratings that lie outside the best-known titles."""
    known = np.zeros(dataset.n_items)
    known[dataset.by_popularity[:MOST_RATED]] = 1.0
    inside = np.asarray((dataset.ratings > 0).astype(np.float64) @ known) / np.diff(dataset.ratings.indptr)
    return float(1.0 - inside.mean())


def liked_distance(dataset: Dataset) -> float:
    """Mean content distance (1 - cosine) of two titles that one person liked, over that of two titles drawn by popularity."""
    features, _ = content_features(dataset)
    rng = np.random.default_rng(SEED)
    distances, drawn = [], []
    for user in rng.permutation(dataset.n_users)[:N_TEST_USERS]:
        row = slice(*dataset.ratings.indptr[user : user + 2])
        liked = dataset.ratings.indices[row][dataset.ratings.data[row] >= LIKED_STARS]
        if len(liked) < 5:
            continue
        distances.append(1.0 - mean_cosine(features, rng.permutation(liked)[:20]))
        drawn.append(1.0 - mean_cosine(features, np.unique(rng.choice(dataset.ratings.indices, 20))))
    return float(np.mean(distances) / np.mean(drawn))


def mean_cosine(features: sparse.csr_array, items: np.ndarray) -> float:
    """The mean cosine of all pairs of some titles (positions) in content space."""
    rows, n = features[items], len(items)
    total = np.asarray(rows.sum(axis=0)).ravel()
    return float(total @ total - rows.multiply(rows).sum()) / (n * (n - 1))


def spectrum(dataset: Dataset) -> dict[int, float]:
    """The share of all squares of the scaled likes that the leading singular values hold, among equally many people of each set."""
    likes = scaled_down(graded_likes(dataset.sample_users(N_TEST_USERS)))
    _, values = right_singular_vectors(likes, max(LEADING), SEED)
    total = float((likes.data.astype(np.float64) ** 2).sum())
    return {k: float((values[:k] ** 2).sum() / total) for k in LEADING}


def held_out_errors(dataset: Dataset) -> tuple[float, float]:
    """RMSE of biases and of item-knn on a random tenth of the ratings, for the first people who have some there."""
    ratings = dataset.ratings
    test = np.random.default_rng(SEED).random(ratings.nnz) < HELD_OUT
    users = np.repeat(np.arange(dataset.n_users), np.diff(ratings.indptr))
    kept = sparse.csr_array((ratings.data[~test], (users[~test], ratings.indices[~test])), shape=ratings.shape)
    train = replace(dataset, ratings=kept, timestamps=None)
    bias, knn = Baseline.fit(train), ItemKNN().fit(train)
    bias_errors, knn_errors = [], []
    for user in np.unique(users[test])[:N_TEST_USERS]:
        row = slice(kept.indptr[user], kept.indptr[user + 1])
        profile = Profile(kept.indices[row].astype(np.int64), kept.data[row].astype(np.float64))
        asked = test & (users == user)
        items, stars = ratings.indices[asked], ratings.data[asked]
        bias_errors.append(stars - bias.mean - bias.item_bias[items] - bias.user_bias[user])
        knn_errors.append(stars - np.nan_to_num(knn.predict(profile)[items], nan=bias.mean))
    return _root_mean_square(bias_errors), _root_mean_square(knn_errors)


def _root_mean_square(errors: Sequence[np.ndarray]) -> float:
    return float(np.sqrt(np.mean(np.concatenate(errors) ** 2)))


def canonical_correlations(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Correlations of the best-matching directions of two sets of columns, largest first (Hotelling 1936)."""
    bases = (np.linalg.qr(columns - columns.mean(axis=0))[0] for columns in (left, right))
    return np.linalg.svd(next(bases).T @ next(bases), compute_uv=False)


def axes_found(dataset: Dataset) -> tuple[str, bool]:
    """The canonical correlations between ``svd``'s title factors and the true axes, and whether they meet the bar."""
    axes = read_catalogue().set_index("item_id").loc[dataset.item_ids, list(AXES)].to_numpy(np.float64)
    found = canonical_correlations(SVD().fit(dataset).item_factors_, axes)
    rows = [
        [str(place), f"{value:.2f}", ("yes" if value >= AXIS_BAR else "NO") if place <= LEADING_AXES else ""]
        for place, value in enumerate(found, 1)
    ]
    return table(["canonical pair", "correlation", f"at least {AXIS_BAR}?"], rows), bool((found[:LEADING_AXES] >= AXIS_BAR).all())


def report() -> str:
    """Compare and say it in markdown."""
    showcase = load_dataset()
    figures, notes = {}, []
    for name in REAL:
        path = shared_data(name)
        if path is None:
            notes.append(absent(name))
        else:
            figures[name] = statistics(load_dataset(path, enriched=False))
    figures["showcase"] = statistics(showcase)
    rows, outside = [], []
    for statistic, ours in figures["showcase"].items():
        real = [figures[name].get(statistic) if name in figures else None for name in REAL]
        within = ""
        if statistic not in _SIZES and all(real):
            limits = [figure.shown for figure in real if figure]
            within = "yes" if min(limits) <= ours.shown <= max(limits) else "NO"
            if within == "NO":
                outside.append(statistic)
        rows.append([statistic, *(str(figure) if figure else "absent" for figure in real), str(ours), within])
    correlations, met = axes_found(showcase)
    verdict = f"Outside the range of the two: {', '.join(outside)}." if outside else "Every figure lies within the range of the two."
    if notes:
        verdict = "Without both real data sets there is no range to compare with."
    return "\n\n".join(
        [
            "# Calibration of the simulated audience",
            f"Made by `python -m benchmarks.calibration`. {machine_facts()}",
            table(["statistic", *REAL, "showcase", "within range?"], rows),
            verdict,
            f"Held out: a random tenth of the ratings; predicted for the first {N_TEST_USERS} people who have some there.",
            *notes,
            "## Do the latent factors find the true axes?",
            f"Canonical correlations between the title factors of `svd`, fitted on the whole audience, and the {len(AXES)} taste axes. "
            f"Bar: the leading {LEADING_AXES} at least {AXIS_BAR}: {'met' if met else 'NOT met'}.",
            correlations,
        ]
    )


_SIZES = ("people", "titles with ratings", "ratings")


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.calibration", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--out", type=Path, help="also write the report to this file")
    publish(report(), parser.parse_args().out)


if __name__ == "__main__":
    main()
