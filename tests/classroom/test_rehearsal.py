"""Simulated students join, rate and vote as a class does."""

from __future__ import annotations

import pytest

from recsys_core.__main__ import main
from recsys_core.classroom import stations
from recsys_core.classroom.choice import best_known
from recsys_core.classroom.matrix import ClassMatrix
from recsys_core.classroom.rehearsal import invite, rehearse, vote
from recsys_core.data.example import example_dataset
from recsys_core.storage.rooms import Rooms
from recsys_core.storage.store import Store


@pytest.fixture
def rooms() -> Rooms:
    return Rooms(Store("sqlite://"))


def test_a_rehearsal_fills_the_matrix(rooms: Rooms) -> None:
    dataset = example_dataset()
    titles = best_known(dataset, 6)
    code = rooms.open("teacher", "example", titles)
    students = invite(rooms, code, dataset, 9)
    assert sum(rehearse(rooms, code, students)) == 9 * len(titles)
    room = rooms.room(code)
    assert {len(said) for said in room.stars.values()} == {len(titles)}
    assert ClassMatrix.of(room).n_stars > 9


def test_simulated_students_vote_where_the_class_does(rooms: Rooms) -> None:
    dataset = example_dataset()
    code = rooms.open("teacher", "example", best_known(dataset, 6))
    students = invite(rooms, code, dataset, 5)
    list(rehearse(rooms, code, students))
    at = [station.act for station in stations.STATIONS]
    for act, questions in (("guess", "guess"), ("name", "axis")):
        rooms.set(code, "teacher", station=at.index(act))
        assert vote(rooms, code, students, dataset) == 5
        assert any(question.startswith(questions) for question in rooms.room(code).votes)
    rooms.set(code, "teacher", station=at.index("wait"))
    assert vote(rooms, code, students, dataset) == 0


def test_who_is_removed_meanwhile_stays_away(rooms: Rooms) -> None:
    dataset = example_dataset()
    code = rooms.open("teacher", "example", best_known(dataset, 6))
    students = invite(rooms, code, dataset, 3)
    acts = rehearse(rooms, code, students)
    next(acts)
    rooms.remove(code, "teacher", students[0].student.id)
    taken = list(acts)
    assert taken.count(False) == 1
    assert len(rooms.room(code).students) == 2


def test_the_command_opens_a_room_and_fills_it(set_environment, tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    set_environment("DATABASE_URL", url := f"sqlite:///{tmp_path / 'ratings.sqlite3'}")
    assert main(["class", "--simulate", "4", "--titles", "5", "--pause", "0"]) == 0
    said = capsys.readouterr().out
    assert "4 students have joined" in said
    assert "said 20 things about 5 titles" in said
    code = said.split()[1].strip(",")
    assert len(Rooms(Store(url)).room(code).students) == 4
    assert main(["class", "--simulate", "1", "--room", code, "--pause", "0", "--stay", "0.001"]) == 0
    assert main(["class", "--room", "222222"]) == 2
    assert "no room with this code" in capsys.readouterr().err
