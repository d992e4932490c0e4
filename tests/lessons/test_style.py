"""Lesson code is read by learners: short functions, shapes and sources in words, nothing that hides the formula."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from recsys_core import lessons

FILES = sorted(file for file in Path(lessons.__file__).parent.glob("*.py") if file.name != "__init__.py")
MOST_LINES = 25


def functions(file: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_function_fits_on_a_slide(file: Path):
    lengths = {node.name: node.end_lineno - node.lineno + 1 for node in functions(file)}
    assert {name: n for name, n in lengths.items() if n > MOST_LINES} == {}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_function_says_what_it_does(file: Path):
    assert [node.name for node in functions(file) if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_classes_are_frozen_results_without_methods(file: Path):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            assert [ast.unparse(decorator) for decorator in node.decorator_list] == ["dataclass(frozen=True)"]
            assert not [inner for inner in node.body if isinstance(inner, ast.FunctionDef)]
            assert ast.get_docstring(node)


WRITERS = {"open", "save", "savez", "savez_compressed", "savetxt", "tofile", "dump", "write", "write_text", "write_bytes", "memmap"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_lesson_writes_to_the_disk(file: Path):
    called = {ast.unparse(node.func).split(".")[-1] for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)}
    assert called & WRITERS == set()


def test_there_is_no_code_in_the_package_itself():
    assert Path(lessons.__file__).read_text(encoding="utf-8") == ""
