"""Everything that the panel "why this?" draws, as tables."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys_core import Engine, Explanation
from recsys_core.visitor.by_word import WordGroup
from recsys_core.visitor.opinions import Opinions
from recsys_core.visitor.why import Reasons
from ui.components import cards, charts, reason_words, tables
from ui.components.model_names import model_name
from ui.why import sections


def expander(engine: Engine, told: Reasons) -> None:
    """The tables, folded away."""
    with st.expander("The same as tables"):
        _show("By your ratings", contributions(engine, told.explanation))
        if told.parts:
            _show("By model", by_model(engine, told))
        if told.words:
            _show("What it is about", words(engine, told.explanation.item_id, told.words))
        if told.opinions.everybody.any():
            _show("How others rated it: numbers of people", opinions(told.opinions))
        if told.certainty and told.certainty.by_model:
            _show("Stars that each model expects", expected(told.certainty.by_model))


def _show(title: str, table: pd.DataFrame) -> None:
    st.markdown(f"**{title}**")
    tables.show(table)


def contributions(engine: Engine, explanation: Explanation) -> pd.DataFrame:
    """Every summand of the score: the waterfall in numbers."""
    ordered = _largest_first(engine, explanation.contributions)
    pulls = [(reason_words.pull_words(engine, name), amount) for name, amount in explanation.steering.items() if amount]
    known = explanation.baseline - sum(amount for _, amount in pulls)
    rows = [(charts.KNOWN, known), *pulls, *ordered, ("Score (the sum)", explanation.score)]
    return pd.DataFrame(rows, columns=["What", "Amount"]).round(3)


def by_model(engine: Engine, told: Reasons) -> pd.DataFrame:
    """The score by rated title (rows) and by model (columns): every row and every column is a sum."""
    table = pd.DataFrame({model_name(part.model): part.contributions for part in told.parts if part.can_score})
    table = table.reindex(sorted(table.index, key=lambda rated: -abs(told.explanation.contributions[rated])))
    table.insert(0, "All together", pd.Series(told.explanation.contributions))
    sums = table.sum()
    table.insert(0, "What", [cards.title_of(engine, rated) for rated in table.index])
    first_words = f"{charts.KNOWN}, and pulls" if told.explanation.steering else charts.KNOWN
    last = {"What": "Sum (the first row added: the score)", **sums, "All together": told.explanation.score}
    first = {"What": first_words, "All together": told.explanation.baseline}
    return pd.concat([pd.DataFrame([first]), table, pd.DataFrame([last])], ignore_index=True).fillna(0.0).round(3)


def words(engine: Engine, item_id: str, groups: list[WordGroup]) -> pd.DataFrame:
    """What each word adds."""
    rows = [
        (sections.KINDS.get(group.kind, group.kind), sections.spelled(engine, item_id, word), word.amount)
        for group in groups
        for word in group.words
    ]
    return pd.DataFrame(rows, columns=["Kind", "Word", "Amount"]).round(3)


def opinions(found: Opinions) -> pd.DataFrame:
    """Numbers of people by stars."""
    return pd.DataFrame({"Stars": sections.BARS, "People like you": found.alike, "Everybody": found.everybody})


def expected(by_model: dict[str, float]) -> pd.DataFrame:
    """Stars by model."""
    return pd.DataFrame([(model_name(name), stars) for name, stars in by_model.items()], columns=["Model", "Expected stars"]).round(2)


def _largest_first(engine: Engine, amounts: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(((cards.title_of(engine, rated), amount) for rated, amount in amounts.items()), key=lambda pair: -abs(pair[1]))
