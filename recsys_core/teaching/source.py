"""The source of a function with everything that it needs, so that it runs on its own: functions, data, imports."""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

import numpy as np

OWN = "recsys_core"


def source_of(function: Callable[..., Any]) -> str:
    """The text of a function or class as it stands in its file."""
    return textwrap.dedent(inspect.getsource(function)).rstrip()


def standalone(functions: Iterable[Callable[..., Any]], known: set[str] | None = None) -> tuple[list[str], list[str]]:
    """Import lines, and definitions in an order in which they can be run one after another.

    Parameters
    ----------
    functions : what is wanted; what they use is found by reading their source
    known : set of str
        Names that exist already; what is defined here is added to it.

    Raises
    ------
    TypeError
        Something that is used cannot be written down, such as a data set.
    """
    known = set() if known is None else known
    imports: list[str] = []
    definitions: list[str] = []
    for function in functions:
        _define(function.__name__, function, known, imports, definitions)
    return imports, definitions


def _define(name: str, value: Any, known: set[str], imports: list[str], definitions: list[str]) -> None:
    if name in known:
        return
    known.add(name)
    module = getattr(value, "__module__", "") or ""
    if isinstance(value, ModuleType):
        if value.__name__.startswith(OWN):
            raise TypeError(f"A lesson uses the module {value.__name__}: import what it needs from it by name.")
        imports.append(f"import {value.__name__}" + ("" if name == value.__name__ else f" as {name}"))
    elif isinstance(value, tuple) and value and all(map(callable, value)):
        for function in value:
            _define(function.__name__, function, known, imports, definitions)
        definitions.append(f"{name} = ({', '.join(function.__name__ for function in value)},)")
    elif not callable(value) or isinstance(value, (tuple, list, dict, frozenset)):
        definitions.append(f"{name} = {_written(value)}")
    elif not module.startswith(OWN):
        alias = "" if value.__name__ == name else f" as {name}"
        imports.append(f"from {module} import {value.__name__}{alias}")
    else:
        text = source_of(value)
        for used, what in _globals_used(text, value):
            _define(used, what, known, imports, definitions)
        definitions.append(text)


def _globals_used(text: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Names that a definition takes from its module, with what they stand for, in the order of the text."""
    space = vars(inspect.getmodule(value))
    names = dict.fromkeys(node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name))
    for name in names:
        if name in space and space[name] is not value and not hasattr(builtins, name):
            yield name, space[name]


def _written(value: Any) -> str:
    """A value as Python text."""
    if isinstance(value, np.ndarray):
        text = np.array2string(value, separator=", ", threshold=10_000, floatmode="unique")
        return f"np.array({text.replace('nan', 'np.nan').replace('. ', ' ')})" if value.dtype != bool else f"np.array({value.tolist()})"
    if isinstance(value, frozenset):
        return f"frozenset({sorted(value)})"
    if isinstance(value, (str, int, float, bool, tuple, list, dict, type(None))):
        return repr(value)
    raise TypeError(f"A value of the type {type(value).__name__} cannot be put into a notebook.")
