"""Guess before you see. Until *Show* is pressed, the answer is neither computed nor sent to the browser."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from recsys_core.data.dataset import Dataset
from recsys_core.teaching.lesson import Guess, Lesson
from ui.components import announcer

SKIPPED = "skipped"


@dataclass(frozen=True)
class Shown:
    """A guess, or None for whoever skipped it; and the answer.

    ``hands`` counts a show of hands by option; empty outside the presenter mode.
    """

    guessed: float | str | None
    answer: float | str
    hands: dict[str, int]


def is_shown(lesson: Lesson) -> bool:
    """Whether the answer may be seen."""
    return _kept(lesson) in st.session_state


def ask(lesson: Lesson, dataset: Dataset, presenting: bool) -> Shown | None:
    """The question with its control; when it was answered, the verdict instead. None as long as the answer is covered."""
    guess = lesson.guess
    with st.container(key="guess", border=True):
        if not is_shown(lesson):
            _question(lesson, presenting)
            announcer.announce("", "_guess")
            return None
        said = st.session_state[_kept(lesson)]
        shown = Shown(None if said == SKIPPED else said, guess.answer(dataset), st.session_state.get(_hands(lesson), {}))
        sentence = guess.verdict(shown.guessed, shown.answer)
        st.markdown(f"{sentence} {guess.after}".rstrip())
        announcer.announce(sentence.replace("**", ""), "_guess")
        st.button("Cover again", key="guess_cover", type="tertiary", icon=":material/visibility_off:", on_click=_cover, args=(lesson,))
    return shown


def _question(lesson: Lesson, presenting: bool) -> None:
    guess = lesson.guess
    if not guess.options:
        st.slider(guess.label, guess.low, guess.high, guess.start, guess.step, key=_control(lesson), format=f"%.1f {guess.unit}")
    elif presenting:
        st.markdown(f"**{guess.label}** Hands up:")
        with st.container(horizontal=True):
            for at, option in enumerate(guess.options):
                st.number_input(option, 0, 500, 0, key=f"{_hands(lesson)}_{at}", width=112)
    else:
        st.segmented_control(guess.label, guess.options, key=_control(lesson))
    with st.container(horizontal=True):
        st.button(
            "Show", key="guess_show", type="primary", shortcut="v", icon=":material/visibility:", on_click=_show, args=(lesson, presenting)
        )
        st.button("Skip", key="guess_skip", type="tertiary", on_click=_keep, args=(lesson, SKIPPED))


def _show(lesson: Lesson, presenting: bool) -> None:
    guess: Guess = lesson.guess
    if guess.options and presenting:
        counts = {option: int(st.session_state.get(f"{_hands(lesson)}_{at}", 0)) for at, option in enumerate(guess.options)}
        st.session_state[_hands(lesson)] = counts
        _keep(lesson, max(counts, key=lambda option: counts[option]) if any(counts.values()) else SKIPPED)
    else:
        value = st.session_state.get(_control(lesson))
        _keep(lesson, SKIPPED if value is None else value)


def _keep(lesson: Lesson, value: float | str) -> None:
    st.session_state[_kept(lesson)] = value


def _cover(lesson: Lesson) -> None:
    st.session_state.pop(_kept(lesson), None)
    st.session_state.pop(_hands(lesson), None)


def _kept(lesson: Lesson) -> str:
    return f"learn_guess_{lesson.key}"


def _control(lesson: Lesson) -> str:
    return f"_learn_guess_{lesson.key}"


def _hands(lesson: Lesson) -> str:
    return f"_learn_hands_{lesson.key}"
