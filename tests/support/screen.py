"""What a person reads and does on a page, over Streamlit's AppTest."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from streamlit.testing.v1 import AppTest

from recsys_core import Engine
from recsys_core.settings import PROJECT_FOLDER as ROOT
from ui.session.steering import stored_name

WALL, LIST = "_stars_wall_", "_stars_list_"
_TAG = re.compile(r"<[^>]*>")


def opened(**parameters: str | list[str]) -> AppTest:
    """The first page at an address with these parameters; nothing is wrong on it."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    for name, value in parameters.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    assert not at.error
    return at


def wall(at: AppTest) -> list[str]:
    """Ids of the tiles to rate, in their order."""
    return _keyed(at, WALL)


def listed(at: AppTest) -> list[str]:
    """Ids of the cards on "For you", in their order."""
    return _keyed(at, LIST)


def _keyed(at: AppTest, prefix: str) -> list[str]:
    return [str(stars.key).removeprefix(prefix) for stars in at.feedback if str(stars.key).startswith(prefix)]


def give(at: AppTest, item_id: str, stars: int | None, place: str = WALL) -> AppTest:
    """Click a star (``st.feedback`` counts from 0); None is a second click on the chosen star."""
    at.feedback(key=place + item_id).set_value(None if stars is None else stars - 1).run()
    assert not at.exception
    return at


def mark(at: AppTest, item_id: str, what: str | None, place: str = "list") -> AppTest:
    """Say that a title is "kept", "seen" or "hidden" (not for me), where its card stands; None is a second click on the chosen mark."""
    at.pills(key=f"_mark_{place}_{item_id}").set_value(what).run()
    assert not at.exception
    return at


def press(at: AppTest, key: str) -> AppTest:
    """Click a button."""
    at.button(key=key).click().run()
    assert not at.exception
    return at


def said(at: AppTest) -> str:
    """What a screen reader is told about the charts."""
    return " | ".join(found.proto.alt for found in at.get("plotly_chart"))


def tries(at: AppTest) -> str:
    """How many of a step's tasks are done, as the page says it."""
    return next(found.label for found in at.expander if found.label.startswith("Try this"))


def turn_to(at: AppTest, page: str) -> AppTest:
    """Open another page in the same tab."""
    at.switch_page(f"pages/{page}.py").run()
    assert not at.exception
    return at


def token(at: AppTest) -> str:
    """The profile's token."""
    return str(at.session_state["ratings"].token)


def ratings(at: AppTest) -> dict[str, float]:
    """The tab's ratings."""
    return at.session_state["ratings"].stars()


def pulls(at: AppTest) -> dict[str, float]:
    """The tab's pulls on the lists; a factor by its number alone, without the words that its stored name holds."""
    kept = at.session_state["ratings"].pulls()
    named = {":".join(name.split(":")[:2]) if name.startswith("factor:") else name: amount for name, amount in kept.items()}
    return {name: amount for name, amount in named.items() if not name.startswith("answer:")}


def pull(at: AppTest, engine: Engine, wanted: Mapping[str, float]) -> None:
    """Have these pulls and no others from the next run on."""
    mine = at.session_state["ratings"]
    for name in mine.pulls():
        mine.pull(name, None)
    for name, amount in wanted.items():
        mine.pull(stored_name(engine, name), amount)


def live(at: AppTest) -> str:
    """The live list as HTML."""
    return next(element.value for element in at.html if 'class="live"' in element.value)


def live_ids(at: AppTest) -> list[str]:
    """Ids of the live list, in their order."""
    return re.findall(r'data-item="([^"]+)"', live(at))


def marked_new(at: AppTest) -> set[str]:
    """Ids of the live list that carry the mark "new"."""
    return {line.split('"')[0] for line in live(at).split('data-item="')[1:] if '<span class="new">new</span>' in line}


def plain(text: str) -> str:
    """HTML as the text that a person reads."""
    return html.unescape(_TAG.sub(" ", text))


def strip(at: AppTest) -> str:
    """The sentence on what is rated and what the next rating would improve."""
    return next(element.value for element in at.markdown if element.value.startswith("**"))


def seen(at: AppTest) -> str:
    """All text of a page that AppTest knows, in one string."""
    parts = [plain(element.value) for element in at.html]
    for kind in (at.markdown, at.caption, at.text, at.title, at.header, at.info, at.warning, at.error):
        parts += [element.value for element in kind]
    parts += [button.label for button in at.button]
    return "\n".join(parts)
