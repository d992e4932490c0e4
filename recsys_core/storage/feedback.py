"""What a visitor says: about one title, about one factor, where the lists shall be pulled, or that all of it is to be forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from recsys_core.data.scale import MAX_STARS, MIN_STARS
from recsys_core.errors import ProfileError

Mark = Literal["rated", "not seen", "kept", "seen", "hidden"]
"""What can be said about a title: one thing at a time. "kept" is to be watched some day, "seen" was watched and has no stars, and
"hidden" is what the screen calls *Not for me*."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a visitor said about one title.

    Attributes
    ----------
    mark : Mark
    stars : float or None
        Only where rated.
    guess : float or None
        The stars that were predicted just before the rating.
    at : float or None
        When it was said, in seconds since 1970; None before it is stored. Equal words at two times count as equal.
    """

    item_id: str
    mark: Mark
    stars: float | None = None
    guess: float | None = None
    at: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to be written.

    Attributes
    ----------
    kind : "title", "factor", "pull" or "all"
        What it is about; "all" forgets everything that the profile ever said, in all data sets.
    name : str
        The title's id, what identifies the factor, or the pull's name.
    said : Feedback, str, float or None
        What is said about the title, the factor's name, or the pull's amount; None takes it back.
    """

    kind: Literal["title", "factor", "pull", "all"]
    dataset: str = ""
    name: str = ""
    said: Feedback | str | float | None = None

    @property
    def about(self) -> tuple[str, str, str]:
        """A later change about the same replaces this one."""
        return self.kind, self.dataset, self.name


def checked_stars(item_id: str, stars: float) -> float:
    """The stars as they are kept. Raises :class:`ProfileError` outside [0.5, 5]."""
    if not MIN_STARS <= stars <= MAX_STARS:
        raise ProfileError(f"The rating of {item_id!r} is {stars!r}; a rating is a number from {MIN_STARS} to {MAX_STARS:g}.")
    return float(stars)
