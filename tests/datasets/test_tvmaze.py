"""Show data from TVmaze: made-up pages, whole or broken, and a real one where it lies."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys_core import Dataset, load_dataset
from recsys_core.datasets.sources.tvmaze import ATTRIBUTION, LINK, is_tvmaze, read_tvmaze, without_html
from recsys_core.errors import DatasetError

SHOW = {
    "id": 7, "url": "http://www.tvmaze.com/shows/7/harbour-lights", "name": "Harbour Lights", "type": "Scripted", "language": "English",
    "genres": ["Drama", "Science-Fiction"], "status": "Ended", "premiered": "2013-06-24", "ended": "2015-09-10",
    "rating": {"average": 6.5}, "weight": 91, "webChannel": None,
    "network": {"id": 2, "name": "Channel Two", "country": {"name": "Korea, Republic of", "code": "KR"}},
    "externals": {"tvrage": 1, "thetvdb": 264492, "imdb": "tt1553656"},
    "summary": "<p><b>Harbour Lights</b> is about a pilot &amp; her ship.</p><p>They sail.<br>Far.</p>",
}  # fmt: skip
BARE = {"id": 300, "name": "Bare"}


def page(path: Path, shows: Any) -> Path:
    content = json.dumps(shows).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def one(folder: Path, **changes: Any) -> dict[str, Any]:
    """The row of a single show, the one above with changes."""
    dataset = read_tvmaze(page(folder / "page-0000.json", [SHOW | changes]))
    row: dict[str, Any] = dataset.items.iloc[0].to_dict()
    return row


# --- what is read --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".json", ".json.gz"])
def test_a_folder_of_pages(tmp_path: Path, ending: str):
    page(tmp_path / f"page-0001{ending}", [BARE])
    page(tmp_path / f"page-0000{ending}", [SHOW])
    page(tmp_path / "state.json", {"last": 300})  # what a downloader keeps beside the pages
    dataset = load_dataset(tmp_path)
    assert dataset.item_ids.tolist() == ["tvmaze-7", "tvmaze-300"]
    assert dataset.name == "tvmaze"
    assert (dataset.n_ratings, dataset.n_users) == (0, 0)
    assert dataset.items["kind"].tolist() == ["show", "show"]
    assert not dataset.simulated


@pytest.mark.parametrize("name", ["shows-page-0.json", "page-0000.json.gz", "mine.json"])
def test_a_single_file(tmp_path: Path, name: str):
    assert load_dataset(page(tmp_path / name, [SHOW])).item_ids.tolist() == ["tvmaze-7"]


def test_the_downloads_folder(tmp_path: Path, move_folder):
    move_folder("downloads", tmp_path)
    page(tmp_path / "tvmaze" / "page-0000.json.gz", [SHOW])
    assert load_dataset("tvmaze").n_items == 1


def test_every_field(tmp_path: Path):
    assert one(tmp_path, averageRuntime=52, runtime=60) == pytest.approx(
        {
            "item_id": "tvmaze-7", "title": "Harbour Lights", "original_title": "", "kind": "show", "genres": "Drama|Science Fiction",
            "creators": "", "cast": "", "country": "South Korea", "language": "English", "keywords": "Channel Two",
            "text": "Harbour Lights is about a pilot & her ship. They sail. Far.", "genome": "", "imdb_id": "tt1553656", "tmdb_id": "",
            "tvdb_id": "264492", "url": "https://www.tvmaze.com/shows/7/harbour-lights", "year": 2013.0, "end_year": 2015.0, "fame": 91.0,
            "also_known_as": "", "audience": "", "franchise": "", "runtime": 52.0, "seasons": np.nan,
        },
        nan_ok=True,
    )  # fmt: skip


def test_the_source_is_named_with_its_licence_and_a_link(tmp_path: Path):
    description = load_dataset(page(tmp_path / "page-0000.json", [SHOW])).description
    assert description == f"{ATTRIBUTION} {LINK}"
    assert ATTRIBUTION == "Show data from TVmaze (tvmaze.com), CC BY-SA 4.0."
    assert LINK == "https://www.tvmaze.com"


@pytest.mark.parametrize(
    ("kind", "genres", "expected", "keywords"),
    [
        ("Scripted", ["Drama"], "Drama", "Channel Two"),
        ("Reality", ["Sports"], "Sport|Reality", "reality|Channel Two"),
        ("Animation", ["Comedy", "Anime"], "Comedy|Anime|Animation", "animation|Channel Two"),
        ("Talk Show", [], "", "talk show|Channel Two"),
        ("Sports", ["Sports"], "Sport", "sports|Channel Two"),
        (None, None, "", "Channel Two"),
    ],
)
def test_kinds_of_shows_are_keywords_and_genres_where_there_is_one(tmp_path: Path, kind: str, genres: Any, expected: str, keywords: str):
    row = one(tmp_path, type=kind, genres=genres)
    assert (row["genres"], row["keywords"]) == (expected, keywords)


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("US", "United States", "United States"),
        ("RU", "Russian Federation", "Russia"),
        ("TW", "Taiwan, Province of China", "Taiwan"),
        ("IR", "Iran, Islamic Republic of", "Iran"),
        (None, None, ""),
    ],
)
def test_countries_are_named_as_people_name_them(tmp_path: Path, code: str, name: str, expected: str):
    country = {"code": code, "name": name}
    assert one(tmp_path, network={"name": "N", "country": country})["country"] == expected
    assert one(tmp_path, network=None, webChannel={"name": "W", "country": country})["country"] == expected


def test_a_web_channel_stands_in_for_a_network(tmp_path: Path):
    row = one(tmp_path, network=None, webChannel={"name": "Stream", "country": None})
    assert (row["keywords"], row["country"]) == ("Stream", "")


def test_a_show_without_summary_is_kept_and_marked_by_an_empty_text(tmp_path: Path):
    for nothing in (None, "", "<p></p>", "<p> </p>\n", "&nbsp;"):
        assert one(tmp_path, summary=nothing)["text"] == ""


def test_a_show_of_which_little_is_known(tmp_path: Path):
    row = read_tvmaze(page(tmp_path / "page-0000.json", [BARE])).items.iloc[0]
    assert row["title"] == "Bare"
    assert row.drop(["item_id", "title", "kind", "year", "end_year", "runtime", "seasons", "fame"]).eq("").all()
    assert np.isnan([row["year"], row["end_year"], row["runtime"], row["seasons"], row["fame"]]).all()


@pytest.mark.parametrize("date", ["0000-00-00", "soon", "", 13, None, [], "20133-01-01", "201"])
def test_what_is_no_date(tmp_path: Path, date: Any):
    assert np.isnan(one(tmp_path, premiered=date)["year"])


@pytest.mark.parametrize("odd", [{}, [], 5, True, "x", None])
def test_odd_values_do_no_harm(tmp_path: Path, odd: Any):
    """Whatever stands in a field that is not needed: a row comes out, and no other exception than ours."""
    fields = ("url", "type", "language", "genres", "premiered", "ended", "weight", "network", "webChannel", "externals", "summary")
    for field in fields:
        assert one(tmp_path, **{field: odd})["title"] == "Harbour Lights"


def test_a_link_that_is_none(tmp_path: Path):
    assert one(tmp_path, url="javascript:alert(1)")["url"] == ""


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("<p>One.</p><p>Two.</p>", "One. Two."),
        ("<p>One<b>Two</b></p>", "OneTwo"),
        ("A<br/>B<br>C<br />D", "A B C D"),
        ("Tom &amp; Jerry &lt;3 caf&eacute; &#8212; &#x27;so&#x27;", "Tom & Jerry <3 café — 'so'"),
        ("5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
        ("No marks", "No marks"),
        ("  spread \n out  ", "spread out"),
        ("<script>alert('x')</script>After", "After"),
        ("<p>Left open", "Left open"),
        ("<ul><li>a</li><li>b</li></ul>", "a b"),
        ("<a href='http://x'>link</a>, then", "link, then"),
        ("<!-- note -->seen", "seen"),
        ("AT&T", "AT&T"),
        ("", ""),
    ],
)
def test_html_is_taken_out(html: str, plain: str):
    assert without_html(html) == plain


def test_what_is_a_page(tmp_path: Path):
    assert is_tvmaze(page(tmp_path / "a" / "page-0000.json.gz", []).parent)
    assert is_tvmaze(page(tmp_path / "b" / "shows-page-0.json", []).parent)
    assert not is_tvmaze(page(tmp_path / "c" / "state.json", {}).parent)
    assert not is_tvmaze(page(tmp_path / "ml.zip", []))


# --- what is refused -----------------------------------------------------------------------------------------------


def refused(path: Path, sentence: str) -> None:
    with pytest.raises(DatasetError, match=sentence) as caught:
        load_dataset(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("shows", "sentence"),
    [
        ({"message": "not found"}, r"^page-0000\.json is not a page of TVmaze: it holds no list of shows\. "),
        ("hello", r"^page-0000\.json is not a page of TVmaze"),
        ([], "the pages of TVmaze hold no show"),
        ([{"name": "x"}], r"^page-0000\.json cannot be read\. 1 of 1 shows was left out: show 1 of page-0000\.json has no id\. Download"),
    ],
)
def test_wrong_pages(tmp_path: Path, shows: Any, sentence: str):
    refused(page(tmp_path / "page-0000.json", shows), sentence)


@pytest.mark.parametrize(
    ("show", "why"),
    [
        (5, "show 2 of page-0000.json is not a show but int"),
        ({"name": "x"}, "show 2 of page-0000.json has no id"),
        (SHOW | {"id": "7"}, "show 2 of page-0000.json has no id"),
        (SHOW | {"id": True}, "show 2 of page-0000.json has no id"),
        (SHOW | {"id": -7}, "show 2 of page-0000.json has no id"),
        ({"id": 9}, "show 2 of page-0000.json has no name"),
        (SHOW | {"id": 9, "name": " "}, "show 2 of page-0000.json has no name"),
        (SHOW | {"id": 9, "name": None}, "show 2 of page-0000.json has no name"),
        (SHOW, "show 2 of page-0000.json, Harbour Lights, was already in page-0000.json"),
    ],
)
def test_a_wrong_show_is_left_out(tmp_path: Path, show: Any, why: str):
    dataset = load_dataset(page(tmp_path / "page-0000.json", [SHOW, show]))
    assert dataset.item_ids.tolist() == ["tvmaze-7"]
    assert dataset.left_out == (f"1 of 2 shows was left out: {why}.",)


def test_a_show_that_two_pages_have(tmp_path: Path):
    page(tmp_path / "page-0000.json.gz", [SHOW])
    page(tmp_path / "page-0001.json.gz", [BARE, SHOW])
    dataset = load_dataset(tmp_path)
    assert dataset.left_out == (
        "1 of 3 shows was left out: show 2 of page-0001.json.gz, Harbour Lights, was already in page-0000.json.gz.",
    )
    assert dataset.n_items == 2


@pytest.mark.parametrize("name", ["Alder \ud83d", "Alder \ude00", "\ud83dAlder"])
def test_half_an_emoji_is_replaced(tmp_path: Path, name: str):
    assert one(tmp_path, name=name)["title"] == name.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert one(tmp_path, summary=f"<p>{name}</p>", genres=[name], url=f"https://x/{name}")["text"].isprintable()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
def test_pages_in_any_encoding(tmp_path: Path, encoding: str):
    (tmp_path / "page-0000.json").write_bytes(json.dumps([SHOW | {"name": "Café Élan"}], ensure_ascii=False).encode(encoding))
    assert load_dataset(tmp_path).items["title"].tolist() == ["Café Élan"]


@pytest.mark.parametrize("content", [b"", b"hello", b"[{]", b"\xff\xfe", b"[" * 200_000])
def test_what_is_not_json(tmp_path: Path, content: bytes):
    (tmp_path / "page-0000.json").write_bytes(content)
    refused(tmp_path, r"^page-0000\.json is not JSON \(")
    (tmp_path / "page-0000.json").unlink()
    (tmp_path / "page-0000.json.gz").write_bytes(gzip.compress(content))
    refused(tmp_path, r"^page-0000\.json\.gz is not JSON \(")


def test_what_cannot_be_unpacked(tmp_path: Path):
    whole = page(tmp_path / "page-0000.json.gz", [SHOW]).read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 0xFF
    for content in (whole[:-20], whole[:5], b"hello", bytes(damaged)):
        (tmp_path / "page-0000.json.gz").write_bytes(content)
        refused(tmp_path, r"^page-0000\.json\.gz (cannot be read or unpacked|is not JSON)")


def test_a_page_of_absurd_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("recsys_core.datasets.sources.tvmaze.MAX_PAGE_BYTES", 1000)
    page(tmp_path / "page-0000.json.gz", [SHOW | {"summary": "x" * 100_000}])
    refused(tmp_path, r"^page-0000\.json\.gz has more than .* MB; .* It was not read\.$")


def test_a_download_that_has_not_begun(tmp_path: Path, move_folder):
    move_folder("downloads", tmp_path)
    with pytest.raises(DatasetError, match="No data set 'tvmaze'"):
        load_dataset("tvmaze")
    (tmp_path / "tvmaze").mkdir()
    with pytest.raises(DatasetError, match=r"tvmaze holds no page of TVmaze, such as page-0000\.json\.gz\."):
        load_dataset("tvmaze")


# --- the real one --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(shared_data: Path) -> Dataset:
    if not (shared_data / "tvmaze").is_dir():
        pytest.skip("There is no folder tvmaze in RECSYS_SHARED_DATA")
    return load_dataset(shared_data / "tvmaze")


def test_the_real_first_page(real: Dataset):
    items = real.items
    assert real.n_items == 240
    assert items["year"].between(1960, 2030).mean() > 0.95
    assert items["fame"].between(0, 100).all()
    assert items["imdb_id"].str.fullmatch(r"tt\d{7,}").mean() > 0.9
    assert not items["text"].str.contains(r"</?\w+>|&\w+;", regex=True).any()
    assert not items["genres"].str.contains("Science-Fiction").any()
    assert items["genres"].str.contains("Science Fiction").sum() > 20
    assert set(items["country"]) <= {"", "United States", "Canada", "Japan", "United Kingdom", "France"}
    assert items["url"].str.startswith("https://www.tvmaze.com/shows/").all()
