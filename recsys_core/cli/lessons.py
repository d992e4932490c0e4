"""``python -m recsys_core lessons``: the lessons of the page Learn in the terminal, with the same numbers and checks."""

# ruff: noqa: T201 - printing is what a command line is for
from __future__ import annotations

import argparse
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from recsys_core.datasets import load_dataset
from recsys_core.errors import RecsysError
from recsys_core.settings import settings
from recsys_core.teaching.catalogue import lesson, lessons
from recsys_core.teaching.lesson import Lesson, Numbers, without_marks
from recsys_core.teaching.notebook import as_file

WIDTH = 100


def add_lessons(commands: Any) -> None:
    """Add the command to those of the command line."""
    parser = commands.add_parser("lessons", help="list the lessons, or go through one here", description=_run.__doc__)
    parser.add_argument("lesson", nargs="?", help="number or name of a lesson; without it they are listed")
    parser.add_argument("--check", type=float, metavar="NUMBER", help="say whether this is the number that the lesson asks for")
    parser.add_argument("--answers", action="store_true", help="answer the guess and the tasks, too; on the showcase")
    parser.add_argument("--notebook", type=Path, metavar="FILE", help="write the lesson as a Jupyter notebook instead")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    """List the lessons, or print one with its numbers on data that fit on paper."""
    if options.lesson is None:
        for found in lessons():
            print(f"{found.number:>2}  {found.title:<16} {found.question}  ({found.minutes} min)")
        return
    chosen = lesson(options.lesson)
    if chosen is None:
        raise RecsysError(f"There is no lesson {options.lesson!r}: they are {', '.join(found.key for found in lessons())}.")
    if options.notebook:
        options.notebook.write_bytes(as_file(chosen))
    elif options.check is not None:
        print(chosen.check.reply(options.check)[1].replace("*", ""))
    else:
        _tell(chosen, answers=options.answers)


def _tell(chosen: Lesson, *, answers: bool) -> None:
    _say(f"{chosen.number} · {chosen.title}: {chosen.question}")
    for number, step in enumerate(chosen.steps, start=1):
        print(f"\n{number} · {step.title}")
        _say(without_marks(step.words))
        if step.numbers:
            _print_numbers(step.numbers())
        _say(without_marks(step.see))
        for task in chosen.tasks:
            if task.step == number:
                _say(f"Try: {task.text}")
    print("\nCheck yourself")
    _say(chosen.check.question)
    if answers:
        dataset = load_dataset(settings().dataset)
        print(f"\nAnswers\n  {chosen.guess.label}\n  → {chosen.guess.said(chosen.guess.answer(dataset))}")
        for task in chosen.tasks:
            print(f"  {task.text}\n  → {task.answer(dataset)}")
        print(f"  {chosen.check.question}\n  → {chosen.check.answer():.4f}")
    elif sys.stdin.isatty():
        while answer := input("Your number (Enter ends): "):
            print(chosen.check.reply(_number(answer))[1].replace("*", ""))


def _say(text: str) -> None:
    for line in text.replace("**", "").split("\n"):
        print(textwrap.fill(line, WIDTH))


def _print_numbers(numbers: Numbers) -> None:
    for name, value in numbers.items():
        if np.ndim(value) == 0:
            print(f"    {name}: {value:.4f}")
        else:
            print(textwrap.indent(f"{name}:\n{np.round(value, 3)}", "    "))


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return float("nan")
