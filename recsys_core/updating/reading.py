"""Read what is to be added to an engine: a data set as it is now, or new ratings alone."""

from __future__ import annotations

from pathlib import Path

from recsys_core.data.dataset import Dataset
from recsys_core.datasets import completed, load_dataset, source_path
from recsys_core.datasets.sources.movielens import names_all, read_more_ratings
from recsys_core.datasets.sources.showcase import read_catalogue


def read_since(name: str | Path, known: Dataset) -> Dataset:
    """Read a source that holds ratings an engine does not know yet.

    A source that names all titles of which the engine knows raters is read as the data set that it is. Otherwise its ratings are
    those of known titles, and of new ones that a movies.csv in it names.

    Parameters
    ----------
    name : str or Path
        As for :func:`~recsys_core.datasets.load_dataset`, or a CSV file of ratings.
    known : Dataset
        That of the engine.

    Raises
    ------
    DatasetError
        There is no such source, or it cannot be read.
    """
    if not completed(name) or names_all(source_path(name), known.item_ids[known.raters > 0].tolist()):
        return load_dataset(name)
    return read_more_ratings(source_path(name), known, enrich_from=read_catalogue())
