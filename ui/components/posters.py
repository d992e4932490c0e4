"""Poster tiles drawn by the app: a title, a year, and a colour and pattern from the genre. No picture is ever fetched."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from ui.components import markup
from ui.components.glyphs import DRAWINGS, GROUND, drawings, monogram

WIDTH, HEIGHT = 200, 300
SHORT, LONG, WIDE = 14, 30, 10
"""Titles up to SHORT characters are set large, beyond LONG small; a word of WIDE characters does not fit the large size."""


@dataclass(frozen=True, slots=True)
class Style:
    """Colours of a genre: the ground, the pattern on it, and the pattern itself."""

    hue: int
    saturation: int
    pattern: Callable[[list[float]], str]


LAYOUTS = ((74, 72, 112, 152, 132), (126, 72, 112, 50, 132), (100, 62, 104, 100, 158), (70, 84, 104, 146, 60), (130, 84, 104, 54, 60))
"""Middle and size of the large drawing, middle of the monogram's base line."""
LETTER, EDGE = 0.72, 8
"""Width of a capital as a share of its size, and the margin that letters keep."""
SMALL = 40
"""Size of the small drawing, in the corner that is free."""


def poster(item_id: str, title: str, year: int | None, kind: str, genres: tuple[str, ...], keywords: tuple[str, ...] = ()) -> str:
    """A tile as HTML: pattern, drawings and monogram are an SVG picture, the title is text over it. Grows with its container.

    Everything that comes from data is escaped. Equal titles give equal tiles: what varies (hue, size, angle, layout) is drawn
    from a hash of the id.
    """
    longest = max((len(word) for word in title.split()), default=0)
    size = "short" if len(title) <= SHORT and longest < WIDE else "long" if len(title) > LONG or longest > WIDE + 2 else "middle"
    small = " · ".join(part for part in (str(year or ""), {"show": "Show", "movie": "Movie"}.get(kind, "")) if part)
    return (
        f'<div class="poster {size}"><img alt="" src="{_picture(item_id, title, genres, keywords)}">'
        f'<div class="poster-title">{markup.in_html(title)}</div><div class="poster-small">{markup.in_html(small)}</div></div>'
    )


@dataclass(frozen=True, slots=True)
class Design:
    """What a picture is put together from: all that tells one from another."""

    hue: int
    saturation: int
    pattern: Callable[[list[float]], str]
    drawing: str
    small: str
    letters: str
    layout: int
    dice: tuple[float, ...]


def design(item_id: str, title: str, genres: tuple[str, ...], keywords: tuple[str, ...]) -> Design:
    """The colour of the first genre, a pattern of any of them, drawings of the keywords, the title's initials."""
    styles = [STYLES[genre] for genre in genres if genre in STYLES] or [_PLAIN]
    dice = tuple(byte / 255 for byte in hashlib.blake2b(item_id.encode(), digest_size=16).digest())
    pattern = styles[int(dice[15] * (len(styles) - 0.01))].pattern
    hue = (styles[0].hue + round(22 * (dice[0] - 0.5))) % 360
    drawing, small = drawings(keywords, genres)
    layout = int(dice[14] * (len(LAYOUTS) - 0.01))
    return Design(hue, styles[0].saturation, pattern, drawing, small, monogram(title), layout, dice)


@lru_cache(maxsize=4096)
def _picture(item_id: str, title: str, genres: tuple[str, ...], keywords: tuple[str, ...]) -> str:
    """Ground, pattern, drawings and letters as a data URI; the lower part is dark, for the title."""
    own = design(item_id, title, genres, keywords)
    hue, tint = own.hue, max(own.saturation, 30)
    ground, figure, light = f"hsl({hue} {own.saturation}% 15%)", f"hsl({hue} {own.saturation}% 46%)", f"hsl({hue} {tint}% 80%)"
    accent = f"hsl({(hue + 150 + 60 * own.dice[13]) % 360:.0f} {tint + 20}% 71%)"
    x, y, size, at, base = LAYOUTS[own.layout]
    letters = markup.in_html(own.letters)
    width = {0: 1, 1: 84, 2: 76, 3: 62, 4: 48}.get(len(own.letters), 40)
    half = LETTER * width * len(own.letters) / 2
    middle = min(max(float(at), EDGE + half), WIDTH - EDGE - half)  # wide letters stay inside
    corner = f"translate({at - SMALL / 2:.0f} {190 - base - SMALL / 2:.0f}) scale({SMALL / 100})"
    second = f'<g transform="{corner}">{DRAWINGS[own.small]}</g>' if own.small else ""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"><defs>'
        f'<linearGradient id="g" x2="0" y2="1"><stop offset=".5" stop-color="{ground}" stop-opacity="0"/>'
        f'<stop offset=".66" stop-color="{ground}"/></linearGradient></defs><rect width="100%" height="100%" fill="{ground}"/>'
        f'<g fill="{figure}" stroke="{figure}" stroke-width="0" opacity=".4">{own.pattern(list(own.dice[1:]))}</g>'
        f'<rect width="100%" height="100%" fill="url(#g)"/><g fill="{light}" stroke="{light}" stroke-width="0">'
        f'<g transform="translate({x - size / 2:.0f} {y - size / 2:.0f}) scale({size / 100})">{DRAWINGS[own.drawing]}</g></g>'
        f'<g fill="{accent}" stroke="{accent}" stroke-width="0">{second}</g>'
        f'<text x="{middle:.0f}" y="{base + width * 0.34:.0f}" text-anchor="middle" font-family="Georgia,serif" font-weight="700" '
        f'font-size="{width}" fill="{accent}" stroke="{ground}" stroke-width="7" paint-order="stroke">{letters}</text></svg>'
    ).replace(GROUND, ground)
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _blinds(dice: list[float]) -> str:
    tilt = -8 + 16 * dice[0]
    bars = "".join(f'<rect x="-40" y="{y}" width="280" height="{6 + 9 * dice[1]:.1f}"/>' for y in range(-20, 200, 26))
    return f'<g transform="rotate({tilt:.1f} 100 90)">{bars}</g>'


def _stars(dice: list[float]) -> str:
    def dot(i: int) -> str:
        x, y = (37 * i + 200 * dice[i % 9]) % 200, (53 * i + 90 * dice[(i + 3) % 9]) % 190
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{0.8 + (i % 4) * 0.7:.1f}"/>'

    planet = f'<circle cx="{60 + 80 * dice[0]:.0f}" cy="{60 + 50 * dice[1]:.0f}" r="{26 + 22 * dice[2]:.0f}"/>'
    return "".join(map(dot, range(46))) + planet


def _waves(dice: list[float]) -> str:
    height = 10 + 14 * dice[0]
    paths = "".join(
        f'<path fill="none" stroke-width="3.5" d="M-20 {y} q 30 {-height:.1f} 60 0 t 60 0 t 60 0 t 60 0"/>' for y in range(20, 190, 19)
    )
    return f'<g transform="rotate({-20 * dice[1]:.0f} 100 90)">{paths}</g>'


def _bubbles(dice: list[float]) -> str:
    return "".join(f'<circle cx="{20 + 40 * (i % 5)}" cy="{18 + 38 * (i // 5)}" r="{4 + 13 * dice[(i * 5) % 13]:.1f}"/>' for i in range(25))


def _peaks(dice: list[float]) -> str:
    hills = ""
    for i, shade in enumerate((0.35, 0.6, 1.0)):
        top, shift = 30 + 40 * i + 20 * dice[i], 60 * dice[i + 3]
        ridge = f"L{60 + shift:.0f} {top:.0f} L{130 + shift:.0f} 150 L{170 + shift:.0f} {top + 30:.0f}"
        hills += f'<path opacity="{shade}" d="M{shift - 60:.0f} 220 {ridge} L300 220z"/>'
    return hills


def _sun(dice: list[float]) -> str:
    x, y = 60 + 80 * dice[0], 80 + 30 * dice[1]
    rays = "".join(f'<path d="M0 0 L-7 -230 L7 -230z" transform="translate({x:.0f} {y:.0f}) rotate({a})"/>' for a in range(0, 360, 24))
    return f'<g opacity="0.45">{rays}</g><circle cx="{x:.0f}" cy="{y:.0f}" r="38"/>'


def _rings(dice: list[float]) -> str:
    x, y, gap = 40 + 120 * dice[0], 40 + 90 * dice[1], 11 + 12 * dice[2]
    dashes = f' stroke-dasharray="{20 + 90 * dice[4]:.0f} {6 + 20 * dice[5]:.0f}"' if dice[3] > 0.5 else ""
    return "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{6 + gap * i:.0f}" fill="none" stroke-width="{gap / 3:.1f}"{dashes} '
        f'transform="rotate({47 * i} {x:.0f} {y:.0f})"/>'
        for i in range(14)
    )


def _shards(dice: list[float]) -> str:
    x, y = 60 + 80 * dice[0], 50 + 70 * dice[1]
    corners = [(0, 0), (90, -10), (210, 0), (205, 90), (200, 200), (110, 210), (0, 205), (-10, 110)]
    faces = ""
    for i in range(0, 8, 2):
        (x1, y1), (x2, y2) = corners[i], corners[(i + 1) % 8]
        faces += f'<path opacity="{0.45 + 0.55 * dice[i]:.2f}" d="M{x:.0f} {y:.0f} L{x1} {y1} L{x2} {y2}z"/>'
    return faces


def _confetti(dice: list[float]) -> str:
    def scrap(i: int) -> str:
        x, y, width = (29 * i + 60 * dice[i % 13]) % 196, (41 * i) % 186, 6 + 8 * dice[(i + 2) % 13]
        turn = f"rotate({360 * dice[(i + 5) % 13]:.0f} {x:.0f} {y})"
        return f'<rect x="{x:.0f}" y="{y}" width="{width:.0f}" height="7" rx="3" transform="{turn}"/>'

    return "".join(map(scrap, range(34)))


def _frames(dice: list[float]) -> str:
    def frame(i: int) -> str:
        inset, side = 8 + i * step / 2, 184 - i * step
        return f'<rect x="{inset:.1f}" y="{inset:.1f}" width="{side:.1f}" height="{side:.1f}" fill="none" stroke-width="4"/>'

    step = 15 + 4 * dice[0]
    return "".join(map(frame, range(7)))


def _stripes(dice: list[float]) -> str:
    angle = 35 + 20 * dice[0]
    bars = "".join(f'<rect x="{x}" y="-80" width="{7 + 12 * dice[i % 13]:.1f}" height="400"/>' for i, x in enumerate(range(-80, 300, 30)))
    return f'<g transform="rotate({angle:.0f} 100 100)">{bars}</g>'


def _leaves(dice: list[float]) -> str:
    return "".join(
        f'<path opacity="{0.5 + 0.5 * dice[i % 13]:.2f}" d="M0 0 q 22 -26 0 -58 q -22 32 0 58z" '
        f'transform="translate({22 + 39 * (i % 5)} {58 + 46 * (i // 5)}) rotate({-40 + 80 * dice[(i * 3) % 13]:.0f})"/>'
        for i in range(20)
    )


_PLAIN = Style(250, 12, _rings)
STYLES = {
    "Action": Style(8, 62, _shards), "Adventure": Style(150, 38, _peaks), "Animation": Style(190, 55, _bubbles),
    "Anime": Style(330, 55, _confetti), "Biography": Style(35, 30, _frames), "Comedy": Style(42, 62, _confetti),
    "Crime": Style(222, 36, _blinds), "Documentary": Style(120, 24, _leaves), "Drama": Style(272, 26, _rings),
    "Family": Style(178, 48, _bubbles), "Fantasy": Style(286, 44, _peaks), "History": Style(30, 42, _frames),
    "Horror": Style(356, 58, _shards), "Musical": Style(316, 50, _waves), "Mystery": Style(244, 38, _rings),
    "Reality": Style(18, 60, _stripes), "Romance": Style(342, 48, _waves), "Science Fiction": Style(210, 58, _stars),
    "Sitcom": Style(50, 60, _bubbles), "Soap": Style(304, 42, _waves), "Sport": Style(96, 44, _stripes),
    "Thriller": Style(200, 34, _blinds), "War": Style(74, 26, _stripes), "Western": Style(24, 56, _sun),
}  # fmt: skip
