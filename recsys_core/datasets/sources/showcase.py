"""The bundled data set: a catalogue written for this project, and a simulated audience.

``python -m recsys_core.datasets.sources.showcase`` simulates the audience again from the catalogue.

A simulated viewer has a type (``viewer_types.csv``), which gives a position on the taste axes and preferences for genres;
individual deviations and a few hidden dimensions (a taste for a director, a decade, a language) are added. As real people
do, a viewer also follows a few *scenes* (``scenes.csv``: baking shows, Nordic noir, Japanese classics), with a devotion that
has a long tail. What a viewer watches depends on how well known a title is, on the scenes and on how well it fits, so ratings
are missing *not at random* (Marlin & Zemel 2009, "Collaborative prediction and ranking with non-random missing data"). The
rating depends on the fit, compared with that of what the viewer usually watches, the title's quality, the viewer's mean and
spread, and noise with a long lower tail. The constants below were calibrated so that the result resembles real ratings
(``python -m benchmarks.calibration``).
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.errors import DatasetError
from recsys_core.settings import settings

AXES = (
    "dark_light", "cerebral_visceral", "realistic_fantastical", "warm_cynical", "slow_fast", "intimate_epic",
    "comic_earnest", "unromantic_romantic", "gentle_violent", "classic_contemporary", "mainstream_arthouse", "family_adult",
)  # fmt: skip
SEED = 20261121
N_VIEWERS = 6000
N_HIDDEN = 6
FEWEST_SCENES, MORE_SCENES = 2, 2.0
"""Scenes that a viewer follows: at least two, and a Poisson number more."""
DESCRIPTION = (
    "A catalogue of well-known shows and movies, written for this project, and a simulated audience: "
    "the ratings were made by a program, not by people."
)

# Shares of the fit between viewer and title that come from axes, genres, hidden dimensions and scenes.
AXIS_SHARE, GENRE_SHARE, HIDDEN_SHARE, SCENE_SHARE, DEVIATION = 0.95, 0.45, 0.20, 0.28, 6.0
CHOICE_BY_FAME, CHOICE_BY_FIT, CHOICE_BY_QUALITY, CHOICE_BY_KIND, CHOICE_BY_SCENE = 29.0, 2.5, 0.6, 0.5, 3.2
DEVOTION_SPREAD = 0.88
MEAN_STARS, MEAN_SPREAD, STARS_PER_ACCLAIM, STARS_PER_FIT, NOISE = 3.20, 0.47, 0.054, 0.62, 0.65
HABIT = 0.8
"""How far viewers judge against what they usually watch: who watches only what fits does not give five stars to all of it."""
LET_DOWN_SHARE, LET_DOWN = 0.04, 1.5
"""Now and then a title lets a viewer down: the share of such ratings, and the mean of the stars that they lose."""
SCENE_COLUMNS = ("kind", "genres", "country", "language", "keywords", "creators", "audience", "franchise")
FEWEST_RATINGS, TYPICAL_EXTRA, EXTRA_SPREAD, MOST_RATINGS = 20, 48.0, 1.36, 900
WHOLE_STAR_SHARE = 0.675


@dataclass(frozen=True, slots=True, eq=False)
class Audience:
    """The ratings of the simulated viewers and the parameters that generated them. Columns are rows of the catalogue.

    Attributes
    ----------
    ratings : csr_array of shape (n_viewers, n_titles), stars
    viewer_factors, title_factors : ndarray of shapes (n_viewers, k), (n_titles, k), float16
        Their product is how well each title fits each viewer (mean 0, standard deviation 1). The first
        ``len(AXES)`` columns are the taste axes, then come genres, hidden dimensions and scenes.
    viewer_mean, viewer_spread : ndarray of shape (n_viewers,), stars
        The mean is that for a title of average fit; a viewer used to good fits has a lower one (``HABIT``).
    quality : ndarray of shape (n_titles,), stars above or below the mean
    viewer_type : ndarray of int, shape (n_viewers,)
        Row of ``viewer_types.csv``.
    """

    ratings: sparse.csr_array
    viewer_factors: np.ndarray
    title_factors: np.ndarray
    viewer_mean: np.ndarray
    viewer_spread: np.ndarray
    quality: np.ndarray
    viewer_type: np.ndarray

    def expected_stars(self) -> np.ndarray:
        """Return the noise-free stars of each viewer for each title, shape (n_viewers, n_titles), in [0.5, 5]."""
        fit = self.viewer_factors.astype(np.float64) @ self.title_factors.astype(np.float64).T
        return np.clip(self.viewer_mean[:, None] + self.quality + self.viewer_spread[:, None] * fit, 0.5, 5.0)


def load_showcase(folder: Path | None = None) -> Dataset:
    """Load the bundled data set. Raises :class:`DatasetError` if audience and catalogue do not belong together."""
    folder = folder or settings().showcase_folder
    catalogue = read_catalogue(folder)
    try:
        with np.load(folder / "audience.npz", allow_pickle=False) as saved:
            arrays = dict(saved)
        if str(arrays["catalogue"]) != _catalogue_key(catalogue):
            raise DatasetError(f"The bundled audience was made for another catalogue. {_REMAKE}")
        ratings = _unpack(arrays, len(catalogue)).tocoo()
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DatasetError(f"The bundled audience cannot be read ({error}). {_REMAKE}") from error
    frame = pd.DataFrame(
        {
            "user_id": np.char.add("viewer-", np.char.zfill(ratings.row.astype(str), 4)),
            "item_id": catalogue["item_id"].to_numpy()[ratings.col],
            "rating": ratings.data,
        }
    )
    items = catalogue.rename(columns={"synopsis": "text"})
    return Dataset.from_frames(items, frame, name="showcase", description=DESCRIPTION, simulated=True, key="showcase")


def read_catalogue(folder: Path | None = None) -> pd.DataFrame:
    """Read the catalogue with all columns of the file, one row per title."""
    folder = folder or settings().showcase_folder
    try:
        catalogue = pd.read_csv(folder / "catalogue.csv", keep_default_na=False)
    except (OSError, ValueError) as error:  # pandas' and Unicode errors are ValueErrors
        raise DatasetError(f"The bundled catalogue cannot be read ({error}).") from error
    return catalogue


def truth(folder: Path | None = None) -> Audience:
    """Read the true parameters of the simulation. They are in a separate file that :func:`load_showcase` never opens."""
    folder = folder or settings().showcase_folder
    catalogue = read_catalogue(folder)
    with np.load(folder / "audience.npz", allow_pickle=False) as saved:
        ratings = _unpack(dict(saved), len(catalogue))
    with np.load(folder / "truth.npz", allow_pickle=False) as saved:
        return Audience(ratings=ratings, **{name: saved[name] for name in saved.files})


def simulate(
    catalogue: pd.DataFrame, types: pd.DataFrame, scenes: pd.DataFrame, *, n_viewers: int = N_VIEWERS, seed: int = SEED
) -> Audience:
    """Simulate an audience.

    Parameters
    ----------
    catalogue : DataFrame
        With ``genres``, ``creators``, ``kind``, ``year``, ``familiarity``, ``acclaim`` and the taste axes.
    types : DataFrame
        ``type``, ``share``, the taste axes, ``likes`` and ``dislikes`` (genres).
    scenes : DataFrame
        ``scene`` and ``rule``; see :func:`scene_members`.
    """
    rng = np.random.default_rng(seed)
    share = types["share"].to_numpy(np.float64)
    kinds_of_viewer = rng.choice(len(types), n_viewers, p=share / share.sum())

    genres = catalogue["genres"].str.get_dummies("|")
    likes, dislikes = (types[c].str.get_dummies("|").reindex(columns=genres.columns, fill_value=0) for c in ("likes", "dislikes"))
    axes = catalogue[list(AXES)].to_numpy(np.float64)
    axes = axes - axes.mean(axis=0)
    # The axes are correlated in titles (dark with violent). Whitening spreads the deviations evenly over their principal axes.
    whitening = np.linalg.inv(np.linalg.cholesky(np.cov(axes.T)))
    deviation = rng.normal(0, DEVIATION, (n_viewers, len(AXES))) @ whitening
    position = types[list(AXES)].to_numpy(np.float64)[kinds_of_viewer] + deviation
    genre_liking = (likes - dislikes).to_numpy(np.float64)[kinds_of_viewer] + rng.normal(0, 0.4, (n_viewers, genres.shape[1]))
    # Rare genres have few but devoted fans, so they are scaled by their rarity.
    rarity = (genres - genres.mean()) / genres.std()
    hidden_titles = _hidden_dimensions(catalogue, rng)
    hidden_viewers = rng.normal(0, 1, (n_viewers, N_HIDDEN))

    blocks = [
        _standard_fit(position, axes, AXIS_SHARE),
        _standard_fit(genre_liking, rarity.to_numpy(np.float64), GENRE_SHARE),
        _standard_fit(hidden_viewers, hidden_titles, HIDDEN_SHARE),
    ]
    members = scene_members(catalogue, scenes)
    taste = sum(viewers @ titles.T for viewers, titles in blocks)
    devotion = _devotion(taste, members, catalogue["familiarity"].to_numpy(np.float64), rng)
    in_scene = members.T - members.mean(axis=1)  # centred, so that who follows large scenes does not find everything fitting
    blocks.append(_standard_fit(devotion, in_scene, SCENE_SHARE))
    viewer_factors = np.hstack([viewers for viewers, _ in blocks]).astype(np.float16)
    title_factors = np.hstack([titles for _, titles in blocks]).astype(np.float16)
    fit = viewer_factors.astype(np.float64) @ title_factors.astype(np.float64).T

    is_show = (catalogue["kind"] == "show").to_numpy(np.float64)
    fame = catalogue["familiarity"].to_numpy(np.float64) / 100
    acclaim = catalogue["acclaim"].to_numpy(np.float64)
    quality = (STARS_PER_ACCLAIM * (acclaim - acclaim.mean())).round(3)
    wish = CHOICE_BY_FAME * fame + CHOICE_BY_FIT * fit + CHOICE_BY_QUALITY * quality
    wish += CHOICE_BY_SCENE * (devotion @ members)
    wish += CHOICE_BY_KIND * rng.normal(0, 1, (n_viewers, 1)) * is_show
    # The n largest after adding Gumbel noise are a sample without replacement in proportion to exp(wish) (Yellott 1977).
    wish += rng.gumbel(size=wish.shape)
    extra = rng.lognormal(np.log(TYPICAL_EXTRA), EXTRA_SPREAD, n_viewers)
    n_watched = np.minimum(FEWEST_RATINGS + extra.astype(int), min(MOST_RATINGS, len(catalogue)))
    rank = np.argsort(np.argsort(-wish, axis=1), axis=1)
    viewers, titles = np.nonzero(rank < n_watched[:, None])

    viewer_spread = (STARS_PER_FIT * rng.lognormal(0, 0.3, n_viewers)).round(3)
    usual_fit = np.bincount(viewers, fit[viewers, titles]) / n_watched
    viewer_mean = (rng.normal(MEAN_STARS, MEAN_SPREAD, n_viewers) - HABIT * viewer_spread * usual_fit).round(3)
    audience = Audience(
        ratings=sparse.csr_array((n_viewers, len(catalogue))),
        viewer_factors=viewer_factors,
        title_factors=title_factors,
        viewer_mean=viewer_mean,
        viewer_spread=viewer_spread,
        quality=quality,
        viewer_type=kinds_of_viewer.astype(np.uint8),
    )
    unfit = audience.viewer_mean[viewers] + audience.quality[titles]
    let_down = (rng.random(len(viewers)) < LET_DOWN_SHARE) * rng.exponential(LET_DOWN, len(viewers))
    noise = rng.normal(0, NOISE, len(viewers)) + LET_DOWN_SHARE * LET_DOWN - let_down  # its mean is 0
    felt = unfit + audience.viewer_spread[viewers] * fit[viewers, titles] + noise
    step = np.where(rng.random(n_viewers) < WHOLE_STAR_SHARE, 1.0, 0.5)[viewers]
    stars = np.clip(np.round(felt / step) * step, step, 5.0)
    ratings = sparse.csr_array((stars.astype(np.float32), (viewers, titles)), shape=audience.ratings.shape)
    return Audience(ratings, *(getattr(audience, name) for name in _TRUTH))


_TRUTH = ("viewer_factors", "title_factors", "viewer_mean", "viewer_spread", "quality", "viewer_type")
_REMAKE = "Make it anew with: python -m recsys_core.datasets.sources.showcase"


def _standard_fit(viewers: np.ndarray, titles: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Scale both factors so that their product has the standard deviation ``share``."""
    scale = np.sqrt(share / (viewers @ titles.T).std())
    return viewers * scale, titles * scale


def scene_members(catalogue: pd.DataFrame, scenes: pd.DataFrame) -> np.ndarray:
    """Which titles belong to which scene, 1 or 0, shape (n_scenes, n_titles).

    A rule is a list of conditions joined by `` & ``, such as ``country=Denmark|Sweden & genres=Crime``: a column of the
    catalogue and values of which one must be there, or with ``!=`` none may be; ``year`` has a range, ``1930-1959``.
    """
    lists = {column: [set(value.split("|")) for value in catalogue[column]] for column in SCENE_COLUMNS}
    years = catalogue["year"].to_numpy()
    members = np.ones((len(scenes), len(catalogue)))
    for row, rule in zip(members, scenes["rule"], strict=True):
        for condition in rule.split(" & "):
            column, _, wanted = condition.partition("=")
            barred, column = column.endswith("!"), column.removesuffix("!")
            if column == "year":
                first, last = map(int, wanted.split("-"))
                has = (years >= first) & (years <= last)
            else:
                values = set(wanted.split("|"))
                has = np.array([bool(values & own) for own in lists[column]])
            row *= ~has if barred else has
    return members


def _devotion(taste: np.ndarray, members: np.ndarray, fame: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How devoted each viewer is to each scene, shape (n_viewers, n_scenes): 0 for most, about 1 for the few they follow.

    A scene is followed by those whose taste its titles fit, and more often if it has well-known titles.
    """
    n_viewers, n_scenes = len(taste), len(members)
    fit = taste @ members.T / members.sum(axis=1)
    known = np.log(members @ (fame / 100) ** 2)
    wish = 1.5 * (fit - fit.mean(axis=0)) / fit.std(axis=0) + 0.7 * known + rng.gumbel(size=(n_viewers, n_scenes))
    rank = np.argsort(np.argsort(-wish, axis=1), axis=1)
    followed = rank < np.minimum(FEWEST_SCENES + rng.poisson(MORE_SCENES, (n_viewers, 1)), n_scenes)
    return followed * rng.lognormal(0.0, DEVOTION_SPREAD, (n_viewers, n_scenes))


def _hidden_dimensions(catalogue: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Return hidden factors of the titles, by first creator, decade and language, shape (n_titles, N_HIDDEN)."""
    creators, _ = pd.factorize(catalogue["creators"].str.split("|").str[0], sort=True)
    decades, _ = pd.factorize(catalogue["year"] // 10, sort=True)
    of_creator = rng.normal(0, 1, (creators.max() + 1, N_HIDDEN))[creators]
    of_decade = rng.normal(0, 1, (decades.max() + 1, N_HIDDEN))[decades]
    languages, _ = pd.factorize(catalogue["language"], sort=True)
    of_language = rng.normal(0, 1.5, (languages.max() + 1, N_HIDDEN))[languages]
    factors = of_creator + of_decade + of_language + rng.normal(0, 0.5, of_creator.shape)
    return factors - factors.mean(axis=0)


def _catalogue_key(catalogue: pd.DataFrame) -> str:
    return hashlib.blake2b("\n".join(catalogue["item_id"]).encode(), digest_size=8).hexdigest()


def _pack(ratings: sparse.csr_array) -> dict[str, np.ndarray]:
    """Pack ratings into few bytes, as differences between the title indices of a viewer, and half stars."""
    columns = ratings.indices.astype(np.int64)
    steps = np.diff(columns, prepend=0)
    starts = ratings.indptr[:-1]
    steps[starts] = columns[starts]
    return {
        "counts": np.diff(ratings.indptr).astype(np.uint16),
        "steps": steps.astype(np.uint16),
        "half_stars": (ratings.data * 2).astype(np.uint8),
    }


def _unpack(arrays: dict[str, np.ndarray], n_titles: int) -> sparse.csr_array:
    counts = arrays["counts"].astype(np.int64)
    indptr = np.concatenate([[0], np.cumsum(counts)])
    running = np.cumsum(arrays["steps"].astype(np.int64))
    before = np.concatenate([[0], running])[indptr[:-1]]
    columns = running - np.repeat(before, counts)
    return sparse.csr_array((arrays["half_stars"].astype(np.float32) / 2, columns, indptr), shape=(len(counts), n_titles))


def main() -> None:
    """Simulate the audience and write ``audience.npz`` and ``truth.npz`` next to the catalogue."""
    folder = settings().showcase_folder
    catalogue = read_catalogue(folder)
    audience = simulate(catalogue, pd.read_csv(folder / "viewer_types.csv"), pd.read_csv(folder / "scenes.csv"))
    shown = {"catalogue": np.array(_catalogue_key(catalogue)), **_pack(audience.ratings)}
    kept = {name: getattr(audience, name) for name in _TRUTH}
    np.savez_compressed(folder / "audience.npz", allow_pickle=False, **shown)
    np.savez_compressed(folder / "truth.npz", allow_pickle=False, **kept)
    n_ratings, n_viewers = audience.ratings.nnz, audience.ratings.shape[0]
    print(f"{n_viewers:,} simulated viewers, {n_ratings:,} ratings of {len(catalogue):,} titles in {folder}")  # noqa: T201


if __name__ == "__main__":
    main()
