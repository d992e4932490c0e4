"""Imports run one way: the core knows nothing of the app, and importing it does nothing but define things."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "recsys_core").rglob("*.py"))
FORBIDDEN = {"streamlit", "plotly", "ui", "pages", "app", "altair", "matplotlib"}


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(str(node.module).split(".")[0])
    return names


def test_the_core_was_found():
    assert {"engine.py", "dataset.py", "svd.py", "showcase.py"} <= {file.name for file in FILES}


def test_the_check_sees_every_form_of_import():
    source = "import streamlit.web as w\nfrom plotly import graph_objects\ndef f():\n    import ui.components.cards\n"
    assert imported(ast.parse(source)) == {"streamlit", "plotly", "ui"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_file_of_the_core_imports_the_app(file: Path):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert not imported(tree) & FORBIDDEN
    assert "__import__" not in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


@pytest.fixture(scope="module")
def after_import(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """What is loaded, and what lies in an empty working folder, after ``import recsys_core`` in a process of its own."""
    folder = tmp_path_factory.mktemp("empty")
    code = (
        "import sys, recsys_core, recsys_core.serving.saved_engines\n"
        "assert recsys_core.Engine and recsys_core.load_dataset and recsys_core.Dataset\n"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    )
    return {"loaded": set(run.stdout.split()), "files": {file.name for file in folder.iterdir()}, "said": set(run.stderr.split())}


def test_importing_the_core_does_not_load_the_app(after_import: dict[str, set[str]]):
    assert {"recsys_core", "numpy", "pandas"} <= after_import["loaded"]
    assert not after_import["loaded"] & FORBIDDEN


def test_importing_the_core_writes_and_says_nothing(after_import: dict[str, set[str]]):
    assert after_import["files"] == set()
    assert after_import["said"] == set()
