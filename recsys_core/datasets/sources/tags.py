"""Keywords from the free tags of MovieLens users, and from the tag genome."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recsys_core.data.tags import LIST_SEPARATOR

FEW_TAGS = 10_000
ENOUGH, MOST = 10, 30
CLEARLY_ABOVE, MOST_OF_GENOME = 0.1, 40


def keywords(tags: pd.DataFrame) -> dict[str, str]:
    """Turn free tags into keywords: lower-case, most frequent first, joined by ``|``.

    If there are up to :data:`FEW_TAGS` tags in all, every one is kept, because even a tag by one user is valuable then.
    If there are more, a title keeps its :data:`ENOUGH` most frequent tags, and up to :data:`MOST` of those that at
    least two users gave; the others are private ("seen at Bob's") or noise.

    Parameters
    ----------
    tags : DataFrame
        ``userId``, ``movieId``, ``tag``; empty tags are none.

    Returns
    -------
    dict of item id (str) to keywords
    """
    tags = tags[(tags["tag"] != "").to_numpy()]
    codes, written = pd.factorize(tags["tag"])
    clean = [" ".join(str(tag).replace(LIST_SEPARATOR, " ").lower().split()) for tag in written]
    same, names = pd.factorize(np.array(clean, dtype=object))
    items, item_ids = _coded(tags["movieId"])
    given = pd.DataFrame({"item": items, "tag": same[codes], "user": _coded(tags["userId"])[0]})
    given = given[(names != "")[given["tag"].to_numpy()]].drop_duplicates()
    # Groups are in the order of their first tag, and the stable sort keeps that order among ties.
    counts = given.groupby(["item", "tag"], sort=False).size().rename("users").reset_index()
    counts = counts.sort_values(["item", "users"], ascending=[True, False], kind="stable")
    if len(tags) > FEW_TAGS:
        rank = counts.groupby("item", sort=False).cumcount()
        counts = counts[(rank < ENOUGH) | ((rank < MOST) & (counts["users"] > 1))]
    return _joined(counts["item"].to_numpy(), item_ids, names[counts["tag"].to_numpy()])


def genome(scores: pd.DataFrame, tags: pd.DataFrame) -> dict[str, str]:
    """Return each title's most characteristic genome tags with their weights, ``tag:0.87|tag:0.63``, largest first.

    The tag genome gives the relevance of some 1,100 tags to every title, from 0 to 1. Many tags ("great", "original") are
    moderately relevant to all titles, so the weight is how far the relevance exceeds the tag's mean. The
    :data:`MOST_OF_GENOME` largest weights above :data:`CLEARLY_ABOVE` are kept.

    Parameters
    ----------
    scores : DataFrame
        ``movieId``, ``tagId``, ``relevance`` in [0, 1]; every title with every tag.
    tags : DataFrame
        ``tagId``, ``tag``; every tag of ``scores``, once.

    References
    ----------
    Vig, Sen & Riedl (2012), "The tag genome: encoding community knowledge to support novel interaction".
    """
    relevance = scores["relevance"].to_numpy(np.float32)
    tag_ids, known = _coded(scores["tagId"])
    named = dict(zip(tags["tagId"], tags["tag"], strict=True))
    clean = [named[tag_id].replace(LIST_SEPARATOR, " ").strip().lower() for tag_id in known]
    mean = np.bincount(tag_ids, relevance) / np.maximum(np.bincount(tag_ids), 1)
    above = relevance - mean.astype(np.float32)[tag_ids]
    kept = np.flatnonzero(above > CLEARLY_ABOVE)
    codes, item_ids = _coded(scores["movieId"])
    items = codes[kept]
    order = np.lexsort((-above[kept], items))
    kept, items = kept[order], items[order]
    rank = pd.Series(items).groupby(items, sort=False).cumcount().to_numpy()
    kept, items = kept[rank < MOST_OF_GENOME], items[rank < MOST_OF_GENOME]
    weighted = [f"{clean[tag]}:{weight:.2f}" for tag, weight in zip(tag_ids[kept], above[kept], strict=True)]
    return _joined(items, item_ids, np.array(weighted, dtype=object))


def _coded(ids: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Ids as numbers from 0, and the id that each number stands for."""
    codes, known = pd.factorize(ids)
    return codes, [str(name) for name in known]


def _joined(items: np.ndarray, item_ids: list[str], values: np.ndarray) -> dict[str, str]:
    """Join the values of each title by ``|``; the rows of a title, given by its number, are adjacent."""
    starts = np.flatnonzero(np.r_[True, items[1:] != items[:-1]]) if len(items) else np.array([], dtype=np.int64)
    parts = np.split(values, starts[1:])
    return {item_ids[items[start]]: LIST_SEPARATOR.join(part) for start, part in zip(starts, parts, strict=False)}
