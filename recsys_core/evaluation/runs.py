"""Run a complete evaluation: split, fit, predict, summarise. Used by the command line and the Compare page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from scipy import sparse

from recsys_core.common.progress import Progress, silent, subprogress
from recsys_core.data.dataset import Dataset
from recsys_core.errors import DataError, UnknownModelError
from recsys_core.evaluation import splits
from recsys_core.evaluation.protocols import ListResults, evaluate_lists, evaluate_stars
from recsys_core.evaluation.results import Results, facts_about
from recsys_core.evaluation.splits import Split, ratings_frame
from recsys_core.evaluation.summary import COLUMNS, summarise_lists, summarise_stars
from recsys_core.fitted import FittedModels
from recsys_core.models import Model

NEW, COLD = "new-visitors", "cold-titles"
SPLITS = (NEW, "pairs", "folds", "published-folds", COLD, "time")
TABLE_COLUMNS = ("split", "n_given", "task", *COLUMNS)
"""``n_given`` is 0 for known users, of whom all training ratings are given; ``task`` is "lists" or "stars"."""
KNOWN, N_FOLDS = 0, 5
FIT_SHARE = 0.2
"""Approximate share of the time that fitting takes, for the progress bar."""


class Fitted(NamedTuple):
    """Fitted models by name, and the content features for measuring diversity (or None)."""

    models: Mapping[str, Model]
    features: sparse.csr_array | None


Fit: TypeAlias = Callable[[Dataset], Fitted]


def fit_engine(train: Dataset) -> Fitted:
    """Fit every model of the app."""
    fitted = FittedModels.fit(train, factors=False)
    return Fitted({name: fitted.model(name) for name in fitted.models}, fitted.features)


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    """What to evaluate, and on which split.

    Attributes
    ----------
    split : one of :data:`SPLITS`
        With "cold-titles", lists contain only the held-out titles ("which of the new ones?"): among all titles hardly any
        model recommends an unrated one, and every figure would be close to zero.
    n_given : sequence of int
        For "new-visitors": the numbers of ratings that are given.
    seeds : sequence of int
        One random split (or set of folds) for each; the results are pooled. "time" and "published-folds" are not random.
    models : sequence of str, optional
        Names of the models to evaluate; all by default.
    versus : str, optional
        The model that the others are compared with, user by user.
    tasks : sequence of "lists" and "stars"
    k : int
        Length of the lists.
    max_visitors : int, optional
        Evaluate on a random sample of at most this many users, for a quick look. Models are still fitted to all training
        data.
    source : Path, optional
        For "published-folds": the archive that the data set was read from.

    Examples
    --------
    >>> plan = EvaluationPlan("new-visitors", n_given=(5, 5, 10))
    >>> plan.numbers_given
    [5, 10]
    """

    split: str
    n_given: Sequence[int] = (5, 10, 20)
    seeds: Sequence[int] = (0,)
    models: Sequence[str] | None = None
    versus: str | None = None
    tasks: Sequence[str] = ("lists", "stars")
    k: int = 10
    max_visitors: int | None = None
    source: Path | None = None

    @property
    def numbers_given(self) -> list[int]:
        """The numbers of given ratings to evaluate, without repetition; [0] for splits with known users."""
        return list(dict.fromkeys(self.n_given)) if self.split == NEW else [KNOWN]

    @property
    def distinct_seeds(self) -> list[int]:
        """The seeds without repetition."""
        return list(dict.fromkeys(self.seeds))

    @property
    def n_rounds(self) -> int:
        """How many times models are fitted."""
        if self.split == "published-folds":
            return len(splits.PUBLISHED)
        if self.split == "time":
            return 1
        return len(self.distinct_seeds) * (N_FOLDS if self.split == "folds" else 1)


def run(dataset: Dataset, plan: EvaluationPlan, *, fit: Fit = fit_engine, progress: Progress = silent) -> Results:
    """Evaluate models on a data set.

    Parameters
    ----------
    fit : callable, optional
        Fits models to the training data; by default all models of the app.

    Returns
    -------
    Results
        The table has the columns :data:`TABLE_COLUMNS`.

    Raises
    ------
    DataError, DatasetError
        There is no such split, or the data cannot be split in this way.
    UnknownModelError
        A name in ``plan.models`` or ``plan.versus`` is not among the fitted models.
    """
    given = plan.numbers_given
    lists: dict[int, list[ListResults]] = {n: [] for n in given}
    stars: dict[int, list[pd.DataFrame]] = {n: [] for n in given}
    for number, by_given in enumerate(_rounds(dataset, plan)):
        here = subprogress(progress, number / plan.n_rounds, (number + 1) / plan.n_rounds)
        here(0.0, f"fitting models ({number + 1} of {plan.n_rounds})")
        train = Dataset.from_frames(dataset.items, by_given[given[0]].train, name=dataset.name, simulated=dataset.simulated)
        fitted = fit(train)
        among = by_given[KNOWN].test["item_id"].unique() if plan.split == COLD else None
        if plan.max_visitors is not None:
            by_given = _sample(by_given, plan.max_visitors, seed=number)
        models = _pick(fitted.models, plan.models, plan.versus)
        ends = np.linspace(FIT_SHARE, 1.0, len(given) + 1)
        for n, start, end in zip(given, ends[:-1].tolist(), ends[1:].tolist(), strict=True):
            split = by_given[n]
            if "lists" in plan.tasks:
                report = subprogress(here, start, (start + end) / 2)
                found = evaluate_lists(models, train, split, k=plan.k, among=among, features=fitted.features, progress=report)
                lists[n].append(ListResults(found.users.assign(run=number), found.overall))
            if "stars" in plan.tasks:
                report = subprogress(here, (start + end) / 2, end)
                stars[n].append(evaluate_stars(models, train, split, progress=report).assign(run=number))
    facts = facts_about(
        dataset,
        split=plan.split,
        n_given=given if plan.split == NEW else None,
        seeds=plan.distinct_seeds,
        versus=plan.versus,
        max_visitors=plan.max_visitors,
    )
    return Results(_table(plan.split, lists, stars, plan.versus), facts)


def _rounds(dataset: Dataset, plan: EvaluationPlan) -> Iterator[dict[int, Split]]:
    """Yield the splits of each round by number of given ratings; all splits of a round have the same training data."""
    ratings, seeds = ratings_frame(dataset), plan.distinct_seeds
    if plan.split == NEW:
        for seed in seeds:
            yield {n: splits.new_visitors(ratings, n_given=n, seed=seed) for n in plan.numbers_given}
    elif plan.split == "pairs":
        for seed in seeds:
            yield {KNOWN: splits.by_pairs(ratings, seed=seed)}
    elif plan.split == COLD:
        for seed in seeds:
            yield {KNOWN: splits.cold_titles(ratings, seed=seed)}
    elif plan.split == "time":
        yield {KNOWN: splits.by_time(ratings)}
    elif plan.split == "folds":
        for seed in seeds:
            for split in splits.k_folds(ratings, k=N_FOLDS, seed=seed):
                yield {KNOWN: split}
    elif plan.split == "published-folds":
        if plan.source is None:
            raise DataError("The published folds are in the archive of ml-100k. Give its path.")
        for split in splits.published_folds(plan.source):
            yield {KNOWN: split}
    else:
        raise DataError(f"There is no split {plan.split!r}. Choose one of: {', '.join(SPLITS)}.")


def _table(
    split_name: str, lists: Mapping[int, list[ListResults]], stars: Mapping[int, list[pd.DataFrame]], versus: str | None
) -> pd.DataFrame:
    """Join all summaries to one table."""
    tables = []
    for n in lists:
        lists_of_all = [found for found in lists[n] if len(found.users)]
        if lists_of_all:
            users = pd.concat([found.users for found in lists_of_all])
            summary = summarise_lists(users, [found.overall for found in lists_of_all], versus)
            tables.append(summary.assign(split=split_name, n_given=n, task="lists"))
        stars_of_all = [pairs for pairs in stars[n] if len(pairs)]
        if stars_of_all:
            tables.append(summarise_stars(pd.concat(stars_of_all), versus).assign(split=split_name, n_given=n, task="stars"))
    if not tables:
        raise DataError("No user has enough ratings to evaluate on. Give fewer ratings, or use another split.")
    return pd.concat(tables, ignore_index=True)[list(TABLE_COLUMNS)]


def _pick(fitted: Mapping[str, Model], names: Sequence[str] | None, versus: str | None) -> dict[str, Model]:
    wanted = list(fitted) if names is None else list(names)
    unknown = [name for name in (*wanted, *([versus] if versus else [])) if name not in fitted]
    if unknown:
        raise UnknownModelError(f"No model {unknown[0]!r}. There are: {', '.join(fitted)}.")
    if versus and versus not in wanted:
        wanted.append(versus)
    return {name: fitted[name] for name in wanted}


def _sample(by_given: Mapping[int, Split], max_visitors: int, seed: int) -> dict[int, Split]:
    """Sample the same test users for every number of given ratings, from those with enough ratings for the largest."""
    users = np.unique(by_given[max(by_given)].test["user_id"].to_numpy(dtype=str))
    drawn = np.random.default_rng(seed).permutation(users)[:max_visitors].tolist()
    return {n: split._replace(test=split.test[split.test["user_id"].isin(drawn)]) for n, split in by_given.items()}
