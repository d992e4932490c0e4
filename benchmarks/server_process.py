"""What the process of a server takes, as Linux counts it."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.server import Server


def memory(server: Server) -> float:
    """The server's own memory, in megabytes."""
    for line in _process(server, "status").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("The server has ended.")


def processor_seconds(server: Server) -> float:
    """What the server's process has taken so far."""
    fields = _process(server, "stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _process(server: Server, name: str) -> str:
    assert server.process
    return Path(f"/proc/{server.process.pid}/{name}").read_text(encoding="utf-8")
