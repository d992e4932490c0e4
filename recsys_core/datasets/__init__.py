"""Where data comes from: the bundled showcase, or a MovieLens archive or folder by path."""

from __future__ import annotations

from pathlib import Path

from recsys_core.dataset import Dataset
from recsys_core.datasets.movielens import read_movielens
from recsys_core.datasets.showcase import FOLDER as SHOWCASE_FOLDER
from recsys_core.datasets.showcase import load_showcase
from recsys_core.errors import DatasetError

SHOWCASE = "showcase"
DOWNLOADS = Path(__file__).resolve().parents[2] / "data" / "downloads"


def load_dataset(name: str | Path = SHOWCASE) -> Dataset:
    """Load a data set by name or by path.

    Parameters
    ----------
    name : str or Path
        ``"showcase"``, the path of a MovieLens zip or folder, or the name of one that lies in ``data/downloads``
        (such as ``"ml-latest-small"``).

    Raises
    ------
    DatasetError
        Nothing of that name, or what is there cannot be read; the message says which file and why.
    """
    return load_showcase() if str(name) == SHOWCASE else read_movielens(source_path(name))


def source_path(name: str | Path) -> Path:
    """The file or folder that a data set is read from. Raises :class:`DatasetError` if there is none."""
    if str(name) == SHOWCASE:
        return SHOWCASE_FOLDER
    for path in (Path(name).expanduser(), DOWNLOADS / name, DOWNLOADS / f"{name}.zip"):
        if path.exists():
            return path
    raise DatasetError(f"No data set {str(name)!r}: it is neither 'showcase', nor a path that exists, nor a file in {DOWNLOADS}.")
