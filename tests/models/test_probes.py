"""Taste probes: a few ratings in, a list out that anyone can judge.

``strict`` is what a person would expect; ``content`` and ``hybrid`` must meet it. ``item-knn`` and ``svd`` know titles
only through the simulated audience, whose tastes are taste axes, genres and a few scenes; they must meet ``loosely``, which
asks for the genre and not for the country, theme or franchise (where it is not given: the same as ``strict``).
"""

from dataclasses import dataclass

import pandas as pd
import pytest

from recsys_core import Engine

LIST_COLUMNS = ("genres", "keywords", "language", "country", "kind")


@dataclass(frozen=True)
class Expectation:
    """Between ``least`` and ``most`` of the first ``top`` titles have the trait.

    Values joined by ``|`` mean any of them; several columns mean all of them.
    """

    least: int
    most: int
    top: int
    ids: str
    years: tuple[int, int] | None
    columns: dict[str, str]

    def count(self, listed: pd.DataFrame) -> int:
        has = pd.Series(True, index=listed.index[: self.top])
        for column, wanted in {**self.columns, "item_id": self.ids}.items():
            if wanted:
                has &= listed[column][: self.top].map(lambda value, wanted=wanted: bool({*value.split("|")} & {*wanted.split("|")}))
        if self.years:
            has &= listed["year"][: self.top].between(*self.years)
        return int(has.sum())

    def met(self, listed: pd.DataFrame) -> bool:
        return self.least <= self.count(listed) <= self.most


def at_least(least: int, *, top: int = 20, ids: str = "", years: tuple[int, int] | None = None, **columns: str) -> Expectation:
    assert set(columns) <= set(LIST_COLUMNS)
    return Expectation(least, top, top, ids, years, columns)


def at_most(most: int, *, top: int = 20, **columns: str) -> Expectation:
    assert set(columns) <= set(LIST_COLUMNS)
    return Expectation(0, most, top, "", None, columns)


def none(*, top: int = 20, **columns: str) -> Expectation:
    return at_most(0, top=top, **columns)


@dataclass(frozen=True)
class Probe:
    """Titles given five stars and titles given one, by id, and what must come out."""

    name: str
    loved: str
    strict: list[Expectation]
    loosely: list[Expectation] | None = None
    hated: str = ""

    @property
    def ratings(self) -> dict[str, float]:
        return dict.fromkeys(self.loved.split(), 5.0) | dict.fromkeys(self.hated.split(), 1.0)

    def expectations(self, model: str) -> list[Expectation]:
        return self.strict if model in {"content", "hybrid"} or self.loosely is None else self.loosely


NORDIC = "Denmark|Sweden|Norway|Finland|Iceland"
NOT_ENGLISH = "French|Italian|Swedish|German|Spanish|Danish|Japanese|Russian|Polish|Czech|Hindi|Bengali|Mandarin|Persian|Portuguese"
RINGS = "the-lord-of-the-rings-the-fellowship-of-the-ring-2001 harry-potter-and-the-philosophers-stone-2001 game-of-thrones-2011"
OTHER_RINGS = "the-lord-of-the-rings-the-two-towers-2002|the-lord-of-the-rings-the-return-of-the-king-2003"
OTHER_POTTER = "harry-potter-and-the-prisoner-of-azkaban-2004|harry-potter-and-the-deathly-hallows-part-2-2011"

# fmt: off
PROBES = [
    Probe("prestige crime dramas", "breaking-bad-2008 the-wire-2002 the-sopranos-1999 true-detective-2014",
          [at_least(12, genres="Crime|Drama"), at_least(8, genres="Crime"), none(genres="Family")],
          [at_least(12, genres="Crime|Drama"), at_least(6, genres="Crime"), none(genres="Family")]),
    Probe("studio anime films", "spirited-away-2001 my-neighbor-totoro-1988 princess-mononoke-1997",
          [at_least(7, top=10, genres="Animation"), at_least(5, top=10, language="Japanese")],
          [at_least(6, top=10, genres="Animation"), at_least(4, top=10, language="Japanese")]),
    Probe("sitcoms, no horror", "friends-1994 seinfeld-1989 the-office-2005", hated="the-shining-1980 saw-2004",
          strict=[none(genres="Horror"), at_least(12, genres="Comedy"), at_least(8, genres="Sitcom")],
          loosely=[none(genres="Horror"), at_least(12, genres="Comedy"), at_least(4, genres="Sitcom")]),
    Probe("Korean love stories", "crash-landing-on-you-2019 goblin-2016 descendants-of-the-sun-2016 my-love-from-the-star-2013",
          [at_least(7, language="Korean"), at_least(10, genres="Romance")], [at_least(10, genres="Romance")]),
    Probe("Korean thrillers", "oldboy-2003 parasite-2019 memories-of-murder-2003",
          [at_least(4, language="Korean"), at_least(12, genres="Thriller|Mystery|Crime")],
          [at_least(10, genres="Thriller|Mystery|Crime"), none(genres="Family")]),
    Probe("westerns", "the-good-the-bad-and-the-ugly-1966 once-upon-a-time-in-the-west-1968 unforgiven-1992 the-searchers-1956",
          [at_least(10, genres="Western")], [at_least(5, genres="Western")]),
    Probe("western series", "yellowstone-2018 deadwood-2004 1883-2021",
          [at_least(8, genres="Western")], [at_least(3, genres="Western")]),
    Probe("musicals of the studios", "singin-in-the-rain-1952 the-sound-of-music-1965 west-side-story-1961 my-fair-lady-1964",
          [at_least(10, genres="Musical"), none(genres="Horror")], [at_least(5, genres="Musical"), none(genres="Horror")]),
    Probe("musicals of today", "la-la-land-2016 mamma-mia-2008 chicago-2002",
          [at_least(8, genres="Musical")], [at_least(4, genres="Musical")]),
    Probe("Nordic noir", "the-killing-2007 the-bridge-2011 wallander-2005 trapped-2015",
          [at_least(12, genres="Crime|Mystery"), at_least(4, country=NORDIC), none(genres="Family|Sitcom")],
          [at_least(12, genres="Crime|Mystery|Thriller"), none(genres="Family|Sitcom")]),
    Probe("nature documentaries", "planet-earth-2006 the-blue-planet-2001 our-planet-2019",
          [at_least(8, genres="Documentary"), none(genres="Horror")], [at_least(4, genres="Documentary"), none(genres="Horror")]),
    Probe("true crime", "making-a-murderer-2015 the-jinx-the-life-and-deaths-of-robert-durst-2015 tiger-king-2020",
          [at_least(8, genres="Documentary"), at_least(8, genres="Crime")], [at_least(4, genres="Documentary")]),
    Probe("superheroes", "the-avengers-2012 iron-man-2008 the-dark-knight-2008 spider-man-2002",
          [at_least(14, genres="Action|Science Fiction"), at_least(6, keywords="superhero|vigilante|mutants")],
          [at_least(14, genres="Action|Science Fiction")]),
    Probe("romantic comedies", "when-harry-met-sally-1989 notting-hill-1999 pretty-woman-1990 10-things-i-hate-about-you-1999",
          [at_least(12, genres="Romance"), at_least(12, genres="Comedy"), none(genres="Horror|War")],
          [at_least(10, genres="Romance"), none(genres="Horror|War")]),
    Probe("space opera", "the-empire-strikes-back-1980 battlestar-galactica-2004 firefly-2002 the-expanse-2015",
          [at_least(12, genres="Science Fiction")], [at_least(8, genres="Science Fiction")]),
    Probe("Star Trek", "star-trek-1966 star-trek-the-next-generation-1987 babylon-5-1993",
          [at_least(1, top=10, ids="star-trek-deep-space-nine-1993|star-trek-voyager-1995|star-trek-strange-new-worlds-2022"),
           at_least(12, genres="Science Fiction")], [at_least(10, genres="Science Fiction")]),
    Probe("classic Hollywood", "casablanca-1942 citizen-kane-1941 sunset-boulevard-1950 all-about-eve-1950",
          [at_least(10, years=(1900, 1965))], [at_least(6, years=(1900, 1965))]),
    Probe("French New Wave", "the-400-blows-1959 breathless-1960 jules-and-jim-1962 cleo-from-5-to-7-1962",
          [at_least(6, language="French"), at_least(8, years=(1900, 1979)), none(genres="Reality|Action")],
          [at_least(6, years=(1900, 1979)), none(genres="Reality|Sitcom")]),
    Probe("Bollywood", "dilwale-dulhania-le-jayenge-1995 lagaan-2001 3-idiots-2009 sholay-1975",
          [at_least(5, country="India"), at_least(10, genres="Romance|Musical")], [at_least(8, genres="Romance|Musical")]),
    Probe("cooking contests", "masterchef-2010 the-great-british-bake-off-2010 hells-kitchen-2005 top-chef-2006",
          [at_least(10, genres="Reality"), at_least(4, keywords="cooking|baking|restaurant")], [at_least(6, genres="Reality")]),
    Probe("dating shows", "love-is-blind-2020 love-island-2015 the-bachelor-2002",
          [at_least(10, genres="Reality"), none(genres="Horror|War")], [at_least(6, genres="Reality"), none(genres="Horror|War")]),
    Probe("daytime soaps", "days-of-our-lives-1965 general-hospital-1963 the-bold-and-the-beautiful-1987",
          [at_least(8, genres="Soap")], [at_least(4, genres="Soap")]),
    Probe("telenovelas", "marimar-1994 la-usurpadora-1998 rubi-2004",
          [at_least(8, genres="Soap"), at_least(6, language="Spanish")], [at_least(4, genres="Soap")]),
    Probe("for the very young", "peppa-pig-2004 paw-patrol-2013 bluey-2018 dora-the-explorer-2000",
          [at_least(12, genres="Family"), none(genres="Horror|Crime|War")],
          [at_least(10, genres="Family"), none(genres="Horror|Crime|War")]),
    Probe("animated features", "toy-story-1995 finding-nemo-2003 the-lion-king-1994 up-2009",
          [at_least(12, genres="Animation"), none(genres="Horror")], [at_least(8, genres="Animation"), none(genres="Horror")]),
    Probe("war films", "saving-private-ryan-1998 platoon-1986 full-metal-jacket-1987 apocalypse-now-1979",
          [at_least(10, genres="War")], [at_least(6, genres="War")]),
    Probe("war series", "band-of-brothers-2001 the-pacific-2010 generation-kill-2008",
          [at_least(8, genres="War"), none(genres="Sitcom")], [at_least(5, genres="War"), none(genres="Sitcom")]),
    Probe("boxing and other sport", "rocky-1976 raging-bull-1980 million-dollar-baby-2004 creed-2015",
          [at_least(8, genres="Sport")], [at_least(4, genres="Sport")]),
    Probe("sport series", "ted-lasso-2020 friday-night-lights-2006 all-american-2018",
          [at_least(6, genres="Sport")], [at_least(3, genres="Sport")]),
    Probe("detection at leisure", "poirot-1989 miss-marple-1984 murder-she-wrote-1984 columbo-1971",
          [at_least(14, genres="Mystery|Crime"), at_least(10, genres="Mystery")], [at_least(10, genres="Mystery|Crime")]),
    Probe("The Lord of the Rings", RINGS,
          [at_least(2, top=10, ids=OTHER_RINGS), at_least(1, ids=OTHER_POTTER), at_least(12, genres="Fantasy|Adventure")],
          [at_least(10, genres="Fantasy|Adventure")]),
    Probe("Star Wars", "star-wars-1977 the-mandalorian-2019 andor-2022",
          [at_least(2, top=10, ids="the-empire-strikes-back-1980|return-of-the-jedi-1983"), at_least(12, genres="Science Fiction")],
          [at_least(8, genres="Science Fiction")]),
    Probe("The Godfather", "the-godfather-1972 goodfellas-1990 the-departed-2006",
          [at_least(1, top=10, ids="the-godfather-part-ii-1974"), at_least(12, genres="Crime"), none(genres="Family")],
          [at_least(10, genres="Crime"), none(genres="Family")]),
    Probe("slashers", "halloween-1978 a-nightmare-on-elm-street-1984 scream-1996 the-texas-chain-saw-massacre-1974",
          [at_least(12, genres="Horror"), none(genres="Family")], [at_least(8, genres="Horror"), none(genres="Family")]),
    Probe("slow horror", "hereditary-2018 the-witch-2015 midsommar-2019 the-haunting-of-hill-house-2018",
          [at_least(10, genres="Horror"), none(genres="Sitcom|Family")], [at_least(6, genres="Horror"), none(genres="Sitcom|Family")]),
    Probe("vampires", "true-blood-2008 the-vampire-diaries-2009 twilight-2008 buffy-the-vampire-slayer-1997",
          [at_least(5, keywords="vampires"), at_least(10, genres="Fantasy|Horror")], [at_least(7, genres="Fantasy|Horror")]),
    Probe("British comedy", "fawlty-towers-1975 blackadder-1983 only-fools-and-horses-1981",
          [at_least(12, genres="Comedy"), at_least(8, country="United Kingdom")], [at_least(10, genres="Comedy")]),
    Probe("animation for adults", "rick-and-morty-2013 south-park-1997 family-guy-1999 bojack-horseman-2014",
          [at_least(7, genres="Animation"), at_least(14, genres="Comedy")],
          [at_least(4, genres="Animation"), at_least(10, genres="Comedy")]),
    Probe("anime series", "naruto-2002 one-piece-1999 dragon-ball-z-1989",
          [at_least(12, genres="Anime")], [at_least(7, genres="Anime")]),
    Probe("science fiction of ideas", "blade-runner-1982 ex-machina-2014 arrival-2016 2001-a-space-odyssey-1968",
          [at_least(12, genres="Science Fiction")], [at_least(10, genres="Science Fiction")]),
    Probe("hospitals", "er-1994 greys-anatomy-2005 the-good-doctor-2017",
          [at_least(5, keywords="hospital|doctor"), at_least(14, genres="Drama")],
          [at_least(12, genres="Drama"), none(genres="Animation|War")]),
    Probe("lawyers", "the-practice-1997 the-good-wife-2009 boston-legal-2004 suits-2011",
          [at_least(6, keywords="lawyer|law firm|courtroom"), none(genres="Animation|Horror")],
          [at_least(14, genres="Drama"), none(genres="Animation|Horror")]),
    Probe("spies", "casino-royale-2006 goldfinger-1964 the-bourne-identity-2002 mission-impossible-1996",
          [at_least(14, genres="Action|Thriller"), at_least(5, keywords="espionage|secret agent|spy agency")],
          [at_least(14, genres="Action|Thriller")]),
    Probe("costume drama", "downton-abbey-2010 pride-and-prejudice-2005 sense-and-sensibility-1995 the-crown-2016",
          [at_least(12, genres="Romance|History"), at_least(6, country="United Kingdom")], [at_least(10, genres="Romance|History")]),
    Probe("Japanese classics", "tokyo-story-1953 rashomon-1950 ikiru-1952 seven-samurai-1954",
          [at_least(6, language="Japanese"), at_least(8, years=(1900, 1975))], [at_least(6, years=(1900, 1975))]),
    Probe("European auteurs", "persona-1966 wild-strawberries-1957 8-half-1963 la-dolce-vita-1960",
          [at_least(12, language=NOT_ENGLISH), none(genres="Reality|Sitcom")], [at_least(8, language=NOT_ENGLISH)]),
    Probe("puzzle series", "lost-2004 dark-2017 severance-2022 twin-peaks-1990",
          [at_least(12, genres="Mystery|Science Fiction"), none(genres="Sitcom")], [at_least(9, genres="Mystery|Science Fiction")]),
    Probe("heists", "oceans-eleven-2001 money-heist-2017 lupin-2021",
          [at_least(12, genres="Crime|Thriller"), at_least(5, keywords="heist|con artist")], [at_least(12, genres="Crime|Thriller")]),
    Probe("time travel", "back-to-the-future-1985 doctor-who-2005 quantum-leap-1989 the-terminator-1984",
          [at_least(10, genres="Science Fiction"), at_least(5, keywords="time travel|time loop")], [at_least(8, genres="Science Fiction")]),
    Probe("serial killers", "se7en-1995 the-silence-of-the-lambs-1991 zodiac-2007 mindhunter-2017",
          [at_least(14, genres="Crime|Thriller"), at_least(5, keywords="serial killer"), none(genres="Family")],
          [at_least(12, genres="Crime|Thriller"), none(genres="Family")]),
    Probe("science fiction, no romance", "alien-1979 blade-runner-1982 the-terminator-1984", hated="notting-hill-1999 the-notebook-2004",
          strict=[at_least(12, genres="Science Fiction"), at_most(1, genres="Romance")],
          loosely=[at_least(10, genres="Science Fiction"), at_most(2, genres="Romance")]),
    Probe("Disney princesses", "moana-2016 frozen-2013 encanto-2021",
          [at_least(10, genres="Animation"), at_least(12, genres="Family"), none(genres="Horror|War")],
          [at_least(8, genres="Family"), none(genres="Horror")]),
    Probe("shonen fights", "attack-on-titan-2013 death-note-2006 jujutsu-kaisen-2020",
          [at_least(8, genres="Anime")], [at_least(5, genres="Anime")]),
    Probe("rude comedies", "superbad-2007 the-hangover-2009 bridesmaids-2011",
          [at_least(14, genres="Comedy"), none(genres="Horror")], [at_least(10, genres="Comedy")]),
    Probe("workplace comedies", "the-office-2005 parks-and-recreation-2009 brooklyn-nine-nine-2013",
          [at_least(14, genres="Comedy"), at_least(8, genres="Sitcom"), none(genres="Horror|War")],
          [at_least(10, genres="Comedy"), none(genres="Horror")]),
    Probe("love against the odds", "the-notebook-2004 titanic-1997 dirty-dancing-1987",
          [at_least(12, genres="Romance"), none(genres="Horror")], [at_least(10, genres="Romance"), none(genres="Horror")]),
    Probe("guns and fists", "john-wick-2014 die-hard-1988 mad-max-fury-road-2015",
          [at_least(14, genres="Action")], [at_least(10, genres="Action")]),
    Probe("only dislikes: crime", "", [at_most(1, genres="Crime")],
          hated="the-godfather-1972 pulp-fiction-1994 breaking-bad-2008 goodfellas-1990"),
    Probe("only dislikes: science fiction", "", [at_most(1, genres="Science Fiction")],
          hated="star-wars-1977 the-matrix-1999 alien-1979 blade-runner-1982"),
    Probe("only dislikes: heroes and explosions", "", [at_most(1, genres="Action")],
          hated="the-avengers-2012 iron-man-2008 the-matrix-1999 die-hard-1988"),
]
# fmt: on

# What the models do not reach yet. Each entry must fail: who mends one takes it off the list.
KNOWN_GAPS = {
    "content": set[str](),
    "hybrid": set[str](),
    "item-knn": {"true crime", "animation for adults", "anime series", "lawyers", "Japanese classics", "science fiction, no romance"},
    "svd": {"true crime", "Japanese classics"},
}


def listed(engine: Engine, probe: Probe, model: str) -> pd.DataFrame:
    recommended = engine.recommend(probe.ratings, n=20, model=model)
    return engine.dataset.items.set_index("item_id", drop=False).loc[[line.item_id for line in recommended]].reset_index(drop=True)


def shown(titles: pd.DataFrame) -> str:
    return "\n".join(f"{row.Index + 1:>2} {row.item_id}  {row.genres}  {row.language}" for row in titles.itertuples())


@pytest.mark.parametrize("model", ["content", "item-knn", "svd", "hybrid"])
@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_probe(showcase_engine: Engine, probe: Probe, model: str, request: pytest.FixtureRequest):
    if probe.name in KNOWN_GAPS[model]:
        request.applymarker(pytest.mark.xfail(strict=True, reason="a known gap of this model"))
    assert not showcase_engine.visitor(probe.ratings).profile.unknown
    titles = listed(showcase_engine, probe, model)
    missed = [(wanted, wanted.count(titles)) for wanted in probe.expectations(model) if not wanted.met(titles)]
    assert not missed, f"{missed}\n{shown(titles)}"


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_probe_asks_for_more_than_the_popular_titles(showcase_engine: Engine, probe: Probe):
    titles = listed(showcase_engine, probe, "popularity")
    for expectations in (probe.strict, probe.loosely or probe.strict):
        assert not all(wanted.met(titles) for wanted in expectations), shown(titles)
