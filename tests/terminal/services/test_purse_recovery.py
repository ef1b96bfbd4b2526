"""Recovery with cards that have lived on since, other cards, and other parties that are away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from purse_counter import READER, PurseCounter, purse_card
from purse_tearing import Answering, FailingStore, Money, TornCard
from purse_troubles import (
    AFTER_CREDIT,
    KEY,
    Away,
    Meddled,
    Torn,
    answering,
    elsewhere,
    loads,
    pays,
)

from emulator.card import SoftwareCard
from emulator.memory import Memory
from emulator.purse_habits import PurseHabits, Retention
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
    PurseRefused,
    PurseUnsettled,
    SettledFirst,
)
from terminal.journal.model import Kind, Method, State
from terminal.journal.store import Store

BALANCE, CREDIT = 0x5C, 0x52
INIT_LOAD, INIT_UNLOAD, PROVE, LOG = "805000", "805005", "805A", "00B2"


@pytest.fixture(params=["before", "after"])
def torn(request: pytest.FixtureRequest, tmp_path: Path) -> Torn:
    made = Torn(tmp_path, request.param)
    made.lay_on()
    return made


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
            keys.__dict__["host"] = Away(keys.host, "is_proof")
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
            keys.__dict__["host"] = Away(keys.host, "is_proof")
            result = counter.desk_on(visit, keys).load(1_234, Method.CASH, KEY)
        assert result.entry.state is State.DONE
        assert result.entry.facts["tac_checked"] is None
        assert Money.of(counter.card.memory).available == 6_234  # type: ignore[attr-defined]

    def test_the_host_is_away_before_anything_is_sent(self, tmp_path: Path) -> None:
        """No MAC2, no load: the entry is closed and the card as it was."""
        counter = PurseCounter(purse_card(5_000), tmp_path)
        with counter.visit() as visit:
            keys = counter.keys()
            keys.__dict__["host"] = Away(keys.host, "authorise")
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

    def test_a_card_that_refuses_for_another_reason(self, tmp_path: Path) -> None:
        """Not every refusal is the host's word: 6985 is said as what it is."""
        meddled = Meddled(purse_card(5_000), answering(CREDIT, "6985", carried_out=False))
        counter = PurseCounter(meddled, tmp_path)
        with pytest.raises(PurseRefused) as refused, counter.desk() as desk:
            desk.load(1_234, Method.CASH, KEY)
        assert refused.value.facts["sw"] == "6985"
        assert counter.journal.find(KEY).state is State.UNDONE

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
            keys.__dict__["host"] = Away(keys.host, "authorise")
            with pytest.raises(HostUnreachable):
                counter.desk_on(visit, keys).load(100, Method.CASH, KEY)
        entry = counter.journal.find(KEY)
        assert [each.state for each in entry.steps] == [State.BEGUN, State.UNDONE]
        assert entry.facts["reason"] == "host_unreachable"
        with counter.desk() as desk, pytest.raises(IntentionOver):
            desk.load(100, Method.CASH, KEY)


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
