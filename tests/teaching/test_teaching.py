"""What every lesson must have: short words, terms that are explained, numbers, a check with named mistakes, a notebook that runs."""

from __future__ import annotations

import io
import re
import sys
from contextlib import redirect_stdout
from types import ModuleType, SimpleNamespace
from unittest.mock import MagicMock

import numpy as np
import pytest

from recsys_core.__main__ import main
from recsys_core.teaching.catalogue import PLANS, lesson, lessons
from recsys_core.teaching.chooser import CHOICES
from recsys_core.teaching.glossary import TERMS
from recsys_core.teaching.lesson import GROUPS, MOST_TO_SEE, MOST_WORDS, Check, Guess, Lesson, Mistake, terms_in, without_marks
from recsys_core.teaching.notebook import notebook
from recsys_core.teaching.source import source_of, standalone

KEYS = ["content", "titles", "similarity", "neighbours", "svd", "regression", "world", "als", "implicit", "metrics", "splits"]
KEYS += ["towers", "loop"]
"""By number, from 1."""
HARDEST = 10.0
"""The American school grade that can read a lesson without trouble (Flesch & Kincaid 1975)."""
each_lesson = pytest.mark.parametrize("taught", lessons(), ids=lambda taught: taught.key)


def words(text: str) -> list[str]:
    return re.findall(r"[\w'’]+(?:[.,]\d+)?", without_marks(text).replace("*", ""))


def syllables(word: str) -> int:
    groups = re.findall(r"[aeiouy]+", re.sub(r"e$", "", word.lower()))
    return max(len(groups), 1)


def grade(text: str) -> float:
    said = words(text)
    sentences = max(len(re.findall(r"[.!?:](?:\s|$)", text)), 1)
    return 0.39 * len(said) / sentences + 11.8 * sum(map(syllables, said)) / len(said) - 15.59


def test_the_grade_tells_hard_words_from_easy_ones() -> None:
    assert grade("The cat sat on the mat. It was warm.") < 3
    assert grade("Multidimensional generalisation necessitates regularisation considerations.") > 20


@each_lesson
def test_it_has_its_number_and_its_place(taught: Lesson) -> None:
    assert KEYS[taught.number - 1] == taught.key
    assert lesson(taught.key) is lesson(str(taught.number)) is taught
    assert taught.group in GROUPS
    assert 3 <= len(taught.steps) <= 5
    assert 2 <= len(taught.tasks) <= 4
    assert len(words(taught.question)) <= 14
    assert sum(minutes for minutes, _ in taught.notes.plan) == taught.minutes
    for part in (*taught.tasks, taught.check):
        assert 1 <= part.step <= len(taught.steps)
    assert set(taught.guess.steps) <= set(range(1, len(taught.steps) + 1))


@each_lesson
def test_its_words_are_few_and_plain(taught: Lesson) -> None:
    for step in taught.steps:
        assert len(words(step.words)) <= MOST_WORDS, step.title
        assert len(words(step.see)) <= MOST_TO_SEE, step.title
    everything = " ".join(f"{step.words} {step.see}" for step in taught.steps)
    assert grade(without_marks(everything)) <= HARDEST


@each_lesson
def test_its_terms_are_in_the_glossary(taught: Lesson) -> None:
    assert taught.terms
    assert set(taught.terms) <= set(TERMS)


def test_the_glossary_has_thirty_sentences() -> None:
    assert len(TERMS) == 30
    for term, sentence in TERMS.items():
        assert re.fullmatch(r"[A-Z][^.!?]*(\.\d[^.!?]*)*\.", sentence), term
        assert len(words(sentence)) <= 25, term


def test_the_marks_of_terms() -> None:
    text = "her [[neighbours|neighbour]], found by [[cosine]]"
    assert terms_in(text) == ["neighbour", "cosine"]
    assert without_marks(text) == "her neighbours, found by cosine"
    assert without_marks(text, "**") == "her **neighbours**, found by **cosine**"


def test_plans_and_chooser_name_lessons() -> None:
    assert {key for plan in PLANS.values() for key in plan} <= set(KEYS)
    assert all(len(plan) == 3 for plan in PLANS.values())
    assert {method.lesson for methods in CHOICES.values() for method in methods} <= set(KEYS)
    assert len(CHOICES) == 5


@each_lesson
def test_its_functions_are_short_and_explained(taught: Lesson) -> None:
    for function in taught.code:
        assert function.__doc__, function.__name__
        if function.__module__.startswith("recsys_core.lessons"):
            assert len(source_of(function).splitlines()) <= 25, function.__name__


@each_lesson
def test_its_numbers_are_numbers(taught: Lesson) -> None:
    assert any(step.numbers for step in taught.steps)
    for step in taught.steps:
        if step.numbers:
            numbers = step.numbers()
            assert numbers
            assert all(np.asarray(value).dtype.kind in "fiub" for value in numbers.values())


@each_lesson
def test_its_check_takes_the_right_number_and_names_mistakes(taught: Lesson) -> None:
    check = taught.check
    assert check.reply(check.answer()) == (True, f"Right: {check.answer():.4g}.")
    assert not check.reply(check.answer() + 3 * check.tolerance + 0.5)[0]
    assert check.mistakes
    for mistake in check.mistakes:
        right, sentence = check.reply(mistake.value())
        assert not right
        assert sentence == mistake.name
        assert f"{check.answer():.3g}" not in sentence


def test_a_check_has_a_tolerance() -> None:
    check = Check("?", lambda: 2.0, (Mistake(lambda: 1.0, "You forgot one."),))
    assert check.reply(2.005)[0]
    assert not check.reply(2.006)[0]
    assert check.reply(1.004) == (False, "You forgot one.")
    assert not check.reply(float("nan"))[0]


def test_the_verdict_on_a_guess() -> None:
    number = Guess("How many?", lambda _: 1.99)
    assert number.verdict(3.5, 1.99) == "You said 3.50 stars. It is **1.99 stars**."
    assert number.verdict(None, 1.99) == "It is **1.99 stars**."
    choice = Guess("Which?", lambda _: "names", options=("names", "tags"))
    assert choice.verdict("tags", "names") == "You said tags. It is **names**."
    assert choice.verdict("names", "names") == "You said names. Right: it is **names**."


def helper(x: float) -> float:
    return x * FACTOR


FACTOR = 3.0
TABLE = np.array([[1.0, np.nan], [2.5, 0.0]])


def uses_much() -> float:
    return helper(float(np.nansum(TABLE)))


def test_a_function_brings_along_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsys_core.teaching.source.OWN", __name__.split(".")[0])
    imports, definitions = standalone((uses_much,))
    space: dict[str, object] = {}
    exec("\n".join([*imports, *definitions]), space)
    assert imports == ["import numpy as np"]
    assert space["uses_much"]() == uses_much() == 10.5  # type: ignore[operator]


@each_lesson
def test_its_notebook_runs_without_the_app_and_says_the_same(taught: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    plots = MagicMock()
    plots.subplots.side_effect = lambda rows, columns, **_: (None, [[MagicMock() for _ in range(columns)]])
    library = ModuleType("matplotlib")
    library.pyplot = plots  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "matplotlib", library)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", plots)
    made = notebook(taught)
    assert made["nbformat"] == 4
    assert len({cell["id"] for cell in made["cells"]}) == len(made["cells"])
    cells = ["".join(cell["source"]) for cell in made["cells"] if cell["cell_type"] == "code"]
    assert not any("recsys_core" in cell for cell in cells)
    space: dict[str, object] = {"__name__": "__main__"}
    told = io.StringIO()
    with redirect_stdout(told):
        for cell in cells:
            exec(compile(cell, "cell", "exec", dont_inherit=True), space)  # without this file's future annotations
    assert plots.show.call_count == sum(step.numbers is not None for step in taught.steps)
    for step in taught.steps:
        for name, value in (step.numbers() if step.numbers else {}).items():
            if np.ndim(value) == 0:
                assert f"{name}: {value:.4f}" in told.getvalue()
    assert told.getvalue().endswith("Not yet.\n")


def test_the_terminal_lists_and_tells(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["lessons"]) == 0
    assert " 4  Neighbours" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))
    assert main(["lessons", "4"]) == 0
    told = capsys.readouterr().out
    assert "the slip: 2.9167" in told
    assert "[[" not in told
    assert main(["lessons", "neighbours", "--check", "3.2857"]) == 0
    assert capsys.readouterr().out == "Right: 3.286.\n"
    assert main(["lessons", "4", "--check", "2.9167"]) == 0
    assert "that is the slip" in capsys.readouterr().out
    assert main(["lessons", "fourteen"]) == 2
    assert "There is no lesson 'fourteen'" in capsys.readouterr().err


def test_the_terminal_answers_and_writes_the_notebook(capsys: pytest.CaptureFixture[str], tmp_path) -> None:
    assert main(["lessons", "4", "--answers"]) == 0
    assert "→ 2.92 stars" in capsys.readouterr().out
    assert main(["lessons", "4", "--notebook", str(tmp_path / "four.ipynb")]) == 0
    assert (tmp_path / "four.ipynb").read_text(encoding="utf-8").startswith('{\n "cells"')


def test_there_are_thirteen_lessons_and_every_plan_names_three_of_them():
    assert [found.number for found in lessons()] == list(range(1, 14))
    for plan in PLANS.values():
        assert sum(lesson(key).minutes for key in plan) <= 45
        assert len(plan) == 3
