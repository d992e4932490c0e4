"""Evaluation protocols: rank the titles for each test user, and predict each test rating."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd
from scipy import sparse

from recsys_core.common import metrics
from recsys_core.common.progress import Progress, silent
from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.data.ranking import top_n
from recsys_core.data.scale import LIKED_STARS
from recsys_core.errors import DataError
from recsys_core.evaluation.splits import Split


class Scorer(Protocol):
    """A model that ranks titles by a score, shape (n_items,); NaN = cannot score."""

    def score(self, profile: Profile, /) -> np.ndarray: ...


class Predictor(Protocol):
    """A model that predicts stars, shape (n_items,); NaN = cannot predict."""

    def predict(self, profile: Profile, /) -> np.ndarray: ...


class Case(NamedTuple):
    """One test user: the given profile, and the positions and true stars of the test ratings, each of shape (n_test,)."""

    user_id: str
    profile: Profile
    items: np.ndarray
    stars: np.ndarray


class ListResults(NamedTuple):
    """Metrics of each list, and of all lists together.

    Attributes
    ----------
    users : DataFrame, one row per model and user
        ``model, user_id, n_given, n_relevant``, metrics such as ``ndcg@10`` and ``stratified ndcg@10``, and ``list_popularity`` and
        ``profile_popularity`` (mean share of training users who rated the listed, and the given, titles).
    overall : DataFrame, one row per model
        ``model``, ``coverage@k``, ``gini@k``, over the titles that could be listed.
    """

    users: pd.DataFrame
    overall: pd.DataFrame


def evaluate_lists(
    models: Mapping[str, Scorer],
    dataset: Dataset,
    split: Split,
    *,
    k: int = 10,
    among: Collection[str] | None = None,
    features: sparse.csr_array | None = None,
    progress: Progress = silent,
) -> ListResults:
    """Rank all titles that a user was not given, and measure the ranks of the relevant ones.

    Titles with a test rating of at least 4 stars are relevant. Users without any, or without a given rating, are left out
    (without ratings the app uses popularity, whatever the model). As in the app, ties are ranked in the order of ids, and
    a title that a model cannot score is never listed: if it is relevant, it counts as missed, and ``scored`` is the share
    of relevant titles that can be scored. Unrated titles count as not relevant, although the user would like some of
    them: the figures compare models, they are not the share of good recommendations.

    Parameters
    ----------
    models : mapping of name to fitted model
        Fitted to ``dataset``.
    dataset : Dataset
        All titles, and the ratings of ``split.train``.
    k : int
        Length of the list; recall uses twice as many ranks, and ``mrr`` all.
    among : collection of item ids, optional
        Rank only these titles, for example new ones.
    features : csr_array of shape (n_items, n_features), optional
        Content features for ``diversity@k``, which is left out without them.

    Raises
    ------
    DataError
        A title is not in the data set, or a test rating is also given.
    """
    offered = np.ones(dataset.n_items, dtype=bool) if among is None else np.isin(dataset.item_ids, list(among))
    id_ranks = np.argsort(np.argsort(dataset.item_ids))  # sort like the ids, but are faster to compare than strings
    popularity = dataset.raters / max(dataset.n_people, 1)
    gains = metrics.rarity_gain(dataset.raters)
    asked = [case for case in cases(dataset, split) if len(case.profile) and (case.stars >= LIKED_STARS).any()]
    rows: list[dict[str, object]] = []
    listed: dict[str, list[np.ndarray]] = {name: [] for name in models}
    for number, case in enumerate(asked):
        progress(number / len(asked), f"lists for {len(asked):,} visitors")
        candidates = offered.copy()
        candidates[case.profile.items] = False
        relevant = np.zeros(dataset.n_items, dtype=bool)
        relevant[case.items[case.stars >= LIKED_STARS]] = True
        for name, model in models.items():
            scores = model.score(case.profile)
            ranked = top_n(scores, id_ranks, dataset.n_items, candidates)
            head, n_relevant = ranked[:k], int(relevant.sum())
            listed[name].append(head)
            row = {"model": name, "user_id": case.user_id, "n_given": len(case.profile), "n_relevant": n_relevant}
            row |= _judged(relevant[ranked], n_relevant, k)
            row[f"stratified ndcg@{k}"] = metrics.stratified_ndcg_at_k(relevant[head] * gains[head], k, gains[relevant])
            row["scored"] = float(np.mean(~np.isnan(scores[relevant])))
            row[f"novelty@{k}"] = metrics.novelty(head, dataset.raters, dataset.n_people)
            if features is not None:
                row[f"diversity@{k}"] = metrics.intra_list_diversity(head, features)
            row["list_popularity"] = float(popularity[head].mean()) if len(head) else float("nan")
            row["profile_popularity"] = float(popularity[case.profile.items].mean())
            rows.append(row)
    progress(1.0, f"lists for {len(asked):,} visitors")
    exposure = {name: metrics.count_exposure(lists, dataset.n_items)[offered] for name, lists in listed.items()}
    overall = [
        {"model": name, f"coverage@{k}": metrics.catalogue_coverage(counts), f"gini@{k}": metrics.gini(counts)}
        for name, counts in exposure.items()
    ]
    return ListResults(pd.DataFrame(rows), pd.DataFrame(overall))


def _judged(hits: np.ndarray, n_relevant: int, k: int) -> dict[str, float]:
    return {
        f"ndcg@{k}": metrics.ndcg_at_k(hits, k, n_relevant),
        f"precision@{k}": metrics.precision_at_k(hits, k),
        f"recall@{2 * k}": metrics.recall_at_k(hits, 2 * k, n_relevant),
        f"map@{k}": metrics.average_precision_at_k(hits, k, n_relevant),
        f"hit@{k}": metrics.hit_rate_at_k(hits, k),
        "mrr": metrics.reciprocal_rank(hits),
    }


def evaluate_stars(models: Mapping[str, Predictor], dataset: Dataset, split: Split, *, progress: Progress = silent) -> pd.DataFrame:
    """Predict every test rating, including those of users without a given rating, as in published results.

    Ratings that a model cannot predict are NaN: :func:`~recsys_core.evaluation.summary.summarise_stars` reports their
    share, evaluates each model on the others, and compares two models on the ratings that both predict.

    Returns
    -------
    DataFrame, one row per model and test rating
        ``model, user_id, item_id, rating, predicted``.

    Raises
    ------
    DataError
        A title is not in the data set, or a test rating is also given.
    """
    asked = list(cases(dataset, split))
    predicted: dict[str, list[np.ndarray]] = {name: [] for name in models}
    for number, case in enumerate(asked):
        progress(number / len(asked), f"stars for {len(asked):,} visitors")
        for name, model in models.items():
            predicted[name].append(model.predict(case.profile)[case.items])
    progress(1.0, f"stars for {len(asked):,} visitors")
    if not asked:
        return pd.DataFrame(columns=["model", "user_id", "item_id", "rating", "predicted"])
    pairs = pd.DataFrame(
        {
            "user_id": np.repeat([case.user_id for case in asked], [len(case.items) for case in asked]),
            "item_id": dataset.item_ids[np.concatenate([case.items for case in asked])],
            "rating": np.concatenate([case.stars for case in asked]),
        }
    )
    frames = [pairs.assign(model=name, predicted=np.concatenate(stars)) for name, stars in predicted.items()]
    return pd.concat(frames, ignore_index=True)[["model", *pairs.columns, "predicted"]]


def cases(dataset: Dataset, split: Split) -> Iterator[Case]:
    """Yield the users of the test part in the order of their ids, each with the given profile."""
    test = _positions(dataset, split.test)
    shown = split.train if split.given is None else split.given
    shown = _positions(dataset, shown[shown["user_id"].isin(test["user_id"])])
    rows_shown = shown.groupby("user_id").indices
    nothing = np.empty(0, dtype=np.int64)
    for user_id, rows in sorted(test.groupby("user_id").indices.items()):
        given = shown.iloc[rows_shown.get(user_id, nothing)]
        profile = Profile(given["position"].to_numpy(np.int64), given["rating"].to_numpy(np.float64))
        case = Case(str(user_id), profile, test["position"].to_numpy()[rows], test["rating"].to_numpy(np.float64)[rows])
        if np.isin(case.items, profile.items).any():
            raise DataError(f"The split leaks: a test rating of the user {user_id!r} is also given to the models.")
        yield case


def _positions(dataset: Dataset, ratings: pd.DataFrame) -> pd.DataFrame:
    """Return users, positions of their titles in the data set, and stars."""
    position = ratings["item_id"].map(dataset.item_index)
    if position.isna().any():
        raise DataError(f"The title {ratings['item_id'][position.isna()].iloc[0]!r} is in the split but not in the data set.")
    return ratings[["user_id", "rating"]].assign(position=position.astype(np.int64)).reset_index(drop=True)
