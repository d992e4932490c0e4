"""Several processes of the app on one machine behind one address: ``python scripts/replicas.py --processes 2``.

Each process answers on a port of its own, and nginx before them keeps every browser with its process (``deploy/nginx.conf`` says how).
A process that ends is started again, and so is one that no longer answers; Ctrl-C or SIGTERM ends all. docs/deploy.md says when this is
worth it.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the command works without an installed package
from scripts.healthy import healthy

TEMPLATE = ROOT / "deploy" / "nginx.conf"
MISSING = (
    "nginx was not found. Install it: apt install nginx-light (Debian, Ubuntu), dnf install nginx (Fedora), brew install nginx (macOS). "
    "One process needs no nginx: make run."
)
BEGIN, END, LISTEN = "    # Begin of the replicas.\n", "    # End of the replicas.\n", "listen 8080;"
START_SECONDS = 120.0
"""How long a process may take until it answers for the first time."""
STOP_SECONDS = 10.0
"""How long one that is asked to end may take."""
STEADY_SECONDS = 10.0
"""A process that lives shorter is started again only after a pause, which doubles up to ``LONGEST_PAUSE``."""
LONGEST_PAUSE = 30.0
LOOK_SECONDS = 5.0
"""How often it is asked whether the processes answer."""


class ReplicasError(Exception):
    """Why it cannot go on, in a sentence."""


@dataclass
class Child:
    """A process that is started again when it ends; ``quiet`` throws away what it prints, but not its errors."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    quiet: bool = False
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    pause: float = 0.0
    resting: bool = False
    answered: float = 0.0

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL if self.quiet else None)
        self.began = self.answered = time.monotonic()
        self.resting = False
        say(f"{self.name} is process {self.process.pid}.")

    def look_after(self) -> None:
        """Start it again if it has ended: at once, or after a pause where it did not live long."""
        assert self.process is not None
        now = time.monotonic()
        if self.process.poll() is None:
            return
        if not self.resting:  # it has just ended
            lived = now - self.began
            self.pause = 0.0 if lived >= STEADY_SECONDS else min(max(1.0, 2 * self.pause), LONGEST_PAUSE)
            self.resting, self.began = True, now
            when = f"in {self.pause:.0f} s" if self.pause else "now"
            say(f"{self.name} ended with code {self.process.returncode}; it starts again {when}.")
        if now - self.began >= self.pause:
            self.start()

    def end(self) -> None:
        """Ask it to end."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """End it without asking."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def wait(self, until: float) -> None:
        """Wait for its end, and force it when the time is over."""
        if self.process:
            try:
                self.process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.kill()


def say(sentence: str) -> None:
    print(sentence, flush=True)


def nginx_conf(listen: str, replicas: Sequence[str]) -> str:
    """The proxy's configuration: the template with other replicas ("host:port", each with a port of its own) and another address."""
    text = TEMPLATE.read_text(encoding="utf-8")
    ports = [replica.rpartition(":")[2] for replica in replicas]

    def group(name: str, lines: Sequence[str]) -> str:
        return "\n".join([f"    upstream {name} {{", *(f"        server {line};" for line in lines), "    }\n"])

    groups = [group("any", [f"{replica} max_fails=1 fail_timeout=5s" for replica in replicas])]
    for place, port in enumerate(ports):
        own, *others = *replicas[place:], *replicas[:place]
        groups.append(group(f"replica_{port}", [f"{own} max_fails=0", *(f"{other} backup" for other in others)]))
    choice = [
        "    map $cookie_replica $replica {",
        "        default any;",
        *(f"        {port} replica_{port};" for port in ports),
        "    }\n",
    ]
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return (before + BEGIN + "".join(groups) + "\n".join(choice) + END + after).replace(LISTEN, f"listen {listen};")


def find_nginx() -> str:
    """The program; Debian keeps it where only administrators' shells look. Raises :class:`ReplicasError` if there is none."""
    found = shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"]))
    if not found:
        raise ReplicasError(MISSING)
    return found


def check_free(host: str, port: int) -> None:
    """Raises :class:`ReplicasError` if something listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ReplicasError(f"Port {port} cannot be used ({error.strerror}). Choose another: --port {port + 100}") from error


class Replicas:
    """The processes and the proxy."""

    def __init__(self, processes: int, host: str, port: int, database: str, patience: float, folder: Path) -> None:
        self.patience = patience
        self.ports = [port + 1 + number for number in range(processes)]
        self.host, self.port = "127.0.0.1" if host == "localhost" else host, port
        environment = os.environ | {
            "STREAMLIT_SERVER_COOKIE_SECRET": os.environ.get("STREAMLIT_SERVER_COOKIE_SECRET") or secrets.token_hex()
        }
        self.environment = environment | ({"DATABASE_URL": database} if database else {})
        run = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.address", "127.0.0.1", "--server.port"]
        self.apps = [  # quiet: each would print an address of its own, past the proxy; logs go to stderr
            Child(f"The process at port {number}", [*run, str(number)], self.environment, quiet=True) for number in self.ports
        ]
        nginx = find_nginx()
        (folder / "nginx.conf").write_text(
            nginx_conf(f"{self.host}:{port}", [f"127.0.0.1:{number}" for number in self.ports]), encoding="utf-8"
        )
        self.proxy = Child("nginx", [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"], self.environment)
        self.stopping = False

    def run(self) -> None:
        """Start all and look after them until :meth:`stop` is called. Raises :class:`ReplicasError` if they do not start."""
        for host, port in ((self.host, self.port), *(("127.0.0.1", number) for number in self.ports)):
            check_free(host, port)
        self._fit()
        try:
            for app in self.apps:
                app.start()
            until = time.monotonic() + START_SECONDS
            while not self.stopping and not all(healthy(port) for port in self.ports):
                if any(app.process and app.process.poll() is not None for app in self.apps) or time.monotonic() > until:
                    raise ReplicasError("The app did not start; what it said stands above.")
                time.sleep(0.2)
            if not self.stopping:
                self.proxy.start()
                say(f"{len(self.apps)} processes behind one address: http://{self.host}:{self.port}. Ctrl-C ends them.")
            looked = 0.0
            while not self.stopping:
                for child in (*self.apps, self.proxy):
                    child.look_after()
                if time.monotonic() - looked > LOOK_SECONDS:
                    self._end_the_mute()
                    looked = time.monotonic()
                time.sleep(0.2)
        finally:
            self._end()

    def stop(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """Have :meth:`run` end everything: a handler of signals."""
        self.stopping = True

    def _end_the_mute(self) -> None:
        """Kill a process that has not answered for too long; it is started again as any that ends."""
        for app, port in zip(self.apps, self.ports, strict=True):
            if app.resting or healthy(port):
                app.answered = time.monotonic()
            elif time.monotonic() - app.answered > (self.patience if app.answered > app.began else START_SECONDS):
                say(f"{app.name} has not answered for a while; it is killed.")
                app.kill()

    def _fit(self) -> None:
        """Fit the models before the processes start, or each would. What is there already costs a few seconds."""
        dataset = os.environ.get("RECSYS_DATASET", "").strip() or "showcase"
        with subprocess.Popen([sys.executable, "-m", "recsys_core", "train", dataset], cwd=ROOT, env=self.environment) as fit:
            while not self.stopping and fit.poll() is None:
                time.sleep(0.1)
            fit.terminate()
        if fit.returncode and not self.stopping:
            raise ReplicasError("The models could not be fitted; the reason stands above.")

    def _end(self) -> None:
        everything = (self.proxy, *self.apps)
        for child in everything:
            child.end()
        until = time.monotonic() + STOP_SECONDS
        for child in everything:
            child.wait(until)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="how many (default: 2); as many as the machine has cores")
    parser.add_argument(
        "--database", default="", metavar="URL", help="of the ratings (default: DATABASE_URL, else the SQLite file in data/)"
    )
    parser.add_argument("--host", default="localhost", help="the address to listen at; 0.0.0.0 for phones in the network")
    parser.add_argument("--port", type=int, default=8501, help="where visitors come; the processes take the next ones (default: 8501)")
    parser.add_argument(
        "--patience", type=float, default=30.0, metavar="SECONDS", help="a process that does not answer for so long is killed (default: 30)"
    )
    options = parser.parse_args(arguments)
    if options.processes < 1:
        parser.error("--processes must be at least 1")
    with tempfile.TemporaryDirectory(prefix="replicas-") as folder:
        try:
            replicas = Replicas(options.processes, options.host, options.port, options.database, options.patience, Path(folder))
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, replicas.stop)
            replicas.run()
        except ReplicasError as failure:
            print(failure, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
