"""Engines that are ready at the next start: fitted once, saved, found again as long as their source is the same."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from recsys_core.datasets import load_dataset, source_path
from recsys_core.engine import FORMAT, Engine
from recsys_core.errors import SavedEngineError

MODELS_FOLDER = Path(__file__).resolve().parents[1] / "data" / "models"
log = logging.getLogger(__name__)


def prepare_engine(name: str = "showcase", folder: Path = MODELS_FOLDER) -> Engine:
    """The fitted engine of a data set: loaded if it was saved from the same source, else fitted and saved.

    Raises
    ------
    DatasetError
        There is no such data set, or it cannot be read.
    """
    saved = folder / source_key(name)
    try:
        return Engine.load(saved)
    except SavedEngineError as error:
        log.info("Fitting %s: %s", name, error)
    engine = Engine.fit(load_dataset(name))
    try:
        engine.save(saved)
    except OSError as error:  # a read-only disk costs time at the next start, nothing else
        log.warning("The fitted models of %s could not be saved: %s", name, error)
    return engine


def source_key(name: str) -> str:
    """A folder name that changes when the source's files or the format of saves change."""
    path = source_path(name)
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    digest = hashlib.blake2b(f"{FORMAT}|{path.resolve()}".encode(), digest_size=8)
    for file in files:
        facts = file.stat()
        digest.update(f"|{file.name}|{facts.st_size}|{facts.st_mtime_ns}".encode())
    return f"{path.stem}-{digest.hexdigest()}"
