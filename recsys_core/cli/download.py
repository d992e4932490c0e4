"""``python -m recsys_core download``: what there is to download, one data set with a bar, or a file that the user has."""

# ruff: noqa: T201 - printing is what a command line is for
from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from recsys_core.cli.options import as_json
from recsys_core.datasets.download.fetch import download, downloaded, find_release, import_file, is_genuine, place
from recsys_core.datasets.download.releases import RELEASES, TVMAZE, Release
from recsys_core.datasets.download.retry import OnProgress, TransferProgress
from recsys_core.errors import DownloadError
from recsys_core.settings import settings


def add_download(commands: Any) -> None:
    """Add the command to those of the command line."""
    parser = commands.add_parser("download", help="fetch a real data set, or list what there is", description=_download.__doc__)
    parser.add_argument("name", nargs="?", metavar="NAME", help=f"{', '.join([*RELEASES, TVMAZE.name])}; without it, list them")
    parser.add_argument("--file", type=Path, metavar="PATH", help="take a MovieLens zip that you have; NAME may be left out then")
    parser.add_argument("--accept", "--yes", action="store_true", help="you accept the licence; otherwise you are asked")
    parser.add_argument("--update", action="store_true", help="fetch what is new on TVmaze since")
    parser.add_argument("--replace", action="store_true", help="--file may take the place of another file of that name")
    parser.add_argument("--folder", type=Path, help="where to keep it (default: data/downloads, where the other commands look)")
    parser.add_argument("--json", action="store_true", help="print facts as JSON instead of sentences")
    parser.set_defaults(run=_download)


def _download(options: argparse.Namespace) -> None:
    """Download a data set of others under its licence, or take a file that you have. Nothing is fetched without your consent."""
    folder = (options.folder or settings().downloads_folder).expanduser()
    if options.file is not None:
        path = import_file(options.file, options.name, folder, replace=options.replace)
        told = f"{path.stem} is in {path}."
        if path.stem not in RELEASES:
            told += " Its checksum is not that of a release, so it has a name of its own. Everybody on this server can choose it."
        _say(options.json, {"name": path.stem, "path": str(path)}, told)
    elif options.name is None:
        there = downloaded(folder)
        facts = [_facts(release, folder) for release in (*RELEASES.values(), TVMAZE)]
        own = [name for name in there if name not in {*RELEASES, TVMAZE.name}]
        _say(options.json, {"folder": str(folder), "data_sets": facts, "own": own}, _listed(folder, there))
    else:
        release, path = find_release(options.name), place(options.name, folder)
        news = _fetch(release, path, folder, options)
        _say(options.json, _facts(release, folder) | {"path": str(path)}, f"{release.name} {news} {path}.\nTo be cited: {release.citation}")


def _fetch(release: Release, path: Path, folder: Path, options: argparse.Namespace) -> str:
    """Download unless it is there; what to say between its name and its path."""
    if is_genuine(release.name, folder) and not (options.update and release is TVMAZE):
        return "is already in"
    if path.is_file():
        print(f"{path.name} is there, but its checksum is not the published one. It is kept until the right one has come.", file=sys.stderr)
    _consent(release, options.accept)
    try:
        with _bar() as progress:
            download(release.name, folder, update=options.update, progress=progress)
    except KeyboardInterrupt:
        print("What has arrived is kept; the same command goes on from there.", file=sys.stderr)
        raise
    return "is in"


def _consent(release: Release, accepted: bool) -> None:
    """Show the terms and ask. Raises :class:`DownloadError` unless the user agrees."""
    print(f"{release.title}: {_size(release)}\nLicence: {release.licence}\n{release.licence_url}", file=sys.stderr)
    if accepted:
        return
    if not sys.stdin.isatty():
        raise DownloadError("Nobody is there to be asked whether the licence is accepted. Add --accept if it is.")
    print("Download it under this licence? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise DownloadError("Nothing was downloaded, as the licence was not accepted.")


@contextmanager
def _bar() -> Iterator[OnProgress]:
    """A progress bar with speed and time left on a terminal, on standard error; nothing elsewhere."""
    shape = "{desc} {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt}{postfix}"
    with tqdm(total=0, unit="B", unit_scale=True, unit_divisor=1000, bar_format=shape, disable=None) as bar:

        def progress(now: TransferProgress) -> None:
            # Without a total there is no percentage: then tqdm would not know what to draw.
            bar.bar_format = shape if now.total else "{desc} {n_fmt}{postfix}"
            bar.total, bar.n = now.total, now.done
            bar.set_description_str(now.what, refresh=False)
            speed = "" if now.speed is None else f"{tqdm.format_sizeof(now.speed, 'B/s', 1000)}"
            left = "" if now.seconds_left is None else f"{tqdm.format_interval(now.seconds_left)} left"
            bar.set_postfix_str(", ".join(filter(None, (speed, left))), refresh=False)
            bar.refresh()

        yield progress


def _listed(folder: Path, there: list[str]) -> str:
    """A block per data set, for people."""
    blocks = []
    for release in (*RELEASES.values(), TVMAZE):
        here = "  [already there]" if release.name in there else ""
        blocks.append(f"{release.name}{here}\n  {_size(release)}\n  {release.note}\n  {release.licence}\n  {release.licence_url}")
    own = [name for name in there if name not in {*RELEASES, TVMAZE.name}]
    blocks.append(f"In {folder}: {', '.join(there) or 'nothing yet'}." + (f" Your own: {', '.join(own)}." if own else ""))
    return "\n".join(blocks)


def _size(release: Release) -> str:
    about = "" if release.size_is_exact else "about "
    counts = [(release.ratings, "ratings"), (release.people, "people"), (release.titles, "titles")]
    return f"{about}{release.size / 1e6:,.1f} MB; " + ", ".join(f"{count:,} {what}" for count, what in counts if count)


def _facts(release: Release, folder: Path) -> dict[str, Any]:
    return asdict(release) | {"downloaded": release.name in downloaded(folder)}


def _say(json: bool, facts: dict[str, Any], sentence: str) -> None:
    print(as_json(facts) if json else sentence)
