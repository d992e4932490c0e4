"""What a step of a lesson is given: controls that stand in the address, pictures with words for those who cannot see them, a guess.

A step is a function that takes a :class:`Scene`. It asks for controls, computes with the functions of its lesson, and draws.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys_core import Engine
from recsys_core.data.dataset import Dataset
from recsys_core.teaching.lesson import Lesson, Step
from ui.components.announcer import announce
from ui.components.charts import CONFIG
from ui.lessons import guess, people
from ui.lessons.link import in_address
from ui.lessons.matrix import matrix_html
from ui.lessons.runner import Run, run_control

T = TypeVar("T")
S = TypeVar("S")
PRESENTED_FONT, PRESENTED_LINE = 18, 3


@dataclass
class Scene:
    """One step as it is drawn in one run of the page.

    Attributes
    ----------
    lesson, number, engine
        The lesson, the step from 1, and the fitted models of the open data set.
    presenting : bool
        For a projector: large, in one column.
    values : dict
        What the controls are set to and what :meth:`note` adds: tasks are ticked by it.
    """

    lesson: Lesson
    number: int
    engine: Engine
    presenting: bool
    row: DeltaGenerator
    values: dict[str, Any] = field(default_factory=dict)
    link: dict[str, str] = field(default_factory=dict)
    arithmetic_lines: list[str] = field(default_factory=list)
    tables: list[tuple[str, pd.DataFrame]] = field(default_factory=list)

    # --- what there is -----------------------------------------------------------------------------------------------

    @property
    def step(self) -> Step:
        """The words and functions of this step."""
        return self.lesson.steps[self.number - 1]

    @property
    def dataset(self) -> Dataset:
        """The open data set."""
        return self.engine.dataset

    def person(self) -> people.Person:
        """Whose ratings are looked at: the visitor, an example, or whoever sent the link; with its control."""
        with self.row:
            chosen = people.choose(self.dataset)
        self.values["who"] = chosen.key
        return chosen

    # --- controls ----------------------------------------------------------------------------------------------------

    def key(self, name: str) -> str:
        """The key of a control: its name in the address and in the session."""
        return f"{self.lesson.key}_{name}"

    def slider(self, name: str, label: str, low: float, high: float, start: float, step: float = 1, help: str | None = None) -> Any:
        """Choose a number. Whole numbers stay whole."""
        with self.row:
            value = st.slider(label, low, high, start, step, key=self.key(name), bind="query-params", help=help, width=230)
        return self._kept(name, value, start, str)

    def steps(self, name: str, label: str, options: Sequence[T], start: T, text: Callable[[T], str] = str, help: str | None = None) -> T:
        """Choose one of several values in their order, such as 0.01, 0.1, 1."""
        with self.row:
            value = st.select_slider(label, options, start, key=self.key(name), bind="query-params", format_func=text, help=help, width=230)
        return self._kept(name, value, start, text)

    def choice(self, name: str, label: str, options: Sequence[T], start: T, text: Callable[[T], str] = str, help: str | None = None) -> T:
        """Choose one of a few."""
        with self.row:
            value = st.segmented_control(
                label, options, default=start, required=True, key=self.key(name), bind="query-params", format_func=text, help=help
            )
        return self._kept(name, value, start, text)

    def select(self, name: str, label: str, options: Sequence[T], start: T, text: Callable[[T], str] = str, width: int = 230) -> T:
        """Choose one of many."""
        at = list(options).index(start)
        with self.row:
            value = st.selectbox(
                label, options, at, key=self.key(name), bind="query-params", format_func=text, width=width, filter_mode="fuzzy"
            )
        return self._kept(name, value, start, text)

    def toggle(self, name: str, label: str, start: bool = False, help: str | None = None) -> bool:
        """Switch something on or off."""
        with self.row:
            value = st.toggle(label, start, key=self.key(name), bind="query-params", help=help)
        return self._kept(name, value, start, lambda on: str(on).lower())

    def presets(self, named: Mapping[str, tuple[Mapping[str, Any], str]]) -> None:
        """Buttons that set several controls at once: name → (values by control name, a sentence why). Call it before the controls."""
        with self.row:
            for name, (values, why) in named.items():
                st.button(name, key=f"_{self.key('preset')}_{name}", on_click=self.set, args=(values,), help=why)

    def set(self, values: Mapping[str, Any]) -> None:
        """Set controls by name; call it from a callback only."""
        for name, value in values.items():
            st.session_state[self.key(name)] = value

    def memory(self, name: str, start: str) -> str:
        """A text that buttons and editors of a step change by :meth:`remember`; it is part of the link, too."""
        value = str(st.session_state.get(self.key(name)) or st.query_params.get(self.key(name)) or start)
        return self._kept(name, value, start, str)

    def remember(self, name: str, value: str) -> None:
        """Change such a text; call it from a callback, or before :meth:`memory`."""
        st.session_state[self.key(name)] = value

    def _kept(self, name: str, value: T, start: T, text: Callable[[T], str]) -> T:
        self.values[name] = value
        if value != start:
            self.link[self.key(name)] = in_address(value, text)
        return value

    # --- the guess ---------------------------------------------------------------------------------------------------

    def guess(self) -> guess.Shown | None:
        """Ask for the lesson's guess; the guess and the answer when it may be seen, else None: then compute and draw no answer."""
        return guess.ask(self.lesson, self.dataset, self.presenting)

    # --- pictures ----------------------------------------------------------------------------------------------------

    def chart(self, figure: go.Figure, alt: str, name: str = "chart") -> None:
        """Show a figure; ``alt`` is a sentence with its numbers."""
        st.plotly_chart(self._sized(figure), config=CONFIG, key=f"_{self.key(name)}_{self.number}", alt=alt)

    def _sized(self, figure: go.Figure) -> go.Figure:
        """The figure, larger for a projector."""
        if self.presenting:
            figure.update_layout(font_size=PRESENTED_FONT)
            figure.update_traces(line_width=PRESENTED_LINE, selector={"type": "scatter", "mode": "lines"})
            figure.update_traces(textfont_size=PRESENTED_FONT)
            figure.update_annotations(font_size=PRESENTED_FONT)
            figure.update_layout(height=round(1.2 * figure.layout.height))
        return figure

    def matrix(self, values: Any, rows: Sequence[str], columns: Sequence[str], caption: str, **looks: Any) -> None:
        """Show a small table of numbers; see :func:`ui.lessons.matrix.matrix_html`."""
        st.html(matrix_html(values, rows, columns, caption, **looks))

    def table(self, title: str, frame: pd.DataFrame) -> None:
        """Offer the numbers of a chart under *As a table*."""
        self.tables.append((title, frame))

    def arithmetic(self, *lines: str) -> None:
        """Offer a computation under *Arithmetic*, line by line, in Markdown with formulas."""
        self.arithmetic_lines += lines

    def say(self, sentence: str, place: str = "picture") -> None:
        """Say the one number that changed to a screen reader."""
        announce(sentence, f"_{self.lesson.key}_{place}")

    def note(self, **values: Any) -> None:
        """Add computed values by which tasks are ticked."""
        self.values.update(values)

    def run(
        self,
        name: str,
        inputs: Hashable,
        start: Callable[[], Iterator[S]],
        keep: Callable[[S], Any],
        curve: Callable[[list[Any]], go.Figure],
        alt: Callable[[list[Any]], str],
        limit: int = 100,
        ahead: int = 1,
    ) -> Run[S]:
        """Step, Run, Stop, Reset over a generator; see :func:`ui.lessons.runner.run_control`."""
        return run_control(self.key(name), inputs, start, keep, lambda kept: self._sized(curve(kept)), alt, limit, ahead)
