"""The first sentence of "Why this?": what spoke for a title and what against it, in plain words."""

from __future__ import annotations

import math

from recsys_core import Engine, Explanation
from recsys_core.visitor.reason import ranked_reasons
from recsys_core.visitor.steering import FAME
from recsys_core.visitor.title_pulls import SEEN, title_of
from ui.components import cards, reason_words
from ui.components.model_names import model_name
from ui.session import profile, steering

WORTH_SAYING = 0.15
"""Share of the largest amount below which a rated title is left out of the sentence; the bars show it."""
SLIGHT = 0.05
"""The same for what a mark takes off: marks are weak."""


def sentence(engine: Engine, explanation: Explanation) -> str:
    """What spoke for the title and what against it; the reason on its card comes first."""
    if math.isnan(explanation.score):
        return (
            f"{model_name(explanation.model)} cannot score this title: it learns from people who rated a title, and nobody rated this one."
        )
    asked = ranked_reasons(explanation)[0][0].pull
    said = [f"{reason_words.asked_for(engine, asked)}: that spoke most for it."] if asked else []
    if explanation.contributions:
        said.append(_of_ratings(engine, explanation, asked))
    else:
        said.append("You have not rated anything yet." if asked else "You have not rated anything yet: this is simply popular.")
    return " ".join([*said, *_of_other_pulls(engine, explanation, asked)])


def _of_ratings(engine: Engine, explanation: Explanation, asked: str | None) -> str:
    """What the ratings said. A disliked title speaks for another only by being unlike it."""
    spoke = "spoke for it too" if asked else "spoke most for it"
    if speaking := explanation.speaking:
        largest = max(speaking.values())
        pro = [_with_stars(engine, rated) for rated, amount in speaking.items() if amount >= WORTH_SAYING * largest][:2]
        return f"Your {'ratings' if len(pro) > 1 else 'rating'} of {' and '.join(pro)} {spoke}.{_against(engine, explanation)}"
    if explanation.unlike:
        return f"It is unlike {_with_stars(engine, explanation.unlike)}: that {spoke}."
    popular = not asked and explanation.baseline > sum(explanation.steering.values())
    return f"None of your ratings speaks for it{'; it is here because many people like it' if popular else ''}."


def _against(engine: Engine, explanation: Explanation) -> str:
    """The rating that spoke most against a title; empty where none is worth saying."""
    amounts = explanation.contributions
    lowest = min(amounts, key=lambda rated: amounts[rated])
    worth = amounts[lowest] < 0 and -amounts[lowest] >= WORTH_SAYING * max(abs(amount) for amount in amounts.values())
    return f" {_with_stars(engine, lowest)} spoke against it." if worth else ""


def _of_other_pulls(engine: Engine, explanation: Explanation, asked: str | None) -> list[str]:
    """Where the pulls that have not been named moved the title."""
    others = {name: amount for name, amount in explanation.steering.items() if name != asked}
    said = []
    if amount := others.pop(FAME, 0.0):
        said.append(f"{reason_words.asked_for(engine, FAME)}: that pulled it {_direction(amount)}.")
    marks = {name: others.pop(name) for name in [*others] if title_of(name) and not steering.pulls().get(name)}
    if amount := sum(others.values()):
        said.append(f"Your steering pulled it {_direction(amount)}.")
    largest = max((abs(amount) for amount in explanation.contributions.values()), default=0.0)
    amount = sum(amount for name, amount in marks.items() if not name.startswith(SEEN))
    if abs(amount) > SLIGHT * largest:
        nearest = max(marks, key=lambda name: abs(marks[name]))
        said.append(f"{reason_words.asked_for(engine, nearest)}: that pulled it {_direction(amount)}.")
    return said


def _direction(amount: float) -> str:
    return "up" if amount > 0 else "down"


def _with_stars(engine: Engine, rated: str) -> str:
    return f"{cards.title_of(engine, rated)} ★{profile.ratings()[rated]:g}"
