"""Fitted models that all tests share: fitted once per change of code and data, and kept from one run to the next.

A fit of the showcase takes half a minute, so no test makes one of its own: not the tests of the core, not those of the app, not
the server that the browser visits. The folder of a fit is named after a digest of everything that the fit depends on. A file lock
makes the workers of one run, and runs side by side, wait for the one that fits.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from recsys_core import Engine
from recsys_core.datasets import completed, source_path
from recsys_core.errors import SavedEngineError
from recsys_core.serving.saved_engines import SOURCE_FILES, source_key
from recsys_core.settings import PROJECT_FOLDER, settings

KEPT = 2
"""Fits of one data set that are kept: today's, and that of the code before."""
RECORD = "opened.json"


@dataclass(frozen=True, slots=True)
class SharedFit:
    """A fitted engine on disk.

    Attributes
    ----------
    source : str
        Name or path of the data set.
    folder : Path
        What :meth:`Engine.load` reads.
    opened : tuple of str
        Every file that was opened while the data set was read and the models were fitted.
    """

    source: str
    folder: Path
    opened: tuple[str, ...]

    def offer(self, models: Path, source: str = "") -> None:
        """Put it where an app that keeps its models in this folder looks for it; ``source`` where the app has a copy of the data."""
        models.mkdir(parents=True, exist_ok=True)
        (models / source_key(source or self.source)).symlink_to(self.folder, target_is_directory=True)


def shared_fit(source: str, cache: Path) -> SharedFit:
    """The fit of a data set by today's code; it is made if it is not in the cache."""
    stem = source_path(source).stem
    kept = cache / f"{stem}-{_digest(source)}"
    with FileLock(cache / f"{stem}.lock"):
        if not _is_whole(kept):
            shutil.rmtree(kept, ignore_errors=True)
            _fit(source, kept)
            _forget_older(cache, stem)
        os.utime(kept)
        opened = json.loads((kept / RECORD).read_text(encoding="utf-8"))
        return SharedFit(source, _saved(kept), tuple(opened))


WITHOUT_FITS = ("lessons", "teaching", "cli", "storage", "exchange", "classroom")
"""Folders of the core that no fit uses: a change there must not cost a minute."""


def _digest(source: str) -> str:
    """Of the core's code, the packages it runs on and the files that fitting reads: of their content, which a checkout leaves as it is."""
    core = PROJECT_FOLDER / "recsys_core"
    path = source_path(source)
    code = [file for file in (*core.rglob("*.py"), *core.rglob("*.json")) if file.relative_to(core).parts[0] not in WITHOUT_FITS]
    files = [*code, PROJECT_FOLDER / "requirements.txt"]
    files += [file for file in path.rglob("*") if file.name in SOURCE_FILES] if path.is_dir() else [path]
    if completed(source):
        files.append(settings().showcase_folder / "catalogue.csv")
    digest = hashlib.blake2b(sys.version.encode(), digest_size=8)
    for file in sorted(set(files)):
        digest.update(f"|{os.path.relpath(file, PROJECT_FOLDER)}|".encode())
        digest.update(hashlib.blake2b(file.read_bytes()).digest())
    return digest.hexdigest()


def _saved(kept: Path) -> Path:
    return kept / "engine"


def _is_whole(kept: Path) -> bool:
    try:
        Engine.load(_saved(kept))
    except SavedEngineError:
        return False
    return (kept / RECORD).is_file()


def _fit(source: str, kept: Path) -> None:
    """Fit with the command that a person would use, in a process whose opened files are written down."""
    kept.mkdir(parents=True)
    models = kept / "models"
    command = [sys.executable, "-m", "tests.support.watched", str(kept / RECORD)]
    command += ["recsys_core", "train", source, "--folder", str(models)]
    subprocess.run(command, check=True, cwd=PROJECT_FOLDER, stdout=subprocess.DEVNULL)
    (models / source_key(source)).rename(_saved(kept))
    models.rmdir()


def _forget_older(cache: Path, stem: str) -> None:
    """Leave the newest, by when they were last used. A process that has mapped one keeps what it has."""
    fits = [folder for folder in cache.glob(f"{stem}-*") if folder.is_dir()]
    for folder in sorted(fits, key=lambda folder: folder.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)
