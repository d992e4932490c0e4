"""Columns of text as two flat arrays, which a process can map into memory: it shares them with others and holds nothing of them itself."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

STARTS = ".starts"


def flat(name: str, texts: pd.Series) -> dict[str, np.ndarray]:
    """A column of n texts as the bytes of their UTF-8, one after the other, and the places where each starts, (n + 1,).

    This is how Arrow keeps them, so :func:`from_flat` copies nothing.

    >>> arrays = flat("title", pd.Series(["Alien", "Amélie"]))
    >>> arrays["title.starts"]
    array([ 0,  5, 12])
    >>> from_flat("title", arrays).tolist()
    ['Alien', 'Amélie']
    """
    encoded = [text.encode() for text in texts.tolist()]
    starts = np.concatenate([[0], np.cumsum([len(text) for text in encoded], dtype=np.int64)])
    return {name: np.frombuffer(b"".join(encoded), np.uint8), name + STARTS: starts.astype(np.int64)}


def from_flat(name: str, arrays: Mapping[str, np.ndarray]) -> pd.Series:
    """The column of :func:`flat`, on the memory of the arrays. Raises ``KeyError`` if one is missing."""
    content, starts = arrays[name], arrays[name + STARTS]
    column = pa.LargeStringArray.from_buffers(len(starts) - 1, pa.py_buffer(starts), pa.py_buffer(content))
    return pd.Series(pd.array(column, dtype=pd.StringDtype("pyarrow", na_value=np.nan)), copy=False)
