"""Poster tiles: nothing from data becomes markup, and the same title always looks the same."""

from __future__ import annotations

import base64
import colorsys
import re
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from recsys_core import Dataset
from recsys_core.data.tags import split_list
from ui.components import glyphs, posters


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


def difference(one: posters.Design, other: posters.Design) -> int:
    """How much two pictures differ, by what they are put together from.

    Other letters alone make another picture: at 48 pixels they fill a third of it. So does another large drawing with one thing more.
    """
    apart = abs(one.hue - other.hue) % 360
    return (
        3 * (one.letters != other.letters)
        + 2 * (one.drawing != other.drawing)
        + (one.small != other.small)
        + (one.layout != other.layout)
        + (one.pattern is not other.pattern)
        + (min(apart, 360 - apart) >= 25)
    )


def test_no_two_of_the_hundred_best_known_titles_look_alike(showcase: Dataset) -> None:
    known = [showcase.title(position) for position in showcase.by_popularity[:100].tolist()]
    designs = {title.title: posters.design(title.item_id, title.title, title.genres, title.keywords) for title in known}
    alike = [(a, b) for a, b in combinations(designs, 2) if difference(designs[a], designs[b]) < 3]
    assert alike == []


def test_most_titles_are_drawn_by_what_they_are_about(showcase: Dataset) -> None:
    known = [showcase.title(position) for position in showcase.by_popularity[:300].tolist()]
    of_genre = sum(glyphs.drawings(title.keywords, ())[0] == "film" for title in known)
    assert of_genre < 15
    assert len({glyphs.drawings(title.keywords, title.genres)[0] for title in known}) >= 50


@pytest.mark.parametrize("name", glyphs.DRAWINGS)
def test_every_drawing_is_well_formed(name: str) -> None:
    drawing = ElementTree.fromstring(f"<svg>{glyphs.DRAWINGS[name]}</svg>")
    assert len(drawing)
    assert len(glyphs.DRAWINGS[name]) < 1_500


@pytest.mark.parametrize(
    ("title", "letters"),
    [
        ("The Lord of the Rings: The Return of the King", "LRRK"),
        ("The Godfather Part II", "GPII"),
        ("Toy Story 2", "TS2"),
        ("Harry Potter and the Deathly Hallows: Part 2", "HPDH2"),
        ("Jaws", "Jaws"),
        ("Titanic", "Ti"),
        ("It", "It"),
        ("The Who", "Who"),
        ("1917", "1917"),
        ("M*A*S*H", "MASH"),
        ("千と千尋の神隠し", "千と"),
        ("!!!", ""),
        ("", ""),
        ("<b>", "b"),
        ("Die Hard", "DH"),
    ],
)
def test_a_title_in_a_few_letters(title: str, letters: str) -> None:
    assert glyphs.monogram(title) == letters


@pytest.mark.parametrize("title", ["", "W", "Wall-E", "The Wolf of Wall Street", "Harry Potter and the Deathly Hallows: Part 2"])
def test_letters_stay_inside(title: str) -> None:
    for number in range(40):
        svg = base64.b64decode(str(Parts(tile(title, f"t{number}")).tags[1][1]["src"]).split(",")[1]).decode()
        text = ElementTree.fromstring(svg).find("{http://www.w3.org/2000/svg}text")
        assert text is not None
        half = posters.LETTER * float(text.get("font-size", 0)) * len(text.text or "") / 2
        assert half - 0.5 <= float(text.get("x", 0)) <= posters.WIDTH - half + 0.5


def test_a_wall_of_posters_is_small(showcase: Dataset) -> None:
    known = [showcase.title(position) for position in showcase.by_popularity[:24].tolist()]
    wall = "".join(posters.poster(t.item_id, t.title, t.year, t.kind, t.genres, t.keywords) for t in known)
    assert len(wall) < 100_000


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


def luminance(colour: tuple[float, float, float]) -> float:
    """Relative luminance of red, green and blue in [0, 1], as WCAG 2.2 defines it."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def of_hsl(words: str) -> tuple[float, float, float]:
    hue, saturation, lightness = (float(number) for number in re.findall(r"[\d.]+", words))
    return colorsys.hls_to_rgb(hue / 360, lightness / 100, saturation / 100)


def test_words_and_drawings_of_every_tile_stand_out(showcase: Dataset) -> None:
    """Titles by 4.5 to 1 also where the pattern shines through, drawings and letters by 3 to 1, as WCAG asks."""
    css = (Path(posters.__file__).parent / "theme.css").read_text(encoding="utf-8")
    [found] = re.findall(r"^\.poster \{[^}]*[^-]color: #([0-9a-f]{6})", css, re.MULTILINE)
    words = tuple(int(found[at : at + 2], 16) / 255 for at in (0, 2, 4))
    seen = set()
    for row in showcase.items.itertuples():
        picture = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', tile(str(row.title), str(row.item_id), genres=str(row.genres)))[0]
        svg = base64.b64decode(picture).decode()
        ground, figure, light, accent = (
            of_hsl(re.findall(rule, svg)[0])
            for rule in (
                r'stop-color="(hsl[^"]+)"',
                r'<g fill="(hsl[^"]+)"[^>]*opacity=".4"',
                r'url\(#g\)"/><g fill="(hsl[^"]+)"',
                r'font-size="\d+" fill="(hsl[^"]+)"',
            )
        )
        pattern = tuple(0.6 * a + 0.4 * b for a, b in zip(ground, figure, strict=True))
        seen.add(ground)
        assert contrast(words, ground) >= 4.5
        assert contrast(words, pattern) >= 4.5, (row.title, contrast(words, pattern))
        assert contrast(light, pattern) >= 3.0, (row.title, contrast(light, pattern))
        assert contrast(accent, ground) >= 3.0, (row.title, contrast(accent, ground))
    assert len(seen) > 100
