"""The panel that answers "why this?": a sentence, a waterfall that ends at the score, and the same as a table."""

from __future__ import annotations

from urllib.parse import urlsplit

import pandas as pd
import streamlit as st

from recsys_core import Engine, Explanation
from recsys_core.datasets.releases import TVMAZE
from recsys_core.datasets.tvmaze import NO_SUMMARY
from ui import cards, charts, state, what_if

WORTH_SAYING = 0.15
"""Share of the largest contribution below which a title is left out of the sentence."""


@st.dialog("Why this?", width="large")
def why_dialog(item_id: str, model: str) -> None:
    """Explain one title in a window over the page."""
    engine = state.engine()
    visitor = state.visitor()
    explanation = visitor.explain(item_id, model)
    position = engine.dataset.position(item_id)
    stars = cards.stars_text(float(visitor.predict(model)[position])) + " expected"
    if visitor.answering(model) == "hybrid":
        low, high = (float(end[position]) for end in visitor.stars_interval())
        stars += f", and in four of five such cases between {low:.1f} and {high:.1f}"
    st.header(cards.plain_markdown(cards.title_of(engine, item_id)), anchor=False)
    st.text(cards.facts(engine, item_id))
    if text := str(cards.item(engine, item_id)["text"]):
        st.text(text)
    elif engine.dataset.name == TVMAZE.name:
        st.caption(NO_SUMMARY)
    if (url := str(cards.item(engine, item_id)["url"])).startswith("https://"):
        st.link_button(f"Its page on {urlsplit(url).hostname}", url, icon=":material/open_in_new:", type="tertiary")
    st.text(sentence(engine, explanation))
    amounts = [(cards.title_of(engine, rated), amount) for rated, amount in explanation.contributions.items()]
    if amounts:
        figure = charts.waterfall(explanation.baseline, amounts, explanation.score)
        st.plotly_chart(figure, config=charts.CONFIG, alt=f"Waterfall from {explanation.baseline:.2f} to {explanation.score:.2f}")
    st.caption(
        f"The bars end exactly at the score, {explanation.score:.2f}, which only puts the list in order. How much you would like it "
        f"is another question: {stars}. The starting point is what your ratings do not explain: "
        "how many people like the title."
    )
    with st.expander("The same as a table"):
        st.dataframe(table(engine, explanation), hide_index=True)
    what_if.section(engine, visitor, item_id, model)


def sentence(engine: Engine, explanation: Explanation) -> str:
    """What spoke for the title and what against it, in plain words."""
    ordered = sorted(explanation.contributions.items(), key=lambda pair: -pair[1])
    names = {rated: f"{cards.title_of(engine, rated)} ★{state.ratings()[rated]:g}" for rated, _ in ordered}
    largest = max((abs(amount) for _, amount in ordered), default=0.0)
    said = [(rated, amount) for rated, amount in ordered if abs(amount) >= WORTH_SAYING * largest]  # the bars show the rest
    pro = [names[rated] for rated, amount in said if amount > 0][:2]
    contra = [names[rated] for rated, amount in said[::-1] if amount < 0][:1]
    if not ordered:
        return "You have not rated anything yet: this is simply popular."
    if not pro:
        return "None of your ratings speaks for it; it is here because many people like it."
    against = f" {contra[0]} spoke against it." if contra else ""
    ratings = "ratings" if len(pro) > 1 else "rating"
    return f"Your {ratings} of {' and '.join(pro)} spoke most for it.{against}"


def table(engine: Engine, explanation: Explanation) -> pd.DataFrame:
    """Every summand of the score: the waterfall in numbers."""
    rated = [cards.title_of(engine, item_id) for item_id in explanation.contributions]
    ordered = sorted(zip(rated, explanation.contributions.values(), strict=True), key=lambda pair: -abs(pair[1]))
    rows = [("Starting point", explanation.baseline), *ordered, ("Score (the sum)", explanation.score)]
    return pd.DataFrame(rows, columns=["What", "Amount"]).round(3)
