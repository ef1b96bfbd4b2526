"""Money by the card on the desk, with real software cards: once under its key, however torn."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from card_bench import READER, CardBench, chip, purse
from offered import do
from purse_tearing import JOURNAL_WAYS, FailingStore, Killed, disarm, temporary_folder

from apdu.purse import Purse
from emulator.memory import PowerCut
from emulator.purse_state import Account, account_cells
from terminal.errors import (
    CannotTell,
    GuitaiError,
    IntentionDiffers,
    IntentionOver,
    NotEmpty,
    OverdraftOwed,
    PurseBlocked,
)
from terminal.journal import Kind, Method, State, Store
from terminal.registry import runs
from terminal.rules.vocabulary import Service
from terminal.services.offered.at_card import CardAtDesk
from terminal.services.purse_recovery import Settled
from terminal.services.transit import TransitDesk
from terminal.texts import Text

CASH, TRANSFER = Method.CASH, Method.TRANSFER
KEY = "run-00001.part"


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[CardBench]:
    made = CardBench(tmp_path)
    yield made
    made.close()


@pytest.fixture
def quick() -> Iterator[Path]:
    """A folder where syncing costs nothing: these tests are of order, not of disks."""
    folder = temporary_folder()
    yield folder
    shutil.rmtree(folder)


class TestThePurse:
    def test_a_load_happens_once(self, counter: CardBench) -> None:
        """The same key again gives the same balance; the card is not asked for it."""
        card = chip()
        with counter.laid(card) as desk:
            assert desk.load(KEY, 5_000, CASH) == 5_000
            desk.load("run-00002.part", 100, CASH)
            counter.pcsc.remove(READER)
            assert desk.load(KEY, 5_000, CASH) == 5_000
        assert purse(card) == 5_100

    @pytest.mark.parametrize(("fen", "method"), [(5_001, CASH), (5_000, TRANSFER)])
    def test_a_key_is_for_one_amount(self, counter: CardBench, fen: int, method: Method) -> None:
        """Asked for another amount it is a mistake, and nothing is done."""
        with counter.laid(chip()) as desk:
            desk.load(KEY, 5_000, CASH)
            with pytest.raises(IntentionDiffers):
                desk.load(KEY, fen, method)
            with pytest.raises(IntentionDiffers):
                desk.refund(KEY, CASH)

    def test_what_did_not_happen_is_tried_again(self, counter: CardBench) -> None:
        """An attempt that came to nothing stays so; the same request has another one."""
        card = chip()
        with counter.laid(card) as desk:
            card.at, card.how = card.seen + 4, "before"
            with pytest.raises(GuitaiError):
                desk.load(KEY, 5_000, CASH)
            assert counter.journal.find(KEY).state is State.UNDONE
            card.at = -1
            counter.lay(card)
            assert desk.load(KEY, 5_000, CASH) == 5_000
            assert desk.load(KEY, 5_000, CASH) == 5_000
        assert purse(card) == 5_000
        assert counter.journal.find(f"{KEY}.2").state is State.DONE

    def test_a_refund_gives_what_the_journal_says(self, counter: CardBench) -> None:
        """Asked again it gives the same fen, though nothing is on the card any more."""
        card = chip()
        with counter.laid(card) as desk:
            desk.load("run-00001.load", 1_234, CASH)
            assert desk.refund(KEY, TRANSFER) == 1_234
            assert desk.refund(KEY, TRANSFER) == 1_234
            assert desk.refund("run-00002.part", TRANSFER) == 0
        assert purse(card) == 0

    def test_what_is_owed_comes_first(self, counter: CardBench) -> None:
        """An overdraft is no money to give back."""
        card = chip()
        cells = account_cells("transit", Purse.PURSE, Account(500, 1_000, 0, 0))
        for cell, value in cells.items():
            card.memory.write(cell, value)
        with counter.laid(card) as desk, pytest.raises(OverdraftOwed):
            desk.refund(KEY, CASH)

    def test_a_purse_is_closed_once(self, counter: CardBench) -> None:
        """A closed application says nothing of itself any more: the journal does."""
        with counter.laid(chip()) as desk:
            desk.load("run-00001.load", 100, CASH)
            with pytest.raises(NotEmpty):
                desk.close_transit(KEY, renewal=True)
            desk.refund("run-00001.refund", TRANSFER)
            desk.close_transit(KEY, renewal=True)
            desk.close_transit(KEY, renewal=True)
            with pytest.raises(PurseBlocked):
                desk.balance()

    def test_a_torn_closing_is_settled_by_the_chip(self, counter: CardBench) -> None:
        """Whether it is closed the closed application cannot say: its chip can."""
        card = chip()
        with counter.laid(card) as desk:
            for lost in range(40):
                card.at, card.how = card.seen + lost, "after"
                try:
                    desk.close_transit(KEY, renewal=False)
                except GuitaiError:
                    card.at = -1
                    counter.lay(card)
                else:
                    break
            desk.close_transit(KEY, renewal=False)
            done = counter.journal.of_day(counter.journal.today())
            assert [each.state for each in done].count(State.DONE) == 1

    def test_given_up_is_given_up(self, counter: CardBench) -> None:
        """What a run was left for must not happen when somebody asks once more."""
        card = chip()
        with counter.laid(card) as desk:
            assert desk.give_up(KEY)
            assert desk.give_up(KEY)
            with pytest.raises(IntentionOver):
                desk.load(KEY, 100, CASH)
            with pytest.raises(IntentionOver):
                desk.refund(KEY, CASH)
            desk.load("run-00002.part", 100, CASH)
            assert not desk.give_up("run-00002.part")
        assert purse(card) == 100

    def test_two_who_give_up_and_one_who_begins(
        self, counter: CardBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """At two desks at once the journal says who was first."""
        with counter.laid(chip()) as desk:
            meant = desk._nothing(KEY, Kind.LOAD)
            begun = counter.journal.begin(meant)
            monkeypatch.setattr(counter.journal, "known", lambda _: None)
            assert desk.give_up(KEY)
            other = replace(meant, amount=100)
            monkeypatch.setattr(desk, "_nothing", lambda *_: other)
            assert not desk.give_up(KEY)
            monkeypatch.undo()
            assert counter.journal.find(KEY) == begun
            with pytest.raises(IntentionOver):
                desk.load(KEY, 100, CASH)
            assert desk.give_up(KEY)

    def test_what_the_card_cannot_tell_is_for_people(
        self, counter: CardBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The same request again does not guess: it stays open until two people decide."""
        card = chip()
        with counter.laid(card) as desk:
            leave_unknown(counter, card, desk)
            (entry,) = counter.journal.unfinished()
            undecided = Settled(entry, Text("查不清", "unclear"))
            monkeypatch.setattr(TransitDesk, "settle", lambda *_: undecided)
            with pytest.raises(CannotTell):
                desk.load(KEY, 100, CASH)

    def test_nothing_is_given_up_that_nobody_knows_of(self, counter: CardBench) -> None:
        """A load that was torn may have happened: its money is not paid back."""
        card = chip()
        with counter.laid(card) as desk:
            leave_unknown(counter, card, desk)
            assert not desk.give_up(KEY)
            assert desk.load(KEY, 100, CASH) == purse(card) == 100


def leave_unknown(counter: CardBench, card: Any, desk: CardAtDesk) -> None:
    """Tear a load so that nobody knows whether it happened."""
    for lost in range(60):
        card.at, card.how = card.seen + lost, "after"
        with pytest.raises(GuitaiError):
            desk.load(KEY, 100, CASH)
        card.at = -1
        counter.lay(card)
        if any(each.state is State.UNKNOWN for each in counter.journal.unfinished()):
            break


def test_a_load_torn_anywhere_is_one_load(quick: Path) -> None:
    """At every write of the chip and of the journal, and after every command: paid once."""
    rehearsal = Rehearsal(quick / "rehearsal")
    assert rehearsal.try_to_load(None) is None
    writes = rehearsal.card.memory.writes
    points = [("after", at) for at in range(rehearsal.card.seen - rehearsal.seen)]
    points += [("memory", at) for at in range(writes)]
    points += [(how, at) for how in JOURNAL_WAYS for at in range(rehearsal.store.writes)]
    assert (writes >= 5, rehearsal.store.writes) == (True, 2)
    rehearsal.counter.close()
    for number, point in enumerate(points):
        tried = Rehearsal(quick / str(number))
        error = tried.try_to_load(point)
        if isinstance(error, GuitaiError) and not tried.left:
            assert error.unfinished is not None, point
        tried.end(point)
        tried.counter.close()


class Rehearsal:
    """A load by transfer that is torn at a point, and asked for again."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        stores: list[FailingStore] = []

        def failing(store: Store) -> Store:
            stores.append(FailingStore(store))
            return stores[0]  # type: ignore[return-value]

        self.counter, self.card = CardBench(folder, failing), chip()
        self.store = stores[0]
        self.person = self.counter.person()
        self.counter.register(self.person, self.card)
        self.seen = 0

    @property
    def left(self) -> bool:
        """Whether the run was given up."""
        with self.counter.bench.registry.reading() as tx:
            run = runs.by_key(tx, "torn-load")
        return run is not None and run.state == runs.LEFT

    @property
    def payments(self) -> list[tuple[str, int]]:
        """What was paid in and out."""
        payments = self.counter.bench.others.city.payment.payments.values()
        return [(each["direction"], each["amount_fen"]) for each in payments]

    def end(self, point: tuple[str, int]) -> None:
        """Ask again, and see that money and card are as after an untorn one, or as before it."""
        if self.left:
            # The journal's disk was full before anything was sent: all is as it was.
            assert self.payments == [("in", 5_000), ("out", 5_000)], point
            assert purse(self.card) == 0, point
            return
        assert self.try_to_load(None) is None, point
        assert purse(self.card) == 5_000, point
        assert self.payments == [("in", 5_000)], point

    def try_to_load(self, point: tuple[str, int] | None) -> BaseException | None:
        """Ask for the load under its one key; gives what it raised."""
        counter, card = self.counter, self.card
        with counter.laid(card) as desk:
            self.seen = card.seen
            if point is not None:
                self._arm(*point)
            try:
                do(
                    counter.bench,
                    Service.TRANSIT_LOAD,
                    self.person,
                    counter.bench.desk().with_chip(desk),
                    key="torn-load",
                    wishes={"fen": "5000", "method": "transfer"},
                )
            except (GuitaiError, Killed) as error:
                return error
            finally:
                disarm(card, self.store)  # type: ignore[arg-type]  # a torn card
        return None

    def _arm(self, kind: str, at: int) -> None:
        card, store = self.card, self.store
        if kind == "after":
            card.at, card.how = card.seen + at, "after"
        elif kind != "memory":
            store.at, store.how = store.writes + at, kind
        else:
            last = card.memory.writes + at + 1

            def cut(number: int) -> None:
                if number == last:
                    raise PowerCut

            card.memory.before_write = cut
