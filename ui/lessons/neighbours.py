"""Lesson 4 in pictures: people like Ana, films like *Puppies*, the slip, and the same on a thousand people."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core import Engine
from recsys_core.common.metrics import rmse
from recsys_core.lessons.neighbours import Answer, by_people, by_titles, by_titles_slip, cosine_filled
from recsys_core.lessons.toys import ASKED_PERSON, ASKED_TITLE, SIX
from recsys_core.teaching.neighbours import FILMS, MANY, PEOPLE, Crowd, K, Repairs, crowd, films_way, zero_share
from ui.components import cards
from ui.components.model_names import model_name
from ui.lessons import charts, people
from ui.lessons.scene import Scene
from ui.session import app_data

STARS = (0.0, 5.0)
KNOWN = np.where(SIX > 0, SIX, np.nan)
THRESHOLDS = (5, 10, 20, 50, 100, 200)
ASKED = 60
"""Hidden ratings that are asked for in step 4."""
STRANGER = "stranger"


def _cell(scene: Scene) -> tuple[int, int]:
    """Who asks for which film."""
    person = scene.select("person", "Who asks", PEOPLE, PEOPLE[ASKED_PERSON], width=120)
    film = scene.select("film", "For which film", FILMS, FILMS[ASKED_TITLE], width=150)
    return PEOPLE.index(person), FILMS.index(film)


def _said(value: float) -> str:
    return "cannot say" if np.isnan(value) else f"{value:.2f} stars"


def people_like_ana(scene: Scene) -> None:
    """The table, who counts, and the guess."""
    person, film = _cell(scene)
    k = scene.slider("k", "People who count", 1, 5, K)
    weighted = scene.toggle("weights", "More alike counts more", True)
    centred = scene.toggle("centre", "From each one's mean")
    positive = scene.toggle("positive", "Only who is alike", True) if centred else True
    answer = by_people(SIX, person, film, k, centred=centred, weighted=weighted, positive=positive)
    scene.note(people=answer.value)

    left, right = st.columns([3, 2], gap="large")
    with left:
        alike = [cosine_filled(SIX[person], row) for row in SIX]
        used = dict(zip(answer.neighbours.tolist(), answer.weights.tolist(), strict=True))
        scene.matrix(
            KNOWN,
            PEOPLE,
            FILMS,
            f"Stars of six people for six films. {PEOPLE[person]} asks for {FILMS[film]}; {', '.join(PEOPLE[v] for v in used)} count.",
            asked=(person, film),
            marked=[(v, film) for v in used],
            marked_word="counts",
            strong_rows=list(used),
            beside={"alike": ["–" if v == person else f"{alike[v]:.2f}" for v in range(len(PEOPLE))],
                    "counts": [f"× {used[v]:.2f}" if v in used else "" for v in range(len(PEOPLE))]},
        )  # fmt: skip
    with right:
        shown = scene.guess()
        values: dict[str, float | None] = {f"People like {PEOPLE[person]}": answer.value}
        values[f"Films like {FILMS[film]}"] = None if shown is None else by_titles_slip(SIX, film, K + 1).value
        _two_bars(scene, values, shown.guessed if shown else None)
    _arithmetic(scene, person, film, answer, centred)


def _two_bars(scene: Scene, values: dict[str, float | None], guessed: float | str | None) -> None:
    figure = charts.bars(values, unit="★", reach=STARS, guess=guessed if isinstance(guessed, float) else None, strong=list(values)[-1:])
    said = [f"{name}: {'covered' if value is None else _said(value)}" for name, value in values.items()]
    scene.chart(figure, alt=". ".join(said))
    scene.say(". ".join(said))


def _arithmetic(scene: Scene, person: int, film: int, answer: Answer, centred: bool) -> None:
    if np.isnan(answer.value):
        scene.arithmetic("Nobody who is alike has rated this film: there is nothing to average.")
        return
    if centred:
        scene.arithmetic("Each star is counted from its giver's own mean; alike is Pearson's correlation over shared films.")
    else:
        other = int(answer.neighbours[0])
        products = " + ".join(f"{a:.0f}·{b:.0f}" for a, b in zip(SIX[person], SIX[other], strict=True))
        lengths = f"{np.linalg.norm(SIX[person]):.3f} · {np.linalg.norm(SIX[other]):.3f}"
        scene.arithmetic(
            f"{PEOPLE[person]} and {PEOPLE[other]} are alike by ({products}) / ({lengths}) = {cosine_filled(SIX[person], SIX[other]):.4f}. "
            "The lengths are the roots of the summed squares."
        )
        top = " + ".join(f"{w:.4f}·{SIX[v, film]:.0f}" for v, w in zip(answer.neighbours, answer.weights, strict=True))
        bottom = " + ".join(f"{w:.4f}" for w in answer.weights)
        scene.arithmetic(f"Weighted mean: ({top}) / ({bottom}) = **{answer.value:.4f}**")


def films_like_puppies(scene: Scene) -> None:
    """The block that is averaged, and four switches."""
    person, film = _cell(scene)
    repairs = Repairs(
        zeros=scene.toggle("zeros", "Leave out zeros"),
        itself=scene.toggle("itself", "Leave out the film itself"),
        own=(own := scene.toggle("own", "Only own stars")),
        weights=scene.toggle("weighted", "Weights") if own else False,
    )
    centred = scene.toggle("centred", "From each one's mean") if own else False
    left, right = st.columns([3, 2], gap="large")
    with right:
        if (shown := scene.guess()) is None:
            scene.note(films=0.0)
    answer = Answer(np.nan, np.array([], dtype=int), np.array([]))
    if shown is not None:
        answer = (
            by_titles(SIX, person, film, K, weighted=repairs.weights, centred=True) if centred else films_way(SIX, person, film, K, repairs)
        )
        scene.note(films=answer.value)
        with right:
            values: dict[str, float | None] = {f"People like {PEOPLE[person]}": by_people(SIX, person, film, K).value}
            values[f"Films like {FILMS[film]}"] = answer.value
            _two_bars(scene, values, shown.guessed)
        _block_sum(scene, person, film, answer, repairs)
    with left:
        rows = [person] if repairs.own else np.flatnonzero(SIX[:, film] > 0).tolist()
        cells = [(r, c) for r in rows for c in answer.neighbours.tolist() if SIX[r, c] > 0 or not (repairs.zeros or repairs.own)]
        scene.matrix(
            KNOWN if repairs.zeros or repairs.own or shown is None else SIX,
            PEOPLE,
            FILMS,
            f"Stars of six people for six films; {len(cells)} framed numbers are averaged for {PEOPLE[person]} and {FILMS[film]}.",
            asked=(person, film),
            marked=cells,
            marked_word="averaged",
            strong_columns=answer.neighbours.tolist(),
            below={"alike": [f"{cosine_filled(SIX[:, film], SIX[:, c]):.2f}" for c in range(len(FILMS))]},
        )


def _block_sum(scene: Scene, person: int, film: int, answer: Answer, repairs: Repairs) -> None:
    if repairs.own:
        stars = [f"{FILMS[c]} {SIX[person, c]:.0f} × {w:.2f}" for c, w in zip(answer.neighbours, answer.weights, strict=True)]
        scene.arithmetic(
            f"{PEOPLE[person]}'s own stars for the {K} films most like {FILMS[film]}: {', '.join(stars)}. Mean: **{_said(answer.value)}**"
        )
        return
    block = SIX[SIX[:, film] > 0][:, answer.neighbours]
    numbers = block[block > 0] if repairs.zeros else block.ravel()
    scene.arithmetic(
        f"Films: {', '.join(FILMS[c] for c in answer.neighbours)}; a row for everybody who rated {FILMS[film]}. "
        f"({' + '.join(f'{x:.0f}' for x in numbers)}) / {len(numbers)} = **{_said(answer.value)}**"
    )


# --- real size -------------------------------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False, max_entries=12)
def _crowd(key: str, above: int, _engine: Engine) -> Crowd:
    found = crowd(_engine.dataset, above)
    found.R.setflags(write=False)
    return found


@st.cache_data(show_spinner=False, max_entries=4)
def _names(key: str, _block: Crowd, _engine: Engine) -> list[str]:
    """Title and year, most rated first; the number in the data set where two are called the same."""
    names = [_engine.dataset.title(int(i)).with_year for i in _block.titles[_block.order]]
    places = _block.titles[_block.order].tolist()
    return [name if names.count(name) == 1 else f"{name}, no. {place}" for name, place in zip(names, places, strict=True)]


def _nobody(block: Crowd) -> bool:
    """Say so where a data set has too few ratings for this step."""
    if len(block.titles) > 1:
        return False
    st.info("In this data set no two titles have enough raters for neighbours.", icon=":material/group_off:")
    st.page_link("pages/data.py", label="Choose another data set", icon=":material/database:")
    return True


def thousand_people(scene: Scene) -> None:
    """The same programs on a block of the open data set."""
    block = _crowd(app_data.data_key(), 20, scene.engine)
    if _nobody(block):
        scene.note(people=0.0, own=5.0, zeros=False)
        return
    names = _names(app_data.data_key(), block, scene.engine)
    title = scene.select("title", "For which title", names, names[0], width=260)
    everybody = people.available(scene.dataset)
    keys = [STRANGER, *(key for key, person in everybody.items() if person.ratings)]
    words = {STRANGER: "A stranger", people.ME: "You", people.LINK: "From the link"}
    asker = scene.choice("asker", "Who asks", keys, STRANGER, lambda key: words.get(key, key.title()))
    k = scene.slider("many", "Neighbours", 5, 100, MANY, 5)
    zeros = scene.toggle("skip", "Leave out zeros")
    item = int(block.order[names.index(title)])

    R, person = block.R, block.stranger
    if asker != STRANGER:
        own = np.array([everybody[asker].ratings.get(str(scene.engine.item_ids[i]), 0.0) for i in block.titles])
        R, person = np.vstack([block.R, own]), len(block.R)
    if R[person, item]:
        R = R.copy()
        R[person, item] = 0  # asked as if it had not been rated
    column = block.R[:, item]
    slip = by_titles_slip(block.R, item, k, skip_zeros=zeros)
    by_others, by_own = by_people(R, person, item, k).value, by_titles(R, person, item, k).value
    share = zero_share(block.R, item, k)
    values = {
        "Similar people": by_others,
        "Similar titles, the slip": slip.value,
        "Similar titles, own stars": by_own,
        "Mean of the title": float(column[column > 0].mean()),
    }
    scene.note(people=by_others, own=by_own, zeros=zeros)
    left, right = st.columns([3, 2], gap="large")
    with left:
        said = ". ".join(f"{name}: {_said(value)}" for name, value in values.items())
        scene.chart(charts.bars(dict(values), unit="★", reach=STARS, strong=["Similar titles, the slip"]), alt=said)
        scene.say(said)
    with right:
        st.metric("Zeros among the averaged numbers", f"{share:.0%}" if zeros else "?", border=True)
        st.caption(f"{len(block.R):,} people × {len(block.titles):,} titles with more than 20 raters")
    scene.table("Stars by each way", pd.DataFrame({"Way": list(values), "Stars": [round(value, 4) for value in values.values()]}))


@st.cache_data(show_spinner=False, max_entries=24)
def _errors(key: str, above: int, k: int, _engine: Engine) -> tuple[float, int, dict[str, float], float]:
    """Density, titles, errors on hidden ratings of well-known titles, and milliseconds for one answer."""
    block = _crowd(key, above, _engine)
    known = _crowd(key, THRESHOLDS[-1], _engine)
    cells = np.argwhere(known.R > 0)
    cells = cells[np.random.default_rng(0).permutation(len(cells))[:ASKED]]
    place = np.searchsorted(block.titles, known.titles)
    R = block.R.copy()
    errors: dict[str, list[float]] = {"Similar people": [], "Similar titles, own stars": [], "Mean of the title": []}
    begun = time.perf_counter()
    for person, column in cells:
        item = int(place[column])
        truth, R[person, item] = R[person, item], 0
        said = by_people(R, int(person), item, k).value, by_titles(R, int(person), item, k).value, R[:, item].sum() / (R[:, item] > 0).sum()
        for ways, value in zip(errors.values(), said, strict=True):
            ways.append(truth - value)
        R[person, item] = truth
    spent = 1000 * (time.perf_counter() - begun) / max(len(cells), 1)
    density = float((block.R > 0).mean())
    return density, len(block.titles), {name: rmse(np.array(found)[np.isfinite(found)]) for name, found in errors.items()}, spent


def fewer_titles(scene: Scene) -> None:
    """Density and error by how many raters a title must have; then the app's own neighbours."""
    person = scene.person()
    above = scene.steps("above", "Only titles with more raters than", THRESHOLDS, 100)
    if _nobody(_crowd(app_data.data_key(), THRESHOLDS[-1], scene.engine)):
        return
    density, n_titles, errors, spent = _errors(app_data.data_key(), above, MANY, scene.engine)
    left, right = st.columns([3, 2], gap="large")
    with left:
        said = f"{n_titles:,} titles, {density:.1%} of the cells filled. Typical errors: " + ", ".join(
            f"{n} {e:.2f}" for n, e in errors.items()
        )
        scene.chart(charts.bars(dict(errors), unit="★", reach=(0.0, 1.5), strong=["Similar people", "Similar titles, own stars"]), alt=said)
        scene.say(said)
    with right, st.container(horizontal=True):
        st.metric("Titles", f"{n_titles:,}")
        st.metric("Cells filled", f"{density:.1%}")
        st.metric("An answer takes", f"{spent:.1f} ms")
    scene.table(f"Error on {ASKED} hidden ratings", pd.DataFrame({"Way": list(errors), "RMSE": [round(e, 3) for e in errors.values()]}))
    visitor = scene.engine.visitor(person.ratings)
    for place, model in zip(st.columns(2), ("item-knn", "user-knn"), strict=True):
        if model in scene.engine.models:
            with place:
                best = [cards.title_of(scene.engine, line.item_id) for line in visitor.recommend(5, model=model)]
                st.markdown(f"**{model_name(model)}**, for {person.name}")
                st.text("\n".join(f"{rank}. {name}" for rank, name in enumerate(best, start=1)))


STEPS = (people_like_ana, films_like_puppies, thousand_people, fewer_titles)
