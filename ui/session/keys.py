"""Every session key of the app: what one browser tab remembers. One key holds one fact, and it is named here alone.

A widget that only one file reads keeps its key there; such a key begins with the name of its page or with an underscore.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Generic, Literal, NamedTuple, TypeVar, cast

import streamlit as st

from recsys_core.exchange.bringing import Undo
from recsys_core.exchange.matching import Match
from recsys_core.exchange.report import About
from recsys_core.exchange.rows import Answers, Reading
from recsys_core.storage.feedback import Feedback
from recsys_core.storage.ratings import GuestRatings, VisitorRatings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Key(Generic[T]):
    """One fact that a tab remembers.

    Attributes
    ----------
    name : str
        The key in ``st.session_state``; where a widget shows the fact, also the widget's key.
    default : T
        The value as long as nothing was set. All tabs share it: it must not be changed in place.
    """

    name: str
    default: T

    def get(self) -> T:
        """The value of this tab."""
        return cast(T, st.session_state.get(self.name, self.default))

    def set(self, value: T) -> None:
        """Remember another value."""
        st.session_state[self.name] = value

    def take(self) -> T:
        """The value, and forget it: for what is to be acted upon once."""
        return cast(T, st.session_state.pop(self.name, self.default))

    def forget(self) -> None:
        """Go back to the default."""
        st.session_state.pop(self.name, None)


def show(widget: str, value: object) -> None:
    """Set what a widget shows before it is drawn, only where that changes something.

    A value that is sent again overtakes a click that is under way: of stars that are given quickly one after another, one was lost.
    """
    if st.session_state.get(widget) != value:
        st.session_state[widget] = value


class LiveList(NamedTuple):
    """The list that follows every star, as it was last shown.

    Attributes
    ----------
    item_ids : list of str, best first
    entered : set of str
        Which of them entered at the last change.
    asked : tuple
        The ratings and pulls for which it was made.
    """

    item_ids: list[str]
    entered: set[str]
    asked: tuple[dict[str, float], dict[str, float]]


class Brought(NamedTuple):
    """A file with ratings that a visitor has dropped, as far as it has been read.

    Attributes
    ----------
    asked : tuple
        The file's id, the data set's key and the answers for which it was read.
    reading : Reading
    matches : list of Match
        What each row is in the data set.
    """

    asked: tuple[str, str, Answers]
    reading: Reading
    matches: list[Match]


class Act(NamedTuple):
    """The last thing that was said about titles, which can be undone until something else is said.

    Attributes
    ----------
    words : str
        What was done, as plain text: "Kept Heat".
    before : dict
        What had been said about each title before, by item id; None = nothing.
    pulls : dict
        What the pulls that the act changed were before, by name; 0 = there was none.
    """

    words: str
    before: dict[str, Feedback | None]
    pulls: dict[str, float] = {}  # noqa: RUF012  (never changed in place)


class ClassLists(NamedTuple):
    """One list for a whole class under each fairness.

    Attributes
    ----------
    asked : tuple
        The room's code and the stars for which they were made.
    lists : dict of str to list of str
        Item ids, best first, by fairness.
    gives_up : dict of str to tuple of float
        The mean and the largest of what people give up, in expected stars, by fairness.
    """

    asked: tuple[object, ...]
    lists: dict[str, list[str]]
    gives_up: dict[str, tuple[float, float]]


class Cells(NamedTuple):
    """What the rows and columns of the drawn heatmap are: item ids (None for the visitor's own row), and factors from 0."""

    item_ids: list[str | None]
    factors: list[int]


# Who visits, and which data set they look at.
DATASET: Key[str | None] = Key("dataset", None)
"""The chosen data set; None = the one that the address names, or the server's own."""
COMING_FROM: Key[str | None] = Key("coming_from", None)
"""The data set that was left, until the ratings are carried over from it."""
REFUSED = Key("refused", "")
"""Why the server would not begin to prepare the data set just now."""
FIRST_STARS: Key[dict[str, float]] = Key("first_stars", {})
"""Stars by item id that were given while the models were fitted for the first time."""
CARRIED_AT: Key[float | None] = Key("carried_at", None)
"""When :data:`CARRIED` was first shown, in seconds: while models are fitted the page is drawn anew again and again."""
CARRIED = Key("carried", "")
"""A sentence on how many ratings came along, shown once."""
TOKEN = Key("token", "")
"""The profile's secret name on its way to another data set, or chosen where one was asked whose ratings to use, until it is opened."""
UNSURE = Key("unsure", False)
"""Whether the database could not say which ratings this browser had open: then it is asked again, and what is said meanwhile joins them."""
TIMES_LEFT = Key("times_left", 0)
"""How often this browser had been told to forget its ratings when this tab opened them; where that has risen, they are closed."""
TAB = Key("tab", "")
"""A name for this tab, by which the server knows whose job is whose as long as no profile is open."""
KEY_NOTE = Key("key_note", "")
"""A sentence on why this tab has another key than before, shown once."""

# What the visitor said.
RATINGS: Key[VisitorRatings | None] = Key("ratings", None)
"""Stars, marks and names of factors, with the profile's token; None before the profile has been opened."""
GUEST: Key[GuestRatings | None] = Key("guest", None)
"""The ratings and pulls of a link that somebody sent, as long as this tab shows them instead of the visitor's own."""
SHARED: Key[tuple[str, str]] = Key("shared", ("", ""))
"""The same as the address holds them: ratings, pulls."""
WAITED = Key("waited", False)
"""Whether something of what this tab showed was not stored yet, until the page has said that it is."""
FAME: Key[int | None] = Key("fame", None)
"""How well known the listed titles shall be, from 2 (very) to -2 (hidden gems); None before the address has been read."""

LAST_ACT: Key[Act | None] = Key("last_act", None)
"""What was said last about titles, in words with a button that undoes it; None where there is nothing to undo."""
DISLIKES_REST = Key("dislikes_rest", False)
"""Whether titles that are not for the visitor only stay off the lists, and pull nothing (a widget's answer, turned round)."""
SINCE: Key[date | None] = Key("since", None)
"""The day from which on ratings count (a widget); None = all of them."""
SHEET_TO_OPEN: Key[str | None] = Key("sheet_to_open", None)
"""The title whose poster was clicked, until its window opens."""
WHY_TO_OPEN: Key[tuple[str, str] | None] = Key("why_to_open", None)
"""The title and the model that the window of a title was asked about, until the window "Why this?" opens in its place."""

# Rate and quick start.
LIVE_LIST: Key[LiveList | None] = Key("live_list", None)
"""The live list as it was last shown, to mark what is new in it."""
STARS_BEFORE_PICKING: Key[dict[str, float]] = Key("quick_before", {})
"""Stars that a picked favourite had before; they come back if it is taken back."""
ARRIVED: Key[Literal["", "now", "shown"]] = Key("arrived", "")
"""Whether the quick start has just been finished, and then whether the page Factors shows so: until another view of it is chosen."""

# Together.
GROUP: Key[tuple[int, ...]] = Key("group", (0, 1))
"""Numbers of the people in the group, in the order of their boxes; 0 is the visitor."""

# Factors.
FACTOR_VIEW: Key[str | None] = Key("factor_view", None)
"""The view of the page Factors (a widget)."""
FACTOR_CHOSEN = Key("factor_chosen", 0)
"""The factor that is looked at, from 0 (a widget): the card is about it, and a sorted heatmap is sorted by it."""
HEATMAP_SORTED = Key("heatmap_sorted", False)
"""Whether the heatmap's titles are sorted by the factor that is looked at; otherwise titles that are alike stand together."""
HEATMAP_CELLS: Key[Cells | None] = Key("heatmap_cells", None)
"""What the drawn heatmap's rows and columns are, to tell what a click means."""
TITLE_TO_OPEN: Key[str | None] = Key("title_to_open", None)
"""The title that was clicked in the heatmap or on the map, until its window opens."""
MAP_CHOSEN: Key[tuple[str, ...]] = Key("map_chosen", ())
"""The titles that were drawn around on the map."""

# Compare and data.
EVALUATION_SOURCE: Key[str | None] = Key("evaluation_source", None)
"""Which figures are shown: those that came with the app or those measured here (a widget)."""
EVALUATION_WANTED: Key[str | None] = Key("evaluation_wanted", None)
"""The figures that have just been measured and are to come to the front."""
MEASURING = Key("measuring", False)
"""Whether this tab watches a measurement, whose figures it then shows."""
UPLOAD_TAKEN = Key("upload_taken", ("", ""))
"""The last file that was taken from this tab: its id, and the name of its data set, empty once that is deleted."""
BROUGHT: Key[Brought | None] = Key("brought", None)
"""The file with ratings that was dropped last; it is forgotten when its ratings are in."""
BROUGHT_CHOICES: Key[dict[About, str]] = Key("brought_choices", {})
"""Which title is meant where a file leaves it open."""
BROUGHT_FILES = Key("brought_files", 0)
"""How many files have been brought in: the next one gets an empty field."""
UNDO_IMPORT: Key[Undo | None] = Key("undo_import", None)
"""What takes the last import back."""
IMPORT_SAID = Key("import_said", "")
"""A sentence on the last import, shown once."""

# Learn.
LESSON_PAGE = Key("lesson_page", ("", False))
"""The lesson that was shown last, and whether for its teacher: these are pages, but to Streamlit they are one."""

# Class.
ROUTED = Key("routed", False)
"""Whether this tab has come through ``app.py``."""
TEACHER_KEYS: Key[dict[str, str]] = Key("teacher_keys", {})
"""The teacher's keys of rooms, by code, that were typed or made in this tab."""
ROOM_ENTERED = Key("room_entered", "")
"""The room in which this tab was last seen as a student: who is no longer there was removed."""
ROOM_PLACE: Key[int | None] = Key("room_place", None)
"""The title that a student looks at, from 0; None: the first of which they have said nothing."""
ROOM_REFUSED = Key("room_refused", "")
"""Why a star or a vote was not taken, shown once."""
ROOM_BROUGHT = Key("room_brought", -1)
"""How many of the student's own ratings came along, said once; -1 = nothing to say."""
CLASS_LISTS: Key[ClassLists | None] = Key("class_lists", None)
"""The lists for the whole class as they were last made."""

# Every page.
PRESENTED = Key("presented", "")
"""The page that is presented on a projector; empty: none is."""
SCREEN_TALL = Key("screen_tall", 900)
"""Pixels of the projector's height."""
SAID = Key("said", "")
"""What a screen reader is told about the last click."""
