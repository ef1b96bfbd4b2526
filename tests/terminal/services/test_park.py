"""The pass services: what is refused before anything is written, and how each thing ends."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from park import SETTINGS, Fuse, World, facts_of, fresh_card

from card_profiles.park_pass import PASS, PassState, changed
from card_profiles.profiles import BEIJING, GEN2
from emulator.card import SoftwareCard
from emulator.facts import made_up_facts
from emulator.park_system import ParkFault, ParkSystem
from terminal.errors import (
    CardRefused,
    GuitaiError,
    IntentionDiffers,
    ParkAnswerWrong,
    ParkContradicts,
    ParkSystemMissing,
    ParkSystemUnreachable,
    PassCannotTell,
    PassCardExpired,
    PassElsewhere,
    PassExists,
    PassKeyUsed,
    PassNoApplication,
    PassNoIdentity,
    PassNoRoom,
    PassNotEligible,
    PassNotFound,
    PassNothingToMove,
    PassNotOnSale,
    PassNotThisCard,
    PassPending,
    PassUnconfirmed,
    PassUnfinished,
    PassUnsettled,
)
from terminal.journal import Method, State
from terminal.parties.park import Holding
from terminal.services.park import ParkDesk, ParkResult
from terminal.services.park_move import PassMove, Wanted

SOLD, ACTIVE, MOVED = PassState.SOLD, PassState.ACTIVE, PassState.MOVED
CASH = Method.CASH


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def buy(world: World, year: int = 2026, key: str = "buy", pass_type: int = 1) -> ParkResult:
    with world.desk() as desk:
        return desk.buy(year, pass_type, CASH, key, photo=b"\x01" * 8)


def activate(world: World, year: int = 2026, key: str = "activate") -> ParkResult:
    with world.desk() as desk:
        return desk.activate(year, key)


def recover(world: World, name: str = "old", *, abandon: bool = False) -> ParkResult:
    with world.desk(name) as desk:
        return desk.recover(abandon=abandon)


def torn(world: World, kind: str, operation: Callable[[World], object], nth: int = -1) -> None:
    """Fail at the last (or nth) point of a kind; the world goes on from there."""
    rehearsal = world.copied(world.folder / "rehearsal")
    operation(rehearsal)
    found = [at for at, each in enumerate(rehearsal.fuse.points) if each == kind]
    world.fuse = Fuse(found[nth])
    with pytest.raises(GuitaiError):
        operation(world)
    world.fuse = Fuse()


def write_record(world: World, number: int, record: bytes, name: str = "old") -> None:
    world.cards[name].memory.write(f"park_pass.0005.{number}", record)


def pass_of(year: int, state: PassState, ends: date) -> bytes:
    values = {"pass_type": 1, "year": str(year), "valid_from": date(year, 1, 1)}
    return PASS.encode(values | {"valid_to": ends, "state": state, "uses": 0, "counter": 1})


class TestASale:
    def test_both_years_on_one_card(self, world: World) -> None:
        """In December this year's and the next one's are sold, each valid as the public knows."""
        for year, key in ((2026, "a"), (2027, "b")):
            result = buy(world, year, key)
            assert [each.state for each in result.entries] == [State.DONE]
        spans = [(each.year, each.valid_from, each.valid_to) for each in world.records("old")[:2]]
        assert spans == [
            (2026, date(2026, 12, 20), date(2027, 1, 31)),
            (2027, date(2027, 1, 1), date(2028, 1, 31)),
        ]
        assert {each.photo for each in world.records("old")[:2]} == {b"\x01" * 8}
        assert result.wire.commands == 18

    def test_money_is_in_the_journal(self, world: World) -> None:
        """The day's sheet has to know what came into the till; the purse is not concerned."""
        buy(world, pass_type=2)
        with world.journal() as journal:
            meant = journal.find("buy").intention
        assert (meant.amount, meant.till, meant.method, meant.operator) == (
            0,
            5_000,
            CASH,
            "测试员",
        )

    def test_a_repeated_key_sells_once(self, world: World) -> None:
        """A clerk who presses twice, or a page that is sent again, pays for one pass."""
        assert buy(world).entries == buy(world).entries
        assert len([each for each in world.records("old") if each.year]) == 1

    def test_a_key_is_for_one_thing(self, world: World) -> None:
        """Another year, another kind, another card under the same key is a mistake."""
        buy(world)
        for wrong in (
            lambda: buy(world, 2027),
            lambda: buy(world, pass_type=2),
            lambda: activate(world, key="buy"),
        ):
            with pytest.raises(IntentionDiffers):
                wrong()
        with world.desk() as desk, pytest.raises(IntentionDiffers):
            desk.buy(2026, 1, Method.TRANSFER, "buy")
        with world.desk("new") as desk, pytest.raises(IntentionDiffers):
            desk.buy(2026, 1, CASH, "buy")

    def test_goes_on_where_the_park_system_was_silent(self, world: World) -> None:
        """Reserved and not heard of: the same key goes on, and nothing is reserved twice."""
        torn(world, "park after", buy, 2)
        assert world.park_system.passes(world.person)[0]["holding"] == "reserved"
        assert buy(world).entries[0].state is State.DONE

    @pytest.mark.parametrize("on_chip", [PassState.CANCELLED, ACTIVE])
    def test_after_one_that_was_cancelled(self, world: World, on_chip: PassState) -> None:
        """What the park system cancelled is none, whatever its chip still says."""
        buy(world)
        activate(world)
        world.park_system.state["passes"][0]["holding"] = "cancelled"
        cancelled = changed(world.records("old")[0].raw, {"state": on_chip})
        write_record(world, 1, cancelled)
        torn(world, "old before", lambda it: buy(it, key="torn"))
        assert recover(world).entries[0].state is State.UNDONE
        assert [each.holding for each in world.park.passes(world.person)] == [Holding.CANCELLED]
        assert buy(world, key="again").entries[0].state is State.DONE
        assert world.held(2026, SOLD, ACTIVE) == ["old"]
        assert [each.year for each in world.records("old")].count(2026) == 1

    def test_uses_room_again(self, world: World) -> None:
        """Eight records last a life: what is over makes room, the oldest first."""
        for number in range(1, 9):
            record = pass_of(2010 + number, SOLD, date(2012 + number, 1, 31))
            write_record(world, number, record)
        buy(world)
        assert [each.year for each in world.records("old")] == [2026, *range(2012, 2019)]


class TestRefusedBefore:
    """Nothing reserved, nothing begun, nothing written."""

    def refused(
        self, world: World, leaf: type[GuitaiError], act: Callable[[World], object] = buy
    ) -> GuitaiError:
        before = world.records("old")
        with pytest.raises(leaf) as caught:
            act(world)
        assert world.entries() == {}
        assert world.records("old") == before
        assert not [each for each in world.park_system.calls if each in {"sell", "seal"}]
        return caught.value

    @pytest.mark.parametrize("day", [date(2025, 12, 14), date(2027, 1, 1)])
    def test_out_of_season(self, world: World, day: date) -> None:
        """From mid-December of the year before to the end of the year."""
        world.today = day
        error = self.refused(world, PassNotOnSale)
        assert "2025-12-15" in error.cause("zh")

    @pytest.mark.parametrize("day", [date(2025, 12, 15), date(2026, 12, 31)])
    def test_first_and_last_day(self, world: World, day: date) -> None:
        """Both days are in the season."""
        world.today = day
        assert buy(world).entries[0].state is State.DONE

    def test_a_type_without_a_price(self, world: World) -> None:
        """What has no price is not sold, not given away."""
        self.refused(world, PassNotOnSale, lambda it: buy(it, pass_type=9))

    def test_not_eligible(self, world: World) -> None:
        """The park system says who may; its reason is passed on."""
        world.park_system = ParkSystem(refused=frozenset({world.person}))
        assert "不在购买范围内" in self.refused(world, PassNotEligible).cause("zh")

    def test_on_the_chip_already(self, world: World) -> None:
        """The park system lost it, the chip has it: not sold again."""
        write_record(world, 3, pass_of(2026, SOLD, date(2027, 1, 31)))
        self.refused(world, PassExists)

    def test_in_the_park_system_already(self, world: World) -> None:
        """On another card of the person, or bought elsewhere: one a person a year."""
        with world.desk("new") as desk:
            desk.buy(2026, 1, CASH, "elsewhere")
        with pytest.raises(PassExists):
            buy(world)

    def test_no_room(self, world: World) -> None:
        """Records in force and records nobody can read are not overwritten."""
        for number in range(1, 9):
            write_record(world, number, pass_of(2030 + number, SOLD, date(2040, 1, 31)))
        write_record(world, 4, bytes.fromhex("01AAAA") + bytes(25))
        self.refused(world, PassNoRoom)

    def test_nobody_s_card(self, world: World) -> None:
        """Passes are persons'; a card that does not say whose it is gets none."""
        facts = facts_of(1)
        assert facts.holder is not None
        nobody = replace(facts.holder, social_security_number="")
        world.cards["old"] = SoftwareCard.new(BEIJING, replace(facts, holder=nobody))
        self.refused(world, PassNoIdentity)

    def test_an_expired_card(self, world: World) -> None:
        """A card at its end is renewed first; on its last day it is not expired."""
        for last, refused in ((date(2026, 12, 19), True), (date(2026, 12, 20), False)):
            facts = replace(facts_of(1), expiry_date=last)
            world.cards["old"] = SoftwareCard.new(BEIJING, facts)
            if refused:
                self.refused(world, PassCardExpired)
            else:
                buy(world)

    def test_a_card_without_the_application(self, world: World) -> None:
        """Second-generation cards carry no passes, and that is said in words."""
        old = SoftwareCard.new(GEN2, made_up_facts(GEN2, 1))
        world.cards["old"] = old
        with world.desk() as desk, pytest.raises(PassNoApplication):
            desk.buy(2026, 1, CASH, "buy")

    def test_without_a_park_system(self, world: World) -> None:
        """A counter without one shows passes and sells none."""
        with world.laid("old") as visit, world.journal() as journal:
            desk = ParkDesk(visit, None, journal, world.clock, SETTINGS, "测试员")
            assert desk.show().passes[0].empty
            with pytest.raises(ParkSystemMissing):
                desk.buy(2026, 1, CASH, "buy")

    def test_what_was_begun_comes_first(self, world: World) -> None:
        """Until it is known how the last one ended nothing else is begun on this card."""
        torn(world, "old after", buy)
        for act in (lambda: buy(world, 2027, "b"), lambda: activate(world), lambda: buy(world)):
            with pytest.raises(PassUnfinished):
                act()

    @pytest.mark.parametrize(
        ("fault", "leaf"),
        [
            (ParkFault.DOWN, ParkSystemUnreachable),
            (ParkFault.CONTRADICTING, ParkAnswerWrong),
        ],
    )
    def test_the_park_system_is_ill(
        self, world: World, fault: ParkFault, leaf: type[GuitaiError]
    ) -> None:
        """Down or talking nonsense: nothing is begun."""
        world.park_system.fault = fault
        self.refused(world, leaf)

    def test_it_contradicts_itself_at_the_sale(self, world: World) -> None:
        """A record of another year than was ordered is never written, and released later."""
        answer = world.park_system.answer

        def lying(text: str) -> str:
            world.park_system.fault = ParkFault.CONTRADICTING if '"sell"' in text else ParkFault.UP
            return answer(text)

        world.park_system.answer = lying  # type: ignore[method-assign]
        with pytest.raises(ParkAnswerWrong):
            buy(world)
        assert all(each.empty for each in world.records("old"))
        assert recover(world).entries[0].state is State.UNDONE
        assert world.park_system.passes(world.person) == []


class TestActivation:
    def test_opens_the_gate(self, world: World) -> None:
        """Sold, a gate keeps it out; active, it lets it in while it is valid."""
        buy(world)
        with world.desk() as desk:
            assert [each.admitted for _, each in desk.check_gate().verdicts] == [False]
        activate(world)
        with world.desk() as desk:
            assert [each.admitted for _, each in desk.check_gate().verdicts] == [True]
        world.today = date(2027, 2, 1)
        with world.desk() as desk:
            assert [each.admitted for _, each in desk.check_gate().verdicts] == [False]

    def test_what_there_is_not(self, world: World) -> None:
        """None of the year, active already, over: each says which."""
        for word, before in (("没有", lambda: None), ("已经激活", lambda: activate_one(world))):
            before()
            with world.desk() as desk, pytest.raises(PassNotFound) as caught:
                desk.activate(2026, "again")
            assert word in caught.value.cause("zh")
        world.today = date(2027, 2, 1)
        with world.desk() as desk, pytest.raises(PassNotFound) as caught:
            desk.activate(2026, "again")
        assert "过期" in caught.value.cause("zh")

    def test_a_forged_record(self, world: World) -> None:
        """A pass that the park system never sold is not sealed."""
        write_record(world, 1, pass_of(2026, SOLD, date(2027, 1, 31)))
        with pytest.raises(PassElsewhere):
            activate(world)
        assert world.entries() == {"activate": State.UNDONE}


def activate_one(world: World) -> None:
    buy(world)
    activate(world)


class TestTheCardSaysNo:
    def test_refused_and_unchanged(self, world: World) -> None:
        """A refusal is looked into: the record is as before, so it did not happen."""
        with world.laid("old") as visit, world.journal() as journal:
            desk = ParkDesk(visit, world.park, journal, world.clock, SETTINGS, "测试员")
            world.refusing = "old"
            with pytest.raises(CardRefused):
                desk.buy(2026, 1, CASH, "buy")
        assert world.entries() == {"buy": State.UNDONE}
        assert world.park_system.passes(world.person) == []
        with pytest.raises(PassKeyUsed):
            buy(world)


class TestRecovery:
    def test_unsettled_then_done(self, world: World) -> None:
        """The answer was lost, the write was not: the card says so."""
        rehearsal = world.copied(world.folder / "r")
        buy(rehearsal)
        last = len(rehearsal.fuse.points) - 1 - rehearsal.fuse.points[::-1].index("old after")
        world.fuse = Fuse(last)
        with pytest.raises(PassUnsettled):
            buy(world)
        assert world.entries() == {"buy": State.UNKNOWN}
        with world.desk() as desk:
            assert len(desk.show().open) == 1
        assert recover(world).entries[0].state is State.DONE
        assert recover(world).entries == ()

    def test_unconfirmed_is_said_plainly(self, world: World) -> None:
        """The card holds it; nobody is told to sell it again."""
        rehearsal = world.copied(world.folder / "r")
        buy(rehearsal)
        world.fuse = Fuse(len(rehearsal.fuse.points) - 4)
        with pytest.raises(PassUnconfirmed):
            buy(world)
        assert world.entries() == {"buy": State.SENT}
        assert recover(world).entries[0].state is State.DONE

    def test_a_gate_was_passed_since(self, world: World) -> None:
        """An activation unknown to us and used at a gate is an activation that happened."""
        buy(world)
        torn(world, "old after", activate)
        (active, *_) = world.records("old")
        write_record(world, 1, changed(active.raw, {"uses": 1}))
        assert recover(world).entries[0].state is State.DONE

    def test_neither_the_old_nor_the_new(self, world: World) -> None:
        """A third content is a person's case, with all evidence, and stays open."""
        torn(world, "old after", buy)
        write_record(world, 1, pass_of(2026, ACTIVE, date(2027, 1, 31)))
        ((entry, error),) = recover(world).undecided
        assert isinstance(error, PassCannotTell)
        for name in ("number", "found", "before", "after"):
            assert str(error.facts[name]) in error.cause("zh")
        assert "guitai park decide" in error.advice("zh")
        assert entry.facts["cannot_tell"] == error.cause("zh")
        assert world.entries() == {"buy": State.UNKNOWN}

    def test_the_park_system_released_what_the_card_has(self, world: World) -> None:
        """Card against park system: not decided by us."""
        torn(world, "old after", buy)
        world.park_system.release("buy")
        ((_, error),) = recover(world).undecided
        assert isinstance(error, ParkContradicts)

    @pytest.mark.parametrize("written", [False, True])
    def test_what_no_journal_knows(self, world: World, written: bool) -> None:
        """The machine died before its journal was on the disk: the card decides for it."""
        torn(world, "old after" if written else "park after", buy, -1 if written else 2)
        world.forget_journal()
        with pytest.raises((PassPending, PassExists)):
            buy(world, key="another")
        assert recover(world).reconciled == ("buy",)
        assert world.held(2026, SOLD) == (["old"] if written else [])
        assert recover(world).reconciled == ()


class TestAMove:
    @pytest.fixture
    def two(self, world: World) -> World:
        buy(world)
        activate(world)
        buy(world, 2027, "next")
        return world

    def test_the_order_of_cards(self, two: World) -> None:
        """New, old, new: three lays, and both passes are over."""
        assert two.move().state is State.DONE
        assert two.asked == ["old", "new"]
        assert {each.state for each in two.records("old") if each.year} == {MOVED}
        assert (two.held(2026, ACTIVE), two.held(2027, SOLD)) == (["new"], ["new"])
        assert two.admitted(2026) == ["new"]

    def test_again_under_its_key(self, two: World) -> None:
        """A repeated move is the move that was made."""
        done = two.move()
        assert two.move().steps == done.steps

    def test_another_card_is_told_apart(self, two: World) -> None:
        """Neither the card before nor a stranger's is taken for the one that is needed."""
        two.cards["stranger"] = fresh_card(7)
        with two.laid("new") as visit, two.journal() as journal:
            move = PassMove(two.park, journal, two.clock, "测试员")
            entry = move.go_on(visit, move.begin(visit, "move"))
            assert move.next_step(entry) is Wanted.OLD
        for name in ("new", "stranger"):
            with two.laid(name) as visit, two.journal() as journal:
                move = PassMove(two.park, journal, two.clock, "测试员")
                with pytest.raises(PassNotThisCard) as caught:
                    move.go_on(visit, entry)
                assert "旧卡" in caught.value.cause("zh")

    def test_the_old_card_laid_first(self, two: World) -> None:
        """The usual slip: there is nothing to move to the card that has it."""
        with (
            two.laid("old") as visit,
            two.journal() as journal,
            pytest.raises(PassNothingToMove),
        ):
            PassMove(two.park, journal, two.clock, "测试员").begin(visit, "move")

    def test_given_up(self, two: World) -> None:
        """A new card that breaks must not cost the pass: the old one has it again."""
        torn(two, "new after", World.move, 20)
        with pytest.raises(PassNotThisCard):
            recover(two, "new", abandon=True)
        assert recover(two, abandon=True).entries[0].state is State.UNDONE
        assert (two.admitted(2026), two.held(2027, SOLD)) == (["old"], ["old"])
        assert two.move("again").state is State.DONE

    def test_marked_it_can_only_go_on(self, two: World) -> None:
        """Half marked as moved: not given up, finished."""
        torn(two, "old after", World.move)
        with pytest.raises(ParkContradicts):
            recover(two, abandon=True)
        two.settle()
        assert (two.admitted(2026), two.held(2027, SOLD)) == (["new"], ["new"])

    def test_waits_for_the_other_card(self, two: World) -> None:
        """Recovery with the card that is not needed now says that it is open."""
        torn(two, "new after", World.move, 20)
        assert [each.key for each in recover(two, "old").open] == ["move"]

    def test_a_dead_chip(self, two: World) -> None:
        """The park system's record is the source; the old card is worth nothing if it wakes."""
        assert two.move(dead=True).state is State.DONE
        assert two.asked == []
        assert (two.admitted(2026), two.held(2027, SOLD)) == (["new"], ["new"])
        with two.desk("old") as desk:
            assert not any(each.admitted for _, each in desk.check_gate().verdicts)

    @pytest.mark.parametrize("kind", ["sale", "activation"])
    def test_a_chip_that_died_in_the_middle(self, world: World, kind: str) -> None:
        """What was paid goes over with the move; what was only being activated is sold still."""
        if kind == "activation":
            buy(world)
        torn(world, "old memory", buy if kind == "sale" else activate)
        world.move(dead=True)
        expected = State.DONE if kind == "sale" else State.UNDONE
        assert world.entries()["buy" if kind == "sale" else "activate"] is expected
        assert world.held(2026, SOLD) == ["new"]

    def test_what_was_begun_on_the_old_card_comes_first(self, world: World) -> None:
        """Its chip lives and tells: not moved before it has."""
        torn(world, "old after", buy)
        with pytest.raises((PassUnfinished, PassPending)):
            world.move()

    def test_the_new_card_has_one(self, two: World) -> None:
        """A pass of the year on both cards is a person's case, not one for overwriting."""
        write_record(two, 1, pass_of(2027, SOLD, date(2028, 1, 31)), "new")
        with pytest.raises(PassExists):
            two.move()
        assert "move" not in two.entries()

    def test_passes_that_are_over_stay(self, two: World) -> None:
        """Last year's is history; only what is in force goes over."""
        two.today = date(2027, 2, 1)
        two.move()
        assert [each.year for each in two.records("new") if each.year] == [2027]

    def test_again_where_the_park_system_was_silent(self, two: World) -> None:
        """It had begun there and nobody heard: the same key goes on with it."""
        torn(two, "park after", World.move, 1)
        assert two.entries()["move"] is State.BEGUN
        assert two.move().state is State.DONE

    @pytest.mark.parametrize("abandon", [False, True])
    def test_only_announced(self, two: World, abandon: bool) -> None:
        """Nothing was written yet: recovery gives it up, whichever card lies there."""
        torn(two, "park after", World.move, 1)
        assert recover(two, "new", abandon=abandon).entries[0].state is State.UNDONE
        assert (two.admitted(2026), two.held(2027, SOLD)) == (["old"], ["old"])
        with pytest.raises(PassKeyUsed):
            two.move()

    def test_a_key_is_for_one_move(self, two: World) -> None:
        """Another new card, or another kind of thing, under the same key."""
        with pytest.raises(IntentionDiffers):
            two.move("buy")

    @pytest.mark.parametrize("name", ["new", "old"])
    def test_a_card_says_no(self, two: World, name: str) -> None:
        """Not marked, not arrived: open, nothing lost, and gone on with when it takes it."""
        first = two.cards[name].memory.writes
        with pytest.raises(CardRefused):
            two.move_refused_by(name)
        assert two.cards[name].memory.writes > first  # challenges and proofs, no pass
        assert len(two.held(2026, ACTIVE)) == 0
        two.settle()
        assert (two.admitted(2026), two.held(2027, SOLD)) == (["new"], ["new"])

    @pytest.mark.parametrize("marked", [0, 1, 2])
    def test_a_move_that_no_journal_knows(self, two: World, marked: int) -> None:
        """Untouched, the old card has its passes again; marked in part, it is a person's case."""
        torn(two, "old after" if marked else "new after", World.move, -3 + marked if marked else 20)
        assert [each.state for each in two.records("old")].count(MOVED) == marked
        two.forget_journal()
        with pytest.raises(PassPending):
            two.move("another")
        assert recover(two).reconciled == (() if marked else ("move",))
        assert two.admitted(2026) == ([] if marked else ["old"])

    def test_given_up_elsewhere(self, two: World) -> None:
        """Whoever comes later with the move finds it over, and notes that."""
        torn(two, "new after", World.move, 20)
        two.park_system.release("move")
        with two.journal() as journal:
            (entry,) = journal.unfinished()
            move = PassMove(two.park, journal, two.clock, "测试员")
            assert move.next_step(entry) is Wanted.NONE
        assert recover(two, "new").entries[0].state is State.UNDONE


def test_an_activation_again_under_its_key(world: World) -> None:
    """The page that is sent again activates once."""
    buy(world)
    assert activate(world).entries == activate(world).entries
