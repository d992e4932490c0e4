"""What do you have? The methods that fit, with their strong and weak sides and the lessons that show them."""

from __future__ import annotations

from typing import NamedTuple


class Method(NamedTuple):
    """A way to recommend, in a line: ``lesson`` is the key of the lesson that shows it."""

    name: str
    good: str
    weak: str
    lesson: str


CONTENT = Method(
    "Words and tags (content)",
    "Works for a title that nobody has rated yet.",
    "More of the same, and only as good as the words.",
    "content",
)
PEOPLE = Method(
    "Neighbours",
    "Easy to explain: people like you, titles like this.",
    "Needs people who share titles; a slip with zeros ruins it.",
    "neighbours",
)
FACTORS = Method("Hidden tastes (SVD, SGD)", "The best stars from ratings alone.", "Learns by heart if nothing holds it back.", "world")
TURNS = Method(
    "Taking turns (ALS)",
    "Steps that never make it worse, and easy to spread over computers.",
    "One number, the penalty, decides everything.",
    "als",
)
IMPLICIT = Method(
    "Watched or not (implicit ALS, BPR)", "Needs no stars, and there are far more clicks.", "Not watching can mean anything.", "implicit"
)
TOWERS = Method(
    "Two towers", "Joins words and ratings, and searches millions in a blink.", "Needs much data and care with its settings.", "towers"
)
POPULAR = Method(
    "Popularity, shrunk means", "Works from the first day; everything else must beat it.", "The same list for everybody.", "splits"
)
REGRESSION = Method(
    "Regression on known traits",
    "Says how much each trait counts for each person.",
    "Somebody has to write the traits down, or they have to be learned.",
    "regression",
)
FEEDBACK = Method("Exploration", "Learns what nobody has been shown yet.", "Costs some good suggestions today.", "loop")

CHOICES = {
    "Stars": (PEOPLE, FACTORS, TURNS),
    "Clicks and views": (IMPLICIT, POPULAR),
    "Both": (IMPLICIT, FACTORS, TOWERS),
    "Descriptions only": (CONTENT, REGRESSION),
    "Nobody yet": (POPULAR, CONTENT, FEEDBACK),
}
"""What somebody has, and what fits."""
