"""What a lesson consists of besides its pictures: words, a guess, tasks, a number to check, notes for teachers.

Plain data and functions. The page Learn adds controls and pictures (``ui/lessons``); the terminal and the notebooks show the rest.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recsys_core.data.dataset import Dataset

CONTENT, NEIGHBOURS, TASTES, WORLD = "Content", "Neighbours", "Hidden tastes", "In the world"
GROUPS = (CONTENT, NEIGHBOURS, TASTES, WORLD)
MOST_WORDS, MOST_TO_SEE = 60, 40
"""Words of a step before its picture and after it."""
Numbers = Mapping[str, float | np.ndarray]
"""What a step computes, by a name that people read: single numbers, curves (n,) or tables (n, m)."""
Values = Mapping[str, Any]
"""What the controls of a step are set to, and what it computed from them, by short names."""
_TERM = re.compile(r"\[\[([^\]|]+)(?:\|([^\]]+))?\]\]")


@dataclass(frozen=True)
class Step:
    """One picture with its words.

    Attributes
    ----------
    title : str
        A few words.
    words : str
        At most 60 words before the picture, in Markdown. ``[[cosine]]`` or ``[[neighbours|neighbour]]`` names a term of the glossary.
    see : str
        At most 40 words after it: what to look at.
    code : functions that compute the picture, as they are shown on the page and put into the notebook
    numbers : function without required arguments
        Computes the numbers of the picture at its first values on data that fit on paper: for the terminal and the notebook.
        None where a step needs a whole data set.
    """

    title: str
    words: str
    see: str
    code: tuple[Callable[..., Any], ...]
    numbers: Callable[[], Numbers] | None = None


@dataclass(frozen=True)
class Guess:
    """What a visitor guesses before they may see it.

    Attributes
    ----------
    label : str
        The question.
    answer : function of a data set
        The number, or one of ``options``. Asked only when it may be seen.
    steps : the steps, from 1, that show the answer: each asks first
    options : choices; empty for a number
    low, high, step, unit
        The scale of a number; ``start`` is where its slider stands at first.
    after : str
        A sentence that stands after the answer.
    """

    label: str
    answer: Callable[[Dataset], float | str]
    steps: tuple[int, ...] = (1,)
    options: tuple[str, ...] = ()
    low: float = 0.5
    high: float = 5.0
    step: float = 0.1
    start: float = 2.5
    unit: str = "stars"
    digits: int = 2
    after: str = ""

    def verdict(self, guessed: float | str | None, answer: float | str) -> str:
        """Guess and answer in a sentence; ``guessed`` is None for whoever skipped the guess."""
        said = "" if guessed is None else f"You said {self.said(guessed)}. "
        if self.options:
            it = "Right: it" if guessed == answer else "It"
            return f"{said}{it} is **{answer}**."
        return f"{said}It is **{self.said(answer)}**."

    def said(self, value: float | str) -> str:
        """A guess or an answer with its unit."""
        if isinstance(value, str):
            return value
        return f"{value:.{self.digits}f} {self.unit}".strip()


@dataclass(frozen=True)
class Task:
    """Something to try with the controls of a step; the page ticks it by itself.

    Attributes
    ----------
    step : int
        The step, from 1, whose controls it is about.
    done : function of the values of that step
    answer : function of a data set
        Computed by the lesson's own functions, never typed in.
    """

    step: int
    text: str
    done: Callable[[Values], bool]
    answer: Callable[[Dataset], str]


@dataclass(frozen=True)
class Mistake:
    """A known way to a wrong number: the number, and what went wrong."""

    value: Callable[[], float]
    name: str


@dataclass(frozen=True)
class Check:
    """A number to be computed on paper.

    Attributes
    ----------
    step : int
        The step, from 1, under which it stands.
    """

    question: str
    answer: Callable[[], float]
    mistakes: tuple[Mistake, ...] = ()
    step: int = 1
    tolerance: float = 0.005

    def reply(self, given: float) -> tuple[bool, str]:
        """Whether a number is right, and a sentence on it that does not give the answer away."""
        if not math.isfinite(given):
            return False, "That is not a number."
        if abs(given - self.answer()) <= self.tolerance + 1e-9:
            return True, f"Right: {self.answer():.4g}."
        for mistake in self.mistakes:
            if abs(given - mistake.value()) <= self.tolerance + 1e-9:
                return False, mistake.name
        return False, "Not yet. Open *Arithmetic* under the picture and go through it line by line."


@dataclass(frozen=True)
class Notes:
    """For the teacher; never on the projector.

    Attributes
    ----------
    ask : str
        The question to ask before anything is touched.
    wrong : sequence of str
        What usually goes wrong in class.
    plan : sequence of (minutes, what)
    take_home : str
        The one number or sentence to remember.
    """

    ask: str
    wrong: Sequence[str]
    plan: Sequence[tuple[int, str]]
    take_home: str


@dataclass(frozen=True)
class Lesson:
    """One lesson.

    Attributes
    ----------
    key : str
        Its name in addresses, and the name of its files.
    number : int
        From 1 to 13.
    question : str
        One line; it does not give the guess away.
    next_words, next_page, next_label
        A sentence on where the app does the same, the page's file name without ending, and the words of the link.
    """

    key: str
    number: int
    title: str
    question: str
    group: str
    minutes: int
    steps: tuple[Step, ...]
    guess: Guess
    tasks: tuple[Task, ...]
    check: Check
    notes: Notes
    next_words: str
    next_page: str
    next_label: str

    @property
    def code(self) -> tuple[Callable[..., Any], ...]:
        """Every function that the lesson shows, once."""
        return tuple(dict.fromkeys(function for step in self.steps for function in step.code))

    @property
    def terms(self) -> list[str]:
        """Terms of the glossary in the order in which they come up."""
        return list(dict.fromkeys(term for step in self.steps for term in terms_in(step.words + step.see)))


def terms_in(words: str) -> list[str]:
    """The terms of the glossary that a text names, in its order."""
    return [found[2] or found[1] for found in _TERM.finditer(words)]


def without_marks(words: str, mark: str = "") -> str:
    """A text with its terms as plain words, or between ``mark`` such as ``**``."""
    return _TERM.sub(lambda found: f"{mark}{found[1]}{mark}", words)
