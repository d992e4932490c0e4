"""Files as the sites export them, made after their documentation; nobody's ratings."""

# ruff: noqa: E501 - rows are as long as the sites write them

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping

LETTERBOXD_RATINGS = """Date,Name,Year,Letterboxd URI,Rating
2025-01-01,Parasite,2019,https://boxd.it/hTha,4.5
2025-01-03,Heat,1995,https://boxd.it/2bg8,5
2024-12-31,Cats,2019,https://boxd.it/lkO0,0.5
"""
LETTERBOXD_WATCHED = """Date,Name,Year,Letterboxd URI
2025-01-01,Parasite,2019,https://boxd.it/hTha
2025-01-02,Fargo,1996,https://boxd.it/29RO
"""
LETTERBOXD_WATCHLIST = """Date,Name,Year,Letterboxd URI
2025-02-01,Alien,1979,https://boxd.it/2awY
"""
LETTERBOXD_DIARY = """Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date
2021-04-29,Blade Runner 2049,2017,https://boxd.it/1Pjsv7,5,,in theaters,2017-10-05
2019-01-05,Heat,1995,https://boxd.it/aaaa1,3,,,2019-01-04
2023-06-01,Heat,1995,https://boxd.it/aaaa2,4.5,Yes,"crime, loud",2023-05-31
2024-06-01,Fargo,1996,https://boxd.it/aaaa3,,,,2024-05-31
"""
LETTERBOXD_LIST = """Letterboxd list export v7
Date,Name,Tags,URL,Description
2025-01-01,Best of,,https://boxd.it/x,

Position,Name,Year,URL,Description
1,Heat,1995,https://boxd.it/2bg8,
2,Fargo,1996,https://boxd.it/29RO,"So, yes"
"""
LETTERBOXD_PROFILE = """Date Joined,Username,Given Name,Family Name,Email Address,Location,Website,Bio,Pronoun,Favorite Films
2011-01-01,someone,Some,One,someone@example.org,,,,they,https://boxd.it/2bg8
"""
LETTERBOXD_IMPORT = """LetterboxdURI,tmdbID,imdbID,Title,Year,Directors,Rating,Rating10,WatchedDate,Rewatch,Tags,Review
,949,tt0113277,Heat,1995,Michael Mann,,9,2020-02-01,,,
,,,Fargo,1996,,4.5,,,,,
"""

IMDB_2024 = """Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,Release Date,Directors
tt0903747,10,2024-02-11,Breaking Bad,Breaking Bad,https://www.imdb.com/title/tt0903747/,TV Series,9.5,49,2008,"Crime, Drama, Thriller",2100000,2008-01-20,
tt0211915,5,2024-02-12,Amélie,Le fabuleux destin d'Amélie Poulain,https://www.imdb.com/title/tt0211915/,Movie,8.3,122,2001,"Comedy, Romance",800000,2001-04-25,Jean-Pierre Jeunet
tt2301451,9,2024-02-13,Ozymandias,Ozymandias,https://www.imdb.com/title/tt2301451/,TV Episode,10,47,2013,"Crime, Drama",250000,2013-09-15,Rian Johnson
tt0988850,8,2024-02-14,Portal,Portal,https://www.imdb.com/title/tt0988850/,Video Game,9.4,,2007,Comedy,20000,2007-10-09,Kim Swift
"""
IMDB_2017 = """Const,Your Rating,Date Rated,Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,Release Date,Directors
tt0113277,4,2019-02-11,Heat,https://www.imdb.com/title/tt0113277/,movie,8.3,170,1995,"Action, Crime",700000,1995-12-15,Michael Mann
tt0903747,2,2019-02-12,Breaking Bad,https://www.imdb.com/title/tt0903747/,tvSeries,9.5,49,2008,Crime,2100000,2008-01-20,
"""
IMDB_LIST = """Position,Const,Created,Modified,Description,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,Release Date,Directors,Your Rating,Date Rated
1,tt0113277,2026-09-01,2026-09-01,,Heat,Heat,https://www.imdb.com/title/tt0113277/,Movie,8.3,170,1995,"Action, Crime",700000,1995-12-15,Michael Mann,8,2026-09-02
2,tt0116282,2026-09-01,2026-09-01,,Fargo,Fargo,https://www.imdb.com/title/tt0116282/,Movie,8.1,98,1996,"Crime, Thriller",700000,1996-03-08,Joel Coen,,
"""
IMDB_OLD = """"position","const","created","modified","description","Title","Title type","Directors","You rated","IMDb Rating","Runtime (mins)","Year","Genres","Num. Votes","Release Date (month/day/year)","URL"
"1","tt0113277","Sat Feb 10 00:00:00 2016","","","Heat","Feature Film","Michael Mann","7","8.2","170","1995","action, crime","400000","1995-12-15","http://www.imdb.com/title/tt0113277/"
"""
TRAKT_HEAD = (
    "rated_at,type,title,year,trakt_rating,trakt_id,imdb_id,tmdb_id,tvdb_id,url,released,season_number,episode_number,episode_title,"
    "episode_released,episode_trakt_rating,episode_trakt_id,episode_imdb_id,episode_tmdb_id,episode_tvdb_id,genres,rating\n"
)
TRAKT = TRAKT_HEAD + (
    "2018-08-24T13:48:52Z,movie,Heat,1995,8.34601,82405,tt0113277,949,,https://trakt.tv/movies/heat-1995,1995-12-15,,,,,,,,,,crime,9\n"
    "2018-08-25T13:48:52Z,show,Fargo,2014,8.4,1,tt2802850,60622,269613,https://trakt.tv/shows/fargo,2014-04-15,,,,,,,,,,crime,3\n"
    "2018-08-26T13:48:52Z,episode,Breaking Bad,2008,9.1,2,tt0903747,1396,81189,u,2008-01-20,1,1,Pilot,2008-01-20,8.5,3,tt0959621,62085,349232,d,8\n"
    "2018-08-27T13:48:52Z,episode,Breaking Bad,2008,9.1,2,tt0903747,1396,81189,u,2008-01-20,1,2,Two,2008-01-27,8.5,4,tt1054724,62086,349235,d,9\n"
    "2018-08-28T13:48:52Z,season,Breaking Bad,2008,9.1,2,tt0903747,1396,81189,u,2008-01-20,1,,,,,,,,,d,10\n"
)
NETFLIX_HISTORY = """Title,Date
"Breaking Bad: Season 1: Pilot","9/14/26"
"Breaking Bad: Season 1: Cat's in the Bag...","9/15/26"
"Heat","1/2/26"
"Dune: Part Two","3/1/26"
"""
NETFLIX_GERMAN = """Titel,Datum
"Dark: Staffel 1: Geheimnisse","14.09.2025"
"Lupin: Saison 2: Chapitre 6","02.01.2026"
"""
NETFLIX_ACTIVITY = """Profile Name,Start Time,Duration,Attributes,Title,Supplemental Video Type,Device Type,Bookmark,Latest Bookmark,Country
Ann,2022-10-17 23:42:00,00:43:26,,DAHMER: Monster: The Jeffrey Dahmer Story: The Good Boy Box (Episode 4),,TV,00:43:26,00:43:26,DE
Ann,2022-10-18 20:00:00,00:00:31,,Heat,TEASER_TRAILER,TV,00:00:31,00:00:31,DE
Ann,2022-10-18 20:01:00,00:02:00,,Fargo,,TV,00:02:00,00:02:00,DE
Bo,2022-10-19 20:00:00,02:50:00,,Heat,,TV,02:50:00,02:50:00,DE
"""
NETFLIX_RATINGS = """Profile Name,Title Name,Rating Type,Star Value,Thumbs Value,Device Model,Event Utc Ts,Region View Date
Default,Heat,Stars,4,0,TV,2016-01-01 10:00:00,2016-01-01
Default,Fargo,Thumbs,0,2,TV,2020-01-01 10:00:00,2020-01-01
Default,Cats,Thumbs,0,1,TV,2020-01-02 10:00:00,2020-01-02
Default,Alien,Thumbs,0,3,TV,2022-01-02 10:00:00,2022-01-02
Default,Parasite,Thumbs,0,0,TV,2022-01-03 10:00:00,2022-01-03
"""
MOVIELENS_RATINGS = "userId,movieId,rating,timestamp\n1,6,4.5,964982703\n1,608,3.0,964982704\n2,6,1.0,964982705\n"
MOVIELENS_TITLES = 'movieId,title,genres\n6,Heat (1995),Action|Crime\n608,Fargo (1996),Comedy|Crime\n2571,"Matrix, The (1999)",Action\n'
MOVIELENS_LINKS = "movieId,imdbId,tmdbId\n6,0113277,949\n608,0116282,275\n"
MOVIELENS_SITE = """movie_id,imdb_id,tmdb_id,rating,average_rating,title
527,0108052,424,4.5,4.23941,Schindler's List (1993)
2571,0133093,603,5.0,4.1,"Matrix, The (1999)"
"""
SIMKL = """simkl_id,TVDB_ID,TMDB,IMDB_ID,MAL_ID,Type,Title,Year,LastEpWatched,Watchlist,WatchedDate,Rating,Memo
53992,,949,tt0113277,,movie,Heat,1995,,completed,2020-05-06,8,
2090,81189,1396,tt0903747,,tv,Breaking Bad,2008,s5e16,completed,2020-05-07,,
1,,,tt0116282,,movie,Fargo,1996,,plantowatch,,,
"""
CRITICKER_XML = """<?xml version="1.0" encoding="UTF-8"?>
<recentratings>
<film><filmid>1</filmid><filmname>Heat (1995)</filmname><filmlink>https://www.criticker.com/film/Heat/</filmlink><score>92</score><imdbid>tt0113277</imdbid></film>
<film><filmid>2</filmid><filmname>Fargo (1996)</filmname><filmlink>https://www.criticker.com/film/Fargo/</filmlink><score>60</score><imdbid>tt0116282</imdbid></film>
</recentratings>
"""
CRITICKER_CSV = (
    "Score,Film ID,Film Name,Year,Date Rated,URL,IMDB ID\n92,1,Heat,1995,2020-01-02,https://www.criticker.com/film/Heat/,tt0113277\n"
)
TV_TIME_MOVIES = """uuid,type,entity_type,movie_name,series_name,release_date,watch_date,created_at,user_id
a,watch,movie,Heat,,1995-12-15 00:00:00,,2024-01-02 10:00:00,7
b,towatch,movie,Fargo,,1996-03-08 00:00:00,,2024-01-03 10:00:00,7
"""
TV_TIME_EPISODES = """series_name,s_id,ep_id,key,created_at,season_number,ep_no
Breaking Bad,81189,349232,watch-episode-349232,2024-02-01 20:00:00,1,1
Breaking Bad,81189,349235,watch-episode-349235,2024-02-02 20:00:00,1,2
"""
TV_TIME_SCORES = "tv_show_id,tv_show_name,score\n1,Nobody Watched This,3\n"
PLAIN = "title,year,stars\nHeat,1995,4.5\nFargo,1996,3\n"


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """A zip of these files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def letterboxd_zip() -> bytes:
    """A whole export."""
    return zipped(
        {
            "ratings.csv": LETTERBOXD_RATINGS,
            "watched.csv": LETTERBOXD_WATCHED,
            "watchlist.csv": LETTERBOXD_WATCHLIST,
            "diary.csv": LETTERBOXD_DIARY,
            "profile.csv": LETTERBOXD_PROFILE,
            "lists/best.csv": LETTERBOXD_LIST,
            "likes/films.csv": LETTERBOXD_WATCHED,
            "deleted/diary.csv": LETTERBOXD_DIARY,
            "orphaned/ratings.csv": LETTERBOXD_RATINGS.replace("Heat", "Taken Back"),
        }
    )


def trakt_json(
    kind: str = "movie", *, title: str = "Heat", year: int = 1995, rating: int | None = 9, imdb: str = "tt0113277"
) -> list[dict]:
    """An entry of a backup, rated or watched."""
    about = {"title": title, "year": year, "ids": {"trakt": 1, "slug": "x", "imdb": imdb, "tmdb": 949, "tvdb": None}}
    if rating is None:
        return [{"plays": 2, "last_watched_at": "2020-01-01T00:00:00.000Z", kind: about}]
    return [{"rated_at": "2018-08-24T13:48:52.000Z", "rating": rating, "type": kind, kind: about}]


def trakt_zip() -> bytes:
    """A backup, in the older layout with a folder of the user's name."""
    return zipped(
        {
            "someone/ratings/ratings-movies.json": json.dumps(trakt_json()),
            "someone/watched/watched-movies-1.json": json.dumps(trakt_json(rating=None)),
            "someone/watched/watched-movies-2.json": json.dumps(trakt_json(rating=None, title="Fargo", year=1996, imdb="tt0116282")),
            "someone/profile.json": json.dumps({"username": "someone"}),
        }
    )


def movielens_zip() -> bytes:
    """A data set in the layout of ml-latest-small."""
    return zipped({"ml/ratings.csv": MOVIELENS_RATINGS, "ml/movies.csv": MOVIELENS_TITLES, "ml/links.csv": MOVIELENS_LINKS})


EVERY = {
    "Letterboxd zip": (letterboxd_zip(), "Letterboxd"),
    "Letterboxd ratings": (LETTERBOXD_RATINGS.encode(), "Letterboxd"),
    "Letterboxd diary": (LETTERBOXD_DIARY.encode(), "Letterboxd"),
    "Letterboxd watched": (LETTERBOXD_WATCHED.encode(), "Letterboxd"),
    "Letterboxd list": (LETTERBOXD_LIST.encode(), "Letterboxd"),
    "Letterboxd import": (LETTERBOXD_IMPORT.encode(), "Letterboxd's import format"),
    "IMDb 2024": (IMDB_2024.encode(), "IMDb"),
    "IMDb 2017": (IMDB_2017.encode(), "IMDb"),
    "IMDb list": (IMDB_LIST.encode(), "IMDb"),
    "IMDb old": (IMDB_OLD.encode("cp1252"), "IMDb"),
    "Trakt CSV": (TRAKT.encode(), "Trakt"),
    "Trakt JSON": (json.dumps(trakt_json()).encode(), "Trakt"),
    "Trakt zip": (trakt_zip(), "Trakt"),
    "Netflix history": (NETFLIX_HISTORY.encode(), "Netflix"),
    "Netflix history, German": (NETFLIX_GERMAN.encode(), "Netflix"),
    "Netflix activity": (NETFLIX_ACTIVITY.encode(), "Netflix"),
    "Netflix ratings": (NETFLIX_RATINGS.encode(), "Netflix"),
    "MovieLens ratings": (MOVIELENS_RATINGS.encode(), "MovieLens"),
    "MovieLens zip": (movielens_zip(), "MovieLens"),
    "MovieLens site": (MOVIELENS_SITE.encode(), "MovieLens"),
    "Simkl": (SIMKL.encode(), "Simkl"),
    "Criticker XML": (CRITICKER_XML.encode(), "Criticker"),
    "Criticker CSV": (CRITICKER_CSV.encode(), "Criticker"),
    "TV Time movies": (TV_TIME_MOVIES.encode(), "TV Time"),
    "TV Time episodes": (TV_TIME_EPISODES.encode(), "TV Time"),
    "plain": (PLAIN.encode(), "A table"),
}
"""A file of each format, and the site by which it is recognised."""
