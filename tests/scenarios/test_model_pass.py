"""Terminal, emulator and park system against a pure model of a person's passes.

The model is one line a year: sold or active, and on which of a person's cards. Hypothesis makes up
the life: sales, activations, moves to new cards, chips that die and cards that get lost amid a
move, gates, and anything failing at any point. After each step every year's pass is on one card at
most, and after recovery where the model says.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from park import Destruction, Died, Fuse, World
from purse_tearing import temporary_folder

from card_profiles.park_pass import PassState
from terminal.errors import GuitaiError, PassExists, PassNotFound, PassNothingToMove
from terminal.journal import Method, State

YEARS = st.sampled_from([2026, 2027])
SOLD, ACTIVE = PassState.SOLD, PassState.ACTIVE
POINTS = st.integers(0, 60)


class PassMachine(RuleBasedStateMachine):
    """A person with the card in use, and the one that the passes are moved to next."""

    @initialize()
    def begin(self) -> None:
        """Nothing is bought yet."""
        self.folder = temporary_folder()
        self.world = World(self.folder)
        self.passes: dict[int, PassState] = {}
        self.holder, self.next = "old", "new"
        self.keys = 0
        self.issued = 2

    def teardown(self) -> None:
        """Leave nothing behind."""
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    def _key(self) -> str:
        self.keys += 1
        return f"key-{self.keys:04}"

    # --- In order ------------------------------------------------------------------------------

    @rule(year=YEARS)
    def buy(self, year: int) -> None:
        with self.world.desk(self.holder) as desk:
            try:
                desk.buy(year, 1, Method.CASH, self._key())
            except PassExists:
                assert year in self.passes
                return
        assert year not in self.passes
        self.passes[year] = SOLD

    @rule(year=YEARS)
    def activate(self, year: int) -> None:
        with self.world.desk(self.holder) as desk:
            try:
                desk.activate(year, self._key())
            except PassNotFound:
                assert self.passes.get(year) is not SOLD
                return
        assert self.passes[year] is SOLD
        self.passes[year] = ACTIVE

    @rule(dead=st.booleans())
    def move(self, dead: bool) -> None:
        try:
            self.world.move(self._key(), to=self.next, dead=dead)
        except PassNothingToMove:
            assert not self.passes
            return
        assert self.passes
        self._renewed()

    def _renewed(self) -> None:
        """Have the passes on the new card; the old one is taken in, and a new one made."""
        del self.world.cards[self.holder]
        self.holder, self.next = self.next, self._issued()

    def _issued(self) -> str:
        self.issued += 1
        self.world.issue(name := f"card {self.issued}", self.issued)
        return name

    # --- In disorder ---------------------------------------------------------------------------

    @rule(year=YEARS, at=POINTS, death=st.booleans())
    def torn_sale(self, year: int, at: int, death: bool) -> None:
        if year in self.passes:
            return
        key = self._key()
        self._torn(at, death, lambda: self._sale(year, key))
        if self._done(key):
            self.passes[year] = SOLD

    def _sale(self, year: int, key: str) -> None:
        with self.world.desk(self.holder) as desk:
            desk.buy(year, 1, Method.CASH, key)

    @rule(year=YEARS, at=POINTS, death=st.booleans())
    def torn_activation(self, year: int, at: int, death: bool) -> None:
        if self.passes.get(year) is not SOLD:
            return
        key = self._key()
        self._torn(at, death, lambda: self._activation(year, key))
        if self._done(key):
            self.passes[year] = ACTIVE

    def _activation(self, year: int, key: str) -> None:
        with self.world.desk(self.holder) as desk:
            desk.activate(year, key)

    @rule(at=st.integers(0, 170), death=st.booleans())
    def torn_move(self, at: int, death: bool) -> None:
        if not self.passes:
            return
        key = self._key()
        self._torn(at, death, lambda: self.world.move(key, to=self.next))
        if self._done(key):
            self._renewed()

    @rule(at=st.integers(0, 170), old=st.booleans())
    def move_with_a_card_destroyed(self, at: int, old: bool) -> None:
        if not self.passes:
            return
        key = self._key()
        self.world.fuse = Destruction(at, self.world, self.holder if old else self.next)
        self.world.fuse.watch = self.world.at_most_one
        with contextlib.suppress(GuitaiError):
            self.world.move(key, to=self.next)
        destroyed, self.world.fuse = self.world.fuse.blown, Fuse()
        if destroyed and old:
            self.world.without_the_old_card(key, to=self.next)
        elif destroyed:
            third = self._issued()
            self.world.without_the_new_card(key, to=third)
            del self.world.cards[self.next]
            self.next = third
        self.world.dead.clear()
        assert not self.world.open
        self._renewed()

    def _torn(self, at: int, death: bool, act: Callable[[], object]) -> None:
        self.world.fuse = Fuse(at, death=death)
        self.world.fuse.watch = self.world.at_most_one
        with contextlib.suppress(GuitaiError, Died):
            act()
        self.world.fuse = Fuse()
        self.world.fuse.watch = self.world.at_most_one
        self.world.settle()

    def _done(self, key: str) -> bool:
        return self.world.entries().get(key) is State.DONE

    # --- What always holds -----------------------------------------------------------------------

    @invariant()
    def passes_are_where_the_model_says(self) -> None:
        """On the chip, and at a gate."""
        if not hasattr(self, "world"):
            return
        self.world.at_most_one()
        for year in (2026, 2027):
            state = self.passes.get(year)
            where = [] if state is None else [self.holder]
            assert self.world.held(year, SOLD, ACTIVE) == where, (year, state)
            if state is not None:
                assert self.world.held(year, state) == where, (year, state)
        admitted = [self.holder] if self.passes.get(2026) is ACTIVE else []
        assert self.world.admitted(2026) == admitted


TestPass = PassMachine.TestCase
TestPass.settings = settings(max_examples=50, stateful_step_count=10, deadline=None)
TestPass.__doc__ = "A life that nobody thought of must not cost a pass, nor give a second one."
