"""What visitors do while something fails, and what they were told."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field

from websockets.exceptions import ConnectionClosed

from recsys_core.storage.profiles import hashed
from tests.support.server import Server
from tests.support.streamlit_visitor import Visitor

SAVED = ":material/check: Saved"


def saving(visitor: Visitor) -> bool:
    """Whether the page says that something is not stored yet."""
    return any(text.startswith("Saving…") for text in visitor.texts("alert"))


def saved(visitor: Visitor) -> bool:
    """Whether the page says that what waited is stored."""
    return SAVED in visitor.texts("markdown") and not saving(visitor)


def stored(server: Server, key: str) -> dict[str, float]:
    """Stars by item id, as another process reads them from the database."""
    with closing(sqlite3.connect(server.database)) as database:
        return dict(database.execute("SELECT item_id, stars FROM feedback WHERE mark = 'rated' AND profile = ?", (hashed(key),)))


@dataclass
class Clicker:
    """Clicks stars at random as long as the server answers.

    Attributes
    ----------
    acknowledged : dict of str to int or None
        The last stars by item id for which the run finished and the page did not say "Saving"; None for cleared.
    asked : tuple
        The click that may or may not have been stored: nobody has answered it.
    clicks : int
        How many were acknowledged.
    """

    visitor: Visitor
    seed: int
    acknowledged: dict[str, int | None] = field(default_factory=dict)
    asked: tuple[str, int | None] = ("", None)
    clicks: int = 0

    async def click(self, times: int = 10**6) -> None:
        """Click so often, or until the connection is lost."""
        chance = random.Random(self.seed)
        tiles = self.visitor.tiles()
        try:
            for _ in range(times):
                item_id = chance.choice(tiles)
                stars = None if self.acknowledged.get(item_id) and chance.random() < 0.3 else chance.randint(1, 5)
                self.asked = (item_id, stars)
                await self.visitor.star(item_id, stars)
                assert not self.visitor.exceptions()
                if not saving(self.visitor):
                    self.acknowledged[item_id] = stars
                    self.asked = ("", None)
                    self.clicks += 1
        except ConnectionClosed:
            pass

    def check(self, found: dict[str, float]) -> None:
        """Fail if something that was acknowledged is not among what was found, or something is there that was never said."""
        last_item, last_stars = self.asked
        for item_id, stars in self.acknowledged.items():
            may_be = {stars, last_stars} if item_id == last_item else {stars}
            assert found.get(item_id) in may_be, f"{item_id}: {found.get(item_id)} is stored, {stars} was acknowledged"
        assert set(found) <= {*self.acknowledged, last_item}
