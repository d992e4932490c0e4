"""The figures of the Compare page on disk: those that come with the showcase, and those measured here."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from recsys_core.errors import DatasetError
from recsys_core.evaluation import Results, read_results
from recsys_core.evaluation.app_models import BY_STARS, TRUTH
from recsys_core.serving.saved_engines import source_key
from recsys_core.settings import SHOWCASE, settings


class Found(NamedTuple):
    """Where figures were found; either may be missing."""

    bundled: Path | None
    own: Path | None


def find(name: str, folder: Path | None = None) -> Found:
    """The folders with figures about a data set, given by name or path: those that come with it, and those measured here.

    The latter lie beside its fitted models: when source or models change, both are out of date together.
    """
    folders = (settings().showcase_folder if name == SHOWCASE else None, place(name, folder))
    return Found(*(each if each and (each / "evaluation.json").is_file() else None for each in folders))


def place(name: str, folder: Path | None = None) -> Path:
    """Where :func:`find` looks for figures that were measured here, about this very source."""
    return (folder or settings().models_folder) / source_key(name)


def read(folder: Path, models: Collection[str]) -> Results:
    """Figures of a folder, without rows of models that the app no longer has. Raises :class:`DatasetError`."""
    results = read_results(folder)
    missing = {"split", "n_given", "task", "model", "metric", "value", "low", "high", "n_users"}.difference(results.table.columns)
    if missing:
        raise DatasetError(f"The results in {folder} lack the columns {', '.join(sorted(missing))}. Evaluate again.")
    gone = ~results.table["model"].isin([*models, BY_STARS]) & (results.table["task"] != TRUTH)
    return results._replace(table=results.table[~gone].reset_index(drop=True))
