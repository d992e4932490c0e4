"""The panel that answers "why this?": a sentence, how the score adds up, and what stands behind it."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from recsys_core import Engine, Explanation
from recsys_core.datasets.download.releases import TVMAZE
from recsys_core.datasets.sources.tvmaze import LINK, NO_SUMMARY
from recsys_core.visitor.certainty import Certainty
from recsys_core.visitor.why import Reasons, reasons
from ui.components import cards, charts, markup, reason_words
from ui.components.lesson_link import to_lesson
from ui.components.model_names import model_name, model_words
from ui.session import app_data, profile
from ui.why import sections, tables, what_if
from ui.why.sentence import sentence

TOGETHER, BY_MODEL = "All together, by your ratings", "By model"


@st.dialog("Why this?", width="large")
def why_dialog(item_id: str, model: str) -> None:
    """Explain one title in a window over the page."""
    engine, visitor = app_data.engine(), profile.visitor()
    told = reasons(visitor, item_id, model)
    _title(engine, item_id)
    st.text(sentence(engine, told.explanation))
    stars = visitor.predict_at(np.array([engine.dataset.position(item_id)]), model)
    st.text(stars_sentence(float(stars[0]), told.certainty))
    if not math.isnan(told.explanation.score):
        _adding_up(engine, told)
    sections.words(engine, told)
    sections.opinions(engine, visitor, told)
    sections.certainty(engine, visitor, told)
    what_if.section(engine, visitor, item_id, model)
    tables.expander(engine, told)
    to_lesson("neighbours")


def _title(engine: Engine, item_id: str) -> None:
    """What the title is."""
    st.header(markup.plain(cards.title_of(engine, item_id)), anchor=False)
    st.text(cards.facts(engine, item_id))
    if text := cards.item(engine, item_id).text:
        st.text(markup.clean(text))
    elif engine.dataset.name == TVMAZE.name:
        st.caption(NO_SUMMARY)
    if (url := cards.item(engine, item_id).url).startswith(f"{LINK}/"):
        st.link_button("Its page on TVmaze", url, icon=":material/open_in_new:", type="tertiary")


def _adding_up(engine: Engine, told: Reasons) -> None:
    """The score as a waterfall: by rated title, or by model and then each model by rated title."""
    speaking = [part for part in told.parts if part.can_score]
    st.subheader("How the score adds up", anchor=False)
    view = TOGETHER
    if len(speaking) > 1:
        view = st.segmented_control(
            "Show", [TOGETHER, BY_MODEL], default=TOGETHER, required=True, key="why_view", label_visibility="collapsed"
        )
    explanation = told.explanation
    score = f"**{explanation.score:.2f}**"
    known = "how many people like the title" if engine.dataset.n_ratings else "how well known the title is"
    start = f"The first bar is the one thing that your ratings do not explain: {known}."
    order = "It puts the list in order and is not a number of stars."
    if told.turns:
        order += " Your tastes take turns in the list, so a title further down may have a higher score."
    if view == TOGETHER:
        if _whole(explanation, by_title(engine, explanation.contributions), engine):
            st.caption(f"The bars end exactly at the score, {score}. {order} {start}")
        else:
            st.caption(f"None of your ratings counts here. The score, {score}, says {known}. {order}")
        if told.parts and len(speaking) == 1:
            alone = model_name(speaking[0].model)
            st.caption(f"{alone} alone speaks here: the other models learn from people who rated a title, and nobody rated this one.")
        return
    _whole(explanation, [(model_name(part.model), part.amount) for part in speaking], engine)
    st.caption(f"The hybrid asks {len(speaking)} models and adds up what they say; the bars end exactly at the score, {score}. {start}")
    parts = {part.model: part for part in speaking}
    opened = st.pills("Open one model", list(parts), format_func=model_name, key="why_part")
    if opened:
        part, amounts = parts[opened], by_title(engine, parts[opened].contributions)
        figure = charts.waterfall(None, amounts, part.amount, ends=model_name(opened))
        charts.show(figure, config=charts.CONFIG, key="why_part_chart", alt=alt(None, amounts, part.amount))
        st.caption(f"{model_words(opened)}. By your ratings, its bars end exactly at what it adds to the score: **{part.amount:+.2f}**.")


def _whole(explanation: Explanation, amounts: list[tuple[str, float]], engine: Engine) -> bool:
    """The waterfall of the whole score; what steering added stands right after the first bar. False if there is no bar."""
    pulls = reason_words.pull_bars(engine, explanation.steering)
    if bars := [*pulls, *amounts]:
        start = explanation.baseline - sum(amount for _, amount in pulls)
        figure = charts.waterfall(start, amounts, explanation.score, pulls)
        charts.show(figure, config=charts.CONFIG, key="why_chart", alt=alt(start, bars, explanation.score))
    return bool(bars)


def alt(start: float | None, amounts: list[tuple[str, float]], end: float) -> str:
    """A waterfall in words."""
    steps = ", ".join(f"{label} {amount:+.2f}" for label, amount in charts.waterfall_steps(amounts))
    return f"Waterfall from {start or 0.0:.2f} to {end:.2f}: {steps}"


def by_title(engine: Engine, contributions: dict[str, float]) -> list[tuple[str, float]]:
    """Amounts with the names of the rated titles; what adds nothing is left out."""
    return [(cards.title_of(engine, rated), amount) for rated, amount in contributions.items() if amount]


def stars_sentence(stars: float, sure: Certainty | None) -> str:
    """How much the visitor would like it, with the range."""
    if math.isnan(stars):
        return "How many stars you would give it cannot be predicted."
    within = f"; four times in five you would give it between {sure.low:.1f} and {sure.high:.1f}" if sure else ""
    return f"How much you would like it: {cards.stars_text(stars)} expected{within}."
