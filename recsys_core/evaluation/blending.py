"""Learn the hybrid's weights on held-out users: the ranking by two measures of its lists, the stars by least squares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from recsys_core.common.progress import Progress, silent
from recsys_core.data.dataset import Dataset
from recsys_core.data.scale import LIKED_STARS, MAX_STARS, MIN_STARS, within_scale
from recsys_core.evaluation.protocols import Case, cases
from recsys_core.evaluation.splits import Split, new_visitors, ratings_frame
from recsys_core.models.hybrid import learning
from recsys_core.models.hybrid.learning import Heads, Visit
from recsys_core.models.hybrid.model import Hybrid, interval_shape
from recsys_core.models.hybrid.weights import POPULARITY, BlendWeights

N_RATINGS = (5, 10, 20, 50)
N_FOLDS, N_DRAWS = 4, 3
"""Number of cross-validation folds over users, and of random samples of given ratings for each user."""
PRIOR_ROWS = 2000.0
"""Strength of the shrinkage of one knot's weights towards those of all knots together, as a number of ratings."""
MAX_ASKED = 60
"""Largest number of test ratings per user that the weights of the stars are learned from."""
LEVEL = 0.8
"""Coverage of the intervals."""
LOWEST, HIGHEST = 0.002, 0.01
"""Shares of the lowest and the highest predictions from which the knees are learned; low predictions are rarer."""

Fit = Callable[[Dataset], Hybrid]


class Stars(NamedTuple):
    """Held-out ratings and their predictions, in stars.

    Attributes
    ----------
    beyond : ndarray of shape (n_rows, n_parts)
        What each part predicts beyond the biases.
    target : ndarray of shape (n_rows,)
        The true rating minus the biases.
    n : ndarray of shape (n_rows,)
        Number of ratings given by the user.
    bias : ndarray of shape (n_rows,)
        The prediction of the biases alone.
    width : ndarray of shape (n_rows,)
        Relative width of the interval times the root mean square of the residuals after the biases.
    """

    beyond: np.ndarray
    target: np.ndarray
    n: np.ndarray
    bias: np.ndarray
    width: np.ndarray


def learn_weights(
    datasets: Sequence[Dataset],
    fit: Fit,
    *,
    n_ratings: Sequence[int] = N_RATINGS,
    max_visitors: int = 800,
    devoted: Mapping[str, float],
    seed: int = 0,
    learned: dict[str, object] | None = None,
    progress: Progress = silent,
) -> BlendWeights:
    """Learn the weights that rank and predict best over all ``datasets``, with equal weight for each data set.

    By cross-validation over users each user is held out once, so that the parts are evaluated only on users to whom they
    were not fitted.

    Parameters
    ----------
    fit : callable
        Fits a hybrid, whose parts are to be weighted, to a data set; its own weights do not matter.
    max_visitors : int
        Number of users of each data set to evaluate on.
    devoted : mapping of part, or "popularity", to a weight
        The ranking weights for devoted visitors, which are not learned; see :class:`Hybrid`.
    """
    lists: dict[int, list[Heads]] = {n: [] for n in n_ratings}
    stars: list[Stars] = []
    score_parts: list[str] = []
    star_parts: list[str] = []
    for place, dataset in enumerate(datasets):
        heads: dict[int, list[Heads]] = {n: [] for n in n_ratings}
        rows: list[Stars] = []
        for number, (hybrid, train, by_given) in enumerate(_folds(dataset, fit, n_ratings, max_visitors, seed)):
            progress((place + number / N_FOLDS) / len(datasets), f"asking about {dataset.name}")
            score_parts, star_parts = [*hybrid.weights.score], [*hybrid.weights.stars]
            for n, split in by_given:
                asked = [case for case in cases(train, split) if len(case.profile)]
                heads[n].append(list_heads(hybrid, asked, score_parts))
                rows.append(star_rows(hybrid, asked, star_parts, seed))
        for n in n_ratings:
            lists[n].append(learning.joined(heads[n]))
        stars.append(Stars(*(np.concatenate(parts) for parts in zip(*rows, strict=True))))
    start = np.array([np.mean(BlendWeights.read().score.get(name, (0.0,))) for name in score_parts])
    least = np.array([-1.0 if name == POPULARITY else 0.0 for name in score_parts])
    score = {n: learning.ascend(_with_neighbours(lists, n), start, least) for n in n_ratings}
    shares = star_weights(stars, n_ratings)
    weights = BlendWeights(
        tuple(n_ratings),
        {name: tuple(round(float(score[n][i]), 3) + 0.0 for n in n_ratings) for i, name in enumerate(score_parts)},
        dict(devoted),
        {name: tuple(np.round(shares[:, i], 3).tolist()) for i, name in enumerate(star_parts)},
        0.0,
        (MIN_STARS, MAX_STARS),
        learned or {},
    )
    weights = replace(weights, knees=learn_knees(stars, weights))
    return replace(weights, spread=star_spread(stars, weights))


def _folds(
    dataset: Dataset, fit: Fit, n_ratings: Sequence[int], max_visitors: int, seed: int
) -> Iterator[tuple[Hybrid, Dataset, list[tuple[int, Split]]]]:
    ratings = ratings_frame(dataset)
    for people in held_out_people(dataset, max_visitors, seed):
        asked = [(n, drawn) for drawn in draws(seed) for n in n_ratings]
        splits = [(n, new_visitors(ratings, n_given=n, users=people, seed=drawn)) for n, drawn in asked]
        train = Dataset.from_frames(dataset.items, splits[0][1].train, name=dataset.name)
        yield fit(train), train, splits


def held_out_people(dataset: Dataset, max_visitors: int, seed: int) -> list[list[str]]:
    """Return the users of each fold; of more than ``max_visitors`` users the others are never held out."""
    people = np.random.default_rng(seed).permutation(dataset.user_ids)[:max_visitors]
    return [people[number::N_FOLDS].tolist() for number in range(N_FOLDS)]


def draws(seed: int) -> list[int]:
    """Return the seeds for sampling the given ratings."""
    return [1000 * number + seed for number in range(N_DRAWS)]


def _with_neighbours(lists: dict[int, list[Heads]], n: int) -> list[Heads]:
    """Return the lists at ``n`` ratings, twice, and at the neighbouring numbers, so that weights change slowly with n."""
    numbers = sorted(lists)
    knot = numbers.index(n)
    smaller, larger = numbers[max(knot - 1, 0) : knot], numbers[knot + 1 : knot + 2]
    return [heads for number in (n, n, *smaller, *larger) for heads in lists[number]]


# --- ranking -------------------------------------------------------------------------------------------------------


def list_heads(hybrid: Hybrid, asked: Sequence[Case], names: Sequence[str]) -> Heads:
    """Collect each part's scores of the titles that can enter the list, for users with a relevant title."""
    wanted = [Visit(case.profile, case.items[case.stars >= LIKED_STARS]) for case in asked]
    found = [visit for visit in wanted if len(visit.relevant)]
    return learning.heads(lambda profile: hybrid.summands(profile, names), found, hybrid.baseline_.raters)


# --- stars ---------------------------------------------------------------------------------------------------------


def star_rows(hybrid: Hybrid, asked: Sequence[Case], names: Sequence[str], seed: int, max_asked: int | None = MAX_ASKED) -> Stars:
    """Collect held-out ratings of titles with raters, at most ``max_asked`` per user."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[np.ndarray, ...]] = []
    for case in asked:
        drawn = rng.permutation(len(case.items))[:max_asked]
        drawn = drawn[hybrid.baseline_.raters[case.items[drawn]] > 0]
        items = case.items[drawn]
        bias = hybrid.baseline_.fold_in(case.profile)[0].total()[items]
        beyond = [hybrid.parts[name].additive_stars(case.profile).total()[items] - bias for name in names]
        n = np.full(len(items), max(len(case.profile), 1))
        width = hybrid.unexplained_ * interval_shape(int(n[0]) if len(n) else 1, hybrid.baseline_.raters[items])
        rows.append((np.array(beyond).T.reshape(-1, len(names)), case.stars[drawn] - bias, n, bias, width))
    return Stars(*(np.concatenate(parts) for parts in zip(*rows, strict=True)))


def star_weights(groups: Sequence[Stars], n_ratings: Sequence[int]) -> np.ndarray:
    """Fit weights that are linear in log n between the knots ``n_ratings`` by least squares, shape (n_knots, n_parts).

    Each knot's weights are shrunk towards those of all knots together, with the strength of :data:`PRIOR_ROWS` ratings.
    Every group has the same weight.
    """
    knots = np.log(n_ratings)
    n_parts = groups[0].beyond.shape[1]
    gram, cross = np.zeros((len(knots), n_parts, len(knots), n_parts)), np.zeros((len(knots), n_parts))
    common_gram, common_cross = np.zeros((n_parts, n_parts)), np.zeros(n_parts)
    for group in groups:
        hats = np.array([np.interp(np.log(group.n), knots, corner) for corner in np.eye(len(knots))])
        share = 1.0 / (len(groups) * len(group.target)) * sum(len(one.target) for one in groups)
        for a in range(len(knots)):
            cross[a] += share * group.beyond.T @ (hats[a] * group.target)
            for b in range(len(knots)):
                gram[a, :, b] += share * group.beyond.T @ ((hats[a] * hats[b])[:, None] * group.beyond)
        common_gram += share * group.beyond.T @ group.beyond
        common_cross += share * group.beyond.T @ group.target
    common_gram += 1e-6 * np.trace(common_gram) * np.eye(n_parts)
    common = np.linalg.solve(common_gram, common_cross)
    prior = PRIOR_ROWS / sum(len(group.target) for group in groups) * common_gram
    for a in range(len(knots)):
        gram[a, :, a] += prior
        cross[a] += prior @ common
    size = len(knots) * n_parts
    return np.linalg.solve(gram.reshape(size, size), cross.reshape(size)).reshape(len(knots), n_parts)


def learn_knees(groups: Sequence[Stars], weights: BlendWeights) -> tuple[float, float]:
    """Return the knees of :func:`~recsys_core.data.scale.within_scale` with which the lowest and the highest predictions are right.

    A weighted sum is unbounded, but ratings are not: without limits, the highest predictions are too high. Groups have equal
    weight.
    """
    tails: list[list[tuple[np.ndarray, float]]] = [[], []]
    for group in groups:
        expected, true = _expected(group, weights), group.bias + group.target
        low, high = np.quantile(expected, [LOWEST, 1.0 - HIGHEST])
        for tail, chosen in zip(tails, (expected <= low, expected >= high), strict=True):
            tail.append((expected[chosen], float(true[chosen].mean())))

    def error(low: float, high: float, tail: list[tuple[np.ndarray, float]]) -> float:
        return abs(float(np.mean([within_scale(expected, low, high).mean() - true for expected, true in tail])))

    lows, highs = np.arange(MIN_STARS, 2.51, 0.05), np.arange(3.5, MAX_STARS + 0.01, 0.05)
    low = min(lows, key=lambda knee: error(knee, MAX_STARS, tails[0]))
    high = min(highs, key=lambda knee: error(MIN_STARS, knee, tails[1]))
    return round(float(low), 2), round(float(high), 2)


def star_spread(groups: Sequence[Stars], weights: BlendWeights) -> float:
    """Return the factor with which intervals contain :data:`LEVEL` of the held-out ratings; groups have equal weight."""
    ratios, shares = [], []
    for group in groups:
        errors = np.abs(within_scale(_expected(group, weights), *weights.knees) - group.bias - group.target)
        ratios.append(errors / group.width)
        shares.append(np.full(len(errors), 1.0 / len(errors)))
    ratio, share = np.concatenate(ratios), np.concatenate(shares)
    order = np.argsort(ratio)
    return round(float(ratio[order][np.searchsorted(np.cumsum(share[order]), LEVEL * share.sum())]), 3)


def _expected(group: Stars, weights: BlendWeights) -> np.ndarray:
    """Return the predicted stars before they are pressed into the scale, shape (n_rows,)."""
    by_number = {n: list(weights.stars_at(int(n)).values()) for n in np.unique(group.n)}
    return np.asarray(group.bias + (group.beyond * np.array([by_number[n] for n in group.n])).sum(axis=1))
