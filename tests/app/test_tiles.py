"""Poster tiles: nothing from data becomes markup, and the same title always looks the same."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from recsys_core.data.tags import split_list
from ui.components import posters


class Parts(HTMLParser):
    """Tags with their attributes, and the text between them, as a browser would read them."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def tile(title: str = "Heat", item_id: str = "heat-1995", year: int | None = 1995, kind: str = "movie", genres: str = "Crime|Drama") -> str:
    return posters.poster(item_id, title, year, kind, split_list(genres))


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img onerror=alert(1) src=x>',
    "' onmouseover='alert(1)",
    "</div></div><iframe src=//evil>",
    "&lt;b&gt; is not <b>",
    "<!-- comment",
    "{{7*7}} ${7*7}",
    "🎬 emoji ★ and عربى",
]


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_is_plain_text(title: str) -> None:
    parts = Parts(tile(title))
    assert [tag for tag, _ in parts.tags] == [tag for tag, _ in Parts(tile()).tags] == ["div", "img", "div", "div"]
    assert parts.words[0] == title
    assert [sorted(attributes) for _, attributes in parts.tags] == [["class"], ["alt", "src"], ["class"], ["class"]]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_ids_and_genres_reach_no_markup(text: str) -> None:
    parts = Parts(tile(item_id=text, genres=text))
    assert [tag for tag, _ in parts.tags] == ["div", "img", "div", "div"]
    assert parts.words == Parts(tile()).words


@pytest.mark.parametrize("genres", ["", "No such genre", "|", "Crime", *posters.STYLES])
def test_every_picture_is_well_formed_svg_that_loads_nothing(genres: str) -> None:
    source = Parts(tile(genres=genres)).tags[1][1]["src"]
    assert source is not None
    head, body = source.split(",")
    assert head == "data:image/svg+xml;base64"
    svg = base64.b64decode(body).decode()
    assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert re.findall(r"https?://[^\"]+", svg) == ["http://www.w3.org/2000/svg"]
    assert "nan" not in svg


def test_the_same_title_has_the_same_tile_and_another_has_another() -> None:
    assert tile() == tile()
    assert tile(item_id="heat-1986") != tile()
    assert len({tile(item_id=f"t{i}") for i in range(50)}) == 50


def test_the_genre_gives_the_colour() -> None:
    def hue(genres: str) -> int:
        source = str(Parts(tile(genres=genres)).tags[1][1]["src"])
        return int(re.search(r"hsl\((\d+) ", base64.b64decode(source.split(",")[1]).decode())[1])

    for genre, style in posters.STYLES.items():
        assert min((hue(genre) - style.hue) % 360, (style.hue - hue(genre)) % 360) <= 11


@pytest.mark.parametrize(
    ("title", "size"),
    [
        ("Heat", "short"),
        ("Unforgettable", "long"),
        ("Schindler's List", "middle"),
        ("The Assassination of Jesse James by the Coward Robert Ford", "long"),
        ("x" * 500, "long"),
        ("", "short"),
    ],
)
def test_long_titles_are_set_smaller(title: str, size: str) -> None:
    parts = Parts(tile(title))
    assert parts.tags[0][1]["class"] == f"poster {size}"
    assert title in ("".join(parts.words))


def test_year_and_kind() -> None:
    assert Parts(tile()).words[-1] == "1995 · Movie"
    assert Parts(tile(kind="show")).words[-1] == "1995 · Show"
    assert Parts(tile(year=None)).words[-1] == "Movie"
    assert Parts(tile(year=None, kind="")).words == ["Heat"]
