"""A PostgreSQL server of the tests' own: in a temporary folder, on a free port, gone afterwards."""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg

USER = "postgres"


@dataclass(frozen=True)
class Server:
    port: int
    password: str

    def url(self, name: str, scheme: str = "postgresql+psycopg") -> str:
        """The address of one of its databases."""
        return f"{scheme}://{USER}:{self.password}@127.0.0.1:{self.port}/{name}"

    def new_database(self) -> str:
        """Make an empty database and answer its name."""
        name = f"ratings_{uuid4().hex}"
        with psycopg.connect(self.url("postgres", "postgresql"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return name

    def drop(self, name: str) -> None:
        with psycopg.connect(self.url("postgres", "postgresql"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def binaries() -> Path | None:
    """The folder of the newest ``initdb`` and ``pg_ctl``, or None where PostgreSQL is not installed."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb") if (path.parent / "pg_ctl").exists()]
    return max(found, key=lambda folder: int(folder.parent.name), default=None)


@contextmanager
def running(programs: Path) -> Iterator[Server]:
    """Start a server and stop it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="ratings-pg-"))  # not under pytest's folder, which only its owner may enter
    server = Server(_free_port(), secrets.token_hex(8))
    (folder / "password").write_text(server.password, encoding="utf-8")
    owner = USER if os.geteuid() == 0 else getpass.getuser()  # initdb refuses to run as root
    if os.geteuid() == 0:
        for path in (folder, folder / "password"):
            shutil.chown(path, owner, owner)
    quick = f"-p {server.port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=200 -c fsync=off"

    def run(program: str, *arguments: str) -> None:
        as_owner = ["runuser", "-u", owner, "--"] if os.geteuid() == 0 else []
        command = [*as_owner, str(programs / program), "-D", str(folder / "data"), *arguments]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=folder, timeout=120, check=False)
        assert done.returncode == 0, f"{program}: {done.stderr}"

    try:
        run("initdb", "-U", USER, "-E", "UTF8", "--locale=C", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}", "--no-sync")
        run("pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", quick)
        try:
            yield server
        finally:
            run("pg_ctl", "stop", "-w", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
