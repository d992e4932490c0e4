"""Files that are none, or are meant to do harm: a sentence, little time and memory, and nothing is read."""

from __future__ import annotations

import io
import time
import tracemalloc
import zipfile

import pytest

from recsys_core.errors import ExchangeError
from recsys_core.exchange.reading import read_file
from tests.exchange import files
from tests.security.archives import many_entries

SECONDS, MEGABYTES = 10, 100
"""A second is meant; a busy machine and the counting of memory take their share."""
MB = 2**20


def refused(content: bytes) -> str:
    """The sentence, within the limits of what a file may cost beside itself."""
    start = time.process_time()
    tracemalloc.start()
    try:
        with pytest.raises(ExchangeError) as error:
            read_file(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - start < SECONDS
    assert peak < MEGABYTES * MB
    return str(error.value)


def bomb(megabytes: int, name: str = "ratings.csv") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive, archive.open(name, "w", force_zip64=True) as file:
        for _ in range(megabytes):
            file.write(bytes(MB))
    return packed.getvalue()


BILLION_LAUGHS = b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 10) for letter in range(ord("b"), ord("k"))
) + b"]><recentratings><film><filmname>&j;</filmname><score>1</score></film></recentratings>"  # fmt: skip
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r><film><filmname>&x;</filmname></film></r>'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (bytes(range(256)) * 40, "no file that is known"),
        (b"\x89PNG\r\n\x1a\n" + bytes(1000), "no file that is known"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b"\n <html><table><tr><td>title<td>stars</table>", "web page"),
        (files.letterboxd_zip()[:300], "damaged"),
        (b"PK\x03\x04" + bytes(100), "damaged"),
        (files.zipped({"readme.txt": "no ratings", "ratings.csv": "a,b\n1,2\n"}), "No file in the zip"),
        (files.zipped({"ratings-movies.json": '[{"movie": {"title": "Heat"', "x.csv": files.PLAIN}), "no whole JSON"),
        (b'{"a": ', "no whole JSON"),
        (b"[" * 100_000, "no whole JSON"),
        (b"<?xml version='1.0'?><films><film>", "no whole XML"),
        (b"<?xml version='1.0' encoding='nonsense'?><films/>", "XML"),
        (BILLION_LAUGHS, "document type"),
        (OUTSIDE, "document type"),
        (b"date,name\n1,2\n", "Known are exports of Letterboxd"),
    ],
)
def test_a_file_that_is_none_gets_a_sentence(content: bytes, words: str) -> None:
    said = refused(content)
    assert words in said
    assert said.endswith(".")
    assert "\x00" not in said


def test_a_zip_that_unpacks_to_a_gigabyte_is_not_unpacked() -> None:
    assert "would unpack to 1,024 MB" in refused(bomb(1024))


def test_many_small_bombs_are_counted_together() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6):
            archive.writestr(f"{number}/ratings.csv", bytes(15 * MB))
    assert "would unpack to 90 MB" in refused(packed.getvalue())


def test_a_bomb_that_lies_about_its_size() -> None:
    honest = bomb(64)
    assert zipfile.ZipFile(io.BytesIO(honest)).getinfo("ratings.csv").file_size == 64 * MB
    lying = honest.replace((64 * MB).to_bytes(8, "little"), (1000).to_bytes(8, "little")).replace(
        (64 * MB).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    )
    assert "damaged" in refused(lying) or "would unpack" in refused(lying)


@pytest.mark.parametrize("honest", [True, False])
def test_a_zip_of_very_many_files(tmp_path, honest: bool) -> None:
    assert "table of contents" in refused(many_entries(tmp_path / "many.zip", 200_000, honest=honest).read_bytes())


def test_an_encrypted_zip_says_what_to_do() -> None:
    content = bytearray(files.zipped({"ratings.csv": files.PLAIN}))
    content[content.find(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refused(bytes(content))


@pytest.mark.parametrize(
    "content",
    [
        b"title,year,stars\n" + b"x" * 10 * MB,
        b'title,year,stars\n"' + b"x" * 10 * MB,
        b'title,year,stars\n"' + b"x\n" * (4 * MB),
        b"title,year,stars\n" + b"," * 10 * MB,
        b"title,year,stars\n" + b'"a\n",' * MB,
        b"title,year,stars\n" + b"a,2000,5\n" * MB,
        b"title," * MB,
        b"title,year,stars\n" + "é😀".encode() * MB + b"\xff",
        b"userId,movieId,rating,timestamp\n" + b"".join(b"%d,1,5,1\n" % number for number in range(600_000)),
        b"[" + b'{"movie":{}},' * 700_000 + b"{}]",
        b"[" + b'"ab",' * (2 * MB) + b'""]',
        b"<?xml version='1.0'?><films>" + b"<film><filmname>a</filmname></film>" * 250_000 + b"</films>",
        b"<?xml version='1.0'?>" + b"<a>" * 100_000,
    ],
    ids=lambda content: f"{content[:24]!r}…{len(content) // 1000}k",
)
def test_ten_megabytes_of_nonsense(content: bytes) -> None:
    refused(content)


def test_a_title_of_a_thousand_letters_is_skipped_with_its_reason() -> None:
    reading = read_file(f"title,year,stars\n{'x' * 2000},2000,5\nHeat,1995,4\n".encode())
    assert [row.skipped for row in reading.rows] == ["a title of more than 1,000 characters", ""]
