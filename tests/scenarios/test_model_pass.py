"""Terminal, emulator and park system against a pure model of a person's passes.

The model is one line a year: sold or active, and on which of two cards. Hypothesis makes up the
life: sales, activations, a move to a new card, chips that die, gates, and anything failing at any
point. After each step every year's pass is on one card at most, and after recovery where the model
says.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from park import Died, Fuse, World
from purse_tearing import temporary_folder

from card_profiles.park_pass import PassState
from terminal.errors import GuitaiError, PassExists, PassNotFound, PassNothingToMove
from terminal.journal import Method, State

YEARS = st.sampled_from([2026, 2027])
SOLD, ACTIVE = PassState.SOLD, PassState.ACTIVE
POINTS = st.integers(0, 60)


class PassMachine(RuleBasedStateMachine):
    """A person with two cards: `old` is the one in use until the passes are moved to `new`."""

    @initialize()
    def begin(self) -> None:
        """Nothing is bought yet."""
        self.folder = temporary_folder()
        self.world = World(self.folder)
        self.passes: dict[int, PassState] = {}
        self.holder = "old"
        self.keys = 0

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
        """To the new card, once: a person is not issued a third one here."""
        if self.holder == "new":
            return
        try:
            self.world.move(self._key(), dead=dead)
        except PassNothingToMove:
            assert not self.passes
            return
        assert self.passes
        self.holder = "new"

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
        if self.holder == "new" or not self.passes:
            return
        key = self._key()
        self._torn(at, death, lambda: self.world.move(key))
        if self._done(key):
            self.holder = "new"

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
TestPass.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
TestPass.__doc__ = "A life that nobody thought of must not cost a pass, nor give a second one."
