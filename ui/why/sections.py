"""What stands behind a score, in short blocks: words and people, how others rated it, how sure it is."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from recsys_core import Engine, Visitor
from recsys_core.models import UserKNN
from recsys_core.visitor.by_word import ContentWord, WordGroup
from recsys_core.visitor.certainty import LARGE_SPREAD, MANY_RATERS, MANY_RATINGS, Certainty
from recsys_core.visitor.opinions import Opinions
from recsys_core.visitor.why import Reasons
from ui.components import cards, charts, markup
from ui.components.model_names import model_name

KINDS = {
    "genres": "Genres",
    "people": "People",
    "themes": "Themes",
    "words": "Words of the synopsis",
    "title": "Name and series",
    "origin": "Decade, language, country",
    "form": "Show or film, and for whom",
    "usual": "What any title gets, taken off",
}
BARS = ("½–1½", "2–2½", "3–3½", "4–4½", "5")
LIKED = slice(3, 5)
"""The bars of four stars and more."""
PERCENT = 20
"""Of fewer people than this, no percentage is told."""
MOST_WORDS = 4
SAME = 0.05
"""Stars that read the same."""
WORTH_NAMING = 0.005
"""Amounts below this would read as 0.00."""


def words(engine: Engine, told: Reasons) -> None:
    """What the title is about and how much each kind of word counted; nothing for models that do not read."""
    if not told.words:
        return
    total = sum(group.amount for group in told.words)
    low = min(0.0, *(group.amount for group in told.words))
    high = max(0.0, *(group.amount for group in told.words))
    rows = "".join(_word_row(engine, told.explanation.item_id, group, low, (high - low) or 1.0) for group in told.words)
    st.subheader("What it is about", anchor=False)
    whose = f"{model_name('content')} compares" if told.parts else "This model compares"
    st.caption(f"{whose} what titles are about with what you rated. That adds **{total:+.2f}** to the score, which is the sum of these:")
    st.html(f'<ul class="word-groups">{rows}</ul>')


def _word_row(engine: Engine, item_id: str, group: WordGroup, low: float, span: float) -> str:
    """One kind of words with a bar to the right of zero or to the left, all to the same scale."""
    zero, left, width = (100 * part / span for part in (-low, min(group.amount, 0.0) - low, abs(group.amount)))
    colour = charts.ABOVE if group.amount >= 0 else charts.BELOW
    return (
        f'<li><span class="kind">{markup.in_html(KINDS.get(group.kind, group.kind))}</span><span class="track" aria-hidden="true">'
        f'<i class="zero" style="left:{zero:.1f}%"></i><i style="left:{left:.1f}%;width:{width:.1f}%;background:{colour}"></i></span>'
        f'<span class="amount">{group.amount:+.2f}</span>'
        f'<span class="muted">{markup.in_html(words_text(engine, item_id, group))}</span></li>'
    )


def words_text(engine: Engine, item_id: str, group: WordGroup) -> str:
    """The words of one kind with the largest amounts, and the sum of the others."""
    named = [word for word in group.words if abs(word.amount) >= WORTH_NAMING or len(group.words) == 1][:MOST_WORDS]
    texts = [f"{spelled(engine, item_id, word)} {word.amount:+.2f}" for word in named]
    rest = group.words[len(named) :]
    if rest:
        others = f"{len(rest)} together" if not named else f"{len(rest)} other{'s' * (len(rest) > 1)}"
        texts.append(f"{others} {sum(word.amount for word in rest):+.2f}")
    return ", ".join(texts)


def spelled(engine: Engine, item_id: str, word: ContentWord) -> str:
    """A word as the catalogue spells it: models know it in lower case."""
    if word.field in ("text", "title"):
        return f"“{word.token}”"
    if word.field == "usual":
        return "any title as well known"
    return cards.spelling(engine, item_id).get(word.token, word.token)


def opinions(engine: Engine, visitor: Visitor, told: Reasons) -> None:
    """How many stars the title got, from everybody and from people like the visitor."""
    found = told.opinions
    st.subheader("How others rated it", anchor=False)
    compared = UserKNN.name in engine.models  # it finds the people who are alike, and is not among the first to be fitted
    raters = int(engine.dataset.raters[engine.dataset.position(told.explanation.item_id)])
    st.text(opinions_sentence(found, len(visitor.profile), simulated=engine.dataset.simulated, compared=compared, raters=raters))
    if found.everybody.any():
        charts.show(opinion_bars(found), config=charts.CONFIG, key="why_opinions", alt=opinions_alt(found))


def opinions_sentence(found: Opinions, rated: int, simulated: bool, compared: bool = True, raters: int = 0) -> str:
    """The histogram in a sentence.

    Parameters
    ----------
    rated : int
        How many titles the visitor has rated.
    compared : bool
        Whether it is known already who is like the visitor.
    raters : int
        How many rated the title, if that may be more than those whose ratings are kept.
    """
    everybody, alike = int(found.everybody.sum()), int(found.alike.sum())
    who = "simulated viewer" if simulated else "person"
    people = "simulated viewers" if simulated else "people"
    if raters > everybody:
        of = f"the ratings of {everybody or 'none'} of them, drawn at random, are kept here."
        kept = f"{raters:,} {people if raters > 1 else who} rated it; {of}"
        return f"{kept} {opinions_sentence(found, rated, simulated, compared)}" if everybody else kept
    if not everybody:
        return "Nobody has rated this title in this data set."
    if everybody == 1:
        same = f" That {who} has rated your titles as you did." if alike else ""
        return f"The one {who} who rated it gave it {BARS[int(found.everybody.argmax())]} stars.{same}"
    of = "of all" if everybody >= PERCENT else "of the"
    said = f"{_share(found.everybody)} {of} {everybody:,} {people} who rated it gave it four stars or more"
    if not rated:
        return f"{said}. Rate a few titles, and those with ratings like yours are shown beside them."
    if not compared:
        return f"{said}. Who of them is like you will be known in a minute: that model is still being fitted."
    if not alike:
        return f"{said}. None of them has rated your titles as you did."
    drawn = f" (found among {found.n_compared:,} drawn at random)" if found.n_compared < everybody else ""
    if alike == 1:
        return f"{said}. One of them has rated your titles as you did{drawn}, and gave it {BARS[int(found.alike.argmax())]} stars."
    return f"{said}; of the {alike} whose other ratings are most like yours{drawn}, {_share(found.alike).lower()} did."


def _share(counts: np.ndarray) -> str:
    """How many gave four stars or more: a percentage, or a plain number where a percentage would pretend."""
    liked, n = int(counts[LIKED].sum()), int(counts.sum())
    return f"{100 * liked / n:.0f}\u00a0%" if n >= PERCENT else str(liked or "None")


def opinion_bars(found: Opinions) -> go.Figure:
    """Shares of people by stars; people alike beside everybody."""
    shown = [("People like you", found.alike, charts.ABOVE), ("Everybody", found.everybody, charts.NEUTRAL)]
    bars = [
        go.Bar(name=f"{name} ({counts.sum():,})", x=list(BARS), y=100 * counts / counts.sum(), marker_color=colour, customdata=counts)
        for name, counts, colour in shown
        if counts.any()
    ]
    figure = go.Figure(bars)
    figure.update_traces(hovertemplate="%{x} stars: %{customdata} people, %{y:.0f} %<extra></extra>")
    figure.update_xaxes(title="stars given", type="category", fixedrange=True)
    figure.update_yaxes(ticksuffix=" %", rangemode="tozero", nticks=5, gridcolor="rgba(128,120,128,0.25)", fixedrange=True)
    figure.update_layout(bargap=0.3, bargroupgap=0.08)
    charts.finish(figure, height=250, right=10)
    return figure.update_layout(
        showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"color": charts.ink_colour()}}
    )


def opinions_alt(found: Opinions) -> str:
    """The histogram for those who cannot see it."""
    lines = []
    for name, counts in (("people like you", found.alike), ("everybody", found.everybody)):
        if counts.any():
            shares = ", ".join(f"{bar} stars {100 * share:.0f} %" for bar, share in zip(BARS, counts / counts.sum(), strict=True))
            lines.append(f"{name}: {shares}")
    return "Histogram of the stars given. " + "; ".join(lines)


def certainty(engine: Engine, visitor: Visitor, told: Reasons) -> None:
    """How sure the stars are, and what makes them so."""
    raters = int(engine.dataset.raters[engine.dataset.position(told.explanation.item_id)])
    sure = told.certainty
    lines = sure_lines(sure) if sure else unsure_lines(told.explanation.model, len(visitor.profile), raters)
    st.subheader("How sure this is", anchor=False)
    if sure:
        st.caption(f"Why the range from {sure.low:.1f} to {sure.high:.1f} stars is as wide as it is:")
    st.html(f'<ul class="reasons">{"".join(f"<li>{markup.in_html(line)}</li>" for line in lines)}</ul>')


def sure_lines(sure: Certainty) -> list[str]:
    """The range of the hybrid and its reasons."""
    ratings = f"You have rated {sure.n_ratings:,} title{'s' * (sure.n_ratings != 1)}"
    people = (
        f"{sure.n_raters:,} {'person has' if sure.n_raters == 1 else 'people have'} rated it" if sure.n_raters else "Nobody has rated it"
    )
    lines = [
        f"{ratings}{_narrower(sure.from_few_ratings, MANY_RATINGS)}",
        f"{people}{_narrower(sure.from_few_raters, MANY_RATERS)}",
    ]
    if len(sure.by_model) > 1:
        ordered = sorted(sure.by_model, key=sure.by_model.__getitem__)
        low, high = (f"{sure.by_model[name]:.1f} ({model_name(name)})" for name in (ordered[0], ordered[-1]))
        verdict = "more than usual" if sure.spread > LARGE_SPREAD else "no more than usual"
        further = not sure.by_model[ordered[0]] - SAME <= sure.stars <= sure.by_model[ordered[-1]] + SAME
        cautious = " Each alone is cautious; together they dare to go further." if further else ""
        lines.append(f"Asked one by one, the models expect from {low} to {high} stars: they disagree {verdict}.{cautious}")
    return [*lines, "The rest is chance: nobody's stars can be foretold exactly."]


def _narrower(by: float, many: int) -> str:
    """What more ratings would do to the range."""
    return f"; with {many} the range would be {by:.1f} stars narrower." if by >= 0.05 else ": enough, more would hardly narrow the range."


def unsure_lines(model: str, n_ratings: int, n_raters: int) -> list[str]:
    """What can be said where no range was measured."""
    people = f"{n_raters:,} {'person has' if n_raters == 1 else 'people have'} rated it." if n_raters else "Nobody has rated it."
    if not n_ratings:
        return ["You have rated nothing: these are the stars that it gets on average.", people]
    measured = f"How far {model_name(model)} is usually off has not been measured; the hybrid says how sure it is."
    return [measured, f"You have rated {n_ratings:,} title{'s' * (n_ratings != 1)}.", people]
