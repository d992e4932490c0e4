"""What one row of somebody's file says, what has to be asked about the file, and everything that was read of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from recsys_core.storage.feedback import Mark

MOST_ROWS = 100_000
"""Rows of one person's files. A title watched each hour for eleven years."""
Unrated = Literal["seen", "kept", "left out"]
Question = Literal["person", "dates", "unrated", "scale"]


@dataclass(slots=True)
class Row:
    """What one row says about one title.

    Attributes
    ----------
    title : str
        As the file has it.
    year : int or None
    stars : float or None
        From 0.5 to 5, on this app's scale.
    written : str
        The rating as the file has it, with its scale: "9 of 10".
    date : str
        As the file has it.
    at : float or None
        The date in seconds since 1970, once the order of day and month is known.
    mark : Mark or ""
        What the row says if it has no stars; "" where the file does not tell what its titles are.
    kind : "movie", "show" or ""
    names : tuple of str
        Other names of the title, the likeliest first.
    shows : tuple of str
        Names that a show may have of which the row is an episode, the likeliest first.
    sure : int
        How many of ``shows`` are names of a show for certain; a match with any further one is to be confirmed.
    imdb_id, tmdb_id, item_id, movielens_id : str
        What the file calls the title elsewhere.
    episode : bool
        Whether the stars are those of an episode of the show ``title``.
    skipped : str
        Why the row is left out; "" if it is not.
    guessed : bool
        Whether the stars are the mean of its episodes'.
    """

    title: str
    year: int | None = None
    stars: float | None = None
    written: str = ""
    date: str = ""
    at: float | None = None
    mark: Mark | Literal[""] = "rated"
    kind: str = ""
    names: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    sure: int = 0
    imdb_id: str = ""
    tmdb_id: str = ""
    item_id: str = ""
    movielens_id: str = ""
    episode: bool = False
    skipped: str = ""
    guessed: bool = False

    @property
    def about(self) -> tuple[str, int | None, str]:
        """What tells the titles of a file apart: of rows that agree in it one choice is made."""
        return (self.shows[0] if self.sure else self.title, self.year, self.kind)


@dataclass(frozen=True, slots=True)
class Answers:
    """What the visitor said where a file does not tell.

    Attributes
    ----------
    person : str or None
        Whose rows count, in a file of several people.
    day_first : bool or None
        Whether 4/5/2026 is in May.
    unrated : "seen", "kept", "left out" or None
        What titles without stars are.
    top : int or None
        The most that a rating can be: 5, 10 or 100.
    episodes : bool
        Whether shows get the mean of their episodes' stars, as a guess.
    """

    person: str | None = None
    day_first: bool | None = None
    unrated: Unrated | None = None
    top: int | None = None
    episodes: bool = False


NO_ANSWERS = Answers()


@dataclass(slots=True)
class Reading:
    """Everything that was read of a file.

    Attributes
    ----------
    site : str
        Where it comes from: "Letterboxd".
    parts : list of str
        What it was read from, a few words for each table: "ratings.csv".
    rows : list of Row
    scale : str
        How its ratings become stars, as a sentence; "" where it has none.
    people : sequence of (name, number of rows)
        Whose rows there are, if there are several people's.
    asks : set of Question
        What the file does not tell.
    """

    site: str
    parts: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    scale: str = ""
    people: Sequence[tuple[str, int]] = ()
    asks: set[Question] = field(default_factory=set)
