"""Imports run one way: the core knows nothing of the app, each room only those below it, and importing does nothing else."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE_LAYERS = (
    "errors settings",
    "common",
    "data",
    "storage datasets models lessons",
    "factors exchange",
    "fitted",
    "visitor",
    "evaluation",
    "engine teaching classroom",
    "updating",
    "serving",
    "spark",
    "cli",
    "__init__ __main__",
)
"""From the bottom up. An entry may import those of lower lines, never one beside it or above."""
UI_LAYERS = ("server", "session", "components", "why", "titles", "rate for_you kept compare factors data lessons", "classroom", "__init__")
FORBIDDEN = {"streamlit", "plotly", "ui", "pages", "app", "altair", "matplotlib"}
CORE_FILES = sorted((ROOT / "recsys_core").rglob("*.py"))
UI_FILES = sorted((ROOT / "ui").rglob("*.py"))


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts)


MODULES = {module_name(file): file for file in [*CORE_FILES, *UI_FILES]}


def imported(tree: ast.AST) -> set[str]:
    """Modules that a file imports, anywhere in it: inside functions and under ``TYPE_CHECKING``, too."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = str(node.module) if node.level == 0 else "." * node.level
            names |= {f"{module}.{alias.name}" if f"{module}.{alias.name}" in MODULES else module for alias in node.names}
    return names


def tree_of(file: Path) -> ast.AST:
    return ast.parse(file.read_text(encoding="utf-8"))


def own_imports(package: str) -> dict[str, set[str]]:
    """Module to the modules of the same package that it imports."""
    files = {name: file for name, file in MODULES.items() if name.split(".")[0] == package}
    return {name: {found for found in imported(tree_of(file)) if found in files} for name, file in files.items()}


def entry(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def upward(layers: tuple[str, ...], imports: dict[str, set[str]]) -> list[str]:
    level = {name: height for height, line in enumerate(layers) for name in line.split()}
    found = []
    for module, targets in imports.items():
        for target in targets:
            own, other = entry(module), entry(target)
            if own != other and level[own] <= level[other]:
                found.append(f"{module} imports {target}")
    return sorted(found)


def circles(imports: dict[str, set[str]]) -> Iterator[list[str]]:
    """Modules that import one another, directly or by way of others."""
    reach = {module: set(targets) for module, targets in imports.items()}
    changed = True
    while changed:
        changed = False
        for module in reach:
            more = set().union(*(reach[target] for target in reach[module])) if reach[module] else set()
            if not more <= reach[module]:
                reach[module] |= more
                changed = True
    groups = {frozenset(other for other in reach[module] if module in reach[other]) for module in reach}
    yield from (sorted(group) for group in groups if group)


def test_the_files_were_found():
    assert {"engine.py", "dataset.py", "svd.py", "showcase.py"} <= {file.name for file in CORE_FILES}
    assert len(UI_FILES) > 20


def test_every_entry_has_its_layer():
    for package, layers, most in (("recsys_core", CORE_LAYERS, 22), ("ui", UI_LAYERS, 14)):
        entries = {path.stem for path in (ROOT / package).iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
        assert entries <= set(" ".join(layers).split())
        assert len(entries) <= most


def test_the_check_sees_every_form_of_import():
    source = (
        "import streamlit.web as w\nfrom plotly import graph_objects\ndef f():\n    import ui.session\n"
        "if TYPE_CHECKING:\n    from recsys_core import engine\n    from recsys_core.engine import Engine\n"
    )
    assert imported(ast.parse(source)) == {"streamlit.web", "plotly", "ui.session", "recsys_core.engine"}


def test_the_check_sees_circles_and_steps_up():
    loop = {"recsys_core.data.a": {"recsys_core.models.b"}, "recsys_core.models.b": {"recsys_core.data.a"}}
    assert list(circles(loop)) == [["recsys_core.data.a", "recsys_core.models.b"]]
    assert upward(CORE_LAYERS, loop) == ["recsys_core.data.a imports recsys_core.models.b"]
    assert upward(CORE_LAYERS, {"recsys_core.models.b": {"recsys_core.storage.store"}}) != []


@pytest.mark.parametrize(("package", "layers"), [("recsys_core", CORE_LAYERS), ("ui", UI_LAYERS)])
def test_no_import_points_up(package: str, layers: tuple[str, ...]):
    assert upward(layers, own_imports(package)) == []


@pytest.mark.parametrize("package", ["recsys_core", "ui"])
def test_no_import_circle(package: str):
    assert list(circles(own_imports(package))) == []


@pytest.mark.parametrize("file", [*CORE_FILES, *UI_FILES], ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_stand_at_the_top_of_the_file(file: Path):
    """One inside a function or under ``TYPE_CHECKING`` hides a circle from Python, not from the reader."""
    tree = tree_of(file)
    nested = [node.lineno for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef))
              for inner in ast.walk(node) if isinstance(inner, (ast.Import, ast.ImportFrom))]  # fmt: skip
    assert nested == []
    assert "TYPE_CHECKING" not in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert "__import__" not in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


@pytest.mark.parametrize("file", CORE_FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_file_of_the_core_imports_the_app(file: Path):
    assert not {name.split(".")[0] for name in imported(tree_of(file))} & FORBIDDEN


LESSONS = [file for file in CORE_FILES if file.parent.name == "lessons"]
LESSONS_MAY_IMPORT = {"__future__", "collections", "collections.abc", "dataclasses", "re", "numpy", "recsys_core.data.dataset"}
USERS_OF_LESSONS = ("recsys_core.cli", "recsys_core.lessons", "recsys_core.teaching", "recsys_core.classroom")
"""Of the core, only the terminal, the words around the lessons and a class, whose matrix fits on paper, may use them."""


@pytest.mark.parametrize("file", LESSONS, ids=lambda file: file.stem)
def test_a_lesson_needs_numpy_only(file: Path):
    """So that it can be copied; :mod:`scipy.sparse` only for the words of a whole catalogue."""
    found = {"recsys_core.lessons" if name.startswith("recsys_core.lessons.") else name for name in imported(tree_of(file))}
    may = (
        LESSONS_MAY_IMPORT
        | {"recsys_core.lessons"}
        | ({"scipy", "scipy.sparse", "scipy.sparse.linalg"} if file.stem == "titles" else set())
    )
    assert found <= may


def test_no_production_module_imports_a_lesson():
    users = {
        module for module, targets in own_imports("recsys_core").items() if any(name.startswith("recsys_core.lessons") for name in targets)
    }
    assert LESSONS != []
    assert [name for name in users if not name.startswith(USERS_OF_LESSONS)] == []


@pytest.mark.parametrize("file", [*CORE_FILES, *UI_FILES], ids=lambda file: str(file.relative_to(ROOT)))
def test_only_the_settings_read_the_environment(file: Path):
    if file.name != "settings.py":
        assert "environ" not in {node.attr for node in ast.walk(tree_of(file)) if isinstance(node, ast.Attribute)}


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


def test_no_command_loads_spark_unasked():
    code = "import sys, recsys_core.__main__; print({'pyspark', 'py4j', 'recsys_core.spark'} & sys.modules.keys())"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


def test_importing_the_core_writes_and_says_nothing(after_import: dict[str, set[str]]):
    assert after_import["files"] == set()
    assert after_import["said"] == set()
