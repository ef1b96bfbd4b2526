"""``guitai deaths``: the city's reminders stop handing over; a wrong one is taken back by two."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from handing_over import group
from registry import citizen_id
from registry_desk import WORD
from serving_desk import ServingDesk, code

BY_TWO = ("--second", "zhang", "--reason", "公安已更正")


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> ServingDesk:
    """Give a bank's desk at which a clerk sits."""
    return ServingDesk(tmp_path, monkeypatch, capsys).stocked().as_("li")


def remind(desk: ServingDesk, sequence: int) -> None:
    """Have the city remind of somebody's death today."""
    today = datetime.now(UTC).date().isoformat()
    desk.others.city.card_management.add_death("citizen_id", citizen_id(sequence), today)


def test_fetched_once(desk: ServingDesk) -> None:
    """R-DEAD-10WD: what is to be recalled is named with its day; it is told once."""
    with desk.bench() as on:
        _, (card,) = group(on, 1)
    remind(desk, 20)
    assert f"要召回的卡：{card.id}，最迟 " in desk("deaths", "fetch").out
    assert desk("deaths", "fetch", "--json").json["deaths"] == []
    assert desk("custody", "recall", str(card.id), "--json").json["life"] == "recalled"


def test_a_stranger(desk: ServingDesk) -> None:
    """Whom this counter does not know is named all the same, masked."""
    remind(desk, 99)
    out = desk("deaths", "fetch").out
    assert "登记库中没有此人" in out
    assert citizen_id(99) not in out


def test_nothing_new(desk: ServingDesk) -> None:
    """A quiet day is told as one."""
    assert desk("deaths", "fetch").out == "没有新的死亡提醒\n"


def test_a_wrong_one(desk: ServingDesk) -> None:
    """It is taken back once the authorities say alive, by two, with grounds."""
    person = desk.person(3)
    remind(desk, 3)
    (death,) = desk("deaths", "fetch", "--json").json["deaths"]
    assert death["person"] == person.id
    correct = ("deaths", "correct", str(person.id))
    assert code(desk(*correct, "--json")) == "second_person_needed"
    ran = desk(*correct, *BY_TWO, typed=(WORD,))
    assert ran.out == f"已更正：登记编号 {person.id} 的人在世\n"
    again = desk(*correct, *BY_TWO, typed=(WORD,))
    assert again.out == f"登记编号 {person.id} 的人没有死亡记录，什么都没有改动\n"
    assert desk(*correct, *BY_TWO, "--json", typed=(WORD,)).json["changed"] is False
    assert code(desk("deaths", "correct", "999", *BY_TWO, "--json", typed=(WORD,))) == (
        "person_unknown"
    )
