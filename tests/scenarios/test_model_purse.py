"""Terminal and emulator against a pure model of a purse, through random lives of a card.

The model knows nothing of commands, MACs or journals: it is what a holder believes to have on the
card. Hypothesis makes up the life: loads, refunds, trips, corrections, pulled cards, processes that
die, keys that are used again. After each step the card, the journal and the model agree; at the end
the day's sheet does.
"""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)
from purse_counter import PurseCounter, purse_card
from purse_tearing import (
    APDU_WAYS,
    JOURNAL_WAYS,
    FailingStore,
    Killed,
    Money,
    Point,
    TornCard,
    arm,
    disarm,
    put_back,
    temporary_folder,
)

from emulator.purse_habits import LogCounter, PurseHabits
from terminal.errors import (
    BalanceCeiling,
    CorrectionWrong,
    GuitaiError,
    IntentionOver,
    NotEnough,
    NothingToRefund,
    SettledFirst,
    TripUnfinished,
)
from terminal.journal.model import Method, State
from terminal.journal.reconcile import reconcile
from terminal.journal.store import Store
from terminal.services.transit import TransitDesk
from terminal.services.trips import Trip, TripKind, open_ride

CEILING = 100_000
AMOUNTS = st.integers(1, 60_000)
POINTS = st.one_of(
    st.builds(Point, st.sampled_from([f"apdu {each}" for each in APDU_WAYS]), st.integers(0, 12)),
    st.builds(Point, st.just("memory"), st.integers(0, 12)),
    st.builds(
        Point, st.sampled_from([f"journal {each}" for each in JOURNAL_WAYS]), st.integers(0, 1)
    ),
)


@dataclass
class Model:
    """What the holder believes: money in fen, whether inside the metro, what was loaded."""

    balance: int = 0
    inside: bool = False


@dataclass(frozen=True)
class Loaded:
    """A load that was done, by its key, and its amount."""

    key: str
    amount: int


class PurseMachine(RuleBasedStateMachine):
    """A card's life at one counter."""

    loaded: Bundle[Loaded] = Bundle("loaded")

    @initialize(
        contact=st.booleans(),
        unloads=st.booleans(),
        log=st.sampled_from(LogCounter),
        shared=st.booleans(),
    )
    def begin(self, contact: bool, unloads: bool, log: LogCounter, shared: bool) -> None:
        """Make a card of some habits, with nothing on it."""
        self.folder = temporary_folder()
        habits = PurseHabits(unload_purse=unloads, log_counter=log, shared_counter=shared)
        interface = "contact" if contact else "contactless"
        self.card = TornCard(purse_card(0, interface=interface, habits=habits))
        stores: list[FailingStore] = []

        def failing(store: Store) -> Store:
            stores.append(FailingStore(store))
            return stores[0]  # type: ignore[return-value]

        self.counter = PurseCounter(self.card, self.folder, store=failing)
        self.store = stores[0]
        self.model = Model()
        self.keys = 0
        self.corrected: set[str] = set()

    def teardown(self) -> None:
        """The day's sheet closes the life."""
        if not hasattr(self, "counter"):
            return
        journal = self.counter.journal
        sheet = reconcile(journal.of_day(journal.today()), journal.today())
        assert sheet.card_change == sum(total.amount for total in _totals(sheet))
        assert sheet.card_change == self.model.balance
        assert not sheet.discrepancies
        assert not sheet.unfinished
        self.counter.close()
        shutil.rmtree(self.folder)

    def _key(self) -> str:
        self.keys += 1
        return f"key-{self.keys:04}"

    def _desk(self) -> contextlib.AbstractContextManager[TransitDesk]:
        return self.counter.desk()

    # --- Life in order -------------------------------------------------------------------------

    @rule(target=loaded, amount=AMOUNTS, method=st.sampled_from([Method.CASH, Method.TRANSFER]))
    def load(self, amount: int, method: Method) -> object:
        key = self._key()
        with self._desk() as desk:
            try:
                desk.load(amount, method, key)
            except BalanceCeiling:
                assert self.model.balance + amount > CEILING
                return multiple()
        assert self.model.balance + amount <= CEILING
        self.model.balance += amount
        return Loaded(key, amount)

    @rule(amount=AMOUNTS)
    def pay(self, amount: int) -> None:
        with self._desk() as desk:
            try:
                desk.pay(amount, self._key())
            except NotEnough:
                assert amount > self.model.balance
                return
        assert amount <= self.model.balance
        self.model.balance -= amount

    @rule()
    def enter(self) -> None:
        with self._desk() as desk:
            desk.pay(0, self._key(), Trip(TripKind.ENTRY, "0800", "1900"))
        self.model.inside = True

    @rule(fare=st.integers(1, 900))
    def leave(self, fare: int) -> None:
        with self._desk() as desk:
            try:
                desk.pay(fare, self._key(), Trip(TripKind.EXIT, "0800", "1900"))
            except NotEnough:
                assert fare > self.model.balance
                return
        self.model.balance -= fare
        self.model.inside = False

    @rule()
    def refund(self) -> None:
        with self._desk() as desk:
            try:
                desk.refund(Method.CASH, self._key())
            except TripUnfinished:
                assert self.model.inside
                return
            except NothingToRefund:
                assert not self.model.balance
                return
        assert not self.model.inside
        self.model.balance = 0

    @rule(wrong=loaded, right=st.integers(0, 60_000))
    def correct(self, wrong: Loaded, right: int) -> None:
        difference = right - wrong.amount
        with self._desk() as desk:
            try:
                desk.correct(wrong.key, right, "boss", self._key())
            except CorrectionWrong:
                assert wrong.key in self.corrected or not difference
                return
            except BalanceCeiling:
                assert self.model.balance + difference > CEILING
                return
            except NotEnough:
                assert self.model.balance + difference < 0
                return
        self.corrected.add(wrong.key)
        self.model.balance += difference

    @rule(again=loaded)
    def repeat(self, again: Loaded) -> None:
        """A key that was used: nothing is done."""
        entry = self.counter.journal.find(again.key)
        with self._desk() as desk:
            result = desk.load(entry.intention.amount, entry.intention.method, again.key)
        assert result.repeated

    # --- Life in disorder ------------------------------------------------------------------------

    @rule(amount=AMOUNTS, point=POINTS, again=st.booleans())
    def torn_load(self, amount: int, point: Point, again: bool) -> None:
        """The card leaves, the disk is full, or the process dies, somewhere in a load."""
        if self.model.balance + amount > CEILING:
            return
        key = self._torn(point, lambda desk, key: desk.load(amount, Method.CASH, key))
        entry = self.counter.journal.known(key)
        if entry is not None and entry.state is State.DONE:
            self.model.balance += amount
        if again:
            self._once_more(key, amount)

    @rule(amount=AMOUNTS, point=POINTS)
    def torn_payment(self, amount: int, point: Point) -> None:
        if amount > self.model.balance:
            return
        key = self._torn(point, lambda desk, key: desk.pay(amount, key))
        entry = self.counter.journal.known(key)
        if entry is not None and entry.state is State.DONE:
            self.model.balance -= amount

    @rule(point=POINTS)
    def torn_refund(self, point: Point) -> None:
        if self.model.inside or not self.model.balance:
            return
        key = self._torn(point, lambda desk, key: desk.refund(Method.CASH, key))
        entry = self.counter.journal.known(key)
        if entry is not None and entry.state is State.DONE:
            self.model.balance = 0

    def _torn(self, point: Point, act: object) -> str:
        key = self._key()
        self.card.seen = self.store.writes = 0
        arm(point, self.card, self.store)
        with contextlib.suppress(GuitaiError, Killed), self._desk() as desk:
            act(desk, key)  # type: ignore[operator]
        disarm(self.card, self.store)
        put_back(self.counter, self.card)
        with self._desk() as desk:
            assert all(each.decided for each in desk.recover())
        return key

    def _once_more(self, key: str, amount: int) -> None:
        entry = self.counter.journal.known(key)
        with self._desk() as desk:
            try:
                result = desk.load(amount, Method.CASH, key)
            except IntentionOver:
                assert entry is not None
                assert entry.state is State.UNDONE
                return
            except SettledFirst as error:
                raise AssertionError("it was settled before") from error
        if entry is None:
            self.model.balance += amount
        assert result.repeated == (entry is not None)

    # --- What always holds -----------------------------------------------------------------------

    @invariant()
    def card_and_model_agree(self) -> None:
        """The card, read past all commands, has what the holder believes."""
        if hasattr(self, "card"):
            money = Money.of(self.card.memory)
            assert money.available == self.model.balance

    @invariant()
    def the_desk_shows_it(self) -> None:
        """And so the clerk is shown."""
        if hasattr(self, "counter"):
            with self._desk() as desk:
                view = desk.show()
            assert view.balance.shown == self.model.balance
            assert (open_ride(view.rides) is not None) == self.model.inside


def _totals(sheet: object) -> list[object]:
    return [total for groups in sheet.totals.values() for total in groups.values()]  # type: ignore[attr-defined]


TestPurse = PurseMachine.TestCase
TestPurse.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestPurse.__doc__ = "A life that nobody thought of must not cost a fen."
