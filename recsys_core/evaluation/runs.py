"""A whole evaluation in one call: split, fit, ask, summarise. The command line and the Compare page use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
"""``n_given`` is 0 where visitors are known and all their train ratings are shown; ``task`` is "lists" or "stars"."""
KNOWN, N_FOLDS = 0, 5
FIT_SHARE = 0.2
"""Of the time of a round, roughly, for the progress bar."""


class Fitted(NamedTuple):
    """Models by name, and the content features in which lists are diverse (or None)."""

    models: Mapping[str, Model]
    features: sparse.csr_array | None


Fit: TypeAlias = Callable[[Dataset], Fitted]


def fit_engine(train: Dataset) -> Fitted:
    """Every model of the app."""
    fitted = FittedModels.fit(train, factors=False)
    return Fitted({name: fitted.model(name) for name in fitted.models}, fitted.features)


def run(
    dataset: Dataset,
    split_name: str,
    *,
    n_given: Sequence[int] = (5, 10, 20),
    seeds: Sequence[int] = (0,),
    models: Sequence[str] | None = None,
    versus: str | None = None,
    tasks: Sequence[str] = ("lists", "stars"),
    k: int = 10,
    max_visitors: int | None = None,
    source: Path | None = None,
    fit: Fit = fit_engine,
    progress: Progress = silent,
) -> Results:
    """Evaluate models on a data set.

    Parameters
    ----------
    split_name : one of :data:`SPLITS`
        For cold titles, lists are made of those alone ("which of the new ones?"): among all titles hardly any model
        lists one that nobody rated, and every figure would be near zero.
    n_given : sequence of int
        For new visitors: how many of their ratings are shown.
    seeds : sequence of int
        One random split (or set of folds) each, pooled in the table. By time and published folds know no chance.
    models : sequence of str, optional
        Names of those to evaluate; all by default.
    versus : str, optional
        The model that the others are compared with, user by user.
    tasks : of "lists" and "stars"
    max_visitors : int, optional
        Ask about a random sample of so many visitors at most: a quick look. Models still learn from all of the train part.
    source : Path, optional
        For published folds: the archive that the data set was read from.
    fit : callable, optional
        From a train data set to models; the app's own by default.

    Returns
    -------
    Results
        The table has the columns :data:`TABLE_COLUMNS`.

    Raises
    ------
    DataError, DatasetError
        An unknown split, or data that cannot be split so.
    UnknownModelError
        A name in ``models`` or ``versus`` that ``fit`` does not yield.
    """
    chosen = list(dict.fromkeys(n_given)) if split_name == NEW else [KNOWN]
    seeds = list(dict.fromkeys(seeds))
    n_rounds = {"folds": N_FOLDS * len(seeds), "published-folds": len(splits.PUBLISHED), "time": 1}.get(split_name, len(seeds))
    lists: dict[int, list[ListResults]] = {n: [] for n in chosen}
    stars: dict[int, list[pd.DataFrame]] = {n: [] for n in chosen}
    for number, by_given in enumerate(_rounds(dataset, split_name, chosen, seeds, source)):
        here = subprogress(progress, number / n_rounds, (number + 1) / n_rounds)
        here(0.0, f"fitting models ({number + 1} of {n_rounds})")
        train = Dataset.from_frames(dataset.items, by_given[chosen[0]].train, name=dataset.name, simulated=dataset.simulated)
        fitted = fit(train)
        among = by_given[KNOWN].test["item_id"].unique() if split_name == COLD else None
        if max_visitors is not None:
            by_given = _sample(by_given, max_visitors, seed=number)
        asked = _pick(fitted.models, models, versus)
        ends = np.linspace(FIT_SHARE, 1.0, len(chosen) + 1)
        for n, start, end in zip(chosen, ends[:-1].tolist(), ends[1:].tolist(), strict=True):
            split = by_given[n]
            if "lists" in tasks:
                report = subprogress(here, start, (start + end) / 2)
                found = evaluate_lists(asked, train, split, k=k, among=among, features=fitted.features, progress=report)
                lists[n].append(ListResults(found.users.assign(run=number), found.overall))
            if "stars" in tasks:
                report = subprogress(here, (start + end) / 2, end)
                stars[n].append(evaluate_stars(asked, train, split, progress=report).assign(run=number))
    table = _table(split_name, lists, stars, versus)
    settings = {"split": split_name, "n_given": chosen if split_name == NEW else None, "seeds": seeds, "versus": versus}
    return Results(table, facts_about(dataset, **settings, max_visitors=max_visitors))


def _rounds(
    dataset: Dataset, split_name: str, n_given: Sequence[int], seeds: Sequence[int], source: Path | None
) -> Iterator[dict[int, Split]]:
    """The splits by number of given ratings, one dictionary per fit: all splits in it have the same train part."""
    ratings = ratings_frame(dataset)
    if split_name == NEW:
        yield from ({n: splits.new_visitors(ratings, n_given=n, seed=seed) for n in n_given} for seed in seeds)
    elif split_name == "pairs":
        yield from ({KNOWN: splits.by_pairs(ratings, seed=seed)} for seed in seeds)
    elif split_name == COLD:
        yield from ({KNOWN: splits.cold_titles(ratings, seed=seed)} for seed in seeds)
    elif split_name == "time":
        yield {KNOWN: splits.by_time(ratings)}
    elif split_name == "folds":
        yield from ({KNOWN: split} for seed in seeds for split in splits.k_folds(ratings, k=N_FOLDS, seed=seed))
    elif split_name == "published-folds":
        if source is None:
            raise DataError("The published folds are in the archive of ml-100k. Give its path.")
        yield from ({KNOWN: split} for split in splits.published_folds(source))
    else:
        raise DataError(f"No split {split_name!r}. There are: {', '.join(SPLITS)}.")


def _table(
    split_name: str, lists: Mapping[int, list[ListResults]], stars: Mapping[int, list[pd.DataFrame]], versus: str | None
) -> pd.DataFrame:
    """All summaries below each other."""
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
        raise DataError("Nobody is left to ask about: no visitor has enough ratings. Give fewer of them or take another split.")
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
    """The same few visitors for every number of given ratings: drawn from those who are asked at the largest."""
    users = np.unique(by_given[max(by_given)].test["user_id"].to_numpy(dtype=str))
    drawn = np.random.default_rng(seed).permutation(users)[:max_visitors].tolist()
    return {n: split._replace(test=split.test[split.test["user_id"].isin(drawn)]) for n, split in by_given.items()}
