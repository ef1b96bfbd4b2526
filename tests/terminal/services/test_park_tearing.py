"""Park passes torn at every point: no pass is ever valid twice, and none is lost.

Every command of either card (before and after), every physical write of its memory, every call to
the park system and every write of the journal (before and after) fails once; then the cards are put
back and recover() is run. The same with the counter's process ending at that point.
"""

import contextlib
import shutil
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from figures import tell
from park import Died, Fuse, World
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
        self.tally: Tally[str] = Tally()
        self.outcomes: Tally[str] = Tally()

    def world(self) -> World:
        self._number += 1
        return self._begin.copied(self._folder / str(self._number))

    def points(self) -> list[str]:
        """List the points of an operation that nothing disturbs, watching it at each."""
        world = self.world()
        world.fuse = Fuse()
        world.fuse.watch = world.at_most_one
        self._operation(world)
        return world.fuse.points

    def every(self, check: Callable[[World], str], *, death: bool) -> None:
        for at, kind in enumerate(self.points()):
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
    "sale": (nothing, buy, after_a_sale, 55),
    "activation": (bought, activate, after_an_activation, 41),
    "move": (two_years, move, after_a_move, 160),
    "move from a dead chip": (
        two_years,
        move_from_a_dead_chip,
        after_a_move_from_a_dead_chip,
        88,
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
    torn.every(check, death=death)
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
    torn.every(check, death=False)
    tell(f"park pass tearing: recovery of {name}: {torn.tally.total()} points, 0 lost")
    assert torn.tally.total() >= 40
