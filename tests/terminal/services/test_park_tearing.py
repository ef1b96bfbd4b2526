"""Park passes torn at every point: no pass is ever valid twice, and none is lost.

Every command of either card (before and after), every physical write of its memory, every call to
the park system and every write of the journal (before and after) fails once; then the cards are put
back and recover() is run. The same with the counter's process ending at that point. Of points
between which nothing is written anywhere, the first is tried, with faults also the last. Then
either card is destroyed at every point of a move, and another card issued.
"""

import contextlib
import shutil
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from figures import tell
from park import Destruction, Died, Fuse, World
from purse_tearing import temporary_folder

from card_profiles.park_pass import PassState
from terminal.errors import GuitaiError
from terminal.journal import Method, State

Operation = Callable[[World], object]
SOLD, ACTIVE = PassState.SOLD, PassState.ACTIVE


def buy(world: World, key: str = "buy") -> None:
    with world.desk() as desk:
        desk.buy(2026, 1, Method.CASH, key)


def activate(world: World, key: str = "activate") -> None:
    with world.desk() as desk:
        desk.activate(2026, key)


def bought(world: World) -> None:
    buy(world, "earlier")


def two_years(world: World) -> None:
    """An active pass of this year, one of the next that is sold."""
    bought(world)
    activate(world, "earlier activation")
    with world.desk() as desk:
        desk.buy(2027, 2, Method.TRANSFER, "next year")


def move(world: World) -> None:
    world.move()


def move_from_a_dead_chip(world: World) -> None:
    world.move(dead=True)


def nothing(world: World) -> None:
    """Begin with empty cards."""


class Torn:
    """Run an operation torn at every point, each in a world of its own."""

    def __init__(self, folder: Path, before: Operation, operation: Operation) -> None:
        self._folder = folder
        self._begin = World(folder / "begin")
        before(self._begin)
        self._operation = operation
        self._number = 0
        self.states: list[tuple[int, ...]] = []
        self.tally: Tally[str] = Tally()
        self.outcomes: Tally[str] = Tally()

    def world(self) -> World:
        self._number += 1
        return self._begin.copied(self._folder / str(self._number))

    def points(self) -> list[str]:
        """List the points of an operation that nothing disturbs, watching it at each."""
        world = self.world()
        world.fuse = Fuse()
        states: list[tuple[int, ...]] = []

        def watch() -> None:
            world.at_most_one()
            states.append(world.state)

        world.fuse.watch = watch
        self._operation(world)
        self.states = states
        return world.fuse.points

    def distinct(self, *, last: bool) -> list[tuple[int, str]]:
        """List the first point of a kind between which nothing is written, and the last one."""
        points = self.points()
        same: dict[tuple[object, ...], list[int]] = {}
        for at, kind in enumerate(points):
            same.setdefault((kind, *self.states[at]), []).append(at)
        chosen = {at for each in same.values() for at in (each[0], each[-1 if last else 0])}
        return [(at, points[at]) for at in sorted(chosen)]

    def every(
        self,
        check: Callable[[World], str],
        *,
        death: bool = False,
        last: bool = False,
        settle: bool = True,
    ) -> None:
        for at, kind in self.distinct(last=last):
            if not settle and kind.endswith(("before", "middle")):
                continue  # another recovery than settle(): most of its states are enough
            if death and kind.endswith("middle"):
                continue  # a process that ends there has seen as little as one that ends after it
            world = self.world()
            fuse = world.fuse = Fuse(at, death=death)
            with contextlib.suppress(GuitaiError, Died):
                self._operation(world)
            assert fuse.blown, kind
            world.at_most_one()
            world.fuse = Fuse()
            world.fuse.watch = world.at_most_one
            if settle:
                world.settle()
            self.tally[kind] += 1
            self.outcomes[check(world)] += 1


def after_a_sale(world: World) -> str:
    """Sold, or cleanly not: on the card, in the park system and in the journal alike."""
    state = world.entries().get("buy", State.UNDONE)
    there = ["old"] if state is State.DONE else []
    assert world.held(2026, SOLD) == there
    assert [each["holding"] for each in world.park_system.passes(world.person)] == [
        "sold" for _ in there
    ]
    assert [each.year for each in world.records("old") if not each.empty] == [2026 for _ in there]
    if not there:
        buy(world, "once more")  # nothing of it stands in the way
    assert world.held(2026, SOLD) == ["old"]
    assert world.held(2026, SOLD, ACTIVE) == ["old"]
    return str(state)


def after_an_activation(world: World) -> str:
    """Active or sold, everywhere the same; the pass is there in any case."""
    state = world.entries().get("activate", State.UNDONE)
    expected = ACTIVE if state is State.DONE else SOLD
    assert world.held(2026, expected) == ["old"]
    (entry,) = world.park_system.passes(world.person)
    assert (entry["holding"], entry["pending"]) == (expected.name.lower(), "")
    if state is not State.DONE:
        activate(world, "once more")
    assert world.admitted(2026) == ["old"]
    return str(state)


def after_a_move(world: World) -> str:
    """Both years' passes on one card, in the states they had; a move that was given up goes."""
    state = world.entries().get("move", State.UNDONE)
    holder = "new" if state is State.DONE else "old"
    for _ in range(2):
        assert world.admitted(2026) == [holder]
        assert world.held(2026, SOLD, ACTIVE) == [holder]
        assert world.held(2027, SOLD) == [holder]
        if holder == "old":
            world.move("once more")
            holder = "new"
    return str(state)


def after_a_move_from_a_dead_chip(world: World) -> str:
    """As after any move, but that the old chip is as it was, and worth nothing."""
    state = world.entries().get("move", State.UNDONE)
    if state is not State.DONE:
        assert world.admitted(2026) == ["old"]
        world.move("once more", dead=True)
    assert world.admitted(2026) == ["new"]
    assert world.held(2027, SOLD) == ["new"]
    assert {each.state for each in world.records("old") if each.year} == {SOLD, ACTIVE}
    return str(state)


CASES = {
    "sale": (nothing, buy, after_a_sale, 28),
    "activation": (bought, activate, after_an_activation, 18),
    "move": (two_years, move, after_a_move, 95),
    "move from a dead chip": (
        two_years,
        move_from_a_dead_chip,
        after_a_move_from_a_dead_chip,
        55,
    ),
}


def _listed(tally: Tally[str]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in sorted(tally.items()))


@pytest.fixture
def folder() -> Iterator[Path]:
    made = temporary_folder()
    yield made
    shutil.rmtree(made)


CARDS = {"sale": ("old",), "activation": ("old",), "move from a dead chip": ("new",)}
"""Which cards take part, where not both do."""


@pytest.mark.parametrize("death", [False, True], ids=["fault", "process ends"])
@pytest.mark.parametrize("name", CASES)
def test_every_point(folder: Path, name: str, death: bool) -> None:
    """A clerk's worst day in every order: whatever fails, one pass, or a clean no."""
    before, operation, check, least = CASES[name]
    torn = Torn(folder, before, operation)
    torn.every(check, death=death, last=not death)
    tell(
        f"park pass tearing: {name}, {'process ends' if death else 'fault'}: "
        f"{torn.tally.total()} points, 0 lost ({_listed(torn.tally)})"
    )
    assert torn.tally.total() >= least
    cards = CARDS.get(name, ("old", "new"))
    moments = ("before", "after", "memory") if death else ("before", "after", "middle", "memory")
    kinds = [(card, when) for card in cards for when in moments]
    kinds += [(each, when) for each in ("park", "journal") for when in ("before", "after")]
    assert torn.tally.keys() == {" ".join(each) for each in kinds}
    assert set(torn.outcomes) == {"done", "undone"}


@pytest.mark.parametrize("written", [False, True], ids=["not written", "written"])
@pytest.mark.parametrize("name", CASES)
def test_recovery_torn_at_every_point(folder: Path, name: str, written: bool) -> None:
    """Recovery meets the same day: torn anywhere it is only run again."""
    before, operation, check, _ = CASES[name]
    points = Torn(folder / "points", before, operation).points()
    memory = "old memory" if name in {"sale", "activation"} else "new memory"
    last = len(points) - 1 - points[::-1].index(memory)
    at = last + 1 if written else last  # "after" the command whose write this is, or before it

    def left_open(world: World) -> None:
        before(world)
        world.fuse = Fuse(at)
        with pytest.raises(GuitaiError):
            operation(world)
        world.fuse = Fuse()

    torn = Torn(folder, left_open, World.settle)
    torn.every(check)
    tell(f"park pass tearing: recovery of {name}: {torn.tally.total()} points, 0 lost")
    assert torn.tally.total() >= 17


# --- A card that is destroyed in the middle of a move ------------------------------------------


def when_the_new_card_is_gone(world: World) -> str:
    world.without_the_new_card("move", to="third")
    return "third"


def when_the_old_card_is_gone(world: World) -> str:
    world.without_the_old_card("move", to="new")
    return "new"


def when_both_are_gone(world: World) -> str:
    world.without_the_new_card("move", to="third", dead=True)
    return "third"


RESCUES = {
    "new": when_the_new_card_is_gone,
    "old": when_the_old_card_is_gone,
    "old, then new": when_both_are_gone,
}


@pytest.mark.parametrize(
    ("operation", "name"),
    [(move, each) for each in RESCUES] + [(move_from_a_dead_chip, "new")],
    ids=[*RESCUES, "new, the old one dead before"],
)
def test_a_card_destroyed_at_every_point_of_a_move(
    folder: Path, operation: Operation, name: str
) -> None:
    """What lies on a desk gets lost or broken at any moment; the pass must not be lost with it."""
    torn = Torn(folder, two_years, operation)
    seen: set[object] = set()
    outcomes: Tally[str] = Tally()
    for at, kind in enumerate(torn.points()):
        if torn.states[at] in seen:
            continue  # all is as it was a point ago
        seen.add(torn.states[at])
        world = torn.world()
        world.issue("third", 3)
        fuse = world.fuse = Destruction(at, world, name[:3])
        with contextlib.suppress(GuitaiError):
            operation(world)
        assert fuse.blown, kind
        world.fuse = Fuse()
        world.fuse.watch = world.at_most_one
        holder = RESCUES[name](world)
        assert world.admitted(2026) == [holder], kind
        assert world.held(2026, SOLD, ACTIVE) == world.held(2027, SOLD) == [holder], kind
        assert not world.open, kind
        outcomes[str(world.entries().get("move"))] += 1
    tell(
        f"park pass: {name} destroyed at {outcomes.total()} points of a move, 0 lost "
        f"({_listed(outcomes)})"
    )
    assert outcomes.total() >= 20


def half_marked(world: World) -> None:
    """The new card is lost when one of the old one's two passes is marked as moved."""
    two_years(world)
    world.issue("third", 3)
    entry = world.begin_move()

    def stop() -> None:
        if [each.state for each in world.records("old") if each.year] == [PassState.MOVED, SOLD]:
            world.dead.add("old")  # out of the reader, in truth

    world.fuse.watch = stop
    with pytest.raises(GuitaiError):
        world.go_on(entry)
    world.fuse = Fuse()
    world.dead = {"new"}


def redirect(world: World) -> None:
    world.move("instead", to="third", instead=True)


def come_back(world: World) -> None:
    """Lay the cards that there are still; what was only announced is given up then."""
    for name in ("old", "third"):
        with world.desk(name) as desk:
            desk.recover()


def after_a_redirection(world: World) -> str:
    """Whatever became of it, the move can be redirected still, and comes to its end."""
    while world.open:
        come_back(world)
        if world.entries().get("instead") in {None, State.UNDONE}:
            world.move("once more", to="third", instead=True)
    assert world.admitted(2026) == world.held(2026, SOLD, ACTIVE) == ["third"]
    assert world.held(2027, SOLD) == ["third"]
    return str(world.entries().get("instead", State.UNDONE))


@pytest.mark.parametrize("death", [False, True], ids=["fault", "process ends"])
def test_a_redirection_torn_at_every_point(folder: Path, death: bool) -> None:
    """The second try at a move that went wrong must not be the one that loses the pass."""
    torn = Torn(folder, half_marked, redirect)
    torn.every(after_a_redirection, death=death, settle=False)
    tell(f"park pass tearing: redirection: {torn.tally.total()} points, 0 lost")
    assert torn.tally.total() >= 40
    assert set(torn.outcomes) == {"done", "undone"}
