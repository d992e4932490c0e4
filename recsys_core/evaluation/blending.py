"""Learn the hybrid's weights on held-out users: the ranking by NDCG, the stars by least squares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from recsys_core.common.progress import Progress, silent
from recsys_core.data.dataset import Dataset
from recsys_core.data.scale import LIKED_STARS, MAX_STARS, MIN_STARS
from recsys_core.evaluation.protocols import Case, cases
from recsys_core.evaluation.splits import Split, new_visitors, ratings_frame
from recsys_core.models.hybrid.model import Hybrid, interval_shape
from recsys_core.models.hybrid.weights import POPULARITY, BlendWeights

N_RATINGS = (5, 10, 20, 50)
N_FOLDS, N_DRAWS = 4, 3
"""Number of cross-validation folds over users, and of random samples of given ratings for each user."""
HEAD, LENGTH = 60, 10
"""Only titles among the first ``HEAD`` of some part can enter a list of ``LENGTH``, so the others are not kept."""
GAINS = (0.0, 2.0, 5.0, 10.0, 15.0)
"""Candidates for the gain of content for unusual coherence, see :class:`Hybrid`; it is chosen after the weights."""
STEPS = (0.4, 0.2, 0.1, 0.05)
"""Step sizes of the coordinate ascent, in this order."""
PRIOR_ROWS = 2000.0
"""Strength of the shrinkage of one knot's weights towards those of all knots together, as a number of ratings."""
MAX_ASKED = 60
"""Largest number of test ratings per user that the weights of the stars are learned from."""
LEVEL = 0.8
"""Coverage of the intervals."""
LOWEST, HIGHEST = 0.002, 0.01
"""Shares of the lowest and the highest predictions from which the star range is learned; low predictions are rarer."""

Fit = Callable[[Dataset], Hybrid]


class Heads(NamedTuple):
    """The titles that can enter the lists of some users, padded to the longest.

    Attributes
    ----------
    features : ndarray of shape (n_visitors, n_parts, n_head)
    relevant, present : ndarray of shape (n_visitors, n_head)
    ideal : ndarray of shape (n_visitors,)
        Discounted cumulative gain of the ideal list.
    coherent : ndarray of shape (n_visitors, n_head)
        The content score times the user's unusual coherence, which is multiplied by the gain of :class:`Hybrid`.
    """

    features: np.ndarray
    relevant: np.ndarray
    present: np.ndarray
    ideal: np.ndarray
    coherent: np.ndarray


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
    least_content: float = 0.0,
    least_coherence: float = 0.0,
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
    least_content : float
        Smallest share of the ranking weights for content, even if more NDCG could be had with less.
    least_coherence : float
        Smallest gain of content for users whose liked titles are similar.
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
            lists[n].append(_joined_heads(heads[n]))
        stars.append(Stars(*(np.concatenate(parts) for parts in zip(*rows, strict=True))))
    start = np.array([float(name != POPULARITY) for name in score_parts])
    least = np.array([least_content if name == "content" else 0.0 for name in score_parts])
    score = {n: ascend(_with_neighbours(lists, n), start, least) for n in n_ratings}
    audible = np.array([name != POPULARITY for name in score_parts])
    gains = [gain for gain in GAINS if gain >= least_coherence] or [least_coherence]

    def quality(n: int, gain: float) -> float:
        return float(np.mean([mean_ndcg(score[n], heads, gain * score[n][audible].sum()) for heads in lists[n]]))

    coherence = tuple(max(gains, key=lambda gain: quality(n, gain)) for n in n_ratings)
    shares = star_weights(stars, n_ratings)
    weights = BlendWeights(
        tuple(n_ratings),
        {name: tuple(round(float(score[n][i]), 3) + 0.0 for n in n_ratings) for i, name in enumerate(score_parts)},
        {name: tuple(np.round(shares[:, i], 3).tolist()) for i, name in enumerate(star_parts)},
        0.0,
        (MIN_STARS, MAX_STARS),
        learned or {},
        coherence,
    )
    weights = replace(weights, star_range=learn_star_range(stars, weights))
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
    kept, content = [], list(names).index("content")
    for case in asked:
        relevant = np.zeros(len(hybrid.baseline_.raters), dtype=bool)
        relevant[case.items[case.stars >= LIKED_STARS]] = True
        if not relevant.any():
            continue
        features = part_features(hybrid, case, names)
        features[:, case.profile.items] = -np.inf
        reach = min(HEAD, features.shape[1])
        head = np.unique(np.argpartition(-features, reach - 1, axis=1)[:, :reach])
        head = head[np.isfinite(features[0, head])]
        coherent = hybrid.unusual_coherence(case.profile) * features[content, head]
        kept.append((features[:, head].astype(np.float32), relevant[head], relevant.sum(), coherent))
    longest = max((len(found) for _, found, *_ in kept), default=0)
    heads = Heads(
        np.zeros((len(kept), len(names), longest), np.float32),
        np.zeros((len(kept), longest), bool),
        np.zeros((len(kept), longest), bool),
        np.array([_discounts()[: min(n, LENGTH)].sum() for _, _, n, _ in kept]),
        np.zeros((len(kept), longest), np.float32),
    )
    for place, (features, found, _, coherent) in enumerate(kept):
        heads.features[place, :, : len(found)] = features
        heads.relevant[place, : len(found)] = found
        heads.present[place, : len(found)] = True
        heads.coherent[place, : len(found)] = coherent
    return heads


def part_features(hybrid: Hybrid, case: Case, names: Sequence[str]) -> np.ndarray:
    """Return the summands of the hybrid's score before weighting, shape (n_parts, n_items)."""
    parts = hybrid.standard_parts(case.profile, {*names, "content"} - {POPULARITY})
    content = parts["content"].total()
    known = np.where(hybrid.baseline_.rated, hybrid.baseline_.popularity, 0.0)
    own = {name: part.total() for name, part in parts.items()} | {POPULARITY: known}
    return np.array([np.where(np.isnan(own[name]), content, own[name]) for name in names])


def mean_ndcg(weights: np.ndarray, heads: Heads, gain: float = 0.0) -> float:
    """Return the mean NDCG@10 of the lists with these weights and this gain for coherent profiles."""
    scores = np.einsum("p,vph->vh", weights, heads.features) + gain * heads.coherent
    scores[~heads.present] = -np.inf
    length = min(LENGTH, scores.shape[1])
    top = np.argpartition(-scores, length - 1, axis=1)[:, :length]
    order = np.argsort(-np.take_along_axis(scores, top, axis=1), axis=1, kind="stable")
    hits = np.take_along_axis(heads.relevant, np.take_along_axis(top, order, axis=1), axis=1)
    return float((hits @ _discounts()[:length] / heads.ideal).mean())


def ascend(groups: Sequence[Heads], start: np.ndarray, least: np.ndarray) -> np.ndarray:
    """Maximise the mean NDCG over groups by coordinate ascent; the absolute weights sum to one.

    ``least`` bounds each weight from below, as a share of that sum; ``start`` must satisfy it. A smooth surrogate such as
    the logistic loss was worse, because it is dominated by the thousands of titles far down the list. With only a few
    weights there is little risk of overfitting.

    References
    ----------
    Metzler & Croft (2007), "Linear feature-based models for information retrieval".
    """

    def quality(weights: np.ndarray) -> float:
        return float(np.mean([mean_ndcg(weights, heads) for heads in groups]))

    weights = start.copy()
    best = quality(weights)
    for step in STEPS:
        moved = True
        while moved:
            moved = False
            for part in range(len(weights)):
                for change in (step, -step):
                    tried = weights.copy()
                    tried[part] += change
                    if (tried < least * np.abs(tried).sum() - 1e-9).any():
                        continue
                    found = quality(tried)
                    if found > best + 1e-5:
                        weights, best, moved = tried, found, True
    return weights / max(np.abs(weights).sum(), 1e-9)


def _discounts() -> np.ndarray:
    return 1.0 / np.log2(np.arange(2, LENGTH + 2))


def _joined_heads(heads: Sequence[Heads]) -> Heads:
    longest = max(part.present.shape[1] for part in heads)

    def padded(array: np.ndarray) -> np.ndarray:
        room = [(0, 0)] * (array.ndim - 1) + [(0, longest - array.shape[-1])]
        return np.pad(array, room)

    return Heads(
        np.concatenate([padded(part.features) for part in heads]),
        np.concatenate([padded(part.relevant) for part in heads]),
        np.concatenate([padded(part.present) for part in heads]),
        np.concatenate([part.ideal for part in heads]),
        np.concatenate([padded(part.coherent) for part in heads]),
    )


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


def learn_star_range(groups: Sequence[Stars], weights: BlendWeights) -> tuple[float, float]:
    """Return the mean ratings where the lowest and where the highest stars were predicted.

    A weighted sum is unbounded, but ratings are not: without clipping to this range, the highest predictions are too high.
    """
    lows, highs = [], []
    for group in groups:
        expected, true = _expected(group, weights), group.bias + group.target
        low, high = np.quantile(expected, [LOWEST, 1.0 - HIGHEST])
        lows.append(true[expected <= low].mean())
        highs.append(true[expected >= high].mean())
    return round(float(np.mean(lows)), 2), round(float(np.mean(highs)), 2)


def star_spread(groups: Sequence[Stars], weights: BlendWeights) -> float:
    """Return the factor with which intervals contain :data:`LEVEL` of the held-out ratings; groups have equal weight."""
    ratios, shares = [], []
    for group in groups:
        errors = np.abs(np.clip(_expected(group, weights), *weights.star_range) - group.bias - group.target)
        ratios.append(errors / group.width)
        shares.append(np.full(len(errors), 1.0 / len(errors)))
    ratio, share = np.concatenate(ratios), np.concatenate(shares)
    order = np.argsort(ratio)
    return round(float(ratio[order][np.searchsorted(np.cumsum(share[order]), LEVEL * share.sum())]), 3)


def _expected(group: Stars, weights: BlendWeights) -> np.ndarray:
    """Return the predicted stars before clipping, shape (n_rows,)."""
    by_number = {n: list(weights.stars_at(int(n)).values()) for n in np.unique(group.n)}
    return np.asarray(group.bias + (group.beyond * np.array([by_number[n] for n in group.n])).sum(axis=1))
