"""Recovery with cards that have lived on since, other cards, and other parties that are away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from purse_counter import READER, PurseCounter, purse_card
from purse_tearing import Answering, FailingStore, Money, TornCard

from emulator.card import InsertedCard, Removed, SoftwareCard
from emulator.memory import Memory
from emulator.purse_habits import ProofOrder, PurseHabits, Retention
from terminal.errors import (
    CannotTell,
    CardMacWrong,
    EntryRunning,
    GuitaiError,
    HostUnreachable,
    IntentionOver,
    JournalUnsettled,
    LoadNotAccepted,
    OtherCard,
    PurseChanged,
    PurseUnsettled,
    ReaderGone,
    ServiceLost,
    SettledFirst,
)
from terminal.journal.model import Entry, Kind, Method, State
from terminal.journal.store import Store
from terminal.services.purse_recovery import Settled
from terminal.services.transit import TransitDesk
from terminal.services.transit_visit import chip_of
from terminal.texts import Text

KEY = "intention-1"
AFTER_CREDIT = 6
"""APDUs of a load on T=0 before the answer of CREDIT: SELECT, balances, INIT, CREDIT."""


INIT_LOAD, INIT_UNLOAD, PROVE, LOG = "805000", "805005", "805A", "00B2"


class Torn:
    """A counter whose load of 1,234 fen was torn, before or after the card carried it out."""

    def __init__(self, folder: Path, how: str, habits: PurseHabits | None = None) -> None:
        self.card = Answering(purse_card(5_000, habits=habits))
        self.counter = PurseCounter(self.card, folder)
        self.card.at, self.card.how = AFTER_CREDIT, how
        with pytest.raises(PurseUnsettled), self.counter.desk() as desk:
            desk.load(1_234, Method.CASH, KEY)
        self.card.at = -1
        self.expected = 6_234 if how == "after" else 5_000

    def lay_on(self, card: object | None = None) -> None:
        if self.counter.pcsc.readers[READER].card is not None:
            self.counter.pcsc.remove(READER)
        self.counter.pcsc.insert(READER, card or self.card)

    def recover(self) -> tuple[Settled, ...]:
        with self.counter.desk() as desk:
            return desk.recover()

    @property
    def entry(self) -> Entry:
        return self.counter.journal.find(KEY)

    @property
    def money(self) -> int:
        return Money.of(self.card.memory).available


@pytest.fixture(params=["before", "after"])
def torn(request: pytest.FixtureRequest, tmp_path: Path) -> Torn:
    made = Torn(tmp_path, request.param)
    made.lay_on()
    return made


def elsewhere(card: InsertedCard, folder: Path, *acts: Callable[[TransitDesk], object]) -> None:
    """Use the card at another counter, whose journal knows nothing of ours."""
    folder.mkdir()
    counter = PurseCounter(card, folder)
    counter.clock.now = counter.clock.now.replace(hour=5)
    for act in acts:
        with counter.desk() as desk:
            act(desk)
    counter.close()


def loads(count: int) -> list[Callable[[TransitDesk], object]]:
    return [lambda desk, n=n: desk.load(100, Method.CASH, f"other-{n:04}") for n in range(count)]


def pays(count: int) -> list[Callable[[TransitDesk], object]]:
    return [lambda desk, n=n: desk.pay(10, f"gate-{n:05}") for n in range(count)]


class TestTheSameCard:
    def test_is_settled_by_what_it_shows(self, torn: Torn) -> None:
        """Laid on again it tells, and the entry says on what evidence."""
        (settled,) = torn.recover()
        assert settled.entry.state is (State.DONE if torn.money == 6_234 else State.UNDONE)
        assert torn.money == torn.expected
        facts = torn.entry.facts
        assert facts["evidence_counter"] == (1 if torn.expected == 6_234 else 0)
        assert facts["evidence_balance"] == torn.expected

    def test_comes_before_anything_new(self, torn: Torn) -> None:
        """A clerk who just repeats it must not load twice: it is settled, and nothing more."""
        with torn.counter.desk() as desk, pytest.raises(SettledFirst) as told:
            desk.load(1_234, Method.CASH, "intention-2")
        assert torn.money == torn.expected
        done = torn.expected == 6_234
        assert ("已完成" if done else "未发生") in told.value.message("zh")
        assert torn.counter.journal.known("intention-2") is None
        with torn.counter.desk() as desk:
            assert desk.load(100, Method.CASH, "intention-3").after == torn.expected + 100

    def test_under_the_same_key(self, torn: Torn) -> None:
        """A click again gives the result where it happened, and says so where it did not."""
        with torn.counter.desk() as desk:
            if torn.expected == 6_234:
                assert desk.load(1_234, Method.CASH, KEY).repeated
            else:
                with pytest.raises(IntentionOver):
                    desk.load(1_234, Method.CASH, KEY)
        assert torn.money == torn.expected

    def test_after_gates_debited_it(self, torn: Torn, tmp_path: Path) -> None:
        """The balance says nothing any more; counter and proof do."""
        elsewhere(torn.card, tmp_path / "gates", *pays(12))
        torn.lay_on()
        (settled,) = torn.recover()
        assert settled.entry.state is (State.DONE if torn.expected == 6_234 else State.UNDONE)

    def test_after_a_load_elsewhere(self, torn: Torn, tmp_path: Path) -> None:
        """9406 alone would say "did not happen", and the holder would be paid twice (TRAPS)."""
        elsewhere(torn.card, tmp_path / "other", *loads(1))
        torn.lay_on()
        (settled,) = torn.recover()
        assert settled.entry.state is (State.DONE if torn.expected == 6_234 else State.UNDONE)
        assert settled.entry.facts["evidence_proof"] in {"none", "other"}

    def test_after_so_much_that_nothing_reaches_back(self, torn: Torn, tmp_path: Path) -> None:
        """Ten lines of log are full of others' doings: a person decides, with all evidence."""
        elsewhere(torn.card, tmp_path / "other", *loads(2), *pays(9))
        torn.lay_on()
        (settled,) = torn.recover()
        assert not settled.decided
        assert torn.entry.state is State.UNKNOWN
        assert torn.entry.facts["evidence_proof"] == "none"
        with torn.counter.desk() as desk, pytest.raises(CannotTell):
            desk.load(100, Method.CASH, "intention-2")

    @pytest.mark.parametrize("retention", list(Retention))
    def test_whatever_proofs_it_keeps(self, tmp_path: Path, retention: Retention) -> None:
        """How long proofs are kept is not public; a purchase since may have taken ours."""
        torn = Torn(tmp_path, "after", PurseHabits(retention=retention))
        elsewhere(torn.card, tmp_path / "gates", *pays(1))
        torn.lay_on()
        (settled,) = torn.recover()
        assert settled.entry.state is State.DONE

    def test_where_the_log_is_not_shown(self, tmp_path: Path) -> None:
        """A card whose log wants a PIN still has counter and proof."""
        torn = Torn(tmp_path, "after", PurseHabits(log_needs_pin=True))
        torn.lay_on()
        (settled,) = torn.recover()
        assert settled.entry.state is State.DONE
        assert settled.entry.facts["evidence_log"] is None


class TestACardThatHidesSomething:
    """Whatever evidence is missing, money that is on the card is never "did not happen"."""

    @pytest.mark.parametrize(
        "answers",
        [
            {INIT_LOAD: "6985", INIT_UNLOAD: "6985", PROVE: "6D00", LOG: "6A83"},
            {INIT_LOAD: "9402", INIT_UNLOAD: "9402", PROVE: "9406", LOG: "6A83"},
            {INIT_LOAD: "6985", INIT_UNLOAD: "6985", PROVE: "9406", LOG: "6982"},
            {PROVE: "9406", LOG: "6A83"},
            {PROVE: "9406", LOG: "6F00"},
            {PROVE: "9406", "00B202": "6F00", "00B201C417": "6F00"},
        ],
        ids=str,
    )
    def test_it_stays_open(self, tmp_path: Path, answers: dict[str, str]) -> None:
        """No counter, no proof, no log, or an empty one: a person decides."""
        torn = Torn(tmp_path, "after")
        torn.card.answers = answers
        torn.lay_on()
        (settled,) = torn.recover()
        assert not settled.decided
        assert torn.money == 6_234

    def test_a_purchase_of_nothing_is_refused(self, tmp_path: Path) -> None:
        """Zero is legal for a composite purchase alone (§3.2): the counter is told by that one."""
        card = Answering(purse_card(5_000))
        counter = PurseCounter(card, tmp_path)
        card.at, card.how = AFTER_CREDIT, "after"
        with pytest.raises(PurseUnsettled), counter.desk() as desk:
            desk.pay(300, KEY)
        card.at, card.answers = -1, {"805001020B": "6985", PROVE: "9406"}
        counter.pcsc.insert(READER, card)
        with counter.desk() as desk:
            (settled,) = desk.recover()
        assert settled.entry.state is State.DONE
        assert Money.of(card.memory).available == 4_700

    def test_only_the_host_is_silent(self, tmp_path: Path) -> None:
        """The card has a proof and nobody can check it now: asked again later, not decided."""
        torn = Torn(tmp_path, "after")
        torn.card.answers = {LOG: "6982"}
        torn.lay_on()
        with torn.counter.visit() as visit:
            keys = torn.counter.keys()
            keys.__dict__["host"] = _Away(keys.host, "is_proof")
            with pytest.raises(HostUnreachable):
                torn.counter.desk_on(visit, keys).recover()
        assert "evidence_reason" not in torn.entry.facts
        (settled,) = torn.recover()
        assert settled.entry.state is State.DONE


class TestAnotherCard:
    def test_is_told_apart(self, torn: Torn) -> None:
        """It knows nothing of the load; asking it would settle it wrongly."""
        torn.lay_on(purse_card(5_000, seed=2))
        assert torn.recover() == ()
        assert torn.entry.unfinished
        with torn.counter.desk() as desk, pytest.raises(OtherCard):
            desk.settle(torn.entry)

    def test_is_served_meanwhile(self, torn: Torn) -> None:
        """The next customer does not wait for the one who left with an open load."""
        torn.lay_on(purse_card(5_000, seed=2))
        with torn.counter.desk() as desk:
            assert desk.load(100, Method.CASH, "intention-2").after == 5_100
        assert torn.entry.unfinished


class TestAnotherCounter:
    def test_that_shares_the_journal(self, torn: Torn, tmp_path: Path) -> None:
        """The holder goes to the next window: the journal is theirs too."""
        other = PurseCounter(torn.card, tmp_path)
        with other.desk() as desk:
            (settled,) = desk.recover()
        assert settled.decided
        assert torn.entry.state is settled.entry.state

    def test_two_at_once(self, tmp_path: Path) -> None:
        """One intention sent by two counters in the same moment is one load (proof 4).

        The chip has two sides, so that both can reach it; a real one lets but one talk.
        """
        for number in range(10):
            folder = tmp_path / str(number)
            folder.mkdir()
            memory = purse_card(5_000).memory
            gate = threading.Barrier(2)
            counters = [_at_once(memory, folder, gate) for _ in range(2)]
            outcomes: list[object] = []
            threads = [threading.Thread(target=_load, args=(each, outcomes)) for each in counters]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
            assert Money.of(memory).available == 6_234
            entry = counters[0].journal.find(KEY)
            assert entry.state is State.DONE
            assert sum(isinstance(each, EntryRunning) for each in outcomes) <= 1
            assert len(outcomes) == 2


def _at_once(memory: Memory, folder: Path, gate: threading.Barrier) -> PurseCounter:
    made = purse_card(5_000)

    def together(store: Store) -> Store:
        failing = FailingStore(store)
        add = failing.add

        def wait_and_add(*arguments: object, durable: bool) -> bool:
            gate.wait()
            return add(*arguments, durable=durable)  # type: ignore[arg-type]

        failing.add = wait_and_add  # type: ignore[method-assign]
        return failing  # type: ignore[return-value]

    return PurseCounter(SoftwareCard(made.profile, memory), folder, store=together)


def _load(counter: PurseCounter, outcomes: list[object]) -> None:
    try:
        with counter.desk() as desk:
            outcomes.append(desk.load(1_234, Method.CASH, KEY))
    except GuitaiError as error:
        outcomes.append(error)


class TestOtherParties:
    def test_the_host_is_away_when_the_tac_is_checked(self, tmp_path: Path) -> None:
        """The money is on the card: it is done, unchecked, and the day's sheet lists it."""
        counter = PurseCounter(purse_card(5_000), tmp_path)
        with counter.visit() as visit:
            keys = counter.keys()
            keys.__dict__["host"] = _Away(keys.host, "is_proof")
            result = counter.desk_on(visit, keys).load(1_234, Method.CASH, KEY)
        assert result.entry.state is State.DONE
        assert result.entry.facts["tac_checked"] is None
        assert Money.of(counter.card.memory).available == 6_234  # type: ignore[attr-defined]

    def test_the_host_is_away_before_anything_is_sent(self, tmp_path: Path) -> None:
        """No MAC2, no load: the entry is closed and the card as it was."""
        counter = PurseCounter(purse_card(5_000), tmp_path)
        with counter.visit() as visit:
            keys = counter.keys()
            keys.__dict__["host"] = _Away(keys.host, "authorise")
            with pytest.raises(HostUnreachable):
                counter.desk_on(visit, keys).load(1_234, Method.CASH, KEY)
        assert counter.journal.find(KEY).state is State.UNDONE
        assert Money.of(counter.card.memory).available == 5_000  # type: ignore[attr-defined]

    def test_a_card_whose_tac_is_wrong(self, tmp_path: Path) -> None:
        """It says yes and cannot prove it: nobody books that without looking."""
        counter = PurseCounter(purse_card(5_000), tmp_path)
        counter.card.memory.write("transit.key.34", bytes(range(16)))  # type: ignore[attr-defined]
        with pytest.raises(PurseUnsettled), counter.desk() as desk:
            desk.load(1_234, Method.CASH, KEY)
        assert counter.journal.find(KEY).state is State.UNKNOWN
        with counter.desk() as desk:
            (settled,) = desk.recover()
        assert not settled.decided
        assert "证明不对" in settled.reason.zh

    def test_a_card_whose_mac1_is_wrong(self, tmp_path: Path) -> None:
        """A forged card gets no MAC2: MAC1 is checked before."""
        counter = PurseCounter(purse_card(5_000), tmp_path)
        counter.card.memory.write("transit.key.3F", bytes(range(16)))  # type: ignore[attr-defined]
        with pytest.raises(CardMacWrong), counter.desk() as desk:
            desk.load(1_234, Method.CASH, KEY)
        assert "\n8052" not in counter.trace
        assert counter.journal.find(KEY).state is State.UNDONE

    def test_a_host_that_the_card_does_not_believe(self, tmp_path: Path) -> None:
        """9302 changes nothing, which the counter proves; and it is not the card that is blamed."""
        counter = PurseCounter(purse_card(5_000), tmp_path)
        with counter.visit() as visit:
            keys = counter.keys()
            keys.__dict__["host"] = _WrongMac(keys.host)
            with pytest.raises(LoadNotAccepted) as refused:
                counter.desk_on(visit, keys).load(1_234, Method.CASH, KEY)
        assert refused.value.facts["sw"] == "9302"
        entry = counter.journal.find(KEY)
        assert entry.state is State.UNDONE
        assert entry.facts["evidence_counter"] == 0

    def test_the_journal_is_full_when_it_is_done(self, tmp_path: Path) -> None:
        """The card has the money and the disk no room: said so, and found out later."""
        stores: list[FailingStore] = []

        def failing(store: Store) -> Store:
            stores.append(FailingStore(store))
            return stores[0]  # type: ignore[return-value]

        counter = PurseCounter(purse_card(5_000), tmp_path, store=failing)
        stores[0].at, stores[0].how = 1, "ENOSPC"
        with pytest.raises(JournalUnsettled), counter.desk() as desk:
            desk.load(1_234, Method.CASH, KEY)
        stores[0].at = -1
        with counter.desk() as desk:
            (settled,) = desk.recover()
        assert settled.entry.state is State.DONE


class _Away:
    """A host that is not reached for one of its answers."""

    def __init__(self, host: object, missing: str) -> None:
        self._host, self._missing = host, missing

    def __getattr__(self, name: str) -> object:
        if name == self._missing:
            return self._unreachable
        return getattr(self._host, name)

    def _unreachable(self, *_: object) -> None:
        raise HostUnreachable(detail="timed out")


class _WrongMac:
    """A host with another load key."""

    def __init__(self, host: object) -> None:
        self._host = host

    def __getattr__(self, name: str) -> object:
        return getattr(self._host, name)

    def authorise(self, request: object) -> object:
        right = self._host.authorise(request)  # type: ignore[attr-defined]
        return type(right)(right.at, bytes(4))


class TestTheSameClick:
    @pytest.fixture
    def counter(self, tmp_path: Path) -> Iterator[PurseCounter]:
        made = PurseCounter(purse_card(5_000), tmp_path)
        yield made
        made.close()

    @staticmethod
    def sent(counter: PurseCounter) -> None:
        """Another process has just sent it, and is at work or gone."""
        elsewhere = PurseCounter(purse_card(5_000), Path(counter.store._path).parent)  # type: ignore[attr-defined]
        elsewhere.clock.now = counter.clock.now
        torn = TornCard(elsewhere.card)  # type: ignore[arg-type]
        with elsewhere.desk() as desk:
            desk._visit.session.close()
            entry = elsewhere.journal.draft(desk._intention(KEY, Kind.LOAD, 100, 100, Method.CASH))
            elsewhere.journal.sent(entry, {})
        assert torn.seen == 0
        elsewhere.close()

    def test_while_the_first_is_at_work(self, counter: PurseCounter) -> None:
        """The second of two clicks must not settle the first one's operation under it."""
        self.sent(counter)
        with counter.desk() as desk, pytest.raises(EntryRunning):
            desk.load(100, Method.CASH, KEY)
        assert counter.journal.find(KEY).state is State.SENT

    def test_what_came_to_nothing_leaves_its_reason(self, counter: PurseCounter) -> None:
        """Begun and never sent: noted with why, and over for its key."""
        with counter.visit() as visit:
            keys = counter.keys()
            keys.__dict__["host"] = _Away(keys.host, "authorise")
            with pytest.raises(HostUnreachable):
                counter.desk_on(visit, keys).load(100, Method.CASH, KEY)
        entry = counter.journal.find(KEY)
        assert [each.state for each in entry.steps] == [State.BEGUN, State.UNDONE]
        assert entry.facts["reason"] == "host_unreachable"
        with counter.desk() as desk, pytest.raises(IntentionOver):
            desk.load(100, Method.CASH, KEY)


# --- What is noted, asked and said -----------------------------------------------------------


class Meddled(TornCard):
    """A card with something between it and the counter, which is given every command."""

    def __init__(self, card: SoftwareCard, meddle: Callable[[SoftwareCard, bytes], bytes]) -> None:
        super().__init__(card)
        self.meddle = meddle

    def transmit(self, command: bytes) -> bytes:
        return self.meddle(self.card, command)


def pulled(at: int, how: str) -> Callable[[SoftwareCard, bytes], bytes]:
    """Take the card away at its first command of this instruction."""
    left = [at]

    def meddle(card: SoftwareCard, command: bytes) -> bytes:
        if command[1] not in left:
            return card.transmit(command)
        left.clear()
        if how == "after":
            card.transmit(command)
        raise Removed

    return meddle


def answering(at: int, answer: str, *, carried_out: bool) -> Callable[[SoftwareCard, bytes], bytes]:
    """Let the card answer that to an instruction, whether it carries it out or not."""

    def meddle(card: SoftwareCard, command: bytes) -> bytes:
        if command[1] == at and not carried_out:
            return bytes.fromhex(answer)
        told = card.transmit(command)
        return bytes.fromhex(answer) if command[1] == at else told

    return meddle


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
            keys.__dict__["host"] = _Away(keys.host, "maintenance_mac")
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
            keys.__dict__["host"] = _Away(keys.host, "authorise")
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


class TestAsking:
    def test_whatever_is_selected(self, torn: Torn) -> None:
        """Another program looked at the social security part: the purse is selected anew."""
        with torn.counter.desk() as desk:
            torn.card.card.transmit(bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF"))
            (settled,) = desk.recover()
        assert settled.decided
        assert settled.entry.state is (State.DONE if torn.expected == 6_234 else State.UNDONE)

    def test_a_card_that_does_not_tell_its_balance(self, tmp_path: Path) -> None:
        """Counter and proof decide; a balance is only told."""
        torn = Torn(tmp_path, "after")
        torn.lay_on(Meddled(torn.card.card, answering(BALANCE, "6A81", carried_out=False)))
        (settled,) = torn.recover()
        assert settled.entry.state is State.DONE
        assert settled.entry.facts["evidence_balance"] is None

    def test_a_load_s_figures(self, tmp_path: Path) -> None:
        """Settled later, it is booked as one that went well at once."""
        torn = Torn(tmp_path, "after")
        torn.lay_on()
        torn.recover()
        facts = torn.entry.facts
        assert (facts["balance_before"], facts["balance_after"]) == (5_000, 6_234)
        assert facts["tac_checked"] is True
        kept = torn.card.memory.read("transit.purse.proof.online") or b""
        assert bytes.fromhex(str(facts["tac"])) == kept[-4:]
