"""Load data sets: the bundled showcase, MovieLens archives and folders, show data from TVmaze, and what is in a saved engine."""

from __future__ import annotations

from pathlib import Path

from recsys_core.data.dataset import Dataset
from recsys_core.datasets.sources.movielens import read_movielens
from recsys_core.datasets.sources.saved import is_saved, read_saved
from recsys_core.datasets.sources.showcase import load_showcase, read_catalogue
from recsys_core.datasets.sources.tvmaze import is_tvmaze, read_tvmaze
from recsys_core.datasets.visitors import is_own, own_path
from recsys_core.errors import DatasetError
from recsys_core.settings import SHOWCASE, settings

WITH_SHOWS = "+shows"


def load_dataset(name: str | Path = SHOWCASE, *, enriched: bool = True) -> Dataset:
    """Load a data set by name or by path.

    Parameters
    ----------
    name : str or Path
        ``"showcase"``, the path of a MovieLens zip or folder, of a folder of TVmaze pages or of a saved engine, or the name of one in
        ``data/downloads`` (such as ``"ml-latest-small"`` or ``"tvmaze"``), or of a visitor's own data set
        (``"mine:OWNER/movielens-1a2b3c4d"``, see :mod:`recsys_core.datasets.visitors`). The suffix ``"+shows"`` adds the showcase's
        shows, without ratings, to a MovieLens data set.
    enriched : bool
        Whether MovieLens movies that are in the showcase catalogue are enriched by its synopses, people and keywords.
        If False, the archive is read as it is.

    Raises
    ------
    DatasetError
        There is no such data set, or it cannot be read; the message says which file and why.
    """
    path, shows = source_path(name), has_shows(name)
    if not completed(name):
        if shows:
            raise DatasetError(f"{str(name)!r}: shows can be added to a MovieLens data set only. Leave out {WITH_SHOWS!r}.")
        if path == settings().showcase_folder:
            return load_showcase()
        return read_saved(path) if is_saved(path) else read_tvmaze(path)
    catalogue = read_catalogue() if enriched or shows else None
    return read_movielens(path, enrich_from=catalogue if enriched else None, shows_from=catalogue if shows else None)


def source_path(name: str | Path) -> Path:
    """Return the file or folder that a data set is read from. Raises :class:`DatasetError` if there is none."""
    base = str(name).removesuffix(WITH_SHOWS)
    if base == SHOWCASE:
        return settings().showcase_folder
    if is_own(base):
        return own_path(base)
    downloads = settings().downloads_folder
    for path in (Path(base).expanduser(), downloads / base, downloads / f"{base}.zip"):
        if path.exists():
            return path
    raise DatasetError(f"No data set {base!r}: it is neither 'showcase', nor a path that exists, nor a file in {downloads}.")


def has_shows(name: str | Path) -> bool:
    """Tell whether a name has the suffix that adds the showcase's shows.

    >>> has_shows("ml-100k+shows"), has_shows("ml-100k")
    (True, False)
    """
    return str(name).endswith(WITH_SHOWS)


def completed(name: str | Path) -> bool:
    """Tell whether a data set is MovieLens, which the catalogue can enrich. Raises :class:`DatasetError` as :func:`source_path`."""
    path = source_path(name)
    return path != settings().showcase_folder and not is_saved(path) and not is_tvmaze(path)
