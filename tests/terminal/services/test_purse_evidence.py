"""What is noted, asked and said of a purse operation that goes wrong, step by step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from purse_counter import READER, PurseCounter, purse_card
from purse_tearing import FailingStore, Money
from purse_troubles import (
    KEY,
    Away,
    Meddled,
    answering,
    elsewhere,
    loads,
    pays,
    pulled,
)

from emulator.card import Removed, SoftwareCard
from emulator.purse_habits import ProofOrder, PurseHabits
from terminal.errors import (
    GuitaiError,
    HostUnreachable,
    PurseChanged,
    PurseUnsettled,
    ReaderGone,
    ServiceLost,
)
from terminal.journal.model import Method, State
from terminal.journal.store import Store
from terminal.services.purse_recovery import Settled
from terminal.services.transit_visit import chip_of
from terminal.texts import Text

CREDIT, DEBIT, BLOCK, BALANCE, INIT = 0x52, 0x54, 0x1E, 0x5C, 0x50
CONTACTLESS = "contactless"
UNLOADS = PurseHabits(unload_purse=True)


def meddled(
    folder: Path,
    meddle: Callable[[SoftwareCard, bytes], bytes],
    balance: int = 5_000,
    habits: PurseHabits | None = None,
    store: Callable[[Store], Store] = lambda store: store,
    **facts: object,
) -> PurseCounter:
    """A counter with such a card; by its contactless side an answer comes with its command."""
    card = purse_card(balance, interface=CONTACTLESS, habits=habits, **facts)
    return PurseCounter(Meddled(card, meddle), folder, store=store)


def available(counter: PurseCounter) -> int:
    return Money.of(counter.card.memory).available  # type: ignore[attr-defined]


def laid_on_again(counter: PurseCounter, card: object = None) -> None:
    if counter.pcsc.readers[READER].card is not None:
        counter.pcsc.remove(READER)
    counter.pcsc.insert(READER, card or counter.card)


def recovered(counter: PurseCounter) -> Settled:
    """Lay the card on again and settle the one thing that is open."""
    laid_on_again(counter)
    with counter.desk() as desk:
        (settled,) = desk.recover()
    return settled


class TestPurchases:
    """As the loads above, and here the amount and the change of the balance are not one number."""

    @staticmethod
    def torn(folder: Path, how: str, habits: PurseHabits | None = None) -> PurseCounter:
        counter = meddled(folder, pulled(DEBIT, how), habits=habits)
        with pytest.raises(PurseUnsettled) as told, counter.desk() as desk:
            desk.pay(321, KEY)
        assert told.value.facts["amount"] == "3.21"
        return counter

    @pytest.mark.parametrize(("how", "left"), [("before", 5_000), ("after", 4_679)])
    def test_are_proved_by_the_sam(self, tmp_path: Path, how: str, left: int) -> None:
        """The purchase's own TAC tells, and what it told is noted with it."""
        counter = self.torn(tmp_path, how)
        settled = recovered(counter)
        assert available(counter) == left
        facts = settled.entry.facts
        assert facts["evidence_reason"] == settled.reason.en
        if how == "before":
            assert settled.entry.state is State.UNDONE
            assert facts["evidence_proof"] == "none"
            return
        assert settled.entry.state is State.DONE
        assert facts["evidence_proof"] == "right"
        assert (facts["balance_before"], facts["balance_after"]) == (5_000, 4_679)
        assert facts["tac_checked"] is True
        kept = counter.card.memory.read("transit.purse.proof.offline") or b""  # type: ignore[attr-defined]
        assert bytes.fromhex(str(facts["tac"])) == kept[-4:]

    def test_are_shown_by_the_log(self, tmp_path: Path) -> None:
        """Another purchase took the proof away; the log has the amount without a sign."""
        counter = self.torn(tmp_path, "after")
        laid_on_again(counter)
        elsewhere(counter.card, tmp_path / "gates", *pays(1))  # type: ignore[arg-type]
        facts = recovered(counter).entry.facts
        assert counter.journal.find(KEY).state is State.DONE
        assert (facts["balance_before"], facts["balance_after"]) == (5_000, 4_679)
        assert facts["tac_checked"] is False
        assert facts["tac"] is None
        assert facts["evidence_log"] == 2

    @pytest.mark.parametrize("away", [HostUnreachable(detail="no"), ServiceLost(), ReaderGone()])
    def test_that_nobody_can_check(self, tmp_path: Path, away: GuitaiError) -> None:
        """Without a SAM the proof is there and unchecked; the log tells, and it is noted so."""
        counter = self.torn(tmp_path, "after")
        laid_on_again(counter)
        with counter.visit() as visit:
            keys = counter.keys()
            keys.__dict__["sam"] = _Failing(away)
            (settled,) = counter.desk_on(visit, keys).recover()
        assert settled.entry.state is State.DONE
        assert settled.entry.facts["evidence_proof"] == "unchecked"
        assert settled.entry.facts["tac_checked"] is False

    @pytest.mark.parametrize("order", list(ProofOrder))
    def test_in_either_order_of_the_proof(self, tmp_path: Path, order: ProofOrder) -> None:
        """Cards differ in whether the TAC comes first (§10, 2)."""
        counter = self.torn(tmp_path, "after", PurseHabits(proof_order=order))
        assert recovered(counter).entry.facts["evidence_proof"] == "right"

    def test_a_tac_that_is_wrong(self, tmp_path: Path) -> None:
        """The SAM knows MAC2 and not the TAC: taken from the card, and no clearing centre pays."""
        counter = meddled(tmp_path, lambda card, command: card.transmit(command))
        counter.card.memory.write("transit.key.34", bytes(range(16)))  # type: ignore[attr-defined]
        with pytest.raises(PurseUnsettled), counter.desk() as desk:
            desk.pay(321, KEY)
        entry = counter.journal.find(KEY)
        assert entry.state is State.UNKNOWN
        assert entry.facts["reason"] == "tac_wrong"

    def test_a_mac2_that_is_wrong(self, tmp_path: Path) -> None:
        """The TAC alone is not enough: this session's SAM must know the card too."""

        def spoil(card: SoftwareCard, command: bytes) -> bytes:
            answer = card.transmit(command)
            return answer[:4] + bytes(4) + answer[8:] if command[1] == DEBIT else answer

        counter = meddled(tmp_path, spoil)
        with pytest.raises(PurseUnsettled), counter.desk() as desk:
            desk.pay(321, KEY)
        assert counter.journal.find(KEY).facts["reason"] == "tac_wrong"

    def test_what_is_noted_is_what_was_sent(self, tmp_path: Path) -> None:
        """Whoever settles it later has the journal alone: each fact as it went over the wire."""
        sent: list[bytes] = []

        def listen(card: SoftwareCard, command: bytes) -> bytes:
            answer = card.transmit(command)
            if command[1] in {INIT, DEBIT}:
                sent.extend((command, answer))
            return answer

        counter = meddled(tmp_path, listen)
        with counter.desk() as desk:
            entry = desk.pay(321, KEY).entry
            issuer = bytes.fromhex(desk.show().facts.issuer)
        begin, begun, debit, debited = sent[:4]
        noted = next(each for each in entry.steps if each.state is State.SENT).facts
        assert noted == {
            "operation": "purchase",
            "transaction": 6,
            "init": begun[:-2].hex(),
            "counter": 0,
            "balance_before": 5_000,
            "fen": 321,
            "terminal": begin[10:16].hex(),
            "sequence": debit[5:9].hex(),
            "at": debit[9:16].hex(),
            "issuer": issuer.hex(),
            "chip": chip_of(counter.card.atr),
            "key_index": begin[5],
        }
        assert entry.facts["tac"] == debited[:4].hex()
        assert entry.facts["mac2"] == debited[4:8].hex()
        assert entry.facts["balance_before"] == 5_000
        assert entry.steps[-1].facts.keys() == {
            "balance_before", "balance_after", "tac", "mac2", "mac2_checked", "tac_checked",
        }  # fmt: skip


class _Failing:
    """A SAM that is there for nothing."""

    terminal, key_index = bytes(6), 1

    def __init__(self, error: GuitaiError) -> None:
        self._error = error

    def is_tac(self, *_: object) -> bool:
        raise self._error

    def close(self) -> None:
        pass


@pytest.mark.parametrize("load", [True, False])
def test_each_direction_counts_for_itself(tmp_path: Path, load: bool) -> None:
    """Both counters stand at 9, and the log reaches back in the other one alone: a person decides.

    Taken for ours, the other's old numbers would say that what happened did not.
    """
    card = purse_card(5_000, interface=CONTACTLESS)
    ours, others = (loads, pays) if load else (pays, loads)
    elsewhere(card, tmp_path / "then", *ours(5))
    torn = Meddled(card, pulled(CREDIT if load else DEBIT, "after"))
    counter = PurseCounter(torn, tmp_path)
    with pytest.raises(PurseUnsettled), counter.desk() as desk:
        desk.load(1_234, Method.CASH, KEY) if load else desk.pay(321, KEY)
    elsewhere(card, tmp_path / "since", *ours(3), *others(9))
    settled = recovered(counter)
    assert not settled.decided
    assert settled.entry.facts["evidence_counter"] == 9


class TestUnloads:
    @pytest.mark.parametrize(("how", "left"), [("before", 5_000), ("after", 0)])
    def test_are_proved_by_their_mac3(self, tmp_path: Path, how: str, left: int) -> None:
        """An unload has no TAC; its MAC3 is over the balance that was to be left."""
        counter = meddled(tmp_path, pulled(DEBIT, how), habits=UNLOADS)
        with pytest.raises(PurseUnsettled), counter.desk() as desk:
            desk.refund(Method.CASH, KEY)
        entry = recovered(counter).entry
        assert available(counter) == left
        assert entry.state is (State.UNDONE if left else State.DONE)
        assert entry.facts["evidence_proof"] == ("none" if left else "right")


class TestClosings:
    @staticmethod
    def torn(folder: Path, how: str) -> PurseCounter:
        counter = meddled(folder, pulled(BLOCK, how), balance=0)
        with pytest.raises(PurseUnsettled), counter.desk() as desk:
            desk.close("renewal", KEY)
        return counter

    @pytest.mark.parametrize("how", ["before", "after"])
    def test_a_card_says_whether_it_is_closed(self, tmp_path: Path, how: str) -> None:
        """A closed application says so itself; one that lives was not closed."""
        counter = self.torn(tmp_path, how)
        settled = recovered(counter)
        assert settled.decided
        closed = how == "after"
        assert settled.entry.state is (State.DONE if closed else State.UNDONE)
        assert ("application is blocked" in settled.reason.en) == closed
        last = settled.entry.steps[-1].facts
        if closed:
            assert last == {"balance_before": 0, "balance_after": 0, "tac_checked": True}
        else:
            assert last == {"reason": "not_blocked"}

    def test_what_is_noted(self, tmp_path: Path) -> None:
        """The chip is noted before it is told: a closed card may not say whose it is."""
        counter = meddled(tmp_path, lambda card, command: card.transmit(command), balance=0)
        with counter.desk() as desk:
            desk.close("renewal", KEY)
        entry = counter.journal.find(KEY)
        chip = chip_of(counter.card.atr)
        assert chip
        assert [(each.state, each.facts) for each in entry.steps[-2:]] == [
            (State.SENT, {"operation": "close", "balance_before": 0, "chip": chip}),
            (State.DONE, {"balance_before": 0, "balance_after": 0, "tac_checked": True}),
        ]

    def test_that_came_to_nothing(self, tmp_path: Path) -> None:
        """No MAC for the block, no block: noted as not done, and the purse lives."""
        counter = meddled(tmp_path, lambda card, command: card.transmit(command), balance=0)
        with counter.visit() as visit:
            keys = counter.keys()
            keys.__dict__["host"] = Away(keys.host, "maintenance_mac")
            with pytest.raises(HostUnreachable):
                counter.desk_on(visit, keys).close("renewal", KEY)
        assert counter.journal.find(KEY).state is State.UNDONE


class TestBalancesThatChange:
    @pytest.mark.parametrize("name", ["load", "pay"])
    def test_between_reading_and_beginning(self, tmp_path: Path, name: str) -> None:
        """A gate debited meanwhile: ceiling and receipt would be of another balance."""

        def debited(card: SoftwareCard, command: bytes) -> bytes:
            if command[1] == INIT:
                card.memory.write("transit.purse.available", (4_900).to_bytes(4, "big"))
            return card.transmit(command)

        counter = meddled(tmp_path, debited)
        with pytest.raises(PurseChanged), counter.desk() as desk:
            desk.load(100, Method.CASH, KEY) if name == "load" else desk.pay(100, KEY)
        assert available(counter) == 4_900
        entry = counter.journal.find(KEY)
        assert (entry.state, entry.facts["reason"]) == (State.UNDONE, "purse_changed")

    def test_an_overdraft_that_is_not_in_it(self, tmp_path: Path) -> None:
        """Some cards begin with the holder's own money alone: that is no change (§10)."""

        def own_money(card: SoftwareCard, command: bytes) -> bytes:
            answer = card.transmit(command)
            if command[1] != INIT:
                return answer
            return (int.from_bytes(answer[:4], "big") - 800).to_bytes(4, "big") + answer[4:]

        counter = meddled(tmp_path, own_money, limit=800)
        with counter.desk() as desk:
            result = desk.pay(100, KEY)
        assert (result.before, result.after) == (5_000, 4_900)


class TestWhatIsNotClear:
    @pytest.mark.parametrize("answers", [True, False])
    def test_the_clerk_is_told_why(self, tmp_path: Path, answers: bool) -> None:
        """A status word that says nothing, or a card that is gone: each is told as itself."""
        unclear = answering(CREDIT, "6F00", carried_out=True)
        counter = meddled(tmp_path, unclear if answers else pulled(CREDIT, "after"))
        with pytest.raises(PurseUnsettled) as told, counter.desk() as desk:
            desk.load(1_234, Method.CASH, KEY)
        cause = told.value.facts["cause"]
        assert isinstance(cause, Text)
        assert ("6F00" in cause.en) == answers
        assert ("taken" in cause.en) != answers, cause
        entry = counter.journal.find(KEY)
        assert entry.state is State.UNKNOWN
        assert entry.facts["reason"] == ("TornOutcome" if answers else "card_torn")

    def test_somebody_stops_it(self, tmp_path: Path) -> None:
        """Ctrl-C while the card writes: unknown, and said so, not lost in a traceback."""

        def stop(card: SoftwareCard, command: bytes) -> bytes:
            if command[1] == CREDIT:
                raise KeyboardInterrupt
            return card.transmit(command)

        counter = meddled(tmp_path, stop)
        with pytest.raises(PurseUnsettled) as told, counter.desk() as desk:
            desk.load(1_234, Method.CASH, KEY)
        cause = told.value.facts["cause"]
        assert isinstance(cause, Text)
        assert "被中断" in cause.zh
        assert counter.journal.find(KEY).facts["reason"] == "KeyboardInterrupt"

    def test_a_fault_of_ours(self, tmp_path: Path) -> None:
        """It is noted as unknown and stays what it is: nobody reads a defect as a torn card."""
        counter = PurseCounter(purse_card(5_000), tmp_path)
        with counter.visit() as visit:
            desk = counter.desk_on(visit, counter.keys())
            run = visit.run

            def faulty(operation: object) -> object:
                if counter.journal.known(KEY) is not None:
                    raise ZeroDivisionError
                return run(operation)  # type: ignore[arg-type]

            visit.run = faulty  # type: ignore[method-assign, assignment]
            with pytest.raises(ZeroDivisionError):
                desk.load(1_234, Method.CASH, KEY)
        entry = counter.journal.find(KEY)
        assert entry.state is State.UNKNOWN
        assert entry.facts["reason"] == "ZeroDivisionError"

    @pytest.mark.parametrize("how", ["torn", "tac"])
    def test_and_the_journal_is_full_too(self, tmp_path: Path, how: str) -> None:
        """What cannot be noted stays as sent, and the clerk still hears that it is open."""
        stores: list[FailingStore] = []

        def failing(store: Store) -> Store:
            stores.append(FailingStore(store))
            return stores[0]  # type: ignore[return-value]

        def through(card: SoftwareCard, command: bytes) -> bytes:
            return card.transmit(command)

        meddle = pulled(CREDIT, "after") if how == "torn" else through
        counter = meddled(tmp_path, meddle, store=failing)
        if how == "tac":
            counter.card.memory.write("transit.key.34", bytes(range(16)))  # type: ignore[attr-defined]
        stores[0].at, stores[0].how = 1, "ENOSPC"
        with pytest.raises(PurseUnsettled), counter.desk() as desk:
            desk.load(1_234, Method.CASH, KEY)
        assert counter.journal.find(KEY).state is State.SENT

    def test_the_journal_is_full_when_nothing_was_sent(self, tmp_path: Path) -> None:
        """Why it came to nothing is what the clerk hears, not that it could not be noted."""
        stores: list[FailingStore] = []

        def failing(store: Store) -> Store:
            stores.append(FailingStore(store))
            return stores[0]  # type: ignore[return-value]

        counter = PurseCounter(purse_card(5_000), tmp_path, store=failing)
        stores[0].at, stores[0].how = 0, "ENOSPC"
        with counter.visit() as visit:
            keys = counter.keys()
            keys.__dict__["host"] = Away(keys.host, "authorise")
            with pytest.raises(HostUnreachable):
                counter.desk_on(visit, keys).load(100, Method.CASH, KEY)


class TestRefusals:
    """A status word may be what is left of a cut answer: the counter has the last word."""

    def test_of_a_card_that_did_it(self, tmp_path: Path) -> None:
        """9302 and the money is there: not refused, and not told as such."""
        counter = meddled(tmp_path, answering(CREDIT, "9302", carried_out=True))
        with pytest.raises(PurseUnsettled), counter.desk() as desk:
            desk.load(1_234, Method.CASH, KEY)
        assert available(counter) == 6_234
        assert counter.journal.find(KEY).state is State.DONE

    def test_of_a_card_that_is_gone(self, tmp_path: Path) -> None:
        """9302 and then nothing: whether it was refused nobody knows yet."""
        gone: list[bytes] = []

        def leave(card: SoftwareCard, command: bytes) -> bytes:
            if gone:
                raise Removed
            if command[1] == CREDIT:
                gone.append(command)
                return bytes.fromhex("9302")
            return card.transmit(command)

        counter = meddled(tmp_path, leave)
        with pytest.raises(PurseUnsettled), counter.desk() as desk:
            desk.load(1_234, Method.CASH, KEY)
        assert counter.journal.find(KEY).state is State.SENT
