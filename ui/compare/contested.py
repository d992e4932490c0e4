"""Where content and viewers disagree about a visitor: two short lists with the reason for each title."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from recsys_core import Engine, Visitor
from recsys_core.visitor.contested import Contested, ContestedTitles, Opinion, contested_titles, viewers_model
from ui.components import cards, markup
from ui.server.turns import in_turn
from ui.session import profile

SHOWN = 3
WORTH_SAYING = 0.15
"""Standard deviations of a model's scores below which a rating is said to move a title hardly at all."""
FEW_RATERS = 20
SINGULAR = {"people": "person", "simulated viewers": "simulated viewer"}
WORD_FIELDS = ("text", "title")


@st.fragment
@in_turn
def section(engine: Engine, visitor: Visitor) -> None:
    """The titles of the widest gap on either side. Computed only while it is open."""
    box = st.expander("Where content and viewers disagree about you", key="disagree_open", on_change="rerun", icon=":material/call_split:")
    if not box.open:
        return
    with box:
        model = viewers_model(visitor)
        if model is None:
            st.info("Nobody has rated anything in this data set: there are no viewers to disagree with.", icon=":material/group_off:")
            return
        found = contested_titles(visitor, SHOWN, model, profile.unlisted())
        st.markdown(
            "**Content** looks at what a title is about; **viewers** (hidden tastes found in ratings) at who liked what, never at what "
            "it is about. Where one puts a title far up and the other far down, one of them knows something that the other cannot see."
        )
        who = "simulated viewers" if engine.dataset.simulated else "people"
        sides = (("Content says yes, viewers no", found.content_says), ("Viewers say yes, content no", found.viewers_say))
        for column, (words, titles) in zip(st.columns(2, gap="large"), sides, strict=True):
            with column:
                st.subheader(words, anchor=False)
                st.html(titles_html(engine, titles, found.n_compared, who) if titles else "<p>Nothing: no title divides them this way.</p>")
        st.caption(footnote(found))


def footnote(found: ContestedTitles) -> str:
    """What was compared, and what cannot be."""
    compared = f"Compared are the ranks of the {found.n_compared:,} titles that you have not rated and that both can place."
    if not found.n_unrated:
        return compared
    titles = "title has" if found.n_unrated == 1 else "titles have"
    return f"{compared} {found.n_unrated:,} more {titles} not been rated by anybody: of these only content can say anything."


def titles_html(engine: Engine, titles: Sequence[Contested], n: int, who: str) -> str:
    """Titles with both ranks and both reasons, as a list in HTML."""
    lines = []
    for title in titles:
        reasons = (content_sentence(engine, title, n), viewers_sentence(engine, title, n, who))
        said = "".join(f"<p>{markup.in_html(reason)}</p>" for reason in reasons)
        name, about = (markup.in_html(words(engine, title.item_id)) for words in (cards.title_of, cards.facts))
        lines.append(
            f"<li>{cards.opener(engine, title.item_id)}<div><div class='name'>{name}</div><div class='muted'>{about}</div>{said}</div></li>"
        )
    return f'<ul class="live contested">{"".join(lines)}</ul>'


def content_sentence(engine: Engine, title: Contested, n: int) -> str:
    """Where content puts a title, and for which words and which rating."""
    words = ", ".join(feature_words(engine, title.item_id, title.words))
    keen, opinion = title.gap > 0, title.content
    because = f"what it is about ({words}) speaks {'for' if keen else 'against'} it" if words else "its words tell hardly anything"
    return f"Content puts it at rank {opinion.rank:,} of {n:,}: {because}. {_moved(engine, opinion, keen)}"


def viewers_sentence(engine: Engine, title: Contested, n: int, who: str) -> str:
    """Where viewers put a title, for which rating, and how many they are."""
    raters = f"{title.raters:,} {who if title.raters != 1 else SINGULAR.get(who, who)} rated it"
    few = f"Only {raters}, so they know little." if title.raters < FEW_RATERS else f"{raters}."
    return f"Viewers put it at rank {title.viewers.rank:,} of {n:,}. {_moved(engine, title.viewers, title.gap < 0)} {few}"


def _moved(engine: Engine, opinion: Opinion, keen: bool) -> str:
    if opinion.moved_by is None or abs(opinion.amount) < WORTH_SAYING:
        return "None of your ratings lifts it much." if keen else "None of your ratings speaks much against it: others fit better."
    stars = profile.ratings()[opinion.moved_by]
    return f"Your ★{stars:g} of {cards.title_of(engine, opinion.moved_by)} {'lifts it most' if keen else 'speaks most against it'}."


def feature_words(engine: Engine, item_id: str, features: Sequence[str]) -> list[str]:
    """Features of a title as people write them: "creators:vince gilligan" is Vince Gilligan, a word of its text “heist”."""
    known = cards.spelling(engine, item_id)
    found: dict[str, None] = {}
    for feature in features:
        field, _, token = feature.partition(":")
        if field in WORD_FIELDS:
            token = f"“{token}”"
        elif field in ("creators", "cast", "country", "language"):
            token = known.get(token, token)
        elif field == "decade":
            token = f"the {token}"
        found[token] = None
    return list(found)
