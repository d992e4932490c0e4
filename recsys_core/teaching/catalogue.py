"""All lessons in their order. A lesson is found by itself: it is what a module of this package calls ``LESSON``."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from recsys_core import teaching
from recsys_core.teaching.lesson import Lesson

PLANS = {
    "Neighbours: why an average can mislead": ("similarity", "neighbours", "metrics"),
    "Hidden tastes: what a model finds by itself": ("svd", "world", "als"),
    "In the world: whom you ask, and what the list does": ("splits", "implicit", "loop"),
}
"""Three lessons for 45 minutes each, by key."""


@cache
def lessons() -> tuple[Lesson, ...]:
    """Every lesson, by number."""
    modules = [import_module(f"{teaching.__name__}.{found.name}") for found in iter_modules(teaching.__path__)]
    return tuple(sorted((module.LESSON for module in modules if hasattr(module, "LESSON")), key=lambda lesson: lesson.number))


def lesson(key: str) -> Lesson | None:
    """The lesson of that key or number, if there is one."""
    return next((found for found in lessons() if key in (found.key, str(found.number))), None)
