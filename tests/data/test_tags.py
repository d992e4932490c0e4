"""Lists of tags as one matrix, by hand."""

from __future__ import annotations

from recsys_core.data.tags import Tags, split_list


def test_members_by_tag_the_commonest_first():
    tags = Tags.from_texts(["a|b", "", "b|b", "c|b|a"])
    assert {name: tags.members(name).tolist() for name in tags.names} == {"b": [0, 2, 3], "a": [0, 3], "c": [3]}
    assert tags.names == ("b", "a", "c")
    assert tags.counts == {"b": 3, "a": 2, "c": 1}


def test_unknown_tags_have_no_members():
    tags = Tags.from_texts(["a"])
    assert tags.members("z").tolist() == []
    assert "z" not in tags
    assert tags.with_any(["z"]).tolist() == [False]


def test_no_tags_at_all():
    tags = Tags.from_texts(["", ""])
    assert tags.names == ()
    assert tags.with_any(["a"]).tolist() == [False, False]


def test_empty_values_are_no_values():
    assert split_list("") == ()
    assert split_list("a||b|") == ("a", "b")
