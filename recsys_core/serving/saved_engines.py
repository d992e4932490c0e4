"""Engines that are ready at the next start: fitted once, saved, found again as long as their source is the same."""

from __future__ import annotations

import hashlib
import logging
import re
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from recsys_core.common.arrays import ARRAYS, MANIFEST, load_facts
from recsys_core.common.checksums import checksum_at, sha256
from recsys_core.common.progress import Progress, silent, subprogress
from recsys_core.datasets import WITH_SHOWS, completed, has_shows, load_dataset, source_path
from recsys_core.datasets.sources.saved import is_saved
from recsys_core.datasets.sources.tvmaze import is_tvmaze, pages
from recsys_core.datasets.visitors import FOLDER, remove_own
from recsys_core.engine import Engine
from recsys_core.errors import DatasetError, SavedEngineError
from recsys_core.fitted import FORMAT, LISTS_SHARE, STAGES, Stage, out_of_date, recipe
from recsys_core.serving.models_folder import GRACE, Hold, remove, remove_older, set_aside
from recsys_core.settings import settings

SOURCE_FILES = (
    "catalogue.csv", "audience.npz",
    "movies.csv", "ratings.csv", "tags.csv", "links.csv", "genome-tags.csv", "genome-scores.csv",
    "movies.dat", "ratings.dat", "tags.dat", "u.data", "u.item", "u.genre",
)  # fmt: skip
"""What is read from a folder: only a change of these makes a save out of date."""
READ, FITTED = 0.02, 0.98
"""What reading takes of the time, roughly, and where the fit ends."""
LISTS_AT = READ + LISTS_SHARE * (FITTED - READ)
"""How far a fit is when personal lists work."""
_OF_AN_ARCHIVE = re.compile(r"(?P<stem>movielens-[0-9a-f]{8})(\+shows)?-[0-9a-f]{16}")
log = logging.getLogger(__name__)


def prepare_engine(
    name: str = "showcase",
    folder: Path | None = None,
    *,
    stage: Stage = "complete",
    must_save: bool = False,
    whole: bool = False,
    progress: Progress = silent,
) -> Engine:
    """The fitted engine of a data set: loaded if it was saved from the same source, else fitted and saved.

    The name may be the path of a saved engine's folder. It is opened as it is, and never fitted anew: it belongs to whoever saved it.

    A fit is saved at each stage on its way, in the same place, so that others can open what there is already.

    Parameters
    ----------
    stage : "lists", "models" or "complete"
        What the engine must have at least; a save of an earlier stage is not enough.
    must_save : bool
        Raise where the fit cannot be saved; otherwise that costs time at the next start, nothing else.
    whole : bool
        Whether all models must have been fitted to all ratings: an engine that was brought up to date since then is not enough.
    progress : callable
        Told what comes next: reading, the models by name, saving.

    Raises
    ------
    DatasetError
        There is no such data set, or it cannot be read.
    OSError
        The fit could not be saved, and ``must_save``.
    """
    saved = place(name, folder)  # of what is read below: a source that changes meanwhile is another one
    found: Stage | None = None
    aged = False
    try:
        engine = _load(saved)
        found = engine.stage
        aged = whole and engine.updated is not None and not has_engine(name)
        if reached(found, stage) and not aged:
            return engine
        if has_engine(name):
            raise DatasetError(f"{name} holds models of the stage {found!r} alone, and not the data to fit the others.")
        log.info("Completing %s, of which %s are fitted", name, found)
    except SavedEngineError as error:
        if has_engine(name):
            raise DatasetError(str(error)) from error
        log.info("Fitting %s: %s", name, error)
    progress(0.0, "reading")
    for engine in Engine.fit_in_stages(load_dataset(name), progress=subprogress(progress, READ, FITTED)):
        if engine.stage == "complete":
            progress(FITTED, "saving")
        if not reached(found, engine.stage) or (aged and engine.stage == stage):  # else what is there is as good, or better
            _save(engine, name, saved, must_save)
        if reached(engine.stage, stage):
            break
    return engine


def _save(engine: Engine, name: str, saved: Path, must_save: bool) -> None:
    try:
        engine.save(saved)
        remove_older(saved)
        remove_abandoned(saved.parent)
    except OSError as error:
        if must_save:
            raise OSError(f"The fitted models of {name} could not be saved in {saved.parent}: {error.strerror or error}.") from error
        log.warning("The fitted models of %s could not be saved: %s", name, error)


def load_engine(name: str = "showcase", folder: Path | None = None) -> Engine:
    """The engine of a data set as far as it is saved. Raises :class:`SavedEngineError` if nothing is, or what is cannot be used."""
    return _load(place(name, folder))


def _load(saved: Path) -> Engine:
    hold = Hold(saved)  # as long as the engine lives, so that no other server deletes what it reads
    try:
        engine = Engine.load(saved)
    except SavedEngineError:
        hold.release()
        raise
    hold.bind(engine)
    return engine


def saved_stage(name: str = "showcase", folder: Path | None = None) -> Stage | None:
    """How far the fit is that is saved whole of this very source; None if there is none, or it is damaged or out of date.

    Files are read only when they have changed. Raises :class:`DatasetError` if there is no such source, or if the name is the path of
    an engine that cannot be used.
    """
    saved = place(name, folder)
    state = _state(saved)
    found = _stage_in(saved, state) if state else None
    if found is None and has_engine(name):
        raise DatasetError(_why_not(saved))
    return found


def saved_version(name: str = "showcase", folder: Path | None = None) -> str:
    """Another text whenever another fit is saved, or a file of it changes. Raises :class:`DatasetError` if there is no such source."""
    saved = place(name, folder)
    return f"{saved.name} {_state(saved)}"


def has_engine(name: str) -> bool:
    """Whether a name is the path of a saved engine's folder. Raises :class:`DatasetError` if there is nothing of this name."""
    return is_saved(source_path(name))


def place(name: str, folder: Path | None = None) -> Path:
    """The folder in which the fit of a data set is saved, or would be; a saved engine's own. Raises :class:`DatasetError`."""
    return source_path(name) if has_engine(name) else (folder or settings().models_folder) / source_key(name)


def _state(saved: Path) -> tuple[int, ...]:
    """What changes when a file of a save does; empty where one is missing."""
    try:
        files = [(saved / name).stat() for name in (MANIFEST, ARRAYS)]
    except OSError:
        return ()
    return tuple(number for facts in files for number in (facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns))


@lru_cache(maxsize=64)
def _stage_in(saved: Path, state: tuple[int, ...]) -> Stage | None:
    try:
        facts = load_facts(saved)
    except SavedEngineError:
        return None
    return None if out_of_date(facts) else facts["stage"]


def _why_not(saved: Path) -> str:
    """Why a save is of no use."""
    try:
        return f"What is saved in {saved} cannot be used: {out_of_date(load_facts(saved))}. Train it anew."
    except SavedEngineError as error:
        return str(error)


def reached(stage: Stage | None, wanted: Stage) -> bool:
    """Whether a stage is the wanted one or a later one."""
    return stage is not None and STAGES.index(stage) >= STAGES.index(wanted)


def is_prepared(name: str = "showcase", folder: Path | None = None) -> bool:
    """Whether a complete fit of this very source is saved. Raises :class:`DatasetError` if there is no such source."""
    return saved_stage(name, folder) == "complete"


def discard(name: str, folder: Path | None = None) -> None:
    """Let a save that cannot be loaded count as none, unless another server has mended it meanwhile. Nothing is deleted.

    An engine that was given by its path is left as it is: nothing could take its place. Raises :class:`DatasetError` then.
    """
    saved = place(name, folder)
    try:
        _load(saved)
    except SavedEngineError as error:
        if has_engine(name):
            raise DatasetError(str(error)) from error
        set_aside(saved)


def remove_own_set(name: str, folder: Path | None = None) -> None:
    """Remove a visitor's own data set and what was fitted to it, but no fit of the same archive that another visitor brought, too.

    The caller makes sure that it is theirs.
    """
    path = source_path(name)
    fits = [place(each, folder) for each in (name, f"{name}{WITH_SHOWS}")]
    remove_own(name)
    if not _still_there(path.stem):
        for saved in fits:
            remove(saved)


def remove_abandoned(folder: Path | None = None) -> None:
    """Delete fits of archives that visitors brought and that have expired, once they have not been opened for a while."""
    folder = folder or settings().models_folder
    with suppress(OSError):
        for saved in list(folder.glob("movielens-*")):
            match = _OF_AN_ARCHIVE.fullmatch(saved.name)
            if match and not _still_there(match["stem"]) and time.time() - saved.stat().st_mtime > GRACE:
                remove(saved)


def _still_there(stem: str) -> bool:
    """Whether anybody has an archive of this name here."""
    downloads = settings().downloads_folder
    return (downloads / f"{stem}.zip").exists() or any((downloads / FOLDER).glob(f"*/{stem}.zip"))


def source_key(name: str) -> str:
    """A folder name that changes with the content of the source's files, the catalogue that completes them, the models and the format.

    Where the files lie makes no difference: two checkouts of this program, or two visitors with the same archive, share one fit.
    """
    path = source_path(name)
    if is_saved(path):  # its manifest holds the checksum of the rest
        return f"{path.name}-{checksum_at(path / MANIFEST, sha256)[:16]}"
    if not path.is_dir():
        files = [path]
    elif is_tvmaze(path):
        files = pages(path)
    else:
        files = sorted(file for file in path.rglob("*") if file.name in SOURCE_FILES and file.is_file())
    if completed(name):
        files.append(settings().showcase_folder / "catalogue.csv")
    shows = WITH_SHOWS if has_shows(name) else ""
    digest = hashlib.blake2b(f"{FORMAT}|{recipe()}{shows}".encode(), digest_size=8)
    for file in files:
        digest.update(f"|{file.name}|{checksum_at(file, sha256)}".encode())
    return f"{path.stem}{shows}-{digest.hexdigest()}"
