"""What two titles share, in the catalogue's words."""

from __future__ import annotations

import pandas as pd
import pytest

from recsys_core import Dataset, Engine
from recsys_core.visitor.traits import MOST_TRAITS, clearly_similar, shared_traits


def both(engine: Engine, one: str, other: str) -> tuple[str, ...]:
    return shared_traits(engine, engine.dataset.position(one), engine.dataset.position(other))


@pytest.fixture(scope="module")
def films() -> Engine:
    """Six titles whose traits overlap in one way each."""
    rows = [
        {"item_id": "a", "title": "Ash", "year": 1968, "genres": "Drama", "keywords": "Heist Gone Wrong|rain", "creators": "Ann McAmes"},
        {"item_id": "b", "title": "Bow", "year": 1979, "genres": "Drama", "keywords": "Heist Gone Wrong", "creators": "Ann McAmes"},
        {"item_id": "c", "title": "Cup", "year": 1961, "country": "Denmark", "language": "Danish", "text": "A lonely lighthouse."},
        {"item_id": "d", "title": "Den", "year": 2001, "country": "Denmark", "language": "Danish", "genres": "War"},
        {"item_id": "e", "title": "Elm", "year": 2015, "country": "France", "text": "The lighthouse keeper.", "genres": "Comedy"},
        {"item_id": "f", "title": "Fog", "year": 1963, "country": "Italy", "genres": "Western", "audience": "children"},
    ]
    items = pd.DataFrame(rows).fillna("").assign(kind="movie")
    return Engine.fit(Dataset.from_frames(items, None))


def test_names_and_themes_as_the_catalogue_spells_them(films: Engine):
    assert set(both(films, "a", "b")) >= {"Ann McAmes", "Heist Gone Wrong"}
    assert len(both(films, "a", "b")) <= MOST_TRAITS


def test_names_are_spelled_as_in_the_cast_even_where_people_tagged_them() -> None:
    items = pd.DataFrame(
        {
            "item_id": ["a", "b", "c"],
            "title": ["Ash", "Bow", "Cup"],
            "cast": ["Leo Lund", "Leo Lund", ""],
            "keywords": ["leo lund", "leo lund", "x"],
        }
    )
    assert both(Engine.fit(Dataset.from_frames(items, None)), "a", "b") == ("Leo Lund",)


def test_it_is_the_same_the_other_way_round(films: Engine):
    assert both(films, "b", "a") == both(films, "a", "b")


def test_a_decade_is_shared_only_by_titles_that_are_from_it(films: Engine):
    """1968 and 1979 are both near 1970, so their features overlap; but neither year is in the other's decade."""
    assert not {"1960s", "1970s"} & set(both(films, "a", "b"))
    assert both(films, "c", "f") == ("1960s",)


def test_a_language_is_no_news_beside_the_country(films: Engine):
    assert both(films, "c", "d") == ("Denmark",)


def test_bare_words_only_where_there_is_nothing_better(films: Engine):
    assert both(films, "c", "e") == ("“lighthouse”",)


def test_nothing_in_common_is_nothing_to_say(films: Engine):
    assert both(films, "d", "e") == ()


def test_the_kind_is_no_trait(showcase_engine: Engine):
    assert both(showcase_engine, "the-matrix-1999", "american-history-x-1998") == ()
    assert both(showcase_engine, "spirited-away-2001", "fight-club-1999") == ()


def test_known_pairs_on_the_showcase(showcase_engine: Engine):
    assert "drug trade" in both(showcase_engine, "the-wire-2002", "the-shield-2002")
    assert both(showcase_engine, "spirited-away-2001", "my-neighbor-totoro-1988")[:2] == ("Hayao Miyazaki", "Japan")
    assert "Denmark" in both(showcase_engine, "borgen-2010", "the-killing-2007")


def test_clearly_similar_is_a_small_share(showcase_engine: Engine):
    dataset = showcase_engine.dataset
    places = [dataset.position(item_id) for item_id in ("princess-mononoke-1997", "fight-club-1999")]
    seed = dataset.position("spirited-away-2001")
    assert clearly_similar(showcase_engine, seed, dataset.by_popularity[:0]).shape == (0,)
    assert clearly_similar(showcase_engine, seed, dataset.by_popularity[[0]]).dtype == bool
    assert [bool(clearly_similar(showcase_engine, seed, dataset.by_popularity[dataset.by_popularity == place])[0]) for place in places] == [
        True,
        False,
    ]
