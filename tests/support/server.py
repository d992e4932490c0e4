"""The app as a process of its own, for tests and measurements that need the real server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from recsys_core.settings import PROJECT_FOLDER as ROOT
from recsys_core.storage.store import Store, new_token

START_SECONDS = 60


@dataclass
class Server:
    """The app as its own process, on a free port, with its own database; ``more`` adds to its environment.

    ``folder`` holds the app: the project's, or a copy.
    """

    database: Path
    data: Path
    dataset: str = "showcase"
    more: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    script: str = "app.py"
    folder: Path = ROOT
    process: subprocess.Popen[bytes] | None = None
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.database.with_suffix(".log")

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.database}"

    def address_of(self, ratings: Mapping[str, float], path: str = "/") -> str:
        """The address at which a visitor with these ratings, given in this order, goes on with them."""
        store, token = Store(self.database_url), new_token()
        for item_id, stars in ratings.items():
            store.rate(token, self.dataset, item_id, stars)
        store.admit(token)  # from whichever browser
        return f"{self.url}{path}?p={token}"

    def start(self) -> Self:
        """Start it and wait until it answers. Raises :class:`RuntimeError` if it does not."""
        if not self.port:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
        own = {"DATABASE_URL": self.database_url, "RECSYS_DATASET": self.dataset, "RECSYS_DATA": str(self.data)}
        environment = os.environ | own | {"PYTHONPATH": str(self.folder)} | dict(self.more)
        command = [sys.executable, "-m", "streamlit", "run", self.script, "--server.port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as answer:
                    if answer.status == 200:
                        return self
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"The server did not start:\n{self.log.read_text()}")

    def stop(self) -> None:
        """End it."""
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
