"""The page "Data": choosing, downloading, bringing a file; and pages on a data set without ratings."""

from __future__ import annotations

import gzip
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from recsys_core import load_dataset
from recsys_core.datasets.download.retry import TransferProgress
from recsys_core.datasets.visitors import name_of, own_folder, own_sets, owner_of
from recsys_core.errors import DownloadError
from recsys_core.serving import jobs as job_module
from recsys_core.serving.jobs import SERVER, Job, Jobs
from recsys_core.storage.store import Store
from tests.support.screen import give, listed, ratings, seen, token, turn_to, wall
from ui.data import data_sets
from ui.session import app_data, profile

SERVERS_JOBS = app_data.jobs
PAGES = ("rate", "quick_start", "for_you", "compare", "factors", "data", "about")


@pytest.fixture(autouse=True)
def downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, move_folder) -> Path:
    """An empty folder of downloads."""
    folder = tmp_path / "downloads"
    folder.mkdir()
    move_folder("downloads", folder)
    return folder


@pytest.fixture(autouse=True)
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """A server's jobs of this test's own."""
    made = Jobs(tmp_path / "models")
    monkeypatch.setattr(app_data, "jobs", lambda: made)
    yield made
    made.cancel()


def movies(folder: Path, name: str, titles: dict[str, str]) -> None:
    """A small data set in the layout of ml-latest-small."""
    target = folder / name
    target.mkdir()
    rows = [f'{number},"{title}",Drama|Crime' for number, title in titles.items()]
    given = [f"{user},{movie},{1 + (user * int(movie)) % 5},1" for user in range(1, 9) for movie in titles if (user + int(movie)) % 3]
    (target / "movies.csv").write_text("\n".join(["movieId,title,genres", *rows]), encoding="utf-8")
    (target / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *given]), encoding="utf-8")


@pytest.fixture
def mini(downloads: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    titles = {"1": "Matrix, The (1999)", "2": "Nobody Knows This (1987)", "3": "Inception (2010)", "4": "Another (1990)"}
    movies(downloads, "ml-mini", titles)
    monkeypatch.setattr(app_data, "downloaded", lambda owner: ["ml-mini"])
    return "ml-mini"


@pytest.fixture
def tvmaze(downloads: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = downloads / "tvmaze"
    folder.mkdir()
    words = ("harbour detective murder", "family kitchen jokes", "space crew planet", "doctor hospital night")
    shows = [
        {
            "id": number, "name": f"Show {number}", "type": "Scripted", "language": "English", "genres": ["Drama"],
            "premiered": "2001-01-01", "weight": number, "summary": f"<p>A {words[number % 4]}.</p>" if number % 5 else None, "url": f"https://www.tvmaze.com/shows/{number}",
        }
        for number in range(1, 41)
    ]  # fmt: skip
    with gzip.open(folder / "page-0000.json.gz", "wt", encoding="utf-8") as file:
        json.dump(shows, file)
    monkeypatch.setattr(app_data, "downloaded", lambda owner: ["tvmaze"])
    return "tvmaze"


def test_the_page_names_what_is_in_use_and_what_can_be_downloaded(visit) -> None:
    at = visit("data")
    text = seen(at).replace("\\", "")
    assert "Showcase" in text
    for title in ("MovieLens latest-small", "MovieLens 100K", "MovieLens 32M", "TVmaze"):
        assert title in text
    assert "32,000,204 ratings of 200,948 people" in text


def test_nothing_is_downloaded_before_the_terms_are_accepted(visit, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[str, bool]] = []

    def start(name: str, *, owner: str, fetch: bool = False) -> None:
        assert owner
        begun.append((name, fetch))

    monkeypatch.setattr(jobs, "start", start)
    at = visit("data")
    assert at.button(key="_download_ml-1m").disabled
    at.checkbox(key="_accept_ml-1m").check().run()
    assert at.button(key="_download_ml-100k").disabled  # each has its own terms
    at.button(key="_download_ml-1m").click().run()
    assert begun == [("ml-1m", True)]


def test_a_download_that_failed_says_why_on_the_page(visit, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str, **_: object) -> Path:
        raise DownloadError("No address has it: the certificate has expired.")

    monkeypatch.setattr(job_module, "download", fail)
    at = visit("data")
    jobs.start("ml-1m", fetch=True).join(10)
    at.run()
    assert "the certificate has expired" in seen(at)
    assert "_accept_ml-1m" in {box.key for box in at.checkbox}  # and can be tried again


MINE, OTHERS = "m" * 22, "o" * 22


@pytest.fixture(autouse=True)
def known_keys(store: Store) -> None:
    """Both have said something before, so that their keys are taken from the address."""
    for key in (MINE, OTHERS):
        store.rate(key, "elsewhere", "a title", 5)


def under_way(jobs: Jobs, name: str, owner: str = "", **facts: object) -> Job:
    """A job that somebody began, and that does nothing."""
    job = Job(name, "prepare", [], Path(), jobs._queue, owner=owner_of(owner) if owner else SERVER)
    for fact, value in facts.items():
        setattr(job, fact, value)
    jobs._jobs[name, "prepare"] = job
    return job


def bars(at: AppTest) -> list[str]:
    return [str(bar.proto.text) for bar in at.get("progress")]


def cancels(at: AppTest) -> list[str]:
    return [str(button.key) for button in at.button if str(button.key).startswith("_cancel_")]


def test_a_running_download_shows_how_far_it_is(visit, jobs: Jobs) -> None:
    transfer = TransferProgress(1_500_000, 5_917_549, 2e6, 2.2, "files.grouplens.org")
    job = under_way(jobs, "ml-1m", MINE, state="downloading", transfer=transfer)
    at = visit("data", MINE)
    assert any("1.5 of 5.9 MB · 2.0 MB/s · 2 s left" in text for text in bars(at))
    at.button(key="_cancel_prepare_ml-1m").click().run()
    assert job._cancelled.is_set()


@pytest.mark.parametrize("owner", [OTHERS, ""], ids=["another visitor", "the server"])
def test_only_who_began_a_job_can_cancel_it(visit, jobs: Jobs, owner: str) -> None:
    under_way(jobs, "ml-1m", owner, state="downloading")
    at = visit("data", MINE)
    assert any("Downloading MovieLens 1M" in text for text in bars(at))
    assert cancels(at) == []


def test_who_waits_sees_how_many_come_before(visit, jobs: Jobs) -> None:
    for number in range(2):
        jobs._queue._waiting.append((number, False))
    job = under_way(jobs, "ml-1m", MINE, state="waiting")
    jobs._queue._waiting.append((job, False))
    assert "MovieLens 1M waits: 2 before yours" in bars(visit("data", MINE))
    assert "MovieLens 1M waits: 2 before it" in bars(visit("data", OTHERS))
    jobs._queue._waiting = [(job, False)]
    assert "MovieLens 1M is about to begin" in bars(visit("data", MINE))


def test_a_second_download_is_refused_with_a_sentence(visit, jobs: Jobs) -> None:
    under_way(jobs, "ml-1m", MINE, state="downloading")
    at = visit("data", MINE)
    at.checkbox(key="_accept_ml-10m").check().run()
    at.button(key="_download_ml-10m").click().run()
    assert not at.exception
    assert [box.value for box in at.error] == [
        "You have begun something else: fitting the models of ml-1m. Wait until it is done, or cancel it."
    ]


def test_a_data_set_is_not_prepared_for_who_has_begun_another(visit, mini: str, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_data, "saved_stage", lambda name, _: None if name == mini else "complete")
    other = under_way(jobs, "ml-1m", MINE, state="working")
    at = visit("data", MINE)
    at.button(key=f"_use_{mini}").click().run()
    assert "You have begun something else" in at.error[0].value
    assert [button.label for button in at.button] == ["Try again", "Back to Showcase"]
    other.state = "done"
    monkeypatch.setattr(Job, "start", lambda job: setattr(job, "state", "working"))
    at.button[0].click().run()
    assert not at.error
    begun = jobs.job(mini)
    assert begun
    assert begun.belongs_to(owner_of(MINE))
    assert cancels(at) == [f"_cancel_prepare_{mini}"]


def test_each_running_fit_is_shown_once(visit, mini: str, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_sets, "downloaded", lambda: [mini])
    monkeypatch.setattr(app_data, "saved_stage", lambda name, _: None if name == mini else "complete")
    for name in (mini, "showcase"):
        under_way(jobs, name, state="working")
    at = visit("data")  # a key that is there twice would be an exception
    assert [text.partition(":")[0] for text in bars(at)] == ["Fitting the models of ml-mini", "Fitting the models of Showcase"]


def test_a_fit_of_what_this_visitor_may_not_choose_is_not_shown(visit, jobs: Jobs) -> None:
    under_way(jobs, "somebody-elses", OTHERS, state="working")
    assert bars(visit("data", MINE)) == []


def test_emptied_caches_change_nothing_about_jobs(visit, tmp_path: Path, move_folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any visitor's browser may ask for that; then three measurements ran at once."""
    move_folder("models", tmp_path / "models of the server")
    monkeypatch.setattr(app_data, "jobs", SERVERS_JOBS)
    at = visit("data")
    before, database = app_data.jobs(), profile.store()
    st.cache_resource.clear()
    st.cache_data.clear()
    at.run()
    assert not at.exception
    assert app_data.jobs() is before
    assert profile.store() is database


def test_downloads_can_be_switched_off(visit, set_environment) -> None:
    set_environment("RECSYS_DOWNLOADS", "off")
    at = visit("data")
    assert "switched downloads off" in seen(at)
    assert not [button for button in at.button if str(button.key).startswith("_download_")]


def test_ratings_come_along_to_the_other_data_set_and_stay_in_the_first(visit, mini: str, store: Store) -> None:
    at = visit()
    for item_id, stars in (("the-matrix-1999", 5), ("breaking-bad-2008", 4), ("inception-2010", 3)):
        at.session_state["rate_query"] = item_id.rpartition("-")[0].replace("-", " ")
        at.run()
        give(at, item_id, stars)
    turn_to(at, "data")
    at.button(key=f"_use_{mini}").click().run()
    assert not at.exception
    assert at.query_params["d"] == mini or at.query_params["d"] == [mini]
    assert ratings(at) == {"1": 5.0, "3": 3.0}
    assert "2 of your 3 ratings came along" in "\n".join(box.value for box in at.success)
    assert {said.item_id for said in store.feedback(token(at), load_dataset(mini).key)} == {"1", "3"}
    turn_to(at, "data")
    at.button(key="_use_showcase").click().run()
    assert set(ratings(at)) == {"the-matrix-1999", "breaking-bad-2008", "inception-2010"}
    assert not at.success  # what was there before is not touched


def test_the_address_opens_the_data_set_again_but_nothing_else(visit, mini: str) -> None:
    at = visit()
    turn_to(at, "data")
    at.button(key=f"_use_{mini}").click().run()
    turn_to(at, "rate")
    assert set(wall(at)) == {"1", "2", "3", "4"}
    other = visit(token=token(at))
    assert len(wall(other)) > 4
    for bad in ("/etc/passwd", "../..", "ml-32m", "showcase+shows+shows"):
        fresh = AppTest.from_file(str(Path(__file__).resolve().parents[2] / "app.py"), default_timeout=180)
        fresh.query_params["d"] = bad
        fresh.run()
        assert not fresh.exception
        assert len(wall(fresh)) > 4


def test_shows_join_the_movies_as_cold_starts(visit, mini: str) -> None:
    at = visit("data")
    at.toggle(key=f"_shows_{mini}").set_value(True).run()
    at.button(key=f"_use_{mini}").click().run()
    assert not at.exception
    turn_to(at, "rate")
    give(at, "1", 5)
    turn_to(at, "for_you")
    at.segmented_control(key="list_kind").set_value("Shows").run()
    assert listed(at)
    assert "Nobody has rated this here" in seen(at)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_works_where_nobody_has_rated_anything(visit, tvmaze: str, page: str) -> None:
    at = visit("data")
    at.button(key=f"_use_{tvmaze}").click().run()
    assert not at.exception
    give(turn_to(at, "rate"), "tvmaze-39", 5)
    turn_to(at, page)
    text = seen(at)
    assert "content only" in text
    assert re.search(r"TVmaze.*CC BY-SA 4\.0", text)
    assert not at.exception


def test_an_upload_that_is_no_archive_is_refused_with_a_sentence(visit) -> None:
    at = visit("data")
    at.file_uploader(key="upload").set_value(("notes.zip", b"not a zip", "application/zip")).run()
    assert not at.exception
    assert len(at.error) == 1
    assert "notes.zip" in at.error[0].value.replace("\\", "")


# --- a visitor's own data sets ------------------------------------------------------------------------------------------


def archive_of(folder: Path, titles: dict[str, str]) -> bytes:
    """A small archive in the layout of ml-latest-small."""
    folder.mkdir()
    movies(folder, "ml", titles)
    with zipfile.ZipFile(folder / "ml.zip", "w") as file:
        for table in sorted((folder / "ml").iterdir()):
            file.write(table, f"ml/{table.name}")
    return (folder / "ml.zip").read_bytes()


@pytest.fixture
def own(tmp_path: Path) -> str:
    """The name of a data set that the visitor with the key MINE has brought."""
    content = archive_of(tmp_path / "given", {"1": "Matrix, The (1999)", "2": "Nobody Knows This (1987)", "3": "Inception (2010)"})
    path = own_folder(owner_of(MINE)) / "movielens-0123abcd.zip"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return name_of(path)


def opened(**parameters: str) -> AppTest:
    at = AppTest.from_file(str(Path(__file__).resolve().parents[2] / "app.py"), default_timeout=180)
    for name, value in parameters.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def test_an_upload_is_kept_for_the_visitor_alone(visit, tmp_path: Path) -> None:
    at = visit("data", MINE)
    content = archive_of(tmp_path / "given", {"1": "Matrix, The (1999)", "2": "Nobody Knows This (1987)", "3": "Inception (2010)"})
    at.file_uploader(key="upload").set_value(("holiday.zip", content, "application/zip")).run()
    assert not at.exception
    assert [box.value.replace("\\", "") for box in at.error] == []
    (name,) = own_sets(owner_of(MINE))
    assert [box.value.replace("\\", "") for box in at.success] == [f"{Path(name).name} is here. Choose it above."]
    day = date.today() + timedelta(days=30)
    assert f"Yours, kept until {day.day} {day:%b %Y} · only you see it" in seen(at).replace("\\", "")
    assert "Yours" not in seen(visit("data", OTHERS))


def test_who_has_only_uploaded_finds_it_after_a_restart(visit, tmp_path: Path, database: str) -> None:
    at = visit("data")
    assert Store(database).standing(token(at)) == "none"  # a new server does not know what another has issued
    content = archive_of(tmp_path / "given", {"1": "Matrix, The (1999)", "2": "Nobody Knows This (1987)", "3": "Inception (2010)"})
    at.file_uploader(key="upload").set_value(("holiday.zip", content, "application/zip")).run()
    assert Store(database).standing(token(at)) == "own"
    assert len(own_sets(owner_of(token(at)))) == 1


def test_only_its_owner_opens_a_data_set_by_its_address(engine, own: str) -> None:
    assert len(wall(opened(p=MINE, d=own))) == 3
    assert len(wall(opened(p=MINE, d=f"{own}+shows"))) > 3
    for other in (opened(p=OTHERS, d=own), opened(d=own), opened(p=OTHERS, d=own.replace(owner_of(MINE), owner_of(OTHERS)))):
        assert len(wall(other)) > 4
        assert "d" not in other.query_params


def test_the_fit_of_a_visitors_own_data_set_belongs_to_them(visit, own: str, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_data, "saved_stage", lambda name, _: None if name == own else "complete")
    monkeypatch.setattr(Job, "start", lambda job: setattr(job, "state", "working"))
    at = visit("data", MINE)
    at.button(key="_use_own_movielens-0123abcd").click().run()
    job = jobs.job(own)
    assert job
    assert job.belongs_to(owner_of(MINE))
    assert bars(visit("data", OTHERS)) == []


def test_a_visitor_deletes_what_they_brought(visit, own: str, jobs: Jobs) -> None:
    at = visit("data", MINE)
    at.button(key="_use_own_movielens-0123abcd").click().run()
    assert "movielens-0123abcd · real ratings" in seen(at).replace("\\", "")
    job = under_way(jobs, own, MINE, state="working")
    at.run()
    at.button(key="_delete_own_movielens-0123abcd").click().run()
    assert not at.exception
    assert own_sets(owner_of(MINE)) == []
    assert job._cancelled.is_set()
    assert "Showcase · simulated audience" in seen(at)
    assert "Yours" not in seen(at)


def test_a_renewed_key_takes_the_data_sets_along(visit, own: str) -> None:
    at = visit("data", MINE)
    at.button(key="_use_own_movielens-0123abcd").click().run()
    at.button(key="_renew_key").click().run()
    assert not at.exception
    assert token(at) != MINE
    assert own_sets(owner_of(MINE)) == []
    assert own_sets(owner_of(token(at))) == [own.replace(owner_of(MINE), owner_of(token(at)))]
    assert "movielens-0123abcd · real ratings" in seen(at).replace("\\", "")
    at.run()
    assert "movielens-0123abcd · real ratings" in seen(at).replace("\\", "")
    assert len(wall(opened(p=MINE, d=own))) > 4


def test_what_was_deleted_is_not_taken_again_from_the_uploader(visit, tmp_path: Path) -> None:
    at = visit("data", MINE)
    content = archive_of(tmp_path / "given", {"1": "Matrix, The (1999)", "2": "Nobody Knows This (1987)", "3": "Inception (2010)"})
    at.file_uploader(key="upload").set_value(("holiday.zip", content, "application/zip")).run()
    (name,) = own_sets(owner_of(MINE))
    at.button(key=f"_delete_own_{Path(name).name}").click().run()
    at.run()
    assert own_sets(owner_of(MINE)) == []
    assert not at.success


def test_nobody_deletes_what_is_not_theirs(visit, own: str, mini: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for asked in (owner_of(OTHERS), owner_of(MINE)):
        monkeypatch.setattr(app_data, "owner", lambda asked=asked: asked)
        for name in (own if asked == owner_of(OTHERS) else mini, "showcase", f"{own}+shows", "../x"):
            app_data.delete(name)
    assert own_sets(owner_of(MINE)) == [own]
    assert load_dataset(mini).n_items == 4


def test_a_visitor_who_has_enough_is_told_so(visit, own: str, tmp_path: Path, set_environment) -> None:
    set_environment("RECSYS_LIMITS", "sets=1 sets_mb=5 days=7")
    at = visit("data", MINE)
    assert "You may keep 1 of your own here, 5 MB together; each is removed 7 days after you last used it." in seen(at)
    content = archive_of(tmp_path / "another", {"1": "Matrix, The (1999)", "2": "Alien (1979)"})
    at.file_uploader(key="upload").set_value(("second.zip", content, "application/zip")).run()
    assert len(at.error) == 1
    assert "You have 1 data sets of your own here, as many as one visitor may keep" in at.error[0].value
    assert own_sets(owner_of(MINE)) == [own]


def test_a_file_that_is_larger_than_the_setting_allows_is_refused(visit, tmp_path: Path, set_environment) -> None:
    set_environment("RECSYS_UPLOAD_MB", "1")
    at = visit("data", MINE)
    at.file_uploader(key="upload").set_value(("large.zip", b"PK" * 2**20, "application/zip")).run()
    assert "large.zip is larger than 1 MB" in at.error[0].value.replace("\\", "")


def test_what_was_left_out_of_the_data_set_in_use_is_said(visit, archive) -> None:
    folder = archive("Heat (1995)", "Casino (1995)", "Alien (1979)", "Fargo (1996)")
    (folder / "tags.csv").write_text("userId,movieId,tag,timestamp\n1,1,cozy,1\n1,,*lost*,2\n2,3,alien,3\n", encoding="utf-8")
    at = visit("data")
    assert "1 of 3 tag rows was left out of tags.csv: no movieId (row 3)." in seen(at).replace("\\", "")


def test_two_archives_of_one_name_do_not_share_ratings(visit, set_environment, tmp_path: Path) -> None:
    titles = {str(number): f"Title {number} (1990)" for number in range(1, 9)}
    for place, eighth in (("here", "Hazel (1997)"), ("there", "Yarrow (2015)")):
        (tmp_path / place).mkdir()
        movies(tmp_path / place, "archive", titles | {"8": eighth})
    set_environment("RECSYS_DATASET", str(tmp_path / "here" / "archive"))
    here = give(turn_to(visit(), "rate"), "8", 5)
    assert ratings(here) == {"8": 5.0}
    set_environment("RECSYS_DATASET", str(tmp_path / "there" / "archive"))
    assert ratings(visit(token=token(here))) == {}
    (tmp_path / "here" / "archive").rename(tmp_path / "here" / "renamed")
    set_environment("RECSYS_DATASET", str(tmp_path / "here" / "renamed"))
    assert ratings(visit(token=token(here))) == {"8": 5.0}
