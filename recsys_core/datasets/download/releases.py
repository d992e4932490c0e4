"""Catalogue of the downloadable data sets: URLs, sizes, checksums and licences of MovieLens and TVmaze.

The data are not part of this project: they are downloaded on request and stored in an ignored folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

OFFICIAL = "https://files.grouplens.org/datasets/movielens"
HUGGING_FACE = "https://huggingface.co/datasets/Recommenders/MovieLens/resolve/main"
CITATION = (
    "F. Maxwell Harper and Joseph A. Konstan (2015): The MovieLens Datasets: History and Context. "
    "ACM Transactions on Interactive Intelligent Systems 5, 4: 19. https://doi.org/10.1145/2827872"
)

_SHARED = (
    "For research; no endorsement implied; no commercial use without permission; "
    "cite the paper; may be redistributed under these same conditions."
)
_NOT_SHARED = (
    "For research; no endorsement implied; no commercial use without permission; "
    "cite the paper; may not be redistributed without separate permission."
)
_IN_README = "No endorsement implied; no commercial use without permission; cite the paper; the README in the archive holds the terms."


@dataclass(frozen=True, slots=True)
class Release:
    """One published data set.

    Parameters
    ----------
    name, title : str
        The name for ``load_dataset``, and the name to show.
    file : str
        File name in the downloads folder: a zip, or the folder of TVmaze's pages.
    urls : tuple of str
        The official URL first.
    size : int
        Bytes to download; an estimate unless ``size_is_exact``.
    sha256, md5 : str
        Published checksums in hexadecimal; ``""`` if unknown.
    contents : tuple of (file name, SHA-256)
        Checksums of all files in it that the reader reads, with line ends as one character; empty if unknown. People pack archives
        again, and programs change line ends; what is inside still proves that it is the release.
    people, titles, ratings : int
        Numbers of users, titles and ratings; ``titles`` of ``ml-1m``, ``ml-10m`` and TVmaze are approximate.
    note : str
        What distinguishes it, in a few words.
    licence : str
        A summary of the terms; the full ones are at ``licence_url``.
    citation : str
        What to cite in publications and next to the data.
    """

    name: str
    title: str
    file: str
    urls: tuple[str, ...]
    size: int
    size_is_exact: bool
    sha256: str
    md5: str
    people: int
    titles: int
    ratings: int
    note: str
    licence: str
    licence_url: str
    citation: str = CITATION
    contents: tuple[tuple[str, str], ...] = ()


def _movielens(
    short: str,
    counts: tuple[int, int, int],
    size: int,
    sums: tuple[str, str],
    note: str,
    licence: str,
    *,
    mirrored: bool = False,
    exact: bool = True,
    readme: str = "html",
    contents: tuple[tuple[str, str], ...] = (),
) -> Release:
    name, file = f"ml-{short}", f"ml-{short}.zip"
    return Release(
        name=name,
        title=f"MovieLens {short.upper() if short[0].isdecimal() else short}",
        file=file,
        urls=(f"{OFFICIAL}/{file}", *([f"{HUGGING_FACE}/{file}"] if mirrored else [])),
        size=size,
        size_is_exact=exact,
        sha256=sums[0],
        md5=sums[1],
        people=counts[0],
        titles=counts[1],
        ratings=counts[2],
        note=note,
        licence=licence,
        licence_url=f"{OFFICIAL}/{name}-README.{readme}",
        contents=contents,
    )


_LATEST_SMALL = (
    ("tags.csv", "68eec00a0820c2faa8863a6df7032f13d5899a4462bce9a97213905297ff3d34"),
    ("links.csv", "028a4a1d17751ca9276e0e0718cfc22356350f224a996e1ec348c23274b9209d"),
    ("movies.csv", "c47b783f23eb304413307e1bb05335e427737da20ec8d3c0e96335567dd5f3dc"),
    ("ratings.csv", "cd543f457045c4e8ec661e1b7e550b05c3d62153c555c651a1385d490e93ae62"),
)
_100K = (
    ("u.genre", "9757e0d3e6b298159a80dd48eaf938114690e911e39af97a76949ef1663610bb"),
    ("u.item", "553841ebc7de3a0fd0d6b62a204ea30c1e651aacfb2814c7a6584ac52f2c5701"),
    ("u.data", "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490"),
)
_MOVIELENS = (
    _movielens(
        "latest-small", (610, 9_742, 100_836), 978_202,
        ("696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436", ""),
        "1996–2018, half stars, tags; a good first choice", _SHARED, contents=_LATEST_SMALL,
    ),
    _movielens(
        "100k", (943, 1_682, 100_000), 4_924_029,
        ("50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229", "0e33842e24a9c977be4e0107933c0723"),
        "1997–1998, whole stars; the classic for comparisons", _NOT_SHARED, mirrored=True, readme="txt",
        contents=_100K,
    ),
    _movielens(
        "1m", (6_040, 3_900, 1_000_209), 5_917_549,
        ("a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20", "c4d9eecfca2ab87c1945afe126590906"),
        "whole stars", _NOT_SHARED, mirrored=True, readme="txt",
    ),
    _movielens(
        "10m", (71_567, 10_681, 10_000_054), 65_600_000, ("", "ce571fd55effeba0271552578f2648bd"),
        "half stars, tags", _IN_README, mirrored=True, exact=False,
    ),
    _movielens(
        "20m", (138_493, 27_278, 20_000_263), 198_702_078,
        ("96f243c338a8665f6bcc89c53edf6ee39162a846940de6b7c8c48aeada765ff3", "cd245b17a1ae2cc31bb14903e1204af3"),
        "half stars, tags", _IN_README, mirrored=True,
    ),
    _movielens(
        "25m", (162_541, 62_423, 25_000_095), 261_978_986,
        ("8b21cfb7eb1706b4ec0aac894368d90acf26ebdfb6aced3ebd4ad5bd1eb9c6aa", "6b51fb2759a8657d3bfcbfc42b592ada"),
        "half stars, tags and the tag genome", _NOT_SHARED,
    ),
    _movielens(
        "32m", (200_948, 87_585, 32_000_204), 238_950_008, ("", "d472be332d4daa821edc399621853b57"),
        "to October 2023, half stars, tags", _SHARED,
    ),
)  # fmt: skip

RELEASES: Mapping[str, Release] = MappingProxyType({release.name: release for release in _MOVIELENS})
"""The MovieLens releases by name, smallest first."""

TVMAZE = Release(
    name="tvmaze",
    title="TVmaze",
    file="tvmaze",
    urls=("https://api.tvmaze.com",),
    size=30_000_000,
    size_is_exact=False,
    sha256="",
    md5="",
    people=0,
    titles=83_000,
    ratings=0,
    note="TV shows only, nobody's ratings; about 350 pages at two a second",
    licence="CC BY-SA 4.0: name TVmaze with a link; what is made from it stands under the same licence.",
    licence_url="https://creativecommons.org/licenses/by-sa/4.0/",
    citation="Show data from TVmaze, https://www.tvmaze.com",
)
