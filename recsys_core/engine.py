"""The main entry point of the package: fitted models, and one method for each question about a visitor."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from recsys_core.data.filters import Filters
from recsys_core.fitted import FittedModels
from recsys_core.visitor.explanation import Explanation
from recsys_core.visitor.visitor import Recommendation, Visitor
from recsys_core.visitor.what_if import WhatIf, what_if


class Engine(FittedModels):
    """Fitted models that recommend, predict and explain. Build with :meth:`fit` or :meth:`load`; read-only from then on.

    A visitor is a dictionary ``{item_id: stars}`` in the order of rating. Each call folds it in; for several questions
    about one visitor use :meth:`visitor`, which folds in once.

    Examples
    --------
    >>> import pandas as pd
    >>> from recsys_core import Dataset
    >>> items = pd.DataFrame({"item_id": ["alien", "aliens", "amelie"], "title": ["Alien", "Aliens", "Amélie"],
    ...                       "genres": ["Horror|Science Fiction", "Action|Science Fiction", "Romance"]})
    >>> people = [("ann", "alien", 5), ("ann", "aliens", 5), ("bo", "amelie", 5), ("bo", "alien", 2), ("cy", "aliens", 4)]
    >>> ratings = pd.DataFrame(people, columns=["user_id", "item_id", "rating"])
    >>> engine = Engine.fit(Dataset.from_frames(items, ratings))
    >>> [line.item_id for line in engine.recommend({"alien": 5})]
    ['aliens', 'amelie']
    >>> explanation = engine.explain({"alien": 5}, "aliens")
    >>> bool(abs(explanation.baseline + sum(explanation.contributions.values()) - explanation.score) < 1e-9)
    True
    """

    def visitor(self, ratings: Mapping[str, float], steering: Mapping[str, float] | None = None) -> Visitor:
        """Return a visitor, for several questions about the same ratings. Raises :class:`ProfileError` on invalid ratings.

        ``steering`` pulls the lists towards factors and keywords; see :mod:`recsys_core.visitor.steering`.
        """
        return Visitor(self, ratings, steering)

    def score(self, ratings: Mapping[str, float], model: str = "hybrid") -> np.ndarray:
        """Return the ranking scores, shape (n_items,), no unit; NaN = cannot score."""
        return self.visitor(ratings).score(model)

    def predict(self, ratings: Mapping[str, float], model: str = "hybrid") -> np.ndarray:
        """Return the expected stars in [0.5, 5], shape (n_items,); NaN = cannot predict."""
        return self.visitor(ratings).predict(model)

    def recommend(
        self,
        ratings: Mapping[str, float],
        n: int = 10,
        model: str = "hybrid",
        diversity: float = 0.0,
        kind: str | None = None,
        genres: Collection[str] | None = None,
        years: tuple[float, float] | None = None,
        exclude: Collection[str] = (),
    ) -> list[Recommendation]:
        """Return the ``n`` best titles that the visitor has not rated.

        Parameters
        ----------
        ratings : mapping of item id to stars
            If empty, the popularity list is returned, whatever the model. Unknown ids are left out
            (``visitor(ratings).profile.unknown`` lists them).
        diversity : float in [0, 1]
            0 is the plain list; see :func:`recsys_core.data.ranking.diversify`.
        kind : "movie" or "show", optional
        genres : collection of str, optional
            Titles must have at least one of them.
        years : (first, last), optional
        exclude : collection of item ids
            Hidden titles.

        Raises
        ------
        UnknownModelError, ProfileError, ValueError
        """
        return self.visitor(ratings).recommend(n, model, diversity, Filters.of(kind, genres, years, exclude))

    def explain(self, ratings: Mapping[str, float], item_id: str, model: str = "hybrid") -> Explanation:
        """Explain one title's score as an exact sum. Raises :class:`UnknownItemError`."""
        return self.visitor(ratings).explain(item_id, model)

    def what_if(
        self,
        ratings: Mapping[str, float],
        *,
        without: str | None = None,
        changed: Mapping[str, float] | None = None,
        model: str = "hybrid",
    ) -> WhatIf:
        """Compare scores, ranks and lists with those without one rating, or with some ratings changed."""
        return what_if(self.visitor(ratings), without=without, changed=changed, model=model)
