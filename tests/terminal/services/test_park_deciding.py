"""What no card decides about a pass: two people do, and the card is free again."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from park import Fuse, World

from card_profiles.park_pass import PassState, changed
from terminal.errors import (
    DecisionRefused,
    GuitaiError,
    ParkSystemUnreachable,
    PassUnfinished,
    SecondPersonNeeded,
)
from terminal.journal import Entry, Method, State
from terminal.services.park_deciding import decide_by_people

SOLD, ACTIVE = PassState.SOLD, PassState.ACTIVE


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def buy(world: World, year: int = 2026, key: str = "sale") -> None:
    with world.desk() as desk:
        desk.buy(year, 1, Method.CASH, key)


def activate(world: World) -> None:
    with world.desk() as desk:
        desk.activate(2026, "activation")


def recover(world: World, name: str = "old") -> Any:
    with world.desk(name) as desk:
        return desk.recover()


def torn(
    world: World, operation: Callable[[World], object], kind: str = "old after", nth: int = -1
) -> None:
    """Fail at the last (or nth) point of a kind."""
    rehearsal = world.copied(world.folder / f"rehearsal of {kind}")
    operation(rehearsal)
    world.fuse = Fuse([at for at, each in enumerate(rehearsal.fuse.points) if each == kind][nth])
    with pytest.raises(GuitaiError):
        operation(world)
    world.fuse = Fuse()


def undecidable(world: World) -> None:
    """Tear an activation, and let somebody else write the record."""
    buy(world)
    torn(world, activate)
    other = changed(world.records("old")[0].raw, {"uses": 5, "counter": 99})
    world.cards["old"].memory.write("park_pass.0005.1", other)
    assert len(recover(world).undecided) == 1


def decide(world: World, key: str = "activation", **how: Any) -> Entry:
    how = {"card_has": True, "operator": "李明", "second": "王芳", "reason": "已核对"} | how
    with world.journal() as journal:
        return decide_by_people(world.park, journal, key, **how)


@pytest.mark.parametrize("card_has", [True, False])
def test_frees_the_card(world: World, card_has: bool) -> None:
    """The park system is told, the journal says by whom and why, and business goes on."""
    undecidable(world)
    with pytest.raises(PassUnfinished):
        buy(world, 2027, "next")
    entry = decide(world, card_has=card_has)
    assert entry.state is (State.DONE if card_has else State.UNDONE)
    names = ("decided_by", "agreed_by", "grounds")
    assert [entry.facts[name] for name in names] == ["李明", "王芳", "已核对"]
    (there,) = world.park_system.passes(world.person)
    assert (there["holding"], there["pending"]) == ("active" if card_has else "sold", "")
    buy(world, 2027, "next")
    assert not world.open


@pytest.mark.parametrize("second", ["", " ", "李明", " 李明 ", "Li", "lI "])
def test_takes_two_people(world: World, second: str) -> None:
    """One person under two spellings is one person."""
    undecidable(world)
    operator = "LI" if second.strip().isascii() else "李明"
    with pytest.raises(SecondPersonNeeded):
        decide(world, operator=operator, second=second)
    assert world.open


@pytest.mark.parametrize("operator", ["", " \u3000"])
def test_nobody_is_no_first_person(world: World, operator: str) -> None:
    """One clerk and a blank are not two people."""
    undecidable(world)
    with pytest.raises(SecondPersonNeeded):
        decide(world, operator=operator, second="boss")
    assert world.open


def test_what_people_may_not_decide(world: World) -> None:
    """Without grounds, or what is over."""
    undecidable(world)
    for key, how, word in (
        ("activation", {"reason": " "}, "--reason"),
        ("sale", {}, "已有结果"),
    ):
        with pytest.raises(DecisionRefused) as caught:
            decide(world, key, **how)
        assert word in caught.value.cause("zh")


def test_the_card_is_asked_first(world: World) -> None:
    """People do not overrule a card that was never heard."""
    torn(world, buy)
    with pytest.raises(DecisionRefused) as caught:
        decide(world, "sale")
    assert "--without-card" in caught.value.cause("zh")


def test_a_move_goes_another_way(world: World) -> None:
    """Its passes are not decided away: the refusal names the commands that end it."""
    buy(world)
    world.begin_move()
    with pytest.raises(DecisionRefused) as caught:
        decide(world, "move", without_card=True)
    assert "--instead" in caught.value.cause("zh")


def test_what_was_never_sent(world: World) -> None:
    """Only announced: its lost card cannot have it, and the year is free again."""
    torn(world, buy, "park after", 2)
    with pytest.raises(DecisionRefused) as caught:
        decide(world, "sale", without_card=True)
    assert "--card-has no" in caught.value.cause("zh")
    assert decide(world, "sale", card_has=False, without_card=True).state is State.UNDONE
    with world.desk("new") as desk:
        desk.buy(2026, 1, Method.CASH, "again")


@pytest.mark.parametrize("written", [False, True])
def test_a_sale_whose_card_is_lost_for_ever(world: World, written: bool) -> None:
    """Decided yes, the pass goes to a new card; decided no, the year can be sold there."""
    torn(world, buy, "old after" if written else "old memory")
    entry = decide(world, "sale", card_has=written, without_card=True)
    assert entry.facts["without_card"] is True
    if written:
        world.move(dead=True)
    else:
        with world.desk("new") as desk:
            desk.buy(2026, 1, Method.CASH, "again")
    assert world.held(2026, SOLD, ACTIVE) == ["new"]


def test_a_card_that_comes_back_after_all(world: World) -> None:
    """Decided no, its record grants nothing, and makes room for a new sale."""
    torn(world, buy)
    decide(world, "sale", card_has=False, without_card=True)
    assert [each.state for each in world.records("old") if each.year] == [SOLD]
    assert world.held(2026, SOLD) == []
    buy(world, key="again")
    assert world.held(2026, SOLD) == ["old"]


def test_the_park_system_is_told_first(world: World) -> None:
    """Where it does not answer nothing is noted, and it is decided again."""
    undecidable(world)
    world.fuse = Fuse(0)
    with pytest.raises(ParkSystemUnreachable):
        decide(world)
    world.fuse = Fuse()
    assert decide(world).state is State.DONE


def test_one_does_not_stop_the_others(world: World) -> None:
    """A card with two open things: the one that can be told is settled, the other is shown."""
    undecidable(world)
    with world.journal() as journal:
        meant = journal.find("activation").intention
        journal.begin(type(meant)("later", meant.kind, meant.card, 0, 0, Method.NONE, "x"))
        journal.begin(type(meant)("earlier-", meant.kind, meant.card, 0, 0, Method.NONE, "x"))
    result = recover(world)
    assert {each.key for each in result.entries} == {"later", "earlier-"}
    assert [entry.key for entry, _ in result.undecided] == ["activation"]
    assert date(2027, 1, 31) == result.passes[0].valid_to
