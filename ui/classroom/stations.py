"""What the projector shows at each station: widgets, one call of the core, a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core import Engine
from recsys_core.classroom import guessing, lists, looking, own, shilling, space
from recsys_core.classroom.matrix import ClassMatrix
from recsys_core.classroom.methods import METHODS
from recsys_core.lessons import similarity
from recsys_core.storage.rooms import MOST_STUDENTS, Room
from recsys_core.visitor.group import Fairness, Group
from ui.classroom import frame, pictures
from ui.classroom.student import tags_of
from ui.components import markup, tables
from ui.components.charts import CONFIG
from ui.lessons import charts
from ui.session import classroom, keys

MEASURES = {
    "Pearson": similarity.pearson,
    "Cosine": similarity.cosine,
    "Jaccard": similarity.jaccard,
    "L1": similarity.l1,
    "L2": similarity.l2,
    "Chebyshev": similarity.chebyshev,
}
FAIRNESS: dict[str, Fairness] = {"On average": "average", "For the least pleased": "least misery", "In turns": "turns"}
SHOWN_LINES = 5
LIST_LENGTH = 5


@dataclass(frozen=True)
class Scene:
    """A room as the projector has it."""

    room: Room
    matrix: ClassMatrix
    engine: Engine

    def title(self, column: int) -> str:
        """The title of a column as plain text."""
        return frame.title_of(self.engine, self.matrix.titles[column])

    def titles(self) -> list[str]:
        """All titles as plain text."""
        return frame.titles_of(self.engine, self.matrix.titles)


def too_few(what: str) -> None:
    """Say what is missing, instead of a picture."""
    st.info(markup.plain(what), icon=":material/hourglass:")


def join(scene: Scene) -> None:
    """The way in."""
    address = classroom.join_address(scene.room.code)
    left, right = st.columns([2, 3], gap="large", vertical_alignment="center")
    with left:
        st.html(frame.qr(address))
    with right:
        st.html(
            f'<p class="join-address">{markup.in_html(classroom.join_address().partition("://")[2])}</p>'
            f'<p class="join-code">{markup.in_html(frame.spaced(scene.room.code))}</p>'
            f'<p class="join-count"><b>{len(scene.room.students)}</b> have joined</p>'
        )
        frame.warn_of_localhost(address)
        if scene.room.locked:
            st.caption("The room is locked: nobody new can join.")


def matrix(scene: Scene) -> None:
    """People × titles."""
    if not scene.matrix.n_stars:
        too_few("No stars yet: the matrix fills as you rate.")
        return
    n, m = scene.matrix.R.shape
    missing = 1 - scene.matrix.n_stars / (n * m)
    alt = f"{n} people and {m} titles, {scene.matrix.n_stars} stars; {missing:.0%} is missing."
    st.html(pictures.mosaic(scene.matrix.R, scene.matrix.names, scene.titles(), alt))
    st.caption(alt)
    with st.expander("As a table", icon=":material/table:"):
        stars = np.where(scene.matrix.R > 0, scene.matrix.R, np.nan)
        tables.show(pd.DataFrame(stars, columns=tables.distinct(scene.titles()), index=pd.Index(tables.distinct(scene.matrix.names))))


def agreed(scene: Scene) -> None:
    """The titles with the smallest and the largest spread."""
    found = looking.titles(scene.matrix)
    if len(found) < 2:
        too_few("Two titles with three raters each are needed.")
        return
    half = min(SHOWN_LINES, len(found) // 2)
    for column, words, titles in zip(
        st.columns(2, gap="large"), ("You agree most", "You agree least"), (found[:half], found[::-1][:half]), strict=True
    ):
        with column:
            st.header(words, anchor=False)
            spreads = {f"{frame.title_of(scene.engine, title.item_id)} (mean {title.mean:.1f})": title.spread for title in titles}
            alt = f"{words}: " + "; ".join(f"{name}, spread {spread:.2f}" for name, spread in spreads.items())
            figure = charts.bars(spreads, reach=(0.0, max(1.0, found[-1].spread)), row=58)
            figure.update_layout(font_size=17).update_yaxes(tickfont_size=17)
            st.plotly_chart(figure, config=CONFIG, key=f"class_{words}", alt=alt)


def alike(scene: Scene) -> None:
    """Pairs by a measure."""
    name = st.segmented_control("Measure", list(MEASURES), default="Pearson", required=True, key="class_measure")
    found = looking.pairs(scene.matrix, MEASURES[name])
    if not found:
        too_few("Two people with three titles in common are needed.")
        return
    half = min(SHOWN_LINES, max(1, len(found) // 2))
    for column, words, pairs in zip(
        st.columns(2, gap="large"), ("Most alike", "Least alike"), (found[:half], found[::-1][:half]), strict=True
    ):
        with column:
            st.header(words, anchor=False)
            lines = "".join(
                f"<li><b>{markup.in_html(scene.matrix.names[pair.a])}</b> and <b>{markup.in_html(scene.matrix.names[pair.b])}</b>"
                f'<span class="number">{_signed(pair.value)}</span> <span class="muted">{pair.shared} shared</span></li>'
                for pair in pairs
            )
            st.html(f'<ol class="class-lines">{lines}</ol>')
    likeness = MEASURES[name] in similarity.LIKENESS
    st.caption("1 is as alike as can be." if likeness else "A distance: 0 is as alike as can be.")


def guess(scene: Scene) -> None:
    """Three hidden ratings, for the class to guess."""
    found = guessing.cases(scene.matrix)
    if not found:
        too_few("Somebody with three stars is needed.")
        return
    lines = ""
    for case in found:
        votes = scene.room.votes.get(guessing.question(scene.matrix, case), {})
        lines += (
            f"<li><b>{markup.in_html(scene.matrix.names[case.person])}</b> on <b>{markup.in_html(scene.title(case.title))}</b>"
            f'<span class="number">?</span> <span class="muted">{_counted(len(votes), "guess", "guesses")} so far</span></li>'
        )
    st.html(f'<ol class="class-lines large">{lines}</ol>')


def reveal(scene: Scene) -> None:
    """What was hidden, and how wrong each was."""
    found = guessing.guess(scene.matrix)
    if not found.hidden:
        too_few("Somebody with three stars is needed.")
        return
    place = {(one.person, one.title): at for at, one in enumerate(found.hidden)}
    rows, class_errors = [], list[float]()
    for case in guessing.cases(scene.matrix):
        votes = list(scene.room.votes.get(guessing.question(scene.matrix, case), {}).values())
        at = place[case.person, case.title]
        said = float(np.mean(votes)) if votes else float("nan")
        class_errors.append(abs(said - case.stars))
        rows.append(
            [f"{scene.matrix.names[case.person]} on {scene.title(case.title)}", f"{case.stars:g}", _number(said)]
            + [_number(float(found.predicted[name][at])) for name in METHODS]
        )
    st.html(_table(["Hidden", "True", "You", *METHODS], rows))
    if np.isfinite(class_errors).any():
        st.caption(f"You were wrong by {np.nanmean(class_errors):.2f} stars on average over these few.")
    best = min(found.errors, key=lambda name: np.nan_to_num(found.errors[name].value, nan=9.0))
    alt = "Mean error in stars: " + "; ".join(f"{name} {interval.value:.2f}" for name, interval in found.errors.items())
    figure = pictures.intervals(found.errors, unit="★", strong=[best])
    st.plotly_chart(figure, config=CONFIG, key="class_errors", alt=alt)
    answered = ", ".join(f"{name} {n}" for name, n in found.answered.items())
    st.caption(
        f"Mean error over {len(found.hidden)} hidden ratings, with 95 % intervals: where they overlap much, a class this small "
        f"cannot tell who is better. Answered: {answered}."
    )


def factors(scene: Scene) -> None:
    """People and titles in one plane."""
    found = space.plane(scene.matrix)
    if found is None:
        too_few("Three people who differ in two ways are needed.")
        return
    names = []
    for axis, ends in enumerate((("left", "right"), ("bottom", "top"))):
        options = space.axis_options(scene.matrix, found, axis, tags_of(scene.engine, scene.room))
        chosen, n = space.axis_name(scene.room.votes.get(space.axis_question(axis), {}), options)
        words = f"{chosen[0]} – {chosen[1]} ({_counted(n, 'vote', 'votes')})" if chosen else f"{ends[0]} to {ends[1]}: no name yet"
        names.append(f"{markup.in_chart(words)} · {found.shares[axis]:.0%}")
    points = np.vstack([found.titles, found.people])
    labels = [*scene.titles(), *(scene.matrix.names if len(scene.matrix.names) <= SHOWN_PEOPLE else [""] * len(scene.matrix.names))]
    groups = [0] * len(found.titles) + [1] * len(found.people)
    figure = charts.scatter(points, labels, x_title=names[0], y_title=names[1], groups=groups, height=440)
    far = np.argsort(-(points**2).sum(axis=1), kind="stable")
    pictures.names_apart(figure, points, labels, [at for at in far.tolist() if groups[at]] + [at for at in far.tolist() if not groups[at]])
    figure.update_layout(font_size=15)
    left, right = found.ends(0)
    alt = f"At one end {', '.join(map(scene.title, left))}; at the other {', '.join(map(scene.title, right))}."
    st.plotly_chart(figure, config=CONFIG, key="class_plane", alt=alt)
    st.caption(
        "Circles are titles, squares are you: who lies where a title lies gave it more than was expected. "
        "The percentages say how much of what differs lies along each axis."
    )


SHOWN_PEOPLE = 16
"""People up to whom the plane names everybody."""


def audience(scene: Scene) -> None:
    """The class beside the data set's audience."""
    lines = looking.beside(scene.matrix, looking.audience_of(scene.engine.dataset, scene.matrix.titles))
    if len(lines) < 2:
        too_few("Two titles are needed that three of you and the audience have rated.")
        return
    half = min(SHOWN_LINES, len(lines) // 2)
    for column, words, part in zip(
        st.columns(2, gap="large"), ("You like more", "You like less"), (lines[:half], lines[::-1][:half]), strict=True
    ):
        with column:
            st.header(words, anchor=False)
            rows = [
                [
                    frame.title_of(scene.engine, line.item_id),
                    f"{line.mean:.1f}",
                    f"{line.audience_mean:.1f}",
                    f"{line.by:+.1f} ± {2 * line.error:.1f}".replace("-", "−"),
                ]
                for line in part
            ]
            st.html(_table(["Title", "You", "Everybody", "Difference"], rows))
    divided = max(lines, key=lambda line: line.more_divided)
    who = "a simulated audience" if scene.engine.dataset.simulated else "the audience"
    said = f"More divided than {who}: {frame.title_of(scene.engine, divided.item_id)}. " if divided.more_divided > 0 else ""
    st.caption(markup.plain(f"{said}± is twice the standard error: a difference smaller than that may be chance."))


def quality(scene: Scene) -> None:
    """NDCG with intervals."""
    found = lists.list_quality(scene.matrix)
    if found.n_people < 2:
        too_few("Two people with six stars and a like among the hidden ones are needed.")
        return
    alt = "NDCG: " + "; ".join(f"{name} {interval.value:.2f}" for name, interval in found.ndcg.items())
    st.plotly_chart(pictures.intervals(found.ndcg, strong=[lists.POPULARITY]), config=CONFIG, key="class_ndcg", alt=alt)
    verdicts = [f"{name}: {found.verdict(name)}" for name in found.ndcg if name not in (lists.POPULARITY, lists.BY_LOT)]
    st.markdown(f"**Than popularity** – {markup.plain(' · '.join(verdicts))}")
    st.caption(f"{found.n_people} of you could be asked; 95 % intervals over people. *Cannot tell* means that chance alone may do this.")


def attack(scene: Scene) -> None:
    """Before and after three made-up students."""
    if len(scene.matrix.R) < 3:
        too_few("Three people with stars are needed.")
        return
    columns = list(range(len(scene.matrix.titles)))
    weakest = shilling.weakest(scene.matrix)
    title = st.selectbox("They push", columns, index=weakest, format_func=scene.title, key="class_pushed", width=420)
    found = shilling.push(scene.matrix, title)
    rows = [
        [
            name,
            f"{_number(found.before[name])} → {_number(found.after[name])}",
            f"{_number(found.rank_before[name], 0)} → {_number(found.rank_after[name], 0)}",
        ]
        for name in METHODS
    ]
    st.html(_table(["Method", "Expected stars", f"Place among {len(columns)}"], rows))
    st.caption(
        f"Means over the {len(found.watched)} of you to whom the title is new (or for whom its stars were hidden for this). "
        "Three of how many can move a list?"
    )


def together(scene: Scene) -> None:
    """One list for everybody under three kinds of fairness."""
    if (found := _class_lists(scene)) is None:
        too_few("Two people with stars are needed.")
        return
    for column, (label, fairness) in zip(st.columns(3, gap="large"), FAIRNESS.items(), strict=True):
        with column:
            st.header(label, anchor=False)
            lines = "".join(f"<li>{markup.in_html(frame.title_of(scene.engine, each))}</li>" for each in found.lists[fairness])
            mean, most = found.gives_up[fairness]
            st.html(f'<ol class="class-lines">{lines}</ol>')
            if np.isfinite(mean):
                st.caption(f"Each gives up {mean:.1f} stars a title on average; the one who gives up most, {most:.1f}.".replace("-", "−"))


def _class_lists(scene: Scene) -> keys.ClassLists | None:
    """The lists, made once for the same stars: a hundred people take a second."""
    matrix, engine = scene.matrix, scene.engine
    known = [column for column, item_id in enumerate(matrix.titles) if item_id in engine.dataset.item_index]
    asked = (scene.room.code, matrix.R[:, known].tobytes())
    if (before := keys.CLASS_LISTS.get()) and before.asked == asked:
        return before
    ratings = [{matrix.titles[c]: float(row[c]) for c in known if row[c] > 0} for row in matrix.R]
    members = {str(at): engine.visitor(stars) for at, stars in enumerate(ratings) if stars}
    if len(members) < 2:
        return None
    group, model = Group(members, MOST_STUDENTS), "svd" if "svd" in engine.models else "hybrid"
    made = {fairness: group.recommend(LIST_LENGTH, fairness, model) for fairness in FAIRNESS.values()}
    lost = {fairness: np.array(list(group.given_up(lines, model).values())) for fairness, lines in made.items()}
    gives_up: dict[str, tuple[float, float]] = {fairness: (float(np.mean(each)), float(np.max(each))) for fairness, each in lost.items()}
    listed: dict[str, list[str]] = {fairness: [line.item_id for line in lines] for fairness, lines in made.items()}
    found = keys.ClassLists(asked, listed, gives_up)
    keys.CLASS_LISTS.set(found)
    return found


def own_lists(scene: Scene) -> None:
    """Phones show the lists; here is whose ratings count in them."""
    st.markdown("Look at your phone: there is a list for you.")
    if not scene.room.named or len(scene.matrix.R) < 2:
        return
    counted = np.zeros(len(scene.matrix.R))
    for student in scene.matrix.ids:
        for row, share in own.most_like(scene.matrix, student):
            counted[row] += share
    order = [int(row) for row in np.argsort(-counted, kind="stable")[:SHOWN_LINES] if counted[row] > 0]
    st.header("Whose ratings count most in the lists of others", anchor=False)
    lines = "".join(
        f'<li><b>{markup.in_html(scene.matrix.names[row])}</b><span class="number">{counted[row] / counted.sum():.0%}</span></li>'
        for row in order
    )
    st.html(f'<ol class="class-lines">{lines}</ol>')


SHOWN: dict[str, Callable[[Scene], None]] = {
    "join": join,
    "matrix": matrix,
    "agreed": agreed,
    "alike": alike,
    "guess": guess,
    "reveal": reveal,
    "factors": factors,
    "audience": audience,
    "lists": quality,
    "shilling": attack,
    "together": together,
    "own": own_lists,
}
"""By the key of the station."""


def _counted(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _number(value: float, digits: int = 1) -> str:
    return f"{value:.{digits}f}" if np.isfinite(value) else "–"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of texts as HTML, the first column on the left."""
    names = "".join(f'<th scope="col">{markup.in_html(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{markup.in_html(row[0])}</th>' + "".join(f"<td>{markup.in_html(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    return f'<table class="class-table"><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>'
