"""Files of each site are recognised by what is in them, and read as their documentation says; the traps of each are walked into."""

from __future__ import annotations

import codecs
import json
from datetime import UTC, datetime

import pytest

from recsys_core.errors import ExchangeError
from recsys_core.exchange.reading import read_file
from recsys_core.exchange.rows import Answers, Reading
from tests.exchange import files


def read(text: str | bytes, **answers) -> Reading:
    return read_file(text.encode() if isinstance(text, str) else text, Answers(**answers))


def stars(reading: Reading) -> dict[str, float | None]:
    return {row.title: row.stars for row in reading.rows if not row.skipped}


def day(at: float | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at, UTC).date().isoformat()


@pytest.mark.parametrize("name", files.EVERY)
def test_every_format_is_recognised_and_read(name: str) -> None:
    content, site = files.EVERY[name]
    reading = read_file(content, Answers(person="1" if "MovieLens" in name else "Ann", unrated="seen"))
    assert reading.site == site
    assert any(not row.skipped and (row.title or row.movielens_id) for row in reading.rows)
    assert all(row.stars is None or 0.5 <= row.stars <= 5 for row in reading.rows)


@pytest.mark.parametrize("name", [name for name, (content, _) in files.EVERY.items() if not content.startswith((b"PK", b"[", b"<"))])
@pytest.mark.parametrize("form", ["BOM", "CRLF", "UTF-16", "capitals"])
def test_however_it_is_written(name: str, form: str) -> None:
    content, _ = files.EVERY[name]
    text = content.decode()
    head, _, body = text.partition("\n")
    written = {
        "BOM": codecs.BOM_UTF8 + content,
        "CRLF": text.replace("\n", "\r\n").encode(),
        "UTF-16": codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        "capitals": f"{head.upper()}\n{body}".encode(),
    }
    assert read_file(written[form]).rows == read_file(content).rows


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_and_decimal_commas(separator: str) -> None:
    lines = [["title", "year", "stars"], ["Amélie", "2001", '"4,5"' if separator == "," else "4,5"], ["Heat", "1995", "3.5"]]
    text = "\n".join(separator.join(line) for line in lines)
    assert stars(read(text.encode("cp1252"))) == {"Amélie": 4.5, "Heat": 3.5}


def test_the_sep_line_that_excel_writes_is_passed_over() -> None:
    assert stars(read("sep=;\ntitle;year;stars\nHeat;1995;4\n")) == {"Heat": 4.0}


# Letterboxd


def test_letterboxds_zip_gives_ratings_what_was_seen_and_what_is_to_be_seen() -> None:
    reading = read(files.letterboxd_zip())
    said = [(row.title, row.mark, row.stars) for row in reading.rows]
    assert ("Heat", "rated", 5.0) in said
    assert ("Fargo", "seen", None) in said
    assert ("Alien", "kept", None) in said
    assert reading.parts == ["ratings.csv", "watched.csv", "watchlist.csv"]


def test_names_and_addresses_and_what_was_taken_back_are_not_read() -> None:
    reading = read(files.letterboxd_zip())
    assert "someone" not in repr(reading)
    assert "Taken Back" not in stars(reading)
    with pytest.raises(ExchangeError, match="profile"):
        read(files.LETTERBOXD_PROFILE)


def test_a_diary_repeats_titles_with_the_dates_of_each() -> None:
    reading = read(files.LETTERBOXD_DIARY)
    assert [(row.stars, day(row.at)) for row in reading.rows if row.title == "Heat"] == [(3.0, "2019-01-05"), (4.5, "2023-06-01")]
    assert [row.mark for row in reading.rows if row.title == "Fargo"] == ["seen"]


def test_a_zip_without_its_ratings_is_read_from_the_diary() -> None:
    assert stars(read(files.zipped({"diary.csv": files.LETTERBOXD_DIARY})))["Blade Runner 2049"] == 5.0


def test_watched_and_watchlist_look_the_same_so_one_has_to_ask() -> None:
    reading = read(files.LETTERBOXD_WATCHED)
    assert reading.asks == {"unrated"}
    assert {row.skipped for row in reading.rows} == {"without stars"}
    assert {row.mark for row in read(files.LETTERBOXD_WATCHED, unrated="kept").rows} == {"kept"}


def test_letterboxds_import_format_has_two_scales() -> None:
    assert stars(read(files.LETTERBOXD_IMPORT)) == {"Heat": 4.5, "Fargo": 4.5}


# IMDb


def test_what_everybody_gave_is_not_what_the_visitor_gave() -> None:
    assert stars(read(files.IMDB_2024)) == {"Breaking Bad": 5.0, "Amélie": 2.5}


def test_a_harsh_rater_stays_harsh() -> None:
    """Nothing above 4 of 10: the scale is the site's, not the file's."""
    reading = read(files.IMDB_2017)
    assert stars(reading) == {"Heat": 2.0, "Breaking Bad": 1.0}
    assert "halved" in reading.scale


def test_the_four_generations_of_imdb() -> None:
    assert stars(read(files.IMDB_OLD)) == {"Heat": 3.5}
    assert day(read(files.IMDB_OLD).rows[0].at) == "2016-02-10"
    listed = read(files.IMDB_LIST)
    assert stars(listed) == {"Heat": 4.0}
    assert listed.asks == {"unrated"}
    assert [row.imdb_id for row in listed.rows] == ["tt0113277", "tt0116282"]
    assert [row.kind for row in read(files.IMDB_2017).rows] == ["movie", "show"]


def test_episodes_and_games_are_skipped_and_counted() -> None:
    assert [row.skipped for row in read(files.IMDB_2024).rows] == ["", "", "episode", "game or other"]


# Trakt


def test_trakt_gives_the_visitors_rating_not_the_sites() -> None:
    reading = read(files.TRAKT)
    assert stars(reading) == {"Heat": 4.5, "Fargo": 1.5}
    assert [row.skipped for row in reading.rows] == ["", "", "episode", "episode", "season"]


def test_shows_get_the_mean_of_their_episodes_only_as_a_guess_that_was_asked_for() -> None:
    guessed = [row for row in read(files.TRAKT, episodes=True).rows if row.guessed]
    assert {(row.title, row.stars, row.skipped) for row in guessed} == {("Breaking Bad", 4.0, "")}
    rated_itself = files.TRAKT + "2018-08-24T13:48:52Z,show,Breaking Bad,2008,9,2,tt0903747,1396,81189,u,,,,,,,,,,,d,2\n"
    assert not any(row.guessed for row in read(rated_itself, episodes=True).rows)


def test_trakts_backup_in_its_folders() -> None:
    reading = read(files.trakt_zip())
    assert sorted((row.title, row.mark, row.stars) for row in reading.rows) == [
        ("Fargo", "seen", None),
        ("Heat", "rated", 4.5),
        ("Heat", "seen", None),
    ]
    assert {row.tmdb_id for row in reading.rows} == {"949"}


# Netflix


def test_a_show_is_what_stands_before_its_season_in_any_language() -> None:
    reading = read(files.NETFLIX_HISTORY + '"Star Trek: Discovery: Season 2: Brother","9/16/26"\n')
    assert [(row.shows[:1], row.sure) for row in reading.rows] == [
        (("Breaking Bad",), 1), (("Breaking Bad",), 1), ((), 0), (("Dune",), 0), (("Star Trek: Discovery",), 1),
    ]  # fmt: skip
    assert [row.shows[0] for row in read(files.NETFLIX_GERMAN).rows] == ["Dark", "Lupin"]
    french = read('Titre,Date\n"Lupin : Saison 1 : Chapitre 2","02/01/2026"\n')
    assert french.rows[0].shows == ("Lupin",)


def test_titles_with_colons_offer_each_prefix_the_longest_first() -> None:
    reading = read(files.NETFLIX_ACTIVITY, person="Ann")
    assert reading.rows[0].shows == ("DAHMER: Monster: The Jeffrey Dahmer Story", "DAHMER: Monster", "DAHMER")
    assert reading.rows[0].sure == 1


def test_trailers_and_glances_do_not_count_as_watched() -> None:
    assert [row.skipped for row in read(files.NETFLIX_ACTIVITY, person="Ann").rows] == ["", "trailer", "watched for less than five minutes"]


def test_viewing_is_seen_never_rated() -> None:
    assert {(row.mark, row.stars) for row in read(files.NETFLIX_HISTORY).rows} == {("seen", None)}


def test_thumbs_become_stars_and_none_is_none() -> None:
    reading = read(files.NETFLIX_RATINGS)
    assert stars(reading) == {"Heat": 4.0, "Fargo": 4.0, "Cats": 1.5, "Alien": 5.0}
    assert reading.rows[-1].skipped == "without stars"


def test_profiles_of_a_household_are_asked_for() -> None:
    reading = read(files.NETFLIX_ACTIVITY)
    assert list(reading.people) == [("Bo", 1), ("Ann", 3)]
    assert (reading.asks, reading.rows) == ({"person"}, [])
    assert [row.title for row in read(files.NETFLIX_ACTIVITY, person="Bo").rows] == ["Heat"]


# Dates


def history(*dates: str) -> str:
    return "Title,Date\n" + "".join(f'"Heat","{date}"\n' for date in dates)


def test_the_order_of_day_and_month_is_found_over_the_whole_column() -> None:
    american, british = read(history("1/2/26", "9/14/26")), read(history("1/2/26", "14/9/26"))
    assert [day(row.at) for row in american.rows] == ["2026-01-02", "2026-09-14"]
    assert [day(row.at) for row in british.rows] == ["2026-02-01", "2026-09-14"]
    assert not american.asks | british.asks


def test_where_it_cannot_be_told_it_is_asked_and_nothing_is_taken_for_granted() -> None:
    either = history("1/2/26", "3/3/26")
    reading = read(either)
    assert reading.asks == {"dates"}
    assert [day(row.at) for row in reading.rows] == ["", "2026-03-03"]
    assert day(read(either, day_first=True).rows[0].at) == "2026-02-01"
    assert day(read(either, day_first=False).rows[0].at) == "2026-01-02"


def test_a_column_that_contradicts_itself_is_asked_about_too() -> None:
    assert read(history("25/12/25", "12/25/25")).asks == {"dates"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [("2026-09-14", "2026-09-14"), ("2026-09-14T23:30:00-02:00", "2026-09-15"), ("14.09.2026", "2026-09-14"),
     ("2026. 9. 14.", "2026-09-14"),
     ("14 September 2026", "2026-09-14"), ("Sep 14, 2026", "2026-09-14"), ("2024-01-02 10:00:00 +0000 UTC", "2024-01-02"),
     ("31.02.2026", ""), ("2999-01-01", ""), ("1950-01-01", ""), ("soon", ""), ("99999999999999", "")],
)  # fmt: skip
def test_dates_as_sites_write_them(written: str, meant: str) -> None:
    assert day(read(history(written)).rows[0].at) == meant


# The others


def test_a_data_set_of_many_people_asks_which_one() -> None:
    reading = read(files.movielens_zip())
    assert list(reading.people) == [("1", 2), ("2", 1)]
    one = read(files.movielens_zip(), person="1")
    assert stars(one) == {"Heat": 4.5, "Fargo": 3.0}
    first = one.rows[0]
    assert (first.year, first.imdb_id, first.tmdb_id, day(first.at)) == (1995, "tt0113277", "949", "2000-07-30")


def test_movielens_own_export() -> None:
    reading = read(files.MOVIELENS_SITE)
    assert [(row.title, row.year, row.stars, row.imdb_id, row.movielens_id) for row in reading.rows] == [
        ("Schindler's List", 1993, 4.5, "tt0108052", "527"),
        ("Matrix, The", 1999, 5.0, "tt0133093", "2571"),
    ]


def test_simkls_lists_become_marks() -> None:
    reading = read(files.SIMKL)
    assert [(row.title, row.mark, row.stars) for row in reading.rows] == [
        ("Heat", "rated", 4.0),
        ("Breaking Bad", "seen", None),
        ("Fargo", "kept", None),
    ]


def test_critickers_scores_count_by_their_place() -> None:
    """The scores of somebody who gives 80 to 99 only: their worst is still their worst."""
    films = "".join(f"{score},{score},Film {score},2000\n" for score in range(80, 100))
    got = stars(read("Score,Film ID,Film Name,Year\n" + films))
    assert (got["Film 80"], got["Film 90"], got["Film 99"]) == (0.5, 3.0, 5.0)
    assert stars(read(files.CRITICKER_XML)) == {"Heat": 4.5, "Fargo": 3.0}  # too few for places: divided by 20


def test_tv_time_tells_what_was_seen_and_what_is_wanted() -> None:
    content = files.zipped({
        "tracking-prod-records.csv": files.TV_TIME_MOVIES, "tracking-prod-records-v2.csv": files.TV_TIME_EPISODES,
        "show_addiction_score.csv": files.TV_TIME_SCORES, "user.csv": "user_id,user_email\n7,someone@example.org\n",
    })  # fmt: skip
    assert {(row.title, row.year, row.mark) for row in read(content).rows} == {
        ("Heat", 1995, "seen"), ("Fargo", 1996, "kept"), ("Breaking Bad", None, "seen"),
    }  # fmt: skip


def test_a_plain_table_says_its_scale_or_is_asked() -> None:
    assert not read(files.PLAIN).asks
    unclear = "title,rating\nHeat (1995),8\nFargo (1996),4\n"
    assert read(unclear).asks == {"scale"}
    assert [row.skipped for row in read(unclear, top=5).rows] == ["a rating that is not on the scale", ""]
    assert stars(read(unclear, top=10)) == {"Heat": 4.0, "Fargo": 2.0}
    assert read(unclear, top=10).rows[0].year == 1995


def test_ratings_outside_the_scale_are_named_not_cut() -> None:
    text = files.LETTERBOXD_RATINGS + "2025-01-01,Too Good,2020,https://boxd.it/x,11\n"
    assert [row.skipped for row in read(text).rows][-1] == "a rating that is not on the scale"


def test_json_of_another_kind_is_not_taken_for_ratings() -> None:
    for other in ([1, 2], {"a": 1}, [{"movie": "Heat"}], "text"):
        with pytest.raises(ExchangeError):
            read(json.dumps(other))
