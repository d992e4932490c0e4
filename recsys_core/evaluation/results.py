"""Save and load evaluation results: a CSV with the figures, and a JSON with the facts needed to interpret them."""

from __future__ import annotations

import hashlib
import json
import platform
import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from recsys_core.common.atomic import replacing
from recsys_core.data.dataset import Dataset
from recsys_core.errors import DatasetError
from recsys_core.settings import PROJECT_FOLDER

NAME = "evaluation"
_TEXT = {"split": str, "task": str, "model": str, "metric": str, "versus": str}


class Results(NamedTuple):
    """A tidy table with one row per figure, and facts about how it was computed (JSON values)."""

    table: pd.DataFrame
    facts: dict[str, Any]


def facts_about(dataset: Dataset, **settings: Any) -> dict[str, Any]:
    """Return facts about a run: data set, settings, date, and versions of the libraries."""
    data = {
        "dataset": dataset.name,
        "description": dataset.description,
        "simulated": dataset.simulated,
        "n_users": dataset.n_users,
        "n_titles": dataset.n_items,
        "n_ratings": int(dataset.ratings.nnz),
    }
    libraries = {name: _version(name) for name in ("numpy", "scipy", "scikit-learn")}
    versions = {"python": platform.python_version(), **libraries, "because-you-watched": _own_version()}
    return {**data, **settings, "date": f"{date.today():%Y-%m-%d}", "versions": versions}


def write_results(results: Results, folder: Path | str, name: str = NAME) -> None:
    """Write ``name.csv``, with six significant digits, and ``name.json``, each to a temporary file that is then renamed.

    The JSON is written last and holds the checksum of the table, so that a reader can tell whether the two belong together.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    table = results.table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    _write(folder / f"{name}.csv", table)
    _write(folder / f"{name}.json", json.dumps({**results.facts, "sha256": _checksum(table)}, indent=1, ensure_ascii=False) + "\n")


def read_results(folder: Path | str, name: str = NAME) -> Results:
    """Read what :func:`write_results` wrote.

    Raises
    ------
    DatasetError
        A file is missing or damaged, or the two files do not belong together.
    """
    table, facts = Path(folder) / f"{name}.csv", Path(folder) / f"{name}.json"
    try:
        known: Mapping[str, Any] = json.loads(facts.read_text(encoding="utf-8"))
        if known["sha256"] != _checksum(table.read_text(encoding="utf-8")):
            raise DatasetError(f"{table} does not belong to {facts.name}: its checksum differs. Evaluate again.")
        frame = pd.read_csv(table, dtype=_TEXT, encoding="utf-8").fillna(dict.fromkeys(_TEXT, ""))
    except FileNotFoundError as error:
        raise DatasetError(f"No results in {folder}: {Path(error.filename).name} is missing. Evaluate first.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"The results in {folder} cannot be read ({error}). Evaluate again.") from error
    return Results(frame, {key: value for key, value in known.items() if key != "sha256"})


def _write(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def _checksum(text: str) -> str:
    """Return the checksum of the text, not of the bytes: a checkout may convert line endings."""
    return hashlib.sha256(text.encode()).hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _own_version() -> str:
    """Read the version from the project file, because the app runs from its folder without being installed."""
    project = PROJECT_FOLDER / "pyproject.toml"
    if not project.exists():
        return _version("because-you-watched")
    return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
