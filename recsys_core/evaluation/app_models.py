"""What the Compare page measures: every model of the app on held-out visitors.

The figures of the showcase come with it; ``python -m recsys_core measure --out data/showcase`` makes them anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from recsys_core.common.progress import Progress, silent, subprogress
from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.datasets.sources.showcase import read_catalogue, truth
from recsys_core.evaluation import Results
from recsys_core.evaluation.runs import NEW, TABLE_COLUMNS, EvaluationPlan, Fit, Fitted, fit_engine, run
from recsys_core.evaluation.splits import new_visitors, ratings_frame
from recsys_core.evaluation.truth import evaluate_truth, summarise_truth, true_stars
from recsys_core.models import Model

HYBRID, BY_STARS = "hybrid", "hybrid, sorted by stars"
N_GIVEN, SEED = (5, 10, 20), 0
QUICK = 200
"""Visitors who are asked when somebody waits for it."""
FEWEST_VISITORS = 20
TRUTH = "truth"
"""The task of rows that compare with the truth; see :mod:`recsys_core.evaluation.truth`."""


@dataclass(frozen=True, slots=True)
class SortedByStars:
    """The same model with its list put in the order of its expected stars: what that would cost."""

    model: Model

    def score(self, profile: Profile) -> np.ndarray:
        """Expected stars before they are cut at five, so that the best are not all equal."""
        return self.model.additive_stars(profile).total()

    def predict(self, profile: Profile) -> np.ndarray:
        return self.model.predict(profile)


def fit_compared(train: Dataset) -> Fitted:
    """Every model of the app, and the hybrid sorted by stars."""
    fitted = fit_engine(train)
    return Fitted({**fitted.models, BY_STARS: cast(Model, SortedByStars(fitted.models[HYBRID]))}, fitted.features)


def measure(dataset: Dataset, *, max_visitors: int | None = None, fit: Fit = fit_compared, progress: Progress = silent) -> Results:
    """Hold out a fifth of the people whole, show the models a few ratings of each, and ask about the rest.

    On the showcase the table also has rows of the task :data:`TRUTH`. Raises :class:`DataError` where there are too
    few people or ratings.
    """
    given = _possible(dataset)
    fitted: list[Fitted] = []

    def fit_and_keep(train: Dataset) -> Fitted:
        fitted.append(fit(train))
        return fitted[-1]

    knows_truth = dataset.simulated and dataset.name == "showcase"
    asking = subprogress(progress, 0.0, 0.8) if knows_truth else progress
    plan = EvaluationPlan(NEW, n_given=given, seeds=(SEED,), max_visitors=max_visitors)
    results = run(dataset, plan, fit=fit_and_keep, progress=asking)
    if not knows_truth:
        return results
    rows = _against_truth(dataset, fitted[0].models, given, max_visitors, subprogress(progress, 0.8, 1.0))
    return results._replace(table=pd.concat([results.table, rows], ignore_index=True))


def _possible(dataset: Dataset) -> Sequence[int]:
    """How many ratings can be given such that enough people have more."""
    counts = np.diff(dataset.ratings.indptr)
    return [n for n in N_GIVEN if (counts > n).sum() >= FEWEST_VISITORS] or list(N_GIVEN[:1])


def _against_truth(
    dataset: Dataset, models: Mapping[str, Model], given: Sequence[int], max_visitors: int | None, progress: Progress
) -> pd.DataFrame:
    """Rows of the results' table, from the same held-out viewers."""
    ratings, audience, ids = ratings_frame(dataset), truth(), read_catalogue()["item_id"].to_numpy()
    tables = []
    for number, n in enumerate(given):
        split = new_visitors(ratings, n_given=n, seed=SEED)
        users = np.random.default_rng(SEED).permutation(np.unique(split.test["user_id"].to_numpy(dtype=str)))[:max_visitors].tolist()
        stars = dict(zip(users, true_stars(audience, dataset, users, ids), strict=True))
        here = subprogress(progress, number / len(given), (number + 1) / len(given))
        tables.append(
            summarise_truth(evaluate_truth(models, dataset, split, stars, progress=here)).assign(split=NEW, n_given=n, task=TRUTH)
        )
    return pd.concat(tables, ignore_index=True).assign(versus="").reindex(columns=list(TABLE_COLUMNS))
