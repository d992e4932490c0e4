"""What an operator can watch: counted as it happens, in a format that Prometheus reads, and only where a setting opens it."""

from __future__ import annotations

import re
import sqlite3
import urllib.request
from contextlib import closing
from pathlib import Path

from tests.faults.acts import saved, saving
from tests.faults.conftest import ONE_THREAD
from tests.support import loop
from tests.support.server import Server
from tests.support.streamlit_visitor import Visitor
from ui.server.metrics import BOUNDS, Runs

SAMPLE = re.compile(r'([a-zA-Z_:][\w:]*)(\{\w+="[^"\n]*"(,\w+="[^"\n]*")*\})? (-?[\d.]+(e[+-]?\d+)?|NaN)')


def read(text: str) -> dict[str, float]:
    """Samples by name and labels; fails where the text is no OpenMetrics: https://prometheus.io/docs/specs/om/open_metrics_spec/."""
    assert text.endswith("\n# EOF\n")
    assert text.count("# EOF") == 1
    families, samples = dict[str, str](), dict[str, float]()
    for line in text.splitlines()[:-1]:
        if line.startswith("# "):
            _, what, name, words = line.split(" ", 3)
            if what == "TYPE":
                assert name not in families
                families[name] = words
            assert name == list(families)[-1]  # a family stands together
            continue
        found = SAMPLE.fullmatch(line)
        assert found, line
        family = list(families)[-1]
        assert (
            found[1].removeprefix(family)
            in {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}[families[family]]
        )
        key = line.rpartition(" ")[0]
        assert key not in samples
        samples[key] = float(found[4])
    return samples


def asked(server: Server, accept: str = "*/*") -> dict[str, float]:
    request = urllib.request.Request(f"{server.url}/_stcore/metrics", headers={"Accept": accept, "Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
        return read(answer.read().decode())


def test_clicks_errors_and_waiting_writes_are_counted(small: tuple[Path, Path], tmp_path: Path) -> None:
    server = Server(tmp_path / "ratings.sqlite3", small[1], str(small[0]), ONE_THREAD | {"RECSYS_METRICS": "on"}).start()

    async def click() -> None:
        before = asked(server)
        assert before["because_runs_total"] == before["because_errors_total"] == before["because_writes_waiting"] == 0
        assert "because_run_p95_milliseconds" not in before
        async with Visitor(server.port) as visitor:
            first, second, third, *_ = visitor.tiles()
            await visitor.star(first, 5)
            clicked = asked(server, "application/x-protobuf")
            assert clicked["because_runs_total"] == clicked["because_run_milliseconds_count"] >= 2
            assert clicked['because_run_milliseconds_bucket{le="+Inf"}'] == clicked["because_runs_total"]
            assert 0 < clicked["because_run_p50_milliseconds"] <= clicked["because_run_p95_milliseconds"]
            assert clicked["because_run_p95_milliseconds"] <= clicked["because_run_milliseconds_sum"]
            assert clicked["active_sessions"] == 1  # Streamlit's own
            with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                await visitor.star(second, 4)
                await visitor.star(third, 4)
                assert saving(visitor)
                assert asked(server)["because_writes_waiting"] == 2
                other.execute("ROLLBACK")
            await visitor.until(saved, 40)
            assert asked(server)["because_writes_waiting"] == 0
            assert asked(server)["because_errors_total"] == 0
            await visitor.set(f"_stars_wall_{first}", "string_value", "none")
            assert asked(server)["because_errors_total"] == 1

    try:
        loop.run(click())
        assert {name for name in asked(server) if "because_jobs_total" in name} == {
            f'because_jobs_total{{kind="{kind}",state="{state}"}}'
            for kind in ("prepare", "measure")
            for state in ("done", "failed", "cancelled")
        }
    finally:
        server.stop()


def test_the_histogram_counts_each_run_once_and_the_quantiles_follow_the_latest() -> None:
    runs = Runs()
    for ms in (10, 10.1, 5000, 5001):
        runs.add(ms)
    samples = read("\n".join((*runs.lines(), "# EOF\n")))
    counts = [samples[f'because_run_milliseconds_bucket{{le="{bound}"}}'] for bound in (*map(float, BOUNDS), "+Inf")]
    assert counts == [1, *[2] * 9, 3, 4]
    assert samples["because_run_milliseconds_sum"] == 10021.1
    assert (samples["because_run_p50_milliseconds"], samples["because_run_p95_milliseconds"]) == (10.1, 5001)
    for _ in range(1000):
        runs.add(20)
    samples = read("\n".join((*runs.lines(), "# EOF\n")))
    assert (samples["because_runs_total"], samples["because_run_p95_milliseconds"]) == (1004, 20)
