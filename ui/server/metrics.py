"""What an operator watches, in the text format of OpenMetrics: runs and how long they took, fits, errors, what waits to be stored."""

from __future__ import annotations

import itertools
import math
import threading
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterator
from typing import get_args

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recsys_core.serving.jobs import ENDED, Jobs, Kind
from recsys_core.serving.once import made
from recsys_core.settings import settings
from recsys_core.storage.waiting import n_waiting
from ui.server import logs
from ui.server.addresses import core_address

BOUNDS = (10, 20, 50, 100, 150, 200, 300, 500, 1000, 2000, 5000)
"""Upper ends of the histogram's steps, in milliseconds; the last step has none."""
LATEST = 1000
"""Runs over which the quantiles are taken."""
END = b"# EOF"


class Runs:
    """How many runs there were, and how long they took."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = [0] * (len(BOUNDS) + 1)
        self._sum = 0.0
        self._latest = deque[float](maxlen=LATEST)

    def add(self, ms: float) -> None:
        """Count one."""
        with self._lock:
            self._counts[bisect_left(BOUNDS, ms)] += 1
            self._sum += ms
            self._latest.append(ms)

    def lines(self) -> Iterator[str]:
        """As OpenMetrics has it."""
        with self._lock:
            counts, total, latest = list(itertools.accumulate(self._counts)), self._sum, sorted(self._latest)
        yield from _head("because_runs", "counter", "Runs of a page, or of a part of one: a click makes one.")
        yield f"because_runs_total {counts[-1]}"
        words = "How long a run took, its wait for a turn included; what a click says was stored before."
        yield from _head("because_run_milliseconds", "histogram", words)
        for bound, count in zip((*map(float, BOUNDS), "+Inf"), counts, strict=True):
            yield f'because_run_milliseconds_bucket{{le="{bound}"}} {count}'
        yield f"because_run_milliseconds_sum {total:.3f}"
        yield f"because_run_milliseconds_count {counts[-1]}"
        for name, share in (("p50", 0.5), ("p95", 0.95)):
            words = f"What {share:.0%} of the latest {LATEST} runs did not exceed."
            yield from _head(f"because_run_{name}_milliseconds", "gauge", words)
            if latest:
                yield f"because_run_{name}_milliseconds {quantile(latest, share):.3f}"


runs = Runs()
"""The runs of this server."""


def quantile(ordered: list[float], share: float) -> float:
    """The smallest of some numbers, in order, that a share of them does not exceed.

    >>> quantile([1, 2, 3, 4], 0.5), quantile([1, 2, 3, 4], 0.95)
    (2, 4)
    """
    return ordered[math.ceil(share * len(ordered)) - 1]


def lines() -> Iterator[str]:
    """All metrics of this app."""
    yield from runs.lines()
    jobs = made(Jobs, settings().models_folder)
    ended = jobs.ended if jobs else Counter()
    yield from _head("because_jobs", "counter", "Fits (prepare) and measurements that have ended, by how.")
    for kind, state in itertools.product(get_args(Kind), ENDED):
        yield f'because_jobs_total{{kind="{kind}",state="{state}"}} {ended[kind, state]}'
    yield from _head("because_jobs_running", "gauge", "Fits and measurements under way, or waiting for their turn.")
    yield f"because_jobs_running {len(jobs.running()) if jobs else 0}"
    yield from _head("because_errors", "counter", "Errors in the log.")
    yield f"because_errors_total {logs.errors}"
    yield from _head("because_writes_waiting", "gauge", "What visitors said that the database has not taken so far.")
    yield f"because_writes_waiting {n_waiting()}"


def _head(name: str, kind: str, words: str) -> Iterator[str]:
    yield f"# TYPE {name} {kind}"
    if name.endswith("_milliseconds"):
        yield f"# UNIT {name} milliseconds"
    yield f"# HELP {name} {words}"


class OpenMetrics:
    """Adds this app's metrics to those that Streamlit has, as text at the same address."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and scope["method"] == "GET" and core_address(scope["path"]) == "metrics"
        if not asked:
            await self.app(scope, receive, send)
            return
        as_text = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in (b"accept", b"accept-encoding")]}
        begun: list[Message] = []
        body = bytearray()

        async def send_more(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.append(message)
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body"):
                whole = bytes(body).partition(END)[0] + "\n".join((*lines(), "")).encode() + END + b"\n"
                headers = MutableHeaders(scope=begun[0])
                headers["Content-Type"] = "application/openmetrics-text; version=1.0.0; charset=utf-8"
                headers["Content-Length"] = str(len(whole))
                await send(begun[0])
                await send({"type": "http.response.body", "body": whole})

        await self.app(as_text, receive, send_more)
