"""A lesson as a Jupyter notebook: the same functions with their words and data. It runs offline with NumPy and Matplotlib."""

from __future__ import annotations

import json
from typing import Any

from recsys_core.teaching.lesson import Lesson, without_marks
from recsys_core.teaching.source import standalone

DRAW = r'''def draw(numbers, title):
    """Print what a step computes, and draw it: single numbers as bars, a row of numbers as a curve, a table as a picture."""
    single = {name: float(value) for name, value in numbers.items() if np.ndim(value) == 0}
    rows = {name: value for name, value in numbers.items() if np.ndim(value) == 1}
    tables = {name: value for name, value in numbers.items() if np.ndim(value) == 2}
    for name, value in numbers.items():
        print(f"{name}: {value:.4f}" if name in single else f"{name}:\n{np.round(value, 3)}")
    pictures = [part for part in (single, rows) if part] + list(tables)
    _, places = plt.subplots(1, len(pictures), figsize=(6 * len(pictures), 3.2), squeeze=False)
    for place, picture in zip(places[0], pictures):
        if picture is single:
            place.barh(list(single), list(single.values()))
            place.invert_yaxis()
        elif picture is rows:
            for name, values in rows.items():
                place.plot(values, marker=".", label=name)
            place.legend()
        else:
            place.imshow(tables[picture])
            place.set_xlabel(picture)
        place.set_title(title)
    plt.tight_layout()
    plt.show()
'''
"""Not a function of this module: the core does without Matplotlib."""


def notebook(lesson: Lesson) -> dict[str, Any]:
    """The notebook as the JSON that Jupyter reads (format 4.5)."""
    known = {"plt", "np"}
    start = ["# Runs offline. It needs NumPy and Matplotlib only.", "import matplotlib.pyplot as plt", "import numpy as np"]
    cells = [_words(f"# {lesson.number} · {lesson.title}\n\n**{lesson.question}**"), _code("\n".join(start))]
    cells.append(_code(DRAW))
    for number, step in enumerate(lesson.steps, start=1):
        cells.append(_words(f"## {number} · {step.title}\n\n{without_marks(step.words, '**')}"))
        if step.numbers is None:
            cells += [_words("*This step needs a whole data set: see it on the page Learn.*")]
            continue
        imports, definitions = standalone((*step.code, step.numbers), known)
        cells.append(_code("\n\n\n".join(["\n".join(imports), *definitions] if imports else definitions)))
        cells.append(_code(f"draw({step.numbers.__name__}(), {step.title!r})"))
        cells.append(_words(without_marks(step.see, "**")))
    tries = "\n".join(f"- {task.text}" for task in lesson.tasks)
    cells.append(_words(f"## Try this\n\n{tries}\n\n## Check yourself\n\n{lesson.check.question}"))
    cells.append(_code("mine = float('nan')  # your number, computed on paper\n" + _checked(lesson)))
    info = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return {"cells": cells, "metadata": info, "nbformat": 4, "nbformat_minor": 5}


def as_file(lesson: Lesson) -> bytes:
    """The notebook as the bytes of its file."""
    return json.dumps(notebook(lesson), indent=1, ensure_ascii=False).encode()


def _checked(lesson: Lesson) -> str:
    """Code that says whether the number is right. The answer stands there for whoever looks: this is no examination."""
    known = [(round(mistake.value(), 6), mistake.name) for mistake in lesson.check.mistakes]
    return (
        f"answer, mistakes = {round(lesson.check.answer(), 6)!r}, {known!r}\n"
        f"near = [name for value, name in mistakes if abs(mine - value) <= {lesson.check.tolerance}]\n"
        f"print('Right.' if abs(mine - answer) <= {lesson.check.tolerance} else near[0] if near else 'Not yet.')"
    )


def _words(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(text: str) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": text.splitlines(keepends=True)}
