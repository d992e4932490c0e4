"""``python -m recsys_core store``: back up the database of ratings, bring it back, delete what is kept no longer."""

# ruff: noqa: T201 - printing is what a command line is for
from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recsys_core.cli.options import as_json
from recsys_core.settings import settings
from recsys_core.storage.backup import Backup, restore_backup, write_backup
from recsys_core.storage.rooms import Rooms
from recsys_core.storage.store import Store


def add_store(commands: Any) -> None:
    """Add the command to those of the command line."""
    parser = commands.add_parser("store", help="back up the database of ratings, or clean it up", description=add_store.__doc__)
    parser.description = "Back up the database that DATABASE_URL names, bring a backup back, or delete what is kept no longer."
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, act, help_text in (
        ("backup", _backup, "copy everything into one file; the app may be running"),
        ("restore", _restore, "put a backup into an empty database, also of another kind; stop the app first"),
        ("prune", _prune, "delete rooms of classes that are over, and profiles that nobody has opened for RECSYS_KEEP_DAYS"),
    ):
        action = actions.add_parser(name, help=help_text, description=act.__doc__)
        if name != "prune":
            action.add_argument("file", type=Path, metavar="FILE")
        if name == "restore":
            action.add_argument("--replace", action="store_true", help="delete what is in the database first")
        action.add_argument("--json", action="store_true", help="print facts as JSON instead of a line")
        action.set_defaults(run=act)


def _backup(options: argparse.Namespace) -> None:
    """Copy the whole database, as it stands at one moment, into a file that only this account can read."""
    _say(options, "written", write_backup(_store(), options.file))


def _restore(options: argparse.Namespace) -> None:
    """Put all rows of a backup into an empty database; if anything fails, nothing has changed."""
    _say(options, "restored", restore_backup(_store(), options.file, replace=options.replace))


def _prune(options: argparse.Namespace) -> None:
    """Delete rooms of classes that are over, and, where RECSYS_KEEP_DAYS is set, profiles that nobody has opened for so many days."""
    store, days = _store(), settings().keep_days
    rooms = Rooms(store).prune()
    profiles = store.prune(days) if days else 0
    if options.json:
        print(as_json({"rooms": rooms, "profiles": profiles, "keep_days": days or None}))
        return
    print(f"Deleted what was in {rooms:,} rooms of classes that are over.")
    if days:
        print(f"Deleted {profiles:,} profiles that nobody has opened for {days:,} days.")
    else:
        print("Profiles are kept: RECSYS_KEEP_DAYS is not set.")


def _say(options: argparse.Namespace, what: str, done: Backup) -> None:
    if options.json:
        print(as_json({"file": str(options.file), "at": done.at, "version": done.version, "rows": done.rows}))
        return
    made = datetime.fromtimestamp(done.at, UTC)
    print(f"{options.file}, made {made:%Y-%m-%d %H:%M} UTC: {sum(done.rows.values()):,} rows {what}, {done.rows['profiles']:,} profiles.")


def _store() -> Store:
    return Store(settings().database_url)
