"""Text of data never becomes markup: the functions that see to it, and that every page uses them.

What Streamlit makes of it in a browser is in ``tests/browser/test_markup.py``, all pages on a hostile data set in
``tests/browser/test_hostile_titles.py``.
"""

from __future__ import annotations

import ast
import doctest
import html
import re
from pathlib import Path
from string import punctuation

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from tests.support.hostile import FORMULAS, MARKDOWN, random_words
from tests.support.leaks import App
from ui.components import markup, tables
from ui.components.charts import plain as label

ROOT = Path(__file__).resolve().parents[2]
KNOWN = {
    "ui.compare.evaluation: f'**What it means.** {words.means}": "sentences of metric_names.py",
    "ui.classroom.": "the app's own words, codes and pseudonyms; titles go through markup",
    "ui.components.frame: _CSS": "the app's own style sheet",
    "ui.components.paper: _CSS": "the app's own style sheet",
    "ui.components.pictures: _CSS": "the app's own style sheet",
    "ui.components.present: _CSS": "the app's own style sheet",
    "ui.factors.steering: _CSS": "the app's own style sheet",
    "ui.for_you.group_list: _CSS": "the app's own style sheet",
    "ui.components.frame: f'Show data from [TVmaze]({LINK})": "addresses of releases.py",
    "ui.data.data_sets: f'{markup.plain(release.licence)} [The terms in full]({release.licence_url})'": "addresses of releases.py",
    "ui.lessons.": "the lessons' own words, in Markdown; titles stand in charts, tables and st.text",
    "ui.rate.quick_start: _spoken(": "leaves out all marks: a screen reader would read backslashes; its own test in the browser",
}
"""Texts that the search cannot know to be harmless, and why they are."""
WORDS = [*MARKDOWN, *FORMULAS, *random_words(100, seed=3)]


def test_no_page_writes_text_of_data_as_markup() -> None:
    found = App.read(ROOT).leaks()
    strange = [leak for leak in found if not leak.startswith(tuple(KNOWN))]
    assert not strange, "Write it with a function of ui/components/markup.py:\n" + "\n".join(strange)
    assert all(any(leak.startswith(known) for leak in found) for known in KNOWN), "an exception is no longer needed"


LEAKS = """
import streamlit as st
from ui.components import markup
from ui.words import HARMLESS, said, title_of
def page(engine, given, error, column):
    st.error(str(error))
    st.markdown(f"Nothing from {engine.dataset.name} yet")
    column.button(title_of(engine))
    column.header("Titles like " + title_of(engine))
    st.html(f"<b>{title_of(engine)}</b>")
    st.slider("Stars", help=given)
    st.segmented_control("Which", [genre for genre in engine.genres])
    st.caption(markup.in_html(given))
    shown(given)
    for name in engine.names:
        st.badge(name)
def shown(title):
    st.caption(f"**{title}**")
"""
FINE = """
import streamlit as st
from ui.components import markup
from ui.words import HARMLESS, said, title_of
def page(engine, given, n, column):
    st.error(markup.plain(given), icon=":material/error:")
    st.markdown(f"{n:,} of {len(given)} titles: {given:.1f} stars" + HARMLESS)
    words = "one" if n else f"**{markup.plain(title_of(engine))}**"
    column.button(words, key=given, help=said(n))
    for head, which in (("Low", given), ("High", given)):
        st.subheader(head)
    st.html(f"<b>{markup.in_html(given)}</b>")
    st.selectbox("Which", given)
    shown("Titles")
def shown(title):
    st.caption(title)
"""
THEIR_WORDS = (
    'HARMLESS = "ever"\ndef said(n):\n    return f"{n:d} times" if n else HARMLESS\ndef title_of(engine):\n    return engine.title\n'
)


def test_the_search_finds_leaks_and_nothing_else() -> None:
    def leaks(source: str) -> list[str]:
        return App({"pages.page": ast.parse(source), "ui.words": ast.parse(THEIR_WORDS)}, ("pages",)).leaks()

    assert leaks(FINE) == []
    assert len(leaks(LEAKS)) == 10


def test_the_examples_in_the_docstrings_are_true() -> None:
    assert [doctest.testmod(module).failed for module in (markup, tables)] == [0, 0]


@pytest.mark.parametrize("text", WORDS)
def test_no_character_is_lost_on_the_way(text: str) -> None:
    seen = markup.clean(text)
    assert re.sub(rf"\\([{re.escape(punctuation)}])", r"\1", markup.plain(text)).replace("\u2060", "") == seen
    assert html.unescape(markup.in_html(text)) == html.unescape(markup.in_chart(text)) == seen
    assert not set(markup.in_html(text)) & set("<>\"'")
    assert not set(markup.in_chart(text)) & set("<>$")


@given(st.text())
@example("0 \x1b\r0")
def test_any_text_is_one_line_that_can_be_sent(text: str) -> None:
    seen = markup.clean(text)
    seen.encode("utf-8")
    assert len(seen.splitlines()) <= 1
    assert markup.clean(seen) == seen
    for written in (markup.plain(text), markup.in_html(text), markup.in_chart(text)):
        written.encode("utf-8")


def test_nothing_turns_the_line_or_hides_in_it() -> None:
    hidden = [*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xAD, 0x61C, 0x200B, 0x200E, 0x200F, 0xFEFF]
    for code in hidden:
        assert markup.clean(f"a{chr(code)}b") in ("ab", "a b"), hex(code)
    assert markup.clean("ab\ud800c") == "ab\ufffdc"


ENGLAND = "🏴" + "".join(chr(0xE0000 + ord(letter)) for letter in "gbeng\x7f")


@pytest.mark.parametrize("text", ["عربى", "می\u200cخواهم", "👨\u200d👩\u200d👧", ENGLAND, "猫 Ä é"])
def test_what_languages_and_emoji_need_stays(text: str) -> None:
    assert markup.clean(text) == text
    assert markup.plain(text) == text


@pytest.mark.parametrize(
    "text", ["Heat", "Alien: Covenant", "Face/Off", "Tom & Jerry", "Wall·E", "8½ (Otto e mezzo)", "Spider-Man", "Yes!"]
)
def test_ordinary_titles_are_written_as_they_are(text: str) -> None:
    """Screen readers are given labels as they are written."""
    assert markup.plain(text) == text


def test_a_label_of_a_chart_is_cut_before_it_is_escaped() -> None:
    assert label("<b>" + "x" * 40, 10) == "&lt;b&gt;xxxxxx…"
    assert label("$x$ & more") == "&#36;x&#36; &amp; more"


# --- tables, which visitors can take along as a CSV file ----------------------------------------------------------


@pytest.mark.parametrize("text", [*FORMULAS, "-", "--", "@midnight", "+1 more", "-1,5"])
def test_a_formula_is_guarded(text: str) -> None:
    assert markup.in_cell(text) == f"'{markup.clean(text)}"


@pytest.mark.parametrize("text", ["-1", "+1.5", "-.5", "-1e-5", "-12 %", "Heat", "3 + 4", "a@b", ""])
def test_numbers_and_other_text_stay(text: str) -> None:
    assert markup.in_cell(text) == text


def shown(table: pd.DataFrame) -> AppTest:
    at = AppTest.from_string("import streamlit as st\nfrom ui.components import tables\ntables.show(st.session_state.table)")
    at.session_state["table"] = table
    at.run()
    assert not at.exception
    return at


def test_a_table_is_guarded_in_what_it_holds_and_looks_as_before() -> None:
    table = pd.DataFrame({"Title": ["=1+1", "Heat", "-3"], "=Head": [-1.5, 2.0, None], "n": [-1, 2, 3]})
    at = shown(table)
    held = at.dataframe[0].value
    assert held.columns.tolist() == ["Title", "'=Head", "n"]
    assert held["Title"].tolist() == ["'=1+1", "Heat", "-3"]
    assert held["n"].tolist() == [-1, 2, 3]
    proto = at.dataframe[0].proto
    assert '"label": "=Head"' in proto.columns
    assert b"'=1+1" not in proto.arrow_data.styler.display_values
    assert b"=1+1" in proto.arrow_data.styler.display_values


def test_a_table_without_formulas_is_shown_as_it_is() -> None:
    at = shown(pd.DataFrame({"Title": ["Heat", "Ali\u202een"], "Amount": [-0.5, 0.5]}))
    assert at.dataframe[0].value["Title"].tolist() == ["Heat", "Alien"]
    assert not at.dataframe[0].proto.arrow_data.styler.display_values


def test_columns_that_are_called_alike_are_told_apart() -> None:
    table = pd.DataFrame([[1, 2, 3, 4]], columns=["=A", "'=A", "B\u200b", "B"])
    assert shown(table).dataframe[0].value.columns.is_unique
