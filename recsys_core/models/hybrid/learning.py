"""Learn the ranking weights of the hybrid on held-out users, for two measures together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from recsys_core.common.metrics import rarity_gain
from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.data.scale import LIKED_STARS

HEAD, LENGTH = 60, 10
"""Only titles among the first ``HEAD`` of some part can enter a list of ``LENGTH``, so the others are not kept."""
STEPS = (0.1, 0.05, 0.025)
"""Step sizes of the coordinate ascent, in this order; the absolute weights sum to about one."""
LEAST_GAIN = 0.002
"""A step must improve the quality by so much: smaller gains on a few hundred users are chance."""
FEWEST_PEOPLE, MOST_HELD_OUT, MOST_FITTED = 250, 160, 1500
"""Below the first number of users the shipped weights are used. At most the second are held out, at least one in five, and the
parts are fitted to at most the third of the others."""
N_DRAWS, FEWEST_LEFT = 2, 5
"""Random samples of given ratings for each held-out user, and the fewest ratings left to be found."""

Features = Callable[[Profile], np.ndarray]
"""From a profile to the summands of the score before weighting, shape (n_parts, n_items)."""


class Visit(NamedTuple):
    """A held-out user: some ratings that are given, and the titles to be found among the rest (positions)."""

    profile: Profile
    relevant: np.ndarray


class Heads(NamedTuple):
    """The titles that can enter the lists of some users, padded to the longest.

    Attributes
    ----------
    features : ndarray of shape (n_visits, n_parts, n_head)
    hits, gains : ndarray of shape (n_visits, n_head)
        1 for a relevant title, and its gain where titles count the more the fewer people know them; else 0.
    present : ndarray of bool, shape (n_visits, n_head)
    ideal, ideal_gain : ndarray of shape (n_visits,)
        Discounted sums over the ideal list.
    """

    features: np.ndarray
    hits: np.ndarray
    gains: np.ndarray
    present: np.ndarray
    ideal: np.ndarray
    ideal_gain: np.ndarray


class Quality(NamedTuple):
    """Mean NDCG@10, and mean popularity-stratified NDCG@10 (:func:`~recsys_core.common.metrics.rarity_gain`)."""

    ndcg: float
    stratified: float

    def over(self, other: Quality) -> float:
        """The mean of the two ratios to another quality, in which NDCG counts twice: the other measure rests on fewer hits."""
        return (2.0 * self.ndcg / max(other.ndcg, 1e-9) + self.stratified / max(other.stratified, 1e-9)) / 3.0


def hold_out(dataset: Dataset, seed: int = 0) -> tuple[Dataset, np.ndarray]:
    """Return the data of the users to fit to, and the rows of the users held out, who have enough ratings.

    Both depend on the ids of users and titles, not on the order of the rows.
    """
    rng = np.random.default_rng(seed)
    mixed = np.argsort(dataset.user_ids)[rng.permutation(dataset.n_users)]
    enough = np.diff(dataset.ratings.indptr)[mixed] >= FEWEST_LEFT * 2
    held = mixed[enough][: min(MOST_HELD_OUT, dataset.n_users // 5)]
    others = mixed[~np.isin(mixed, held)][:MOST_FITTED]
    return dataset.of_users(np.sort(others)), held


def visits(dataset: Dataset, users: np.ndarray, n_given: int, seed: int = 0) -> list[Visit]:
    """Draw ``n_given`` ratings of each user (rows) who has more, and keep the liked titles among the rest."""
    rng = np.random.default_rng([seed, n_given])
    by_id = np.argsort(np.argsort(dataset.item_ids))
    found = []
    for user in users.tolist():
        row = slice(*dataset.ratings.indptr[user : user + 2])
        order = np.argsort(by_id[dataset.ratings.indices[row]])
        items = dataset.ratings.indices[row][order].astype(np.int64)
        stars = dataset.ratings.data[row][order].astype(np.float64)
        for _ in range(N_DRAWS):
            drawn = rng.permutation(len(items))
            given, rest = drawn[:n_given], drawn[n_given:]
            relevant = items[rest[stars[rest] >= LIKED_STARS]]
            if len(rest) >= FEWEST_LEFT and len(relevant):
                found.append(Visit(Profile(items[given], stars[given]), relevant))
    return found


def heads(features: Features, asked: Sequence[Visit], raters: np.ndarray) -> Heads:
    """Collect the summands of the titles that can enter each visitor's list."""
    gain = rarity_gain(raters)
    kept = []
    for visit in asked:
        values = features(visit.profile)
        values[:, visit.profile.items] = -np.inf
        reach = min(HEAD, values.shape[1])
        head = np.unique(np.argpartition(-values, reach - 1, axis=1)[:, :reach])
        head = head[np.isfinite(values[0, head])]
        best = np.sort(gain[visit.relevant])[::-1][:LENGTH]
        kept.append((values[:, head].astype(np.float32), np.isin(head, visit.relevant), gain[head], len(visit.relevant), best))
    longest = max((len(hits) for _, hits, *_ in kept), default=0)
    n_parts = len(kept[0][0]) if kept else 0
    shape = (len(kept), longest)
    result = Heads(
        np.zeros((len(kept), n_parts, longest), np.float32),
        np.zeros(shape),
        np.zeros(shape),
        np.zeros(shape, bool),
        np.array([_discounts()[: min(n, LENGTH)].sum() for *_, n, _ in kept]),
        np.array([best @ _discounts()[: len(best)] for *_, best in kept]),
    )
    for place, (values, hits, gains, *_) in enumerate(kept):
        result.features[place, :, : len(hits)] = values
        result.hits[place, : len(hits)] = hits
        result.gains[place, : len(hits)] = hits * gains
        result.present[place, : len(hits)] = True
    return result


def joined(several: Sequence[Heads]) -> Heads:
    """Put heads together, padded to the longest."""
    several = [part for part in several if len(part.ideal)] or several[:1]
    longest = max(part.present.shape[1] for part in several)

    def padded(array: np.ndarray) -> np.ndarray:
        return np.pad(array, [(0, 0)] * (array.ndim - 1) + [(0, longest - array.shape[-1])])

    parts = zip(*several, strict=True)
    return Heads(*(np.concatenate([padded(one) if one.ndim > 1 else one for one in part]) for part in parts))


def quality(weights: np.ndarray, asked: Heads) -> Quality:
    """Return the quality of the lists with these weights: one vector (n_parts,) for all, or one for each visitor."""
    each = np.broadcast_to(weights, (len(asked.ideal), asked.features.shape[1]))
    scores = np.einsum("vp,vph->vh", each, asked.features)
    scores[~asked.present] = -np.inf
    length = min(LENGTH, scores.shape[1])
    top = np.argpartition(-scores, length - 1, axis=1)[:, :length]
    top = np.take_along_axis(top, np.argsort(-np.take_along_axis(scores, top, axis=1), axis=1, kind="stable"), axis=1)
    discounts = _discounts()[:length]
    hits, gains = (np.take_along_axis(values, top, axis=1) @ discounts for values in (asked.hits, asked.gains))
    return Quality(float((hits / asked.ideal).mean()), float((gains / asked.ideal_gain).mean()))


def ascend(groups: Sequence[Heads], start: np.ndarray, least: np.ndarray, steps: Sequence[float] = STEPS) -> np.ndarray:
    """Maximise :meth:`Quality.over` the start, on average over groups, by coordinate ascent; the absolute weights sum to one.

    ``least`` bounds each weight from below. A smooth surrogate such as the logistic loss was worse, because it is dominated by
    the thousands of titles far down the list. With only a few weights there is little risk of overfitting.

    References
    ----------
    Metzler & Croft (2007), "Linear feature-based models for information retrieval".
    """
    usual = [quality(start, asked) for asked in groups]

    def value(weights: np.ndarray) -> float:
        return float(np.mean([quality(weights, asked).over(before) for asked, before in zip(groups, usual, strict=True)]))

    weights, best = start.copy(), 1.0
    for step in steps:
        moved = True
        while moved:
            moved = False
            for part in range(len(weights)):
                for change in (step, -step):
                    tried = weights.copy()
                    tried[part] += change
                    if tried[part] < least[part] - 1e-9:
                        continue
                    found = value(tried)
                    if found > best + LEAST_GAIN:
                        weights, best, moved = tried, found, True
    return weights / max(np.abs(weights).sum(), 1e-9)


def _discounts() -> np.ndarray:
    return 1.0 / np.log2(np.arange(2, LENGTH + 2))
