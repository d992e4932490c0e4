"""The environment, read once: where files are kept, and what this server allows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

PROJECT_FOLDER = Path(__file__).resolve().parents[1]
SHOWCASE = "showcase"
_OFF = ("off", "no", "0", "false")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. Get it from :func:`settings`.

    Attributes
    ----------
    data_folder : Path
        Holds downloads and fitted models; ``RECSYS_DATA``, default ``data/`` of the project.
    dataset : str
        The data set that the app opens, a name or a path; ``RECSYS_DATASET``.
    database_url : str
        The database of visitors' ratings; ``DATABASE_URL``, default a SQLite file.
    downloads_allowed : bool
        Whether visitors may bring data to this server; ``RECSYS_DOWNLOADS=off`` forbids it.
    mirror : str
        An address that holds the files of the releases, asked first; ``RECSYS_MIRROR``, default none.
    upload_mb : int
        The largest file that a visitor may upload, in megabytes; ``RECSYS_UPLOAD_MB``. MovieLens 1M needs 6.
    hosts : tuple of str
        The names under which this server may be asked, ``*.school.org`` for all below it; ``RECSYS_HOSTS``, default any.
    embed : tuple of str
        Origins whose pages may show the app in a frame; ``RECSYS_EMBED``, default none but its own.
    metrics_open : bool
        Whether everybody may read the server's metrics; ``RECSYS_METRICS=on``.
    job_mb : int
        The memory that a fit or a measurement beside the pages may take, in megabytes; ``RECSYS_JOB_MB``. The showcase, with
        0.8 million ratings, takes 2,200.
    job_minutes : int
        How long one may take; ``RECSYS_JOB_MINUTES``.
    log_json : bool
        Whether the server's log is one line of JSON for each event, ``RECSYS_LOG=json``; default text, warnings and errors alone.
    keep_days : int
        Ratings that nobody has opened for so many days are deleted, ``RECSYS_KEEP_DAYS``; 0, the default, keeps them.
    limits : str
        Limits on archives that differ from the usual ones, as in ``ratings=5000000 memory_mb=3000``; ``RECSYS_LIMITS``. Their names
        are those of :class:`recsys_core.datasets.limits.Limits`.
    """

    data_folder: Path = PROJECT_FOLDER / "data"
    dataset: str = SHOWCASE
    database_url: str = f"sqlite:///{PROJECT_FOLDER / 'data' / 'ratings.sqlite3'}"
    downloads_allowed: bool = True
    mirror: str = ""
    upload_mb: int = 10
    hosts: tuple[str, ...] = ()
    embed: tuple[str, ...] = ()
    metrics_open: bool = False
    job_mb: int = 4000
    job_minutes: int = 60
    log_json: bool = False
    keep_days: int = 0
    limits: str = ""

    @property
    def showcase_folder(self) -> Path:
        """Holds the bundled catalogue and its simulated audience."""
        return PROJECT_FOLDER / "data" / "showcase"

    @property
    def downloads_folder(self) -> Path:
        """Holds data sets that were downloaded or uploaded."""
        return self.data_folder / "downloads"

    @property
    def models_folder(self) -> Path:
        """Holds fitted models, a folder for each data set."""
        return self.data_folder / "models"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the variables; an empty one counts as not set."""
        default = cls()
        given = {name: value.strip() for name, value in environment.items() if value.strip()}
        return cls(
            data_folder=Path(given.get("RECSYS_DATA", default.data_folder)).expanduser(),
            dataset=given.get("RECSYS_DATASET", default.dataset),
            database_url=given.get("DATABASE_URL", default.database_url),
            downloads_allowed=given.get("RECSYS_DOWNLOADS", "").lower() not in _OFF,
            mirror=given.get("RECSYS_MIRROR", "").rstrip("/"),
            upload_mb=_number("RECSYS_UPLOAD_MB", given, default.upload_mb),
            hosts=_list(given.get("RECSYS_HOSTS", "")),
            embed=_list(given.get("RECSYS_EMBED", "")),
            metrics_open=given.get("RECSYS_METRICS", "off").lower() not in _OFF,
            job_mb=_number("RECSYS_JOB_MB", given, default.job_mb),
            job_minutes=_number("RECSYS_JOB_MINUTES", given, default.job_minutes),
            log_json=_json("RECSYS_LOG", given),
            keep_days=_number("RECSYS_KEEP_DAYS", given, default.keep_days) if "RECSYS_KEEP_DAYS" in given else default.keep_days,
            limits=given.get("RECSYS_LIMITS", ""),
        )


def _number(name: str, given: Mapping[str, str], default: int) -> int:
    text = given.get(name, str(default))
    if not text.isdecimal() or int(text) == 0:
        raise ValueError(f"{name} must be a whole number above 0, not {text!r}.")
    return int(text)


def _json(name: str, given: Mapping[str, str]) -> bool:
    text = given.get(name, "text").lower()
    if text not in ("json", "text"):
        raise ValueError(f"{name} must be json or text, not {text!r}.")
    return text == "json"


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").replace(";", " ").split())


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process. Tests that change the environment call ``settings.cache_clear()``."""
    return Settings.from_environment(os.environ)


def child_environment(**changes: str) -> dict[str, str]:
    """The environment of this process with some variables changed, for a child process."""
    return {**os.environ, **changes}


def set_default(name: str, value: str) -> str:
    """Set a variable for this process and its children unless it is set; returns what it is then."""
    return os.environ.setdefault(name, value)
