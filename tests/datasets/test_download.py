"""Data sets by name or from the user's own file, by function and on the command line; from a server on this computer."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from recsys_core import load_dataset
from recsys_core.__main__ import main
from recsys_core.datasets.download import checking, releases, sandbox
from recsys_core.datasets.download import fetch as download
from recsys_core.datasets.download.fetch import addresses, downloaded, find_release, import_file, is_genuine
from recsys_core.datasets.download.releases import RELEASES, TVMAZE, Release
from recsys_core.datasets.files.archive import Archive
from recsys_core.errors import DatasetError, DownloadError
from tests.support.misbehaving_server import Server, slow, status

MOVIES = "movieId,title,genres\n1,Heat (1995),Crime\n2,Fargo (1996),Crime|Comedy\n"
RATINGS = "userId,movieId,rating,timestamp\n7,1,5.0,100\n8,1,4.5,102\n8,2,3.0,103\n"
CSV = {"movies.csv": MOVIES, "ratings.csv": RATINGS}
DAT = {"movies.dat": "1::Heat (1995)::Crime\n", "ratings.dat": "1::1::5::100\n2::1::4::100\n"}
TABS = {"u.genre": "unknown|0\nCrime|1\n", "u.item": "1|Heat (1995)|||x|0|1\n", "u.data": "1\t1\t5\t100\n2\t1\t4\t100"}


def packed(content: dict[str, str | bytes], folder: str = "ml/") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in content.items():
            file.writestr(f"{folder}{name}", text)
    return stream.getvalue()


def known_as(monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, server: Server | None, **more: Any) -> Release:
    """Make some content the published file of a release, at a server's address."""
    facts = {
        "size": len(content),
        "size_is_exact": True,
        "sha256": hashlib.sha256(content).hexdigest(),
        "md5": "",
        "urls": (server.url(RELEASES[name].file),) if server else (),
        "contents": (),
    }
    release = dataclasses.replace(RELEASES[name], **(facts | more))
    everything = {**RELEASES, name: release}
    for module in (releases, download, checking, sandbox):
        monkeypatch.setattr(module, "RELEASES", everything)
    monkeypatch.setattr("recsys_core.cli.download.RELEASES", everything)
    return release


SMALL = packed(CSV)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, move_folder) -> Path:
    """Takes the place of ``data/downloads``."""
    move_folder("downloads", tmp_path / "downloads")
    monkeypatch.delenv("RECSYS_MIRROR", raising=False)
    return tmp_path / "downloads"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Has a tiny ``ml-latest-small``."""
    with Server({"ml-latest-small.zip": SMALL}) as running:
        known_as(monkeypatch, "ml-latest-small", SMALL, running)
        yield running


# --- what there is -------------------------------------------------------------------------------------------------


def test_the_seven_releases():
    assert list(RELEASES) == [f"ml-{short}" for short in ("latest-small", "100k", "1m", "10m", "20m", "25m", "32m")]


@pytest.mark.parametrize("release", [*RELEASES.values(), TVMAZE], ids=lambda release: release.name)
def test_a_release_says_what_is_needed(release: Release):
    assert release.urls
    assert all(url.startswith("https://") for url in (*release.urls, release.licence_url))
    assert release.size > 900_000
    assert release.titles > 0
    assert len(release.licence) > 40
    assert release.citation
    if release is not TVMAZE:
        assert release.file == f"{release.name}.zip"
        assert len(release.sha256) in {0, 64}
        assert len(release.md5) in {0, 32}
        assert release.sha256 or release.md5
        assert release.urls[0] == f"https://files.grouplens.org/datasets/movielens/{release.file}"


def test_the_licences_are_told_apart():
    allowed = {name for name, release in RELEASES.items() if "may be redistributed" in release.licence}
    forbidden = {name for name, release in RELEASES.items() if "may not be redistributed" in release.licence}
    readme = {name for name, release in RELEASES.items() if "README in the archive" in release.licence}
    assert allowed == {"ml-latest-small", "ml-32m"}
    assert forbidden == {"ml-100k", "ml-1m", "ml-25m"}
    assert readme == {"ml-10m", "ml-20m"}
    assert all("no commercial use" in release.licence for release in RELEASES.values())


def test_four_have_a_mirror():
    mirrored = {name for name, release in RELEASES.items() if any("huggingface.co" in url for url in release.urls[1:])}
    assert mirrored == {"ml-100k", "ml-1m", "ml-10m", "ml-20m"}


# --- by name -------------------------------------------------------------------------------------------------------


def test_downloaded_and_read(server: Server, folder: Path):
    assert downloaded() == []
    assert download.download("ml-latest-small") == folder / "ml-latest-small.zip"
    assert downloaded() == ["ml-latest-small"]
    assert is_genuine("ml-latest-small")
    assert load_dataset("ml-latest-small").n_ratings == 3
    assert [file.name for file in folder.iterdir()] == ["ml-latest-small.zip"]
    download.download("ml-latest-small")
    assert len(server.seen) == 1


def test_a_folder_of_ones_own(server: Server, tmp_path: Path):
    assert download.download("ml-latest-small", tmp_path / "mine").parent == tmp_path / "mine"


@pytest.mark.parametrize("name", ["ml-latest-small", "ml-100k"])
def test_the_real_ones(name: str, shared_data: Path, monkeypatch: pytest.MonkeyPatch):
    content = (shared_data / f"{name}.zip").read_bytes()
    with Server({f"{name}.zip": content}) as running:
        known_as(monkeypatch, name, content, running)
        download.download(name)
    assert load_dataset(name).n_ratings == RELEASES[name].ratings


def test_a_wrong_file_is_replaced(server: Server, folder: Path):
    folder.mkdir()
    (folder / "ml-latest-small.zip").write_bytes(b"half")
    assert not is_genuine("ml-latest-small")
    download.download("ml-latest-small")
    assert is_genuine("ml-latest-small")


def test_what_has_not_arrived_is_not_there(server: Server, folder: Path):
    server.usual = status(404)
    with pytest.raises(DownloadError, match="HTTP 404"):
        download.download("ml-latest-small")
    folder.mkdir(exist_ok=True)
    (folder / "ml-100k.zip.part").write_bytes(b"half")
    (folder / ".importing-x").mkdir()
    (folder / ".importing-x" / "ml.zip").write_bytes(SMALL)
    (folder / "tvmaze.part").mkdir()
    (folder / "tvmaze").mkdir()
    assert downloaded() == []


def test_tvmaze(monkeypatch: pytest.MonkeyPatch):
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(download, "download_tvmaze", lambda target, **more: asked.append({"target": target} | more))
    download.download("tvmaze", update=True)
    assert asked[0]["target"].name == "tvmaze"
    assert asked[0]["update"] is True


@pytest.mark.parametrize("name", ["ml-2m", "", "../x", "showcase"])
def test_no_such_name(name: str):
    with pytest.raises(DownloadError, match=r"There is no data set .* Choose one of: ml-latest-small, .*, tvmaze\."):
        download.download(name)


def test_the_mirror_comes_first(server: Server, set_environment):
    with Server({"class/ml-latest-small.zip": SMALL}) as teacher:
        set_environment("RECSYS_MIRROR", f"{teacher.base}/class/")
        download.download("ml-latest-small")
        assert [path for path, _ in teacher.seen] == ["/class/ml-latest-small.zip"]
    assert server.seen == []


def test_checksums_apply_to_the_mirror(server: Server, set_environment):
    with Server({"ml-latest-small.zip": SMALL[::-1]}) as teacher:
        set_environment("RECSYS_MIRROR", teacher.base)
        download.download("ml-latest-small")
        assert len(teacher.seen) == 1
    assert is_genuine("ml-latest-small")
    assert len(server.seen) == 1


def test_a_mirror_that_is_no_address(set_environment):
    set_environment("RECSYS_MIRROR", "teacher.local/files")
    with pytest.raises(DownloadError, match=r"RECSYS_MIRROR is 'teacher\.local/files', which is no address"):
        addresses(RELEASES["ml-100k"])


# --- a file that the user has --------------------------------------------------------------------------------------


def saved(tmp_path: Path, content: bytes, name: str = "mine.zip") -> Path:
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


def refused(source: Any, sentence: str, folder: Path, name: str | None = None, **more: Any) -> None:
    with pytest.raises((DatasetError, DownloadError), match=sentence) as caught:
        import_file(source, name, **more)
    assert "\n" not in str(caught.value)
    assert not folder.exists() or not list(folder.iterdir())


@pytest.mark.parametrize("as_upload", [False, True], ids=["path", "upload"])
def test_a_published_file_is_recognised_by_its_checksum(server: Server, tmp_path: Path, folder: Path, as_upload: bool):
    source = io.BytesIO(SMALL) if as_upload else saved(tmp_path, SMALL)
    assert import_file(source) == folder / "ml-latest-small.zip"
    assert downloaded() == ["ml-latest-small"]
    assert is_genuine("ml-latest-small")
    assert [file.name for file in folder.iterdir()] == ["ml-latest-small.zip"]
    assert server.seen == []


@pytest.mark.parametrize("name", ["ml-latest-small", "ml-100k"])
def test_a_repacked_release_is_recognised_by_its_content(name: str, shared_data: Path, folder: Path):
    source = shared_data / f"{name}.zip"
    assert hashlib.sha256(source.read_bytes()).hexdigest() != RELEASES[name].sha256
    assert import_file(source, name) == folder / f"{name}.zip"
    assert load_dataset(name).n_ratings == RELEASES[name].ratings


@pytest.mark.parametrize(("content", "name", "n_ratings"), [(CSV, "ml-25m", 3), (DAT, "ml-1m", 2), (TABS, "ml-100k", 2)])
def test_layout_and_number_of_ratings_do_not_earn_the_name_of_a_release(
    content: dict[str, str], name: str, n_ratings: int, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    known_as(monkeypatch, name, b"", None, ratings=n_ratings)
    assert import_file(io.BytesIO(packed(content))).name.startswith("movielens-")
    assert name not in downloaded()
    with pytest.raises(DatasetError, match="nor any other known release: its checksum is not a published one"):
        import_file(io.BytesIO(packed(content)), name)


def test_a_published_md5_is_enough_where_there_is_no_other(folder: Path, monkeypatch: pytest.MonkeyPatch):
    known_as(monkeypatch, "ml-32m", SMALL, None, sha256="", md5=hashlib.md5(SMALL).hexdigest())
    assert import_file(io.BytesIO(SMALL)) == folder / "ml-32m.zip"


def repacked_as(monkeypatch: pytest.MonkeyPatch, name: str, content: dict[str, str]) -> None:
    """Make some files the published content of a release, whose zip is another one."""
    sums = tuple((file, hashlib.sha256(text.encode()).hexdigest()) for file, text in content.items())
    known_as(monkeypatch, name, b"another zip", None, contents=sums)


def test_what_is_packed_again_is_recognised_by_the_files_inside(folder: Path, monkeypatch: pytest.MonkeyPatch):
    repacked_as(monkeypatch, "ml-25m", CSV)
    changed = {name: text.replace("\n", "\r\n") for name, text in CSV.items()}
    assert import_file(io.BytesIO(packed({**changed, "README.txt": "packed again"}))) == folder / "ml-25m.zip"
    assert is_genuine("ml-25m")
    assert import_file(io.BytesIO(packed(CSV, "other/"))) == folder / "ml-25m.zip"  # the same once more is fine


@pytest.mark.parametrize(
    "change",
    [
        {"movies.csv": MOVIES.replace("Heat", "Hate")},
        {"ratings.csv": RATINGS.replace("4.5", "0.5")},
        {"tags.csv": "userId,movieId,tag,timestamp\n7,1,rude,1\n"},
        {"movies.csv": MOVIES.replace("Heat", "He\rat")},
        DAT,
    ],
    ids=["titles", "ratings", "more tables", "line ends within a line", "another layout besides"],
)
def test_one_file_that_is_not_the_published_one_costs_the_name(change: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Else anybody could show everybody a MovieLens with other titles, tags or ratings."""
    repacked_as(monkeypatch, "ml-25m", CSV)
    assert import_file(io.BytesIO(packed({**CSV, **change}))).name.startswith("movielens-")


@pytest.mark.parametrize("rest", [b"", b"\n", b"x", b"\r"])
def test_the_checksum_of_a_file_does_not_depend_on_where_its_pieces_end(rest: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(checking, "CHUNK", 4)
    (tmp_path / "a.csv").write_bytes(b"abc\r\nd\r\n\rxyz\r" + rest)
    found = checking._digest(Archive(tmp_path), "a.csv")
    assert found == hashlib.sha256(b"abc\nd\n\rxyz\r" + rest if rest != b"\n" else b"abc\nd\n\rxyz\n").hexdigest()


@pytest.mark.parametrize("content", [CSV, DAT, TABS], ids=["csv", "dat", "tabs"])
def test_an_archive_of_ones_own_is_named_after_its_content(content: dict[str, str], folder: Path):
    zipped = packed(content)
    path = import_file(io.BytesIO(zipped))
    assert path == folder / f"movielens-{hashlib.sha256(zipped).hexdigest()[:8]}.zip"
    assert downloaded() == [path.stem]
    assert load_dataset(path.stem).n_ratings in {2, 3}


def test_it_must_be_what_was_asked_for(server: Server, tmp_path: Path, folder: Path):
    refused(saved(tmp_path, SMALL), r"mine\.zip is not ml-100k but ml-latest-small\. Leave out the name", folder, "ml-100k")
    refused(io.BytesIO(packed(DAT)), r"upload\.zip is not ml-1m nor any other known release", folder, "ml-1m")
    refused(io.BytesIO(SMALL), "TVmaze comes as many pages", folder, "tvmaze")
    refused(io.BytesIO(SMALL), "There is no data set 'ml-2m'", folder, "ml-2m")


def test_nothing_is_overwritten_unasked(server: Server, folder: Path):
    folder.mkdir()
    (folder / "ml-latest-small.zip").write_bytes(b"another")
    with pytest.raises(DatasetError, match=r"There is another ml-latest-small\.zip in .*downloads already\. Delete it first"):
        import_file(io.BytesIO(SMALL))
    assert (folder / "ml-latest-small.zip").read_bytes() == b"another"
    import_file(io.BytesIO(SMALL), replace=True)
    assert is_genuine("ml-latest-small")
    import_file(io.BytesIO(SMALL))  # the same once more is fine
    assert [file.name for file in folder.iterdir()] == ["ml-latest-small.zip"]


@pytest.mark.parametrize("as_upload", [False, True], ids=["path", "upload"])
def test_too_large(tmp_path: Path, folder: Path, as_upload: bool):
    class Endless(io.BytesIO):
        """Claims nothing about its size."""

        name = "big.zip"
        n_read = 0

        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            self.n_read += size
            assert self.n_read < 20 * 2**20
            return bytes(size)

    source = Endless() if as_upload else saved(tmp_path, bytes(3 * 2**20), "big.zip")
    refused(source, r"big\.zip is larger than 2 MB\. The largest MovieLens archive has 262 MB", folder, max_bytes=2 * 2**20)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is not a readable zip"),
        (b"%PDF-1.7 hello", "is not a readable zip"),
        (SMALL[:-30], r"is not a readable zip .*cut off"),
        (packed({"readme.txt": "hello"}), "is not a MovieLens data set: it holds neither ratings.csv nor u.data nor ratings.dat"),
        (packed({"ratings.csv": RATINGS}), r"the file movies\.csv is missing"),
        (packed({**CSV, "ratings.csv": "Name,Year,Rating\nHeat,1995,5\n"}), r"ratings\.csv does not begin as the ratings of MovieLens do"),
        (packed({**DAT, "ratings.dat": "\x7fELF"}), r"ratings\.dat does not begin as the ratings of MovieLens do"),
        (packed({**CSV, "movies.csv": "a,b\n1,2\n"}), r"movies\.csv lacks the column movieId"),
        (packed({**CSV, "ratings.csv": RATINGS.replace(".0", "0")}), "a rating that is not a number from"),
        (packed({**CSV, "../../evil.sh": "rm"}), r"the name 'ml/\.\./\.\./evil\.sh' points outside the archive; nothing was read"),
        (packed(CSV, "/etc/"), "points outside the archive"),
        (packed({**CSV, "a/ratings.csv": RATINGS}), r"there is more than one ratings\.csv"),
        (packed({**CSV, "zeros.csv": bytes(40 * 2**20)}), r"would unpack to 0\.0 GB, [\d,]+ times its size; nothing was read"),
        (packed({**CSV, **{f"{number}.txt": "" for number in range(1000)}}), "holds 1,002 files, more than any MovieLens archive"),
    ],
)
def test_foreign_files_and_bombs(content: bytes, sentence: str, tmp_path: Path, folder: Path):
    refused(saved(tmp_path, content), f"^mine\\.zip.*{sentence}", folder)


def test_a_damaged_member(tmp_path: Path, folder: Path):
    content = bytearray(SMALL)
    content[content.find(b"movies.csv") + 20] ^= 0xFF
    refused(saved(tmp_path, bytes(content)), r"mine\.zip: movies\.csv is damaged", folder)


def test_more_ratings_than_anybody_has(folder: Path, set_environment):
    set_environment("RECSYS_LIMITS", "ratings=2")
    refused(io.BytesIO(SMALL), r"ratings\.csv has more than 2 rows\. The limit is ratings=2; the setting RECSYS_LIMITS changes it", folder)


def test_what_is_no_file(tmp_path: Path, folder: Path):
    refused(tmp_path / "absent.zip", r"absent\.zip is not there\. Give the path of a MovieLens zip", folder)
    refused(tmp_path, "is a folder. Give the zip; an unpacked folder can be read where it is", folder)


def test_no_room(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("recsys_core.datasets.download.partial_file.shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    refused(saved(tmp_path, SMALL), "There is not enough room", folder)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\mine.zip", "mine.zip"),
        ("a\x1b[31m\n.zip", "a_31m_.zip"),
        ("..", "upload.zip"),
        ("", "upload.zip"),
        (".hidden.zip", "hidden.zip"),
    ],
)
def test_a_name_that_means_something_to_a_file_system(name: str, safe: str, folder: Path):
    upload = io.BytesIO(b"x")
    upload.name = name
    refused(upload, f"^{safe} is not a readable zip", folder)


# --- the command ---------------------------------------------------------------------------------------------------

Run = Callable[..., SimpleNamespace]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def command(*arguments: str, typed: str | None = None) -> SimpleNamespace:
        stdin = io.StringIO(typed or "")
        stdin.isatty = lambda: typed is not None  # type: ignore[method-assign]
        monkeypatch.setattr(sys, "stdin", stdin)
        code = main(["download", *arguments])
        out, err = capsys.readouterr()
        return SimpleNamespace(code=code, out=out, err=err)

    return command


def test_the_list(run: Run, server: Server, folder: Path):
    before = run()
    assert before.code == 0
    assert "ml-latest-small\n" in before.out
    for words in ("262.0 MB", "25,000,095 ratings", "162,541 people", "62,423 titles", "README.html", "CC BY-SA 4.0", "about 65.6 MB"):
        assert words in before.out
    assert f"In {folder}: nothing yet." in before.out
    assert run("ml-latest-small", "--yes").code == 0
    assert "ml-latest-small  [already there]" in run().out
    assert server.seen


def test_the_licence_is_accepted_by_an_option(run: Run, server: Server, folder: Path):
    done = run("ml-latest-small", "--accept")
    assert done.code == 0
    assert f"ml-latest-small is in {folder / 'ml-latest-small.zip'}." in done.out
    assert "Harper" in done.out
    assert "Licence: For research" in done.err
    assert "ml-latest-small-README.html" in done.err
    again = run("ml-latest-small")
    assert (again.code, again.err) == (0, "")
    assert "is already in" in again.out
    assert len(server.seen) == 1


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("Yes\n", 0), ("n\n", 2), ("\n", 2), ("", 2)])
def test_the_licence_is_asked_for_on_a_terminal(run: Run, server: Server, typed: str, code: int):
    done = run("ml-latest-small", typed=typed)
    assert "Download it under this licence? [y/N]" in done.err
    assert done.code == code
    assert len(server.seen) == (code == 0)
    assert ("Nothing was downloaded, as the licence was not accepted." in done.err) == (code == 2)


def test_nobody_to_be_asked(run: Run, server: Server):
    done = run("ml-latest-small")
    assert done.code == 2
    assert done.err.endswith("Nobody is there to be asked whether the licence is accepted. Add --accept if it is.\n")
    assert server.seen == []


def test_a_wrong_file_is_spoken_of(run: Run, server: Server, folder: Path):
    folder.mkdir()
    (folder / "ml-latest-small.zip").write_bytes(b"half")
    done = run("ml-latest-small", "--accept")
    assert "ml-latest-small.zip is there, but its checksum is not the published one" in done.err
    assert is_genuine("ml-latest-small")


def test_ctrl_c(run: Run, server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch):
    content = np.random.default_rng(1).bytes(200_000)
    server.files["ml-latest-small.zip"] = content
    known_as(monkeypatch, "ml-latest-small", content, server)
    server.plan.append(slow(20_000, 0.1))
    fetch = download.fetch

    def interrupted(*arguments: Any, **more: Any) -> Path:
        def progress(now: Any) -> None:
            if now.done >= 20_000:
                raise KeyboardInterrupt

        return fetch(*arguments, **(more | {"progress": progress}))

    monkeypatch.setattr(download, "fetch", interrupted)
    done = run("ml-latest-small", "--accept")
    assert done.code == 130
    assert "What has arrived is kept; the same command goes on from there." in done.err
    assert not (folder / "ml-latest-small.zip").exists()
    monkeypatch.setattr(download, "fetch", fetch)
    assert run("ml-latest-small", "--accept").code == 0
    assert server.ranges[-1].startswith("bytes=")  # type: ignore[union-attr]


def test_the_bar(monkeypatch: pytest.MonkeyPatch, server: Server, folder: Path):
    """On a terminal: the address, the share, the speed and the time left."""
    from recsys_core.cli.download import _bar
    from recsys_core.datasets.download.retry import TransferProgress

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with _bar() as progress:
        progress(TransferProgress(25_000_000, 100_000_000, 2_500_000.0, 30.0, "files.example"))
        progress(TransferProgress(3_000, None, None, None, "page 3"))
    shown = terminal.getvalue().split("\r")
    words = ("files.example", " 25%", "25.0M/100M", "2.50MB/s", "00:30 left")
    assert any(all(word in text for word in words) for text in shown)
    assert any("page 3 3.00k" in text for text in shown)


def test_a_file_of_ones_own(run: Run, server: Server, tmp_path: Path, folder: Path):
    done = run("--file", str(saved(tmp_path, SMALL)))
    assert (done.code, done.out) == (0, f"ml-latest-small is in {folder / 'ml-latest-small.zip'}.\n")
    assert server.seen == []
    wrong = run("ml-100k", "--file", str(saved(tmp_path, SMALL)))
    assert wrong.code == 2
    assert "mine.zip is not ml-100k but ml-latest-small" in wrong.err


def test_json(run: Run, server: Server, folder: Path):
    listed = json.loads(run("--json").out)
    assert [fact["name"] for fact in listed["data_sets"]] == [*RELEASES, "tvmaze"]
    assert not any(fact["downloaded"] for fact in listed["data_sets"])
    done = json.loads(run("ml-latest-small", "--accept", "--json").out)
    assert done["path"] == str(folder / "ml-latest-small.zip")
    assert done["downloaded"] is True
    assert done["licence_url"].endswith("README.html")


def test_an_unknown_name(run: Run):
    done = run("ml-2m", "--accept")
    assert done.code == 2
    assert done.err == (
        f"python -m recsys_core download: There is no data set 'ml-2m' to download. Choose one of: {', '.join(RELEASES)}, tvmaze.\n"
    )


def test_nothing_downloaded_is_committed():
    ignored = (Path(__file__).resolve().parents[2] / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "/data/downloads/" in ignored


def test_find_release():
    assert find_release("tvmaze") is TVMAZE
    assert find_release("ml-1m") is RELEASES["ml-1m"]
