"""What each interaction beyond a click costs the core: part of ``python -m benchmarks.latency``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from recsys_core import Engine, Visitor
from recsys_core.factors.taste_map import SHAPES, neighbours
from recsys_core.visitor.because_rows import because_rows
from recsys_core.visitor.contested import contested_titles
from recsys_core.visitor.influence import influences
from recsys_core.visitor.on_map import place_on_map, visitor_factors
from recsys_core.visitor.rating_matrix import most_alike, rating_block
from recsys_core.visitor.steering import factor_name, tag_name
from recsys_core.visitor.what_if import what_if
from recsys_core.visitor.why import reasons

N_LISTED = 10


def steer(visitor: Visitor) -> None:
    """A slider and a keyword have moved: the list with the pulls and the ranks without."""
    engine = visitor.fitted
    tag = next(iter(engine.dataset.tags("keywords").names), None)
    pulls = {factor_name(0): 1.5} | ({tag_name("keyword", tag): -1.0} if tag else {})
    ratings = dict(zip(engine.item_ids[visitor.profile.items].tolist(), visitor.profile.stars.tolist(), strict=True))
    engine.visitor(ratings, pulls).recommend(N_LISTED)
    visitor.recommend(200)


def matrix(visitor: Visitor) -> None:
    """The rating matrix: the twelve people most like the visitor by sixteen titles, each given star left out in turn."""
    engine = visitor.fitted
    people = [visitor.profile, *(engine.dataset.profile_of(user) for user in most_alike(engine.dataset, visitor.profile, 12))]
    rating_block(engine.svd, people, engine.dataset.by_popularity[:16])


def first(visitor: Visitor) -> str:
    """The title on top of the visitor's list."""
    return visitor.recommend(1)[0].item_id


INTERACTIONS: Mapping[str, Callable[[Visitor], object]] = {
    "why this? (all sections)": lambda visitor: reasons(visitor, first(visitor)),
    "what if one rating were not there": lambda visitor: what_if(
        visitor, without=str(visitor.fitted.item_ids[visitor.profile.items[0]])
    ).rank(first(visitor)),
    "which of 50 ratings shaped the list": lambda visitor: influences(visitor),
    "because rows": lambda visitor: because_rows(visitor),
    "where content and viewers disagree": lambda visitor: contested_titles(visitor),
    "what to rate next, eight titles": lambda visitor: visitor.fitted.rate_next.ask(visitor.profile, 8, view=visitor.fitted.factors),
    "steer by a factor and a keyword": steer,
    "you among the audience": lambda visitor: visitor.fitted.factors.percentiles(visitor_factors(visitor)),
    "you on two factors": lambda visitor: place_on_map(visitor, (0, 1)),
    "you on the map": lambda visitor: place_on_map(visitor, SHAPES[1]),
    "what is near a title": lambda visitor: neighbours(
        visitor.fitted.svd.item_factors_, int(visitor.profile.items[0]), 8, visitor.fitted.dataset.raters > 0
    ),
    "list with another number of factors": lambda visitor: visitor.fitted.dimensions.model(
        visitor.fitted.svd, int(visitor.fitted.dimensions.numbers[2])
    ).score(visitor.profile),
    "rating matrix": matrix,
}


def time_interactions(engine: Engine, visitors: list[dict[str, float]], clock: Callable[[Callable[[], object]], float]) -> list[list[str]]:
    """One row per interaction: name, median and 95th percentile in milliseconds, as text."""
    rows = []
    for name, work in INTERACTIONS.items():
        times = [clock(lambda ratings=ratings, work=work: work(engine.visitor(ratings))) for ratings in visitors]  # type: ignore[misc]
        rows.append([name, f"{np.median(times):.1f}", f"{np.percentile(times, 95):.1f}"])
    return rows
