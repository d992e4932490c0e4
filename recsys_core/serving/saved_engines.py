"""Engines that are ready at the next start: fitted once, saved, found again as long as their source is the same."""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
from pathlib import Path

from recsys_core.common.arrays import MANIFEST
from recsys_core.common.progress import Progress, silent, subprogress
from recsys_core.datasets import WITH_SHOWS, completed, has_shows, load_dataset, source_path
from recsys_core.datasets.sources.tvmaze import is_tvmaze, pages
from recsys_core.engine import Engine
from recsys_core.errors import SavedEngineError
from recsys_core.fitted import FORMAT
from recsys_core.settings import settings

SOURCE_FILES = (
    "catalogue.csv", "audience.npz",
    "movies.csv", "ratings.csv", "tags.csv", "links.csv", "genome-tags.csv", "genome-scores.csv",
    "movies.dat", "ratings.dat", "tags.dat", "u.data", "u.item", "u.genre",
)  # fmt: skip
"""What is read from a folder: only a change of these makes a save out of date."""
log = logging.getLogger(__name__)


def prepare_engine(name: str = "showcase", folder: Path | None = None, *, progress: Progress = silent) -> Engine:
    """The fitted engine of a data set: loaded if it was saved from the same source, else fitted and saved.

    ``progress`` is told what comes next: reading, the models by name, saving.

    Raises
    ------
    DatasetError
        There is no such data set, or it cannot be read.
    """
    folder = folder or settings().models_folder
    saved = folder / source_key(name)
    try:
        return Engine.load(saved)
    except SavedEngineError as error:
        log.info("Fitting %s: %s", name, error)
    progress(0.0, "reading")
    engine = Engine.fit(load_dataset(name), progress=subprogress(progress, 0.1, 0.95))
    progress(0.95, "saving")
    try:
        engine.save(saved)
        stem = re.escape(saved.name.rpartition("-")[0])
        for older in folder.iterdir():  # of this data set only: ml-latest-small is not an older ml-latest
            if older != saved and re.fullmatch(f"{stem}-[0-9a-f]{{16}}", older.name):
                shutil.rmtree(older, ignore_errors=True)
    except OSError as error:  # a read-only disk costs time at the next start, nothing else
        log.warning("The fitted models of %s could not be saved: %s", name, error)
    return engine


def is_prepared(name: str = "showcase", folder: Path | None = None) -> bool:
    """Whether fitted models of this very source are saved, at a glance. Raises :class:`DatasetError` if there is no such source."""
    return ((folder or settings().models_folder) / source_key(name) / MANIFEST).is_file()


def source_key(name: str) -> str:
    """A folder name that changes when the source's files, the catalogue that completes them or the format of saves change."""
    path = source_path(name)
    if not path.is_dir():
        files = [path]
    elif is_tvmaze(path):
        files = pages(path)
    else:
        files = sorted(file for file in path.rglob("*") if file.name in SOURCE_FILES and file.is_file())
    if completed(name):
        files.append(settings().showcase_folder / "catalogue.csv")
    shows = WITH_SHOWS if has_shows(name) else ""
    digest = hashlib.blake2b(f"{FORMAT}|{path.resolve()}{shows}".encode(), digest_size=8)
    for file in files:
        facts = file.stat()
        digest.update(f"|{file.name}|{facts.st_size}|{facts.st_mtime_ns}".encode())
    return f"{path.stem}{shows}-{digest.hexdigest()}"
