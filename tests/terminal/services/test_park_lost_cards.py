"""A move whose old or new card dies or is lost, and what a move carries over."""

from pathlib import Path

import pytest
from park import Fuse, World, facts_of, fresh_card

from card_profiles.park_pass import PassState, changed
from emulator.park_system import ParkSystem
from terminal.errors import (
    GuitaiError,
    ParkAnswerWrong,
    PassCardRevoked,
    PassNothingToMove,
    PassOtherPerson,
    PassPending,
)
from terminal.journal import Entry, Method, State
from terminal.parties.park import MovingPass
from terminal.services.park_move import PassMove

SOLD, ACTIVE = PassState.SOLD, PassState.ACTIVE


def sold(world: World, year: int = 2026, name: str = "old") -> None:
    with world.desk(name) as desk:
        desk.buy(year, 1, Method.CASH, f"sale-{year}")
    with world.desk(name) as desk:
        desk.activate(year, f"activation-{year}")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A person with an active pass, and two cards more."""
    made = World(tmp_path)
    made.issue("third", 3)
    sold(made)
    return made


def marked(world: World) -> Entry:
    """Move until the new card has to be laid once more."""
    entry = world.begin_move()
    with world.laid("old") as visit, world.journal() as journal:
        return PassMove(world.park, journal, world.clock, "测试员").go_on(visit, entry)


class TestANewCardThatIsGone:
    @pytest.mark.parametrize("dead", [False, True])
    @pytest.mark.parametrize("stage", [World.begin_move, marked])
    def test_another_takes_its_place(self, world: World, stage: object, dead: bool) -> None:
        """Whatever was marked already: the third card has the pass, the lost one is worthless."""
        begun = stage(world)  # type: ignore[operator]
        assert world.move("instead", to="third", instead=True, dead=dead).state is State.DONE
        assert world.admitted(2026) == world.held(2026, SOLD, ACTIVE) == ["third"]
        assert not world.open
        assert world.card_id("new") in world.park_system.state["revoked"]
        expected = State.DONE if stage is marked else State.UNDONE
        assert world.entries()[begun.key] is expected
        with world.desk("new") as desk:
            assert not any(each.admitted for _, each in desk.check_gate().verdicts)

    def test_it_may_die_after_a_part_was_marked(self, world: World) -> None:
        """Two years, one of the old records marked: both go to the third card."""
        sold(world, 2027)
        entry = world.begin_move()
        world.fuse.watch = lambda: (
            world.dead.add("old")
            if [each.state for each in world.records("old")].count(PassState.MOVED)
            else None
        )
        with pytest.raises(GuitaiError):
            world.go_on(entry)
        world.fuse, world.dead = Fuse(), {"new"}
        world.move("instead", to="third", instead=True)
        assert world.held(2026, ACTIVE) == world.held(2027, ACTIVE) == ["third"]
        assert not world.open

    def test_it_comes_back(self, world: World) -> None:
        """Found again it is no card for passes any more, and that is said."""
        world.begin_move()
        world.move("instead", to="third", instead=True)
        with world.desk("new") as desk, pytest.raises(PassCardRevoked):
            desk.buy(2027, 1, Method.CASH, "sale-2027")
        with pytest.raises(PassCardRevoked):
            world.move("back")
        assert world.admitted(2026) == ["third"]

    def test_the_third_dies_too(self, world: World) -> None:
        """A bad day: each new card takes the place of the one before."""
        world.begin_move()
        world.begin_move("instead", to="third", instead=True)
        world.issue("fourth", 4)
        world.move("once more", to="fourth", instead=True)
        assert world.admitted(2026) == ["fourth"]
        assert not world.open

    def test_the_first_journal_is_another_s(self, world: World) -> None:
        """Begun at another outlet, or its journal lost: the park system knows enough."""
        world.begin_move()
        world.forget_journal()
        with pytest.raises(PassPending) as caught:
            world.move("anew")
        assert "--instead" in caught.value.advice("zh")
        world.move("anew", instead=True)  # with the same new card even
        assert world.admitted(2026) == ["new"]
        assert not world.park_system.state["revoked"]

    def test_given_up_instead(self, world: World) -> None:
        """Redirected and not marked, it can still be given up: the old card has it again."""
        world.begin_move()
        world.begin_move("instead", to="third", instead=True)
        with world.desk("old") as desk:
            assert desk.recover(abandon=True).entries[0].state is State.UNDONE
        assert world.admitted(2026) == ["old"]
        assert not world.open
        assert not world.park_system.state["revoked"]

    def test_nothing_under_way(self, world: World) -> None:
        """`--instead` for nothing must not take a live card's pass away."""
        with pytest.raises(PassNothingToMove):
            world.move("instead", to="third", instead=True)
        assert world.admitted(2026) == ["old"]

    def test_the_same_card_again(self, world: World) -> None:
        """Asked for with the card that the move goes to, it just goes on."""
        world.begin_move()
        assert world.move("instead", instead=True).key == "move"
        assert world.admitted(2026) == ["new"]

    def test_the_park_system_was_silent(self, world: World) -> None:
        """It had redirected the move and nobody heard: the same key goes on with it."""
        world.begin_move()
        rehearsal = world.copied(world.folder / "rehearsal")
        rehearsal.begin_move("instead", to="third", instead=True)
        calls = [at for at, each in enumerate(rehearsal.fuse.points) if each == "park after"]
        begun = rehearsal.park_system.calls.index("begin_move")
        world.fuse = Fuse(calls[begun])
        with pytest.raises(GuitaiError):
            world.move("instead", to="third", instead=True)
        world.fuse = Fuse()
        assert world.entries()["instead"] is State.BEGUN
        world.move("instead", to="third", instead=True)
        assert world.admitted(2026) == ["third"]
        assert not world.open


class TestAnOldChipThatDies:
    @pytest.mark.parametrize("key", ["move", "another"])
    def test_amid_a_move(self, world: World, key: str) -> None:
        """Said with the new card, under whatever key: the same move goes on without it."""
        world.begin_move()
        entry = world.move(key, dead=True)
        assert (entry.key, entry.state) == ("move", State.DONE)
        assert world.asked == []
        assert world.admitted(2026) == ["new"]
        assert world.park_system.state["revoked"] == [world.card_id("old")]

    def test_said_too_late(self, world: World) -> None:
        """The old card was marked: nothing has to be revoked."""
        marked(world)
        assert world.move("another", dead=True).state is State.DONE
        assert world.park_system.state["revoked"] == []

    def test_before_the_move_was_begun_there(self, world: World) -> None:
        """Announced only: said under the same key it begins as such a move."""
        rehearsal = world.copied(world.folder / "rehearsal")
        rehearsal.begin_move()
        calls = [at for at, each in enumerate(rehearsal.fuse.points) if each == "park after"]
        world.fuse = Fuse(calls[rehearsal.park_system.calls.index("begin_move")])
        with pytest.raises(GuitaiError):
            world.begin_move()
        world.fuse = Fuse()
        assert world.move(dead=True).state is State.DONE
        assert world.park_system.state["revoked"] == [world.card_id("old")]


class TestTheCountOfUses:
    def used(self, world: World, uses: int) -> None:
        """Let gates have counted on the old chip."""
        raw = changed(world.records("old")[0].raw, {"uses": uses})
        sealed = world.park_system._sealed(world.card_id("old"), raw)
        world.cards["old"].memory.write("park_pass.0005.1", sealed)

    def on(self, world: World, name: str) -> list[int]:
        return [each.uses for each in world.records(name) if each.year == 2026]

    def test_of_a_live_chip(self, world: World) -> None:
        """The old chip tells when it is seen, and the new one carries it on."""
        self.used(world, 7)
        world.move()
        assert (self.on(world, "new"), world.admitted(2026)) == ([7], ["new"])

    def test_of_a_dead_chip(self, world: World) -> None:
        """What the gates last told the park system is what is known."""
        self.used(world, 7)
        with world.desk() as desk:
            desk.check_gate()
        self.used(world, 9)
        world.move(dead=True)
        assert self.on(world, "new") == [7]

    def test_over_a_redirection(self, world: World) -> None:
        """Told once, by a chip that is marked by now, it is not forgotten."""
        self.used(world, 7)
        marked(world)
        world.move("instead", to="third", instead=True)
        assert (self.on(world, "third"), world.admitted(2026)) == ([7], ["third"])


class TestAnotherNumber:
    """Rules Art. 16, 3: a new card because the social security number changed."""

    @pytest.fixture
    def renamed(self, world: World) -> World:
        world.cards["new"] = fresh_card(2, seed=2)
        holder = facts_of(2, seed=2).holder
        assert holder is not None
        self.number = holder.social_security_number
        return world

    def known(self, world: World) -> None:
        state = world.park_system.state
        world.park_system = ParkSystem(renamed={world.person: self.number})
        world.park_system.state = state

    def test_the_park_system_knows(self, renamed: World) -> None:
        """The pass goes over, and the person has one still, under either number."""
        self.known(renamed)
        renamed.move(formerly=renamed.person)
        assert renamed.admitted(2026) == ["new"]
        assert len(renamed.park.passes(self.number)) == 1

    def test_it_does_not(self, renamed: World) -> None:
        """Two numbers that nobody has on record as one person's: refused, with its reason."""
        with pytest.raises(PassOtherPerson) as caught:
            renamed.move(formerly=renamed.person)
        assert "没有登记为同一个人" in caught.value.cause("zh")
        with pytest.raises(PassNothingToMove) as none:
            renamed.move()
        assert "--formerly" in none.value.advice("zh")
        assert renamed.admitted(2026) == ["old"]

    def test_the_number_that_it_has(self, world: World) -> None:
        """Typed without need it costs no question."""
        world.move(formerly=world.person)
        assert "same_person" not in world.park_system.calls


def test_a_last_record_that_is_another_pass(world: World) -> None:
    """Only what arrived is made valid; the move stays open for a better answer."""
    entry = marked(world)

    class Lying(type(world.park)):  # type: ignore[misc]
        def finish_move(self, key: str) -> tuple[MovingPass, ...]:
            (each,) = super().finish_move(key)
            return (MovingPass(each.year, changed(each.record, {"pass_type": 9})),)

    with world.laid("new") as visit, world.journal() as journal:
        move = PassMove(Lying(world._ask), journal, world.clock, "测试员")
        with pytest.raises(ParkAnswerWrong):
            move.go_on(visit, entry)
    assert world.go_on(entry).state is State.DONE
