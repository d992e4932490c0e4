"""A saved engine's folder as a data set: titles, and the ratings that were saved with them, where their source is not at hand."""

from __future__ import annotations

from pathlib import Path

from recsys_core.common.arrays import ARRAYS, MANIFEST, load_arrays
from recsys_core.data.dataset import Dataset
from recsys_core.errors import DatasetError, SavedEngineError

PREFIX = "dataset/"


def is_saved(path: Path) -> bool:
    """Whether a path is the folder of a saved engine."""
    return (path / MANIFEST).is_file() and (path / ARRAYS).is_file()


def read_saved(folder: Path) -> Dataset:
    """The data set that an engine was fitted to, on the memory of its files. Raises :class:`DatasetError`."""
    try:
        arrays, facts = load_arrays(folder)
        own = {name.removeprefix(PREFIX): array for name, array in arrays.items() if name.startswith(PREFIX)}
        return Dataset.from_arrays(own, name=facts["name"], description=facts["description"], simulated=facts["simulated"])
    except SavedEngineError as error:
        raise DatasetError(str(error)) from error
    except (KeyError, ValueError) as error:
        raise DatasetError(f"What is saved in {folder} was saved by another version of this program ({error}).") from error
