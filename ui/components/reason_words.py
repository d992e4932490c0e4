"""Why a title is listed, and what the visitor asked for, in plain text."""

from __future__ import annotations

from collections.abc import Mapping

from recsys_core import Engine, Recommendation
from recsys_core.visitor.steering import FACTOR, FAME
from recsys_core.visitor.title_pulls import SEEN, TITLE, title_of
from ui.components import cards, factor_names, markup
from ui.session import profile, steering

MOST_MARKS = 3
"""Marks that have a bar of their own in a sum."""
FAME_WORDS = {2: "very well known titles", 1: "well known titles", -1: "less known titles", -2: "hidden gems"}


def reason(engine: Engine, line: Recommendation) -> str:
    """The one reason beside a title of a list."""
    if line.pull:
        return asked_for(engine, line.pull)
    rated = line.because or line.unlike
    if not rated:
        return "Popular with everyone"
    title, stars = cards.title_of(engine, rated), profile.ratings()[rated]
    if line.unlike:
        return f"Unlike {title}, which you rated ★{stars:g}"
    both = f" – both: {', '.join(map(markup.clean, line.shared))}" if line.shared else ""
    return f"Because you rated {title} ★{stars:g}{both}"


def asked_for(engine: Engine, name: str) -> str:
    """One of the visitor's pulls in words: "You asked for more heist"."""
    amount = steering.all_pulls().get(name, 0.0)  # what is not among them is a mark
    kind, _, which = name.partition(":")
    if kind == SEEN:
        return f"Because you watched {cards.title_of(engine, which)}"
    if kind == TITLE:
        like = cards.title_of(engine, which)
        return f"You asked for more like {like}" if amount > 0 else f"You said that {like} is not for you"
    if name == FAME:
        return f"You asked for {FAME_WORDS[steering.fame()]}"
    if kind != FACTOR:
        return f"You asked for {'more' if amount > 0 else 'less'} {markup.clean(which)}"
    end = factor_names.ends(engine.factors, int(which))[1 if amount > 0 else 0]
    return f"You asked for {end}" if end.startswith("less ") else f"You asked for more {end}"


def pull_words(engine: Engine, name: str) -> str:
    """What the bar of a pull is called in a sum."""
    kind, _, which = name.partition(":")
    if kind == SEEN:
        return f"Seen: {cards.title_of(engine, which)}"
    if kind == TITLE:
        wanted = steering.pulls().get(name, 0.0) > 0
        return f"{'More like' if wanted else 'Not for you:'} {cards.title_of(engine, which)}"
    if name == FAME:
        return asked_for(engine, name)
    return f"Your pull: {factor_names.full(engine.factors, int(which)) if kind == FACTOR else markup.clean(which)}"


def pull_bars(engine: Engine, steering: Mapping[str, float]) -> list[tuple[str, float]]:
    """The bars of what steering added: one for each pull, and of many marks the largest, with the others as one bar."""
    bars = [(pull_words(engine, name), amount) for name, amount in steering.items() if amount and not title_of(name)]
    marks = sorted(((name, amount) for name, amount in steering.items() if amount and title_of(name)), key=lambda pull: -abs(pull[1]))
    bars += [(pull_words(engine, name), amount) for name, amount in marks[:MOST_MARKS]]
    if rest := marks[MOST_MARKS:]:
        bars.append((f"{len(rest)} other titles that you marked", sum(amount for _, amount in rest)))
    return bars
