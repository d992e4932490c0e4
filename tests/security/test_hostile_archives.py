"""A hostile archive costs no more than a second, 100 MB and a sentence that names the limit, before it is refused."""

from __future__ import annotations

import random
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from recsys_core.datasets.download.checking import check_archive
from recsys_core.datasets.limits import Limits, limits
from recsys_core.errors import DatasetError
from tests.security.archives import CSV, HEAD, MOVIES, many_entries, packed, short_rows, streamed
from tests.security.cost import Cost, cost

SECONDS, MEGABYTES = 1.0, 100.0
Build = Callable[[Path], Path]


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Cost:
    """What a tiny, good archive costs: the libraries."""
    found = cost(packed(tmp_path_factory.mktemp("good") / "good.zip", CSV))
    assert found.said == ""
    return found


def noise(n: int) -> str:
    """Letters that cannot be packed well."""
    return random.Random(1).randbytes(n // 2).hex()


def lines_within_lines(path: Path) -> Path:
    """Rows that end as old Macs wrote them, in few lines: whoever counts "\\n" counts too few."""
    rows = b"".join(b"%d,1,5,\r" % random.Random(2).randrange(9999) for _ in range(9000))
    return streamed(path, "ratings.csv", [HEAD, *[rows + b"\n"] * 2000])


ATTACKS: dict[str, tuple[Build, str, str]] = {
    "600 MB of short rows": (lambda path: short_rows(path, 600), "", r"would unpack to 0\.6 GB, .*ratio=40"),
    "600 MB of short rows, where the ratio is no limit": (
        lambda path: short_rows(path, 600), "ratio=1000", r"ratings\.csv has more than 40,000,000 rows.*ratings="
    ),
    "a million entries": (lambda path: many_entries(path, 10**6), "", r"table of contents has more than 1\.0 MB.*files=1000"),
    "a million entries said to be one": (lambda path: many_entries(path, 10**6, honest=False), "", "table of contents has more than"),
    "twenty thousand entries": (lambda path: many_entries(path, 18_000), "", "holds 18,000 files.*files=1000"),
    "a title of 20 MB": (
        lambda path: packed(path, CSV | {"movies.csv": f"{MOVIES}3,{noise(20 * 2**20)},Crime\n"}),
        "", r"movies\.csv has a line of more than 1 MB.*field=10000",
    ),
    "a title of 5,000 signs": (
        lambda path: packed(path, CSV | {"movies.csv": f"{MOVIES}3,{noise(5000)},Crime\n"}), "", "a title of 5,000 characters.*title=1000"
    ),
    "the same, in quotation marks": (
        lambda path: packed(path, CSV | {"movies.csv": f'{MOVIES}3,"{noise(5000)}",Crime\n'}), "", "a title of 5,000 characters.*title=1000"
    ),
    "200,000 genres on one title": (
        lambda path: packed(path, CSV | {"movies.csv": f"{MOVIES}3,X,{'|'.join(map(str, range(200_000)))}\n"}),
        "", r"has a line of more than 1 MB|genres of [\d,]+ characters",
    ),
    "200 genres on one title": (
        lambda path: packed(path, CSV | {"movies.csv": f"{MOVIES}3,X,{'|'.join(map(str, range(200)))}\n"}),
        "", "with 200 genres.*genres=100",
    ),
    "a genre of 5,000 signs": (
        lambda path: packed(path, CSV | {"movies.csv": f"{MOVIES}3,X,{noise(5000)}\n"}), "", "genre with a very long name.*name=100"
    ),
    "an id of 5,000 signs": (
        lambda path: packed(path, CSV | {"movies.csv": f"{MOVIES}{noise(5000)},X,Crime\n"}), "", "movieId of 5,000 characters.*name=100"
    ),
    "a hundred thousand columns": (
        lambda path: packed(path, CSV | {"ratings.csv": "userId,movieId,rating," + ",".join(map(str, range(100_000))) + "\n7,1,5\n"}),
        "", "has more than 200 columns.*columns=200",
    ),
    "a million genres with a column each": (
        lambda path: packed(path, {"u.data": "1\t1\t5\t1\n", "u.item": "1|X|||\n", "u.genre": "".join(f"{n}|{n}\n" for n in range(10**6))}),
        "ratio=1000", r"u\.genre has more than 200 rows.*columns=200",
    ),
    "three million titles": (
        lambda path: streamed(path, "movies.csv", [b"movieId,title,genres\n", b"".join(b"%d,X,Y\n" % n for n in range(3 * 10**6))], 1),
        "", r"movies\.csv has more than 200,000 rows.*titles=200000",
    ),
    "ten million rows of nonsense": (
        lambda path: streamed(path, "ratings.csv", [HEAD, *[b"nonsense,%d\n" % n * 1000 for n in range(10_000)]]),
        "ratio=1000", "cannot be read.*2 fields instead of 4",
    ),
    "rows within rows": (lines_within_lines, "ratio=1000 ratings=1000000", r"ratings\.csv has more than 1,000,000 rows"),
    "more people than can be": (
        lambda path: streamed(path, "ratings.csv", [HEAD, b"".join(b"%d,1,5,1\n" % n for n in range(200_000))]),
        "people=100000", "more than 100,000 different values of userId.*people=100000",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_costs_a_second_and_a_sentence(name: str, usual: Cost, tmp_path: Path):
    build, setting, sentence = ATTACKS[name]
    found = cost(build(tmp_path / "evil.zip"), setting)
    assert found.said.startswith("evil.zip")
    assert_matches(sentence, found.said)
    assert len(found.said) < 1000
    assert found.seconds <= SECONDS
    assert found.megabytes - usual.megabytes <= (50 if "entries" in name else MEGABYTES)


def assert_matches(sentence: str, said: str) -> None:
    with pytest.raises(DatasetError, match=sentence):
        raise DatasetError(said)


def refused(path: Path, sentence: str) -> None:
    with pytest.raises(DatasetError, match=sentence) as caught:
        check_archive(path, limits())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["../evil.csv", "ml/../../evil.csv", "/etc/evil.csv", "C:/evil.csv", "..\\evil.csv", "\\\\host\\evil.csv"])
def test_names_that_leave_the_archive(name: str, tmp_path: Path):
    path = packed(tmp_path / "evil.zip", CSV)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, "x")
    refused(path, "points outside the archive; nothing was read")


def test_a_link_in_an_archive(tmp_path: Path):
    path = packed(tmp_path / "evil.zip", {"movies.csv": MOVIES})
    link = zipfile.ZipInfo("ml/ratings.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    refused(path, r"ml/ratings\.csv is a link; nothing was read")


def test_an_encrypted_archive(tmp_path: Path):
    path = packed(tmp_path / "evil.zip", CSV)
    content = bytearray(path.read_bytes())
    content[content.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    refused(path, "is encrypted; nothing was read. Pack it again without a password")


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_method_that_may_ask_for_gigabytes(method: int, tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "evil.zip", "w", method) as archive:
        archive.writestr("ml/ratings.csv", "x" * 100)
    refused(tmp_path / "evil.zip", "is packed by an unusual method; nothing was read")


def test_a_bomb_beside_a_large_file_that_is_packed_badly(tmp_path: Path):
    """Together the two have a usual ratio."""
    path = packed(
        tmp_path / "evil.zip", CSV | {"zeros.csv": bytes(40 * 2**20), "noise.bin": random.Random(3).randbytes(2 * 2**20)}, level=9
    )
    refused(path, r"times its size; nothing was read\. The limit is ratio=40")


def test_many_names_are_not_all_shown(tmp_path: Path):
    refused(packed(tmp_path / "evil.zip", {"ratings.csv": HEAD} | {f"{n}{'x' * 200}\x1b[31m": "" for n in range(900)}), r"and 881 more\.$")


def test_limits_are_read_from_the_setting(set_environment):
    set_environment("RECSYS_LIMITS", "ratings=5 days=7")
    assert limits() == Limits(ratings=5, days=7)
    for wrong in ("rating=5", "ratings", "ratings=many", "ratings=-1", "confined=1"):
        set_environment("RECSYS_LIMITS", wrong)
        with pytest.raises(DatasetError, match=f"RECSYS_LIMITS holds '{wrong}'"):
            limits()


def test_the_largest_release_is_within_the_limits():
    assert Limits().ratings > 32_000_204
    assert Limits().titles > 87_585
    assert Limits().people > 200_948
