"""Data of the size and shape of the largest real sets, made up: ratings like ml-32m's, shows like TVmaze's."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from recsys_core import load_dataset

PEOPLE, TITLES, RATINGS = 200_948, 87_585, 32_000_204
"""Of ml-32m (its README)."""
SHOWS = 83_000
FEWEST = 20
"""Ratings of each person in MovieLens, at least."""
ACTIVITY = 1.39
"""Standard deviation of the logarithm of people's numbers of ratings: with ml-32m's mean it gives its median, 73."""
DRAWN = 1.35
"""More titles are drawn than wanted: some are drawn twice."""
GROUPS = 8
WORDS = 60
"""Of each show's text, on average."""
GENRES = ("Drama", "Comedy", "Thriller", "Romance", "Action", "Horror", "Documentary", "Crime", "Adventure", "Sci-Fi", "Children")


def ratings_matrix(scale: float, seed: int = 0) -> sparse.csr_array:
    """``scale`` times the people and ratings, and ``√scale`` times the titles, of ml-32m.

    People's numbers of ratings are log-normal above 20. A title of rank r is chosen in proportion to
    ``(r + 60)^-1.15 · exp(-4.5 r / n)``, tilted by the taste of each of eight groups of people. Stars are the title's
    quality plus the group's taste plus noise, in halves from 0.5 to 5.

    Returns
    -------
    csr_array of shape (n_people, n_titles), float32, stars
    """
    rng = np.random.default_rng(seed)
    n_people, n_titles = int(PEOPLE * scale), int(TITLES * np.sqrt(scale))
    mean = RATINGS / PEOPLE - FEWEST
    counts = FEWEST + rng.lognormal(np.log(mean) - ACTIVITY**2 / 2, ACTIVITY, n_people)
    counts = np.minimum(counts, n_titles / 3).astype(np.int64)
    rank = np.arange(n_titles)
    fame = (rank + 60.0) ** -1.15 * np.exp(-4.5 * rank / n_titles)
    quality = np.clip(rng.normal(3.4, 0.45, n_titles) - 0.25 * rank / n_titles, 1.0, 4.6)
    blocks = []
    for people in np.array_split(np.arange(n_people), GROUPS):
        own = fame * rng.lognormal(0.0, 0.8, n_titles)
        taste = rng.normal(0.0, 0.35, n_titles)
        rows = np.repeat(np.arange(len(people)), (counts[people] * DRAWN).astype(np.int64))
        drawn = np.searchsorted(np.cumsum(own / own.sum()), rng.random(len(rows))).astype(np.int64)
        cells = np.unique(rows * n_titles + np.minimum(drawn, n_titles - 1))
        items = cells % n_titles
        stars = np.round(2 * (quality[items] + taste[items] + rng.normal(0.0, 0.9, len(items)))) / 2
        parts = (np.clip(stars, 0.5, 5.0).astype(np.float32), (cells // n_titles, items))
        blocks.append(sparse.csr_array(sparse.coo_array(parts, shape=(len(people), n_titles))))
    return sparse.csr_array(sparse.vstack(blocks, format="csr"))


def write_movielens(matrix: sparse.csr_array, path: Path, seed: int = 0) -> None:
    """A zip in the layout of ml-32m: ratings.csv, movies.csv, and a tags.csv with a tag for every sixteen ratings."""
    rng = np.random.default_rng(seed)
    n_people, n_titles = matrix.shape
    genres = ["|".join(rng.choice(GENRES, rng.integers(1, 4), replace=False)) for _ in range(n_titles)]
    words = rng.integers(0, 20_000, (n_titles, 3))
    titles = [f"word{a} word{b} word{c} ({1930 + (a + b) % 94})" for a, b, c in words]
    n_tags = matrix.nnz // 16
    tags = pa.table(
        {
            "userId": rng.integers(1, n_people // 10 + 2, n_tags),
            "movieId": rng.choice(matrix.indices, n_tags) + 1,
            "tag": [f"tag {number}" for number in (rng.zipf(1.4, n_tags) % 150_000).tolist()],
            "timestamp": np.full(n_tags, 1_500_000_000),
        }
    )
    ratings = pa.table(
        {
            "userId": np.repeat(np.arange(1, n_people + 1), np.diff(matrix.indptr)),
            "movieId": matrix.indices + 1,
            "rating": matrix.data.astype(np.float64),
            "timestamp": rng.integers(800_000_000, 1_690_000_000, matrix.nnz),
        }
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        movies = pd.DataFrame({"movieId": np.arange(1, n_titles + 1), "title": titles, "genres": genres})
        archive.writestr("ml-large/movies.csv", movies.to_csv(index=False))
        for name, rows in (("tags", tags), ("ratings", ratings)):
            with archive.open(f"ml-large/{name}.csv", "w", force_zip64=True) as file:
                csv.write_csv(rows, file)


def write_shows(n: int, folder: Path, seed: int = 0) -> None:
    """TVmaze pages of ``n`` shows whose texts have about sixty words each.

    Words are drawn as often as the showcase's synopses and keywords use them, and one word in eight from a tail of
    120,000 made-up words, names and the like, by Zipf's law: with it the vocabulary grows as in real texts.
    """
    rng = np.random.default_rng(seed)
    items = load_dataset("showcase").items
    counter = CountVectorizer(token_pattern=r"[A-Za-z']+")
    counts = np.asarray(counter.fit_transform(items["text"] + " " + items["keywords"]).sum(axis=0)).ravel().astype(np.float64)
    vocabulary = np.concatenate([counter.get_feature_names_out(), [f"name{number}" for number in range(120_000)]]).astype(object)
    tail = 1.0 / np.arange(2, 120_002)
    chance = np.concatenate([7 / 8 * counts / counts.sum(), 1 / 8 * tail / tail.sum()])
    cumulated = np.cumsum(chance) / chance.sum()
    cumulated[-1] = 1.0
    folder.mkdir(parents=True)
    for page, first in enumerate(range(1, n + 1, 250)):
        shows = []
        for number in range(first, min(first + 250, n + 1)):
            text = " ".join(vocabulary[np.searchsorted(cumulated, rng.random(rng.poisson(WORDS)))])
            shows.append(
                {
                    "id": number, "name": f"{vocabulary[rng.integers(len(counts))]} {number}", "type": "Scripted",
                    "language": "English" if rng.random() < 0.6 else "Japanese", "genres": rng.choice(GENRES[:9], 2).tolist(),
                    "premiered": f"{1950 + number % 75}-01-01", "ended": None, "weight": int(rng.integers(0, 100)),
                    "network": {"name": f"Network {rng.zipf(1.5) % 900}", "country": {"name": "United States", "code": "US"}},
                    "summary": f"<p>{text}.</p>", "url": f"https://www.tvmaze.com/shows/{number}", "externals": {},
                }
            )  # fmt: skip
        with gzip.open(folder / f"page-{page:04}.json.gz", "wt", encoding="utf-8") as file:
            json.dump(shows, file)
