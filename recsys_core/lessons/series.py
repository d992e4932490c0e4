"""Lesson 11: whom do you ask, and about what? Seasons give each other away, and few ratings make extreme means."""

from __future__ import annotations

import numpy as np

from recsys_core.lessons.toys import Series


def part(world: Series, chosen: np.ndarray) -> Series:
    """Some of the ratings, chosen by bool (n_ratings,)."""
    return Series(world.person[chosen], world.show[chosen], world.season[chosen], world.stars[chosen])


def siblings(train: Series, test: Series) -> np.ndarray:
    """Predict each rating of ``test`` (n,): the mean of the same person's other seasons of that show.

    Without any, the person's mean; without that, the mean of all. A random split finds it excellent,
    although it has learned nothing about shows.
    """
    stars = np.full(len(test.stars), train.stars.mean())
    for n, (person, show) in enumerate(zip(test.person, test.show, strict=True)):
        own = train.person == person
        same = own & (train.show == show)
        if same.any():
            stars[n] = train.stars[same].mean()
        elif own.any():
            stars[n] = train.stars[own].mean()
    return stars


def shrunk_means(sums: np.ndarray, counts: np.ndarray, mean: float, m: float) -> np.ndarray:
    """Means (n,) of groups with these sums and counts, as if each had m more ratings that equal the mean of all.

    With n ratings a group keeps n / (n + m) of its distance from the mean of all. For m = 0 it is the plain
    mean, NaN where there are no ratings. Source: Funk (2006), "Netflix update: try this at home".
    """
    weight = np.asarray(counts + m, dtype=float)
    return np.divide(sums + m * mean, weight, out=np.full(len(weight), np.nan), where=weight > 0)


def means_of(group: np.ndarray, stars: np.ndarray, asked: np.ndarray, m: float = 0) -> np.ndarray:
    """Predict by the means of people, or of titles: ``group`` (n,) tells whose the known stars (n,) are.

    The answer (r,) is for those who are ``asked`` (r,); whoever has no known stars gets the mean of all.
    """
    labels, number = np.unique(np.concatenate([group, asked]), return_inverse=True)
    known, wanted = number[: len(group)], number[len(group) :]
    sums, counts = np.bincount(known, stars, len(labels)), np.bincount(known, minlength=len(labels))
    means = shrunk_means(sums, counts, stars.mean(), m)
    return np.where(np.isnan(means), stars.mean(), means)[wanted]
