"""``python -m recsys_core evaluate``: how good lists and predicted stars are, with intervals."""

# ruff: noqa: T201 - printing is what a command line is for
from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from recsys_core.cli.options import as_json, at_least
from recsys_core.common.progress import Progress
from recsys_core.datasets import load_dataset, source_path
from recsys_core.evaluation import Results, write_results
from recsys_core.evaluation.runs import SPLITS, EvaluationPlan, run


def add_evaluate(commands: Any) -> None:
    """Add the command to those of the command line."""
    parser = commands.add_parser("evaluate", help="measure how good lists and predicted stars are", description=_evaluate.__doc__)
    parser.add_argument("--dataset", default="showcase", help="showcase, or a MovieLens zip or folder (default: %(default)s)")
    parser.add_argument("--split", choices=SPLITS, default=SPLITS[0], help="what is held out (default: %(default)s)")
    parser.add_argument("--n-given", type=at_least(1), nargs="+", default=[5, 10, 20], help="ratings shown of each new visitor")
    parser.add_argument("--seeds", type=at_least(0), nargs="+", default=[0], help="one random split each; results are pooled")
    parser.add_argument("--models", nargs="+", help="their names (default: all)")
    parser.add_argument("--versus", metavar="MODEL", help="compare the others with this model, user by user")
    parser.add_argument("--max-visitors", type=at_least(1), help="ask about so many at most, for a quick look")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write evaluation.csv and evaluation.json there")
    parser.add_argument("--json", action="store_true", help="print facts and figures as JSON instead of tables")
    parser.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> None:
    """Measure the models on held-out ratings, with 95 % intervals from a bootstrap over users."""
    if options.out and options.out.exists() and not options.out.is_dir():
        raise NotADirectoryError(f"--out {options.out} is a file. Give the name of a folder.")
    dataset = load_dataset(options.dataset)
    plan = EvaluationPlan(
        options.split,
        n_given=options.n_given,
        seeds=options.seeds,
        models=options.models,
        versus=options.versus,
        max_visitors=options.max_visitors,
        source=source_path(options.dataset),
    )
    with _bar() as progress:
        results = run(dataset, plan, progress=progress)
    print(_as_json(results) if options.json else readable(results))
    if options.out:
        write_results(results, options.out)
        print(f"Written to {options.out}", file=sys.stderr)


def readable(results: Results) -> str:
    """Tables for people: a line per metric, a column per model, ``value [low, high]``."""
    facts = results.facts
    made = " (ratings simulated by a program)" if facts["simulated"] else ""
    sizes = f"{facts['n_users']:,} people, {facts['n_titles']:,} titles, {facts['n_ratings']:,} ratings"
    blocks = [f"{facts['dataset']}{made}: {sizes}. Split {facts['split']}, seeds {', '.join(map(str, facts['seeds']))}."]
    for (n_given, task), block in results.table.groupby(["n_given", "task"], sort=True):
        given = f"{n_given} ratings given" if n_given else "known visitors"
        blocks.append(f"{task}, {given}, {int(block['n_users'].max()):,} visitors [95 % interval]\n{_grid(block, 'value', 'low', 'high')}")
        if facts["versus"]:
            compared = block[block["versus"] != ""]
            grid = _grid(compared, "difference", "difference_low", "difference_high")
            blocks.append(f"minus {facts['versus']}, same visitors [95 % interval]\n{grid}")
    return "\n\n".join(blocks)


def _grid(block: pd.DataFrame, value: str, low: str, high: str) -> str:
    def number(figure: float) -> str:
        return f"{round(figure, 3) + 0.0:.3f}"  # adding zero turns -0.000 into 0.000

    def cell(row: pd.Series) -> str:
        interval = "" if pd.isna(row[low]) else f" [{number(row[low])}, {number(row[high])}]"
        return "—" if pd.isna(row[value]) else f"{number(row[value])}{interval}"

    cells = block.assign(cell=[cell(row) for _, row in block.iterrows()])
    order = {column: list(dict.fromkeys(block[column])) for column in ("metric", "model")}
    grid = cells.pivot(index="metric", columns="model", values="cell").loc[order["metric"], order["model"]]
    return str(grid.rename_axis(index=None, columns=None).to_string())


def _as_json(results: Results) -> str:
    rows = json.loads(results.table.to_json(orient="records"))  # writes NaN as null, which json.dumps does not
    return as_json({"facts": results.facts, "results": rows})


@contextmanager
def _bar() -> Iterator[Progress]:
    """A progress bar on a terminal, on standard error; nothing elsewhere."""
    with tqdm(total=100, bar_format="{l_bar}{bar}| {elapsed}<{remaining}", disable=None, leave=False) as bar:

        def progress(done: float, what: str) -> None:
            bar.set_description(what, refresh=False)
            bar.update(int(100 * done) - bar.n)

        yield progress
