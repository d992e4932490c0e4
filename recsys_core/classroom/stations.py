"""The stations of an hour with a class, in their order: what each shows, what it computes, and the lesson that explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Act = Literal["rate", "guess", "wait", "name", "list"]


@dataclass(frozen=True, slots=True)
class Station:
    """One picture on the projector.

    Attributes
    ----------
    computed : str
        What is computed, in one line.
    phone : str
        What the phones say that the class is doing.
    act : Act
        What phones do meanwhile.
    lesson : str
        The key of the lesson that explains it; empty for none.
    """

    key: str
    title: str
    computed: str
    phone: str
    act: Act = "wait"
    lesson: str = ""


STATIONS = (
    Station("join", "Join the class", "Nothing is computed yet: the room counts who has joined.", "The class is joining.", "rate"),
    Station(
        "matrix",
        "The class is the matrix",
        "A row for each of you, a column for each title; hatched: not rated.",
        "Rating.",
        "rate",
        "world",
    ),
    Station(
        "agreed",
        "Where do you agree?",
        "Mean and standard deviation of each title's stars, for titles that three or more rated.",
        "Looking at where you agree.",
        lesson="metrics",
    ),
    Station(
        "alike",
        "Who is alike?",
        "Each pair's rows compared by the measure that you choose, over the titles that both rated.",
        "Looking for two who are alike.",
        lesson="similarity",
    ),
    Station(
        "guess",
        "Hide and guess",
        "One rating of each of you is hidden. Guess three of them: what did this person give?",
        "Guess the hidden stars.",
        "guess",
        "neighbours",
    ),
    Station(
        "reveal",
        "Who guessed best?",
        "User-kNN, item-kNN (10 neighbours), SVD (2 directions) and the title's mean predict every hidden rating from the rest.",
        "Look: who guessed best?",
        lesson="neighbours",
    ),
    Station(
        "factors",
        "The factors of the class",
        "SVD of what deviates from person's mean + title's mean: the two directions in which you differ most.",
        "Name the two axes.",
        "name",
        "svd",
    ),
    Station(
        "audience",
        "The class beside everybody",
        "Your mean of each title minus the audience's, each counted from its own mean over these titles.",
        "Comparing you with everybody.",
        lesson="splits",
    ),
    Station(
        "lists",
        "Does popularity beat us?",
        "A third of everybody's stars is hidden; NDCG of the first five says where each method puts the liked ones.",
        "Measuring lists.",
        lesson="metrics",
    ),
    Station(
        "shilling",
        "Three made-up students",
        "Three rows are added that rate as you do on average, and one title with five stars; all methods are fitted again.",
        "Three strangers have joined …",
        lesson="loop",
    ),
    Station(
        "together",
        "One list for the whole class",
        "Everybody's list by the app's model svd, brought to one scale and put together in three ways.",
        "One list for all of you.",
        lesson="loop",
    ),
    Station(
        "own",
        "Your own list",
        "On each phone: what classmates with stars like yours say about the rest (user-kNN, 10 neighbours).",
        "Here is your own list.",
        "list",
        "neighbours",
    ),
)


def station(number: int) -> Station:
    """The station with a number from 0; the first or last one beyond the ends."""
    return STATIONS[min(max(number, 0), len(STATIONS) - 1)]
