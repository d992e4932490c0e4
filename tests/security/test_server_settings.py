"""What a public server sets, as the environment says it."""

from __future__ import annotations

import pytest

from recsys_core.settings import Settings


def test_without_any_the_server_is_for_this_machine() -> None:
    found = Settings.from_environment({"RECSYS_HOSTS": " ", "RECSYS_EMBED": ""})
    assert (found.upload_mb, found.hosts, found.embed, found.metrics_open) == (10, (), (), False)
    assert (found.log_json, found.keep_days) == (False, 0)


def test_lists_may_be_written_with_commas_or_spaces_and_hold_no_second_rule() -> None:
    found = Settings.from_environment(
        {"RECSYS_HOSTS": "a.org, *.b.org", "RECSYS_EMBED": "https://c.org; script-src *", "RECSYS_UPLOAD_MB": "300", "RECSYS_METRICS": "on"}
    )
    assert found.hosts == ("a.org", "*.b.org")
    assert not any(";" in origin or " " in origin for origin in found.embed)
    assert found.upload_mb == 300
    assert found.metrics_open


@pytest.mark.parametrize("name", ["RECSYS_UPLOAD_MB", "RECSYS_KEEP_DAYS"])
@pytest.mark.parametrize("text", ["ten", "-1", "0", "1.5"])
def test_a_limit_that_is_no_number_is_said(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a whole number above 0"):
        Settings.from_environment({name: text})


def test_what_is_logged_and_how_long_ratings_are_kept() -> None:
    found = Settings.from_environment({"RECSYS_LOG": "JSON", "RECSYS_KEEP_DAYS": "365"})
    assert (found.log_json, found.keep_days) == (True, 365)
    assert not Settings.from_environment({"RECSYS_LOG": "text"}).log_json
    with pytest.raises(ValueError, match="RECSYS_LOG must be json or text, not 'xml'"):
        Settings.from_environment({"RECSYS_LOG": "xml"})
