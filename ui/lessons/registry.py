"""Which function draws which step. How to write a lesson:

1. ``recsys_core/lessons/NAME.py``: the algorithms, NumPy only.
2. ``recsys_core/teaching/NAME.py``: ``LESSON = Lesson(key="NAME", number=…, …)``: all words, the guess, the tasks, the check, the notes.
   Words name terms of the glossary as ``[[cosine]]``. ``Step.code`` are the functions that compute the picture; ``Step.numbers``
   computes its first values on data that fit on paper, for the terminal and the notebook.
3. ``ui/lessons/NAME.py``: ``STEPS = (first, second, …)``, a function of a :class:`ui.lessons.scene.Scene` for each step: controls, one
   call of the lesson's functions, one picture or two.

Both files are found by their name. A step::

    def regression(scene: Scene) -> None:
        alpha = scene.steps("alpha", "Penalty", (0.1, 1.0, 10.0), 1.0)          # a control: stands in the address as NAME_alpha
        w, b = ridge(X, y, alpha)                                               # a function of Step.code
        shown = scene.guess()                                                   # None: compute and draw no answer
        scene.chart(charts.bars({"robot": w[0]}), alt=f"robot weighs {w[0]:.2f}")
        scene.arithmetic(rf"$w = {w[0]:.2f}$")                                  # folded away, like scene.table(…)
        scene.note(weight=w[0])                                                 # for the tasks: values["alpha"], values["weight"]
        scene.say(f"robot weighs {w[0]:.2f}")                                   # for a screen reader, the one number that changed

Controls: ``slider, steps, choice, select, toggle, presets, memory``; small tables: ``scene.matrix``; algorithms that go on round by round:
``scene.run``; whose ratings: ``scene.person()``. At most 120 words are seen on a step. What may take longer than 50 ms is cached by data
set (``st.cache_resource``, arrays read-only), never by visitor. Tests find each lesson by itself (``tests/app/test_lessons.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module

from ui import lessons
from ui.lessons.scene import Scene

Draw = Callable[[Scene], None]


@cache
def steps(key: str) -> tuple[Draw, ...]:
    """The functions that draw the steps of a lesson, in their order."""
    found: tuple[Draw, ...] = import_module(f"{lessons.__name__}.{key}").STEPS
    return found
