"""How long it takes to bring 20,000 ratings in: read, matched and written, on the showcase and on as many titles as TVmaze has.

    python -m benchmarks.import_ratings [DATA_SET]

Without a data set the second catalogue is made up: 88,000 names of words from the showcase's titles.

The files are made from the titles themselves: four in ten rows as they are called here, two with the article behind or a year beside,
two with a letter wrong, two of titles that are not here. Prints seconds for each step.
"""

from __future__ import annotations

import csv
import io
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from recsys_core import Dataset, load_dataset
from recsys_core.exchange.bringing import bring_in
from recsys_core.exchange.matching import Matcher
from recsys_core.exchange.reading import read_file
from recsys_core.exchange.report import plan, report
from recsys_core.storage.ratings import VisitorRatings
from recsys_core.storage.store import Store, new_token

ROWS = 20_000


def main() -> None:
    """Measure each data set that is there."""
    showcase = load_dataset("showcase")
    measure(showcase)
    for large in [load_dataset(name) for name in sys.argv[1:]] or [many_titles(showcase)]:
        measure(large)


def many_titles(showcase: Dataset, n: int = 88_000, seed: int = 0) -> Dataset:
    """A catalogue of made-up titles of one to four words."""
    chance = random.Random(seed)
    words = sorted({word for title in showcase.items["title"] for word in title.split()})
    titles = [" ".join(chance.choices(words, k=chance.randint(1, 4))) for _ in range(n)]
    years = [chance.randint(1960, 2025) for _ in range(n)]
    return Dataset.from_frames(pd.DataFrame({"item_id": map(str, range(n)), "title": titles, "year": years}), None, name="made up")


def measure(dataset: Dataset) -> None:
    """Print how long each step takes."""
    content = made_up(dataset)
    print(f"{dataset.name}: {dataset.n_items:,} titles, {ROWS:,} rows, {len(content) / 1e6:.1f} MB")
    with timed("index the titles, once for all visitors"):
        matcher = Matcher(dataset)
    start = time.perf_counter()
    with timed("read"):
        reading = read_file(content)
    with timed("match and report"):
        found = report(reading, matcher)
    with TemporaryDirectory() as folder:
        mine = VisitorRatings(Store(f"sqlite:///{Path(folder) / 'ratings.sqlite3'}"), new_token(), dataset.key)
        mine.load()
        put = plan(found.found, {}).put
        with timed(f"write {len(put):,} ratings"):
            bring_in(mine, put)
    print(f"  {time.perf_counter() - start:6.2f} s in all; rows: {dict(found.counts)}")


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long something takes."""
    start = time.perf_counter()
    yield
    print(f"  {time.perf_counter() - start:6.2f} s  {what}")


def made_up(dataset: Dataset, seed: int = 0) -> bytes:
    """A plain table about titles of the data set and others."""
    chance = random.Random(seed)
    titles, years = dataset.items["title"].tolist(), dataset.items["year"].tolist()
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("title", "year", "stars", "date"))
    for _ in range(ROWS):
        place = chance.randrange(len(titles))
        title, year = titles[place], years[place]
        way = chance.randrange(10)
        if way < 2 and title.startswith("The "):
            title = f"{title[4:]}, The"
        elif way < 2 and year == year:  # NaN is not itself
            year += chance.choice((-1, 1))
        elif way < 4:
            at = chance.randrange(len(title))
            title = title[:at] + chance.choice("abcdefghij") + title[at + 1 :]
        elif way < 6:
            title = " ".join(chance.choice(titles).split()[:2] + chance.choice(titles).split()[-2:])
        writer.writerow((title, int(year) if year == year else "", chance.randrange(1, 11) / 2, f"2024-01-{chance.randrange(1, 29):02}"))
    return text.getvalue().encode()


if __name__ == "__main__":
    main()
