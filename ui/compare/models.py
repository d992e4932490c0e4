"""Parts of the page "Compare" that speak of the visitor's own ratings."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from recsys_core import Engine, Visitor
from recsys_core.visitor.compare import FEW_TITLES, Comparison, Disagreement, Order, Shift, View, compare_lists, disagreement
from ui.compare.charts import slope_chart
from ui.components import cards, charts, markup, tables
from ui.components.model_names import model_name
from ui.session import profile

N = 10
FIRST_PAIR = ("popularity", "hybrid")
"""What is compared at first: everybody's list and one's own."""
NEEDS_NO_RATERS = ("content", "popularity", "hybrid")
"""Models for which few raters are no reason; all others learn from raters alone."""
PULL_GAP, FAMOUS, MANY, FEW = 0.2, 0.95, 0.7, 0.3
WORTH_SAYING = 0.05
SHOWN_TITLES = 6


def first_choice(models: tuple[str, ...], side: int) -> int:
    """Which of the models a side starts with."""
    return models.index(FIRST_PAIR[side]) if FIRST_PAIR[side] in models else min(side, len(models) - 1)


def lists(engine: Engine, visitor: Visitor, left: str, right: str) -> Comparison:
    """Lines between the first titles of two models, and what they share."""
    compared = compare_lists(visitor, Order(left), Order(right), N, exclude=profile.unlisted())
    names = (model_name(left), model_name(right))
    shown = max(len(compared.left.item_ids), len(compared.right.item_ids))
    figures(
        [
            (f"{compared.overlap} of {shown}", "titles in both lists (overlap)"),
            (_raters(compared.left.mean_raters), f"raters of a title, mean: {names[0]}"),
            (_raters(compared.right.mean_raters), f"the same: {names[1]}"),
        ]
    )
    titles = {shift.item_id: cards.title_of(engine, shift.item_id) for shift in compared.shifts}
    alt = f"Lines between the first {shown} titles of {names[0]} and {names[1]}; {compared.overlap} stand in both. The table has the ranks"
    charts.show(slope_chart(compared, titles, names), config=charts.CONFIG, key="compare_slopes", alt=alt)
    st.caption(
        f"Lines join what stands in both lists; orange: further up with {names[1]}, blue: further up with {names[0]}, grey: the same rank. "
        f"An arrow leads to the rank that the other model gives to a title outside its first {N}."
    )
    with st.expander("The same as a table"):
        ranks = [(titles[shift.item_id], shift.left, shift.right) for shift in compared.shifts]
        tables.show(pd.DataFrame(ranks, columns=["Title", *names]).astype(dict.fromkeys(names, "Int64")))
    return compared


def figures(cells: list[tuple[str, str]]) -> None:
    """Numbers in large letters with what they mean."""
    parts = "".join(
        f'<div><span class="figure">{markup.in_html(number)}</span><div class="muted">{markup.in_html(words)}</div></div>'
        for number, words in cells
    )
    st.html(f'<div class="price">{parts}</div>')


def _raters(mean: float) -> str:
    return "–" if math.isnan(mean) else f"{mean:,.0f}"


def why(engine: Engine, visitor: Visitor, compared: Comparison) -> None:
    """Why the two models disagree on a title of either list."""
    left, right = compared.left.order.model, compared.right.order.model
    titles = [shift.item_id for shift in compared.shifts]
    chosen = st.selectbox(
        "Why they disagree on",
        titles,
        index=titles.index(furthest(compared)),
        format_func=lambda item_id: cards.title_of(engine, item_id),
        key=f"compare_title_{left}_{right}",
    )
    found = disagreement(visitor, chosen, left, right, exclude=profile.unlisted())
    st.text(ranks_sentence(found))
    who = "simulated viewers" if engine.dataset.simulated else "people"
    reasons = [*general_reasons(found, who), *rating_reasons(engine, found)]
    lines = "".join(f"<li>{markup.in_html(reason)}</li>" for reason in reasons)
    st.html(f'<ul class="reasons">{lines}</ul>' if lines else "<p>Nothing simple explains the difference; the table has the amounts.</p>")
    st.caption(
        "Amounts are in standard deviations of each model's own scores, so that two models can be compared. Correlations run from "
        "-1 to 1. Each reason is true of the title; that it is the whole reason, nobody can promise."
    )
    with st.expander("The amounts as a table"):
        tables.show(table(engine, found))


def furthest(compared: Comparison) -> str:
    """The title to begin with: the one that the other model puts furthest down."""

    def gap(shift: Shift) -> float:
        left, right = (math.inf if rank is None else rank for rank in shift[1:])
        return abs(left - right)

    return max(compared.shifts, key=gap).item_id


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 11th."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def ranks_sentence(found: Disagreement) -> str:
    """Where both models put the title."""
    places = [
        f"{model_name(view.model)} puts it {ordinal(view.rank)}" if view.rank else f"{model_name(view.model)} cannot place it"
        for view in (found.left, found.right)
    ]
    return f"Of {found.n_candidates:,} titles, {places[0]}; {places[1]}."


def general_reasons(found: Disagreement, who: str = "people") -> list[str]:
    """What speaks for a difference whoever the visitor is: popularity, few raters, rare words. Only what fits the ranks."""
    if found.left.rank == found.right.rank:
        return []
    higher, lower = sorted((found.left, found.right), key=lambda view: view.rank or math.inf)
    reasons = []
    people = "nobody has rated it" if not found.raters else f"{found.raters:,} {who} rated it"
    share = f"{people}, more than rated {found.raters_percentile:.0%} of titles" if found.raters else people
    gap = higher.popularity_pull - lower.popularity_pull
    if abs(gap) >= PULL_GAP and (found.raters_percentile >= MANY if gap > 0 else found.raters_percentile < FAMOUS):
        keen, cool = (higher, lower) if gap > 0 else (lower, higher)
        known = "It is well known" if gap > 0 else "Others are better known"
        follows = f"The scores of {model_name(keen.model)} go with the number of raters (correlation {keen.popularity_pull:.2f})"
        if keen.model == "popularity":
            follows = f"Popularity looks at nothing but how many people liked a title (correlation {keen.popularity_pull:.2f})"
        others = f"the scores of {model_name(cool.model)} follow the number of raters less ({cool.popularity_pull:.2f})"
        reasons.append(f"{known}: {share}. {follows}; {others}.")
    if lower.model not in NEEDS_NO_RATERS and found.raters_percentile <= FEW:
        reasons.append(f"Few raters: {people}. {model_name(lower.model)} learns from raters alone and has little to go on.")
    if lower.model == "content" and found.rare_percentile >= MANY:
        reasons.append(f"Rare words: {_rare(found)}. So it is like hardly any other title, and Content cannot see that it fits.")
    if higher.model == "content" and found.rare_percentile <= FEW:
        reasons.append(f"Common words: only {_rare(found)}. It shares most of them with many titles, which Content likes to see.")
    return reasons


def _rare(found: Disagreement) -> str:
    return f"{found.rare_share:.0%} of what Content knows of it are words and names that at most {FEW_TITLES} titles have"


def rating_reasons(engine: Engine, found: Disagreement) -> list[str]:
    """The two ratings that speak most for the title with the model that puts it higher, compared with the other."""
    if found.left.rank == found.right.rank:
        return []
    stars = profile.ratings()
    higher, lower = sorted((found.left, found.right), key=lambda view: view.rank or math.inf)
    reasons = []
    for rated in found.differing:
        more, less = higher.contributions[rated], lower.contributions[rated]
        if more - less >= WORTH_SAYING:  # false for NaN
            said = f"Your ★{stars[rated]:g} of {cards.title_of(engine, rated)}"
            reasons.append(f"{said} counts {more:+.2f} with {model_name(higher.model)} and {less:+.2f} with {model_name(lower.model)}.")
    return reasons[:2]


def table(engine: Engine, found: Disagreement) -> pd.DataFrame:
    """Rank, and the standard score as its sum, for both models."""

    def column(view: View) -> list[float]:
        shown = [view.contributions[rated] for rated in found.differing[:SHOWN_TITLES]]
        rest = sum(view.contributions[rated] for rated in found.differing[SHOWN_TITLES:])
        return [view.start, *shown, *([rest] if len(found.differing) > SHOWN_TITLES else []), view.standard_score]

    rated = [cards.title_of(engine, item_id) for item_id in found.differing[:SHOWN_TITLES]]
    others = [f"{len(found.differing) - SHOWN_TITLES} others"] if len(found.differing) > SHOWN_TITLES else []
    what = ["Starting point", *rated, *others, "Score (the sum)"]
    columns = {model_name(view.model): column(view) for view in (found.left, found.right)}
    return pd.DataFrame({"What": what, **columns}).round(2)


def by_score_and_by_stars(engine: Engine, visitor: Visitor, model: str) -> None:
    """One model's list in two orders, with what each costs."""
    compared = compare_lists(visitor, Order(model), Order(model, "stars"), N, exclude=profile.unlisted())
    stars, raters = visitor.predict(model), engine.dataset.raters
    for side, name in ((compared.left, "Sorted by score"), (compared.right, "Sorted by expected stars")):
        st.subheader(name, anchor=False)
        figures(
            [
                ("–" if math.isnan(side.mean_stars) else f"{side.mean_stars:.2f} ★", "expected, mean of the list"),
                (_raters(side.mean_raters), "raters of a title, mean"),
                (f"{compared.overlap} of {len(side.item_ids)}", "titles also in the other list"),
            ]
        )
        places = [engine.dataset.position(item_id) for item_id in side.item_ids]
        captions = [f"{cards.stars_text(float(stars[i]))} · {raters[i]:,} raters" for i in places]
        cards.poster_row(engine, side.item_ids, captions)
