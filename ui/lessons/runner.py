"""Step, Run, Stop, Reset for algorithms that are generators: they yield a small result per round."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

import plotly.graph_objects as go
import streamlit as st

from ui.components.charts import CONFIG

S = TypeVar("S")
EVERY = 0.12
"""Seconds between two pictures of a running curve."""
MOST_SECONDS = 3.0
"""A run ends here; *Run* goes on from where it ended."""
AT_ONCE = 2
RUNNING = threading.BoundedSemaphore(AT_ONCE)
"""Runs at a time on this server: ratings of other visitors come first."""
PATIENCE = 30.0
"""Seconds that a run waits for others."""


@dataclass
class Run(Generic[S]):
    """An algorithm under way in one tab.

    Attributes
    ----------
    inputs : hashable
        What it was started with; other inputs start it anew.
    last : the last round's result
    kept : list
        What is remembered of each round for the curve.
    ended : bool
        Whether there is no further round.
    """

    inputs: Hashable
    rounds: Iterator[S]
    last: S
    kept: list[Any]
    ended: bool = False
    wanted: bool = field(default=False)

    @property
    def n(self) -> int:
        """Rounds so far, without the start."""
        return len(self.kept) - 1


def begin(inputs: Hashable, start: Callable[[], Iterator[S]], keep: Callable[[S], Any], ahead: int) -> Run[S]:
    """Start an algorithm and go ``ahead`` results: the first is the state before any round."""
    rounds = start()
    first = next(rounds)
    run = Run(inputs, rounds, first, [keep(first)])
    for _ in range(ahead - 1):
        step(run, keep)
    return run


def step(run: Run[S], keep: Callable[[S], Any]) -> None:
    """One round more, if there is one."""
    try:
        run.last = next(run.rounds)
    except StopIteration:
        run.ended = True
        return
    run.kept.append(keep(run.last))


def go_on(run: Run[S], keep: Callable[[S], Any], limit: int, draw: Callable[[list[Any]], Any]) -> None:
    """Round after round until the limit, the end, or three seconds; a picture now and then.

    A click anywhere ends it at the next picture, as Streamlit ends a script there: what is learned is kept.
    """
    end = time.monotonic() + MOST_SECONDS
    drawn = 0.0
    while run.n < limit and not run.ended and (now := time.monotonic()) < end:
        step(run, keep)
        if not run.ended and now - drawn >= EVERY:  # a picture of as many rounds has been drawn already
            draw(run.kept)
            drawn = time.monotonic()  # however long a picture takes: as long again goes into rounds


def run_control(
    key: str,
    inputs: Hashable,
    start: Callable[[], Iterator[S]],
    keep: Callable[[S], Any],
    curve: Callable[[list[Any]], go.Figure],
    alt: Callable[[list[Any]], str],
    limit: int = 100,
    ahead: int = 1,
) -> Run[S]:
    """The four buttons with the curve under them; returns the algorithm as far as it is.

    Parameters
    ----------
    inputs : hashable
        Everything that the algorithm depends on: if it changes, it starts anew.
    start : function that makes the generator
        It yields first what holds before any round, then once per round.
    keep : function of a result
        What the curve needs of it: a few numbers.
    curve : function of the list of what was kept
        Its figure.
    alt : function of the same list
        The curve in a sentence with its last numbers.
    limit : int
        Rounds at most.
    ahead : int
        Results that are there when the step opens, so that no picture is empty.
    """
    place = f"_learn_run_{key}"
    if (run := cast("Run[S] | None", st.session_state.get(place))) is None or run.inputs != inputs:
        run = st.session_state[place] = begin(inputs, start, keep, ahead)
    with st.container(horizontal=True, vertical_alignment="center", key=f"run_{key}"):
        st.button("Step", key=f"_{key}_step", icon=":material/skip_next:", on_click=_step, args=(run, keep, limit))
        st.button("Run", key=f"_{key}_run", icon=":material/play_arrow:", on_click=_want, args=(run,))
        st.button("Stop", key=f"_{key}_stop", icon=":material/stop:")  # any click ends a run
        st.button("Reset", key=f"_{key}_reset", icon=":material/restart_alt:", on_click=_reset, args=(place, inputs, start, keep))
        said = st.empty()
    picture = st.empty()
    if run.wanted:
        run.wanted = False
        _in_turn(run, keep, limit, said, lambda kept: picture.plotly_chart(curve(kept), config=CONFIG, key=f"_{key}_{len(kept)}"))
    said.caption(f"Round {run.n} of at most {limit}")
    picture.plotly_chart(curve(run.kept), config=CONFIG, key=f"_{key}_curve", alt=alt(run.kept))
    return run


def _in_turn(run: Run[S], keep: Callable[[S], Any], limit: int, said: Any, draw: Callable[[list[Any]], Any]) -> None:
    """Run as soon as no two others do."""
    until = time.monotonic() + PATIENCE
    while not RUNNING.acquire(timeout=0.2):
        said.caption("Two other runs are under way on this server: yours begins when one of them ends.")
        if time.monotonic() > until:
            return
    try:
        go_on(run, keep, limit, draw)
    finally:
        RUNNING.release()


def _step(run: Run[S], keep: Callable[[S], Any], limit: int) -> None:
    if run.n < limit:
        step(run, keep)


def _want(run: Run[Any]) -> None:
    run.wanted = True


def _reset(place: str, inputs: Hashable, start: Callable[[], Iterator[S]], keep: Callable[[S], Any]) -> None:
    st.session_state[place] = begin(inputs, start, keep, 1)
