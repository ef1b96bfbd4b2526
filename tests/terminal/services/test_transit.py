"""The transit services as a clerk has them: what is done, what is refused, and before what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from purse_counter import READER, PurseCounter, configured, purse_card, with_card
from purse_tearing import Money

from emulator.purse_habits import PurseHabits
from terminal.errors import (
    AmountWrong,
    BalanceCeiling,
    BalanceUnclear,
    CardMacWrong,
    CorrectionWrong,
    EntryUnknown,
    IntentionDiffers,
    IntentionOver,
    NotEmpty,
    NotEnough,
    NothingToRefund,
    OtherCard,
    OverdraftOwed,
    PurseBlocked,
    SecondPersonNeeded,
    TripUnfinished,
)
from terminal.journal.model import Kind, Method, State
from terminal.readers.explain import explain
from terminal.readers.port import PcscFailure, Result
from terminal.services.trips import Trip, TripKind, open_ride

KEY = "intention-1"
INITIALIZE = "\n8050"
UNLOADS = PurseHabits(unload_purse=True)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[PurseCounter]:
    made = PurseCounter(purse_card(5_000), tmp_path)
    yield made
    made.close()


def money(counter: PurseCounter) -> int:
    return Money.of(counter.card.memory).available  # type: ignore[attr-defined]


class TestLoading:
    def test_card_till_and_journal_agree(self, counter: PurseCounter) -> None:
        """The three places where a load is written say the same amount."""
        with counter.desk() as desk:
            result = desk.load(1_234, Method.CASH, KEY)
        assert (result.before, result.after) == (5_000, 6_234)
        assert money(counter) == 6_234
        entry = counter.journal.find(KEY)
        assert entry.state is State.DONE
        assert (entry.intention.amount, entry.intention.till) == (1_234, 1_234)
        assert entry.facts["tac_checked"] is True
        assert entry.intention.operator == "clerk1"

    def test_the_clerk_is_told_not_to_take_the_card(self, counter: PurseCounter) -> None:
        """A card that is pulled while it is written costs a recovery."""
        with counter.desk() as desk:
            desk.load(100, Method.CASH, KEY)
        assert any("请勿取走卡" in each.zh for each in counter.said)

    def test_to_the_ceiling_and_not_a_fen_above(self, counter: PurseCounter) -> None:
        """1,000 yuan are allowed; the refusal says how much can still be loaded."""
        with counter.desk() as desk:
            with pytest.raises(BalanceCeiling) as refused:
                desk.load(95_001, Method.CASH, KEY)
            assert refused.value.facts["most"] == "950.00"
            assert desk.load(95_000, Method.CASH, "intention-2").after == 100_000
        assert counter.trace.count(INITIALIZE) == 1

    def test_the_ceiling_is_the_operators(self, counter: PurseCounter) -> None:
        """It is no field of the card, so it is configured."""
        configured(counter, balance_ceiling=6_000)
        with counter.desk() as desk, pytest.raises(BalanceCeiling):
            desk.load(1_001, Method.CASH, KEY)

    @pytest.mark.parametrize("amount", [0, -1])
    def test_nothing_is_no_amount(self, counter: PurseCounter, amount: int) -> None:
        """A card accepts a load of nothing, and the counter would count on."""
        with counter.desk() as desk, pytest.raises(AmountWrong):
            desk.load(amount, Method.CASH, KEY)


class TestOneKeyOneOperation:
    def test_a_double_click_loads_once(self, counter: PurseCounter) -> None:
        """The second click gets the first one's result, and the card is not touched."""
        with counter.desk() as desk:
            first = desk.load(100, Method.CASH, KEY)
            begun = counter.trace.count(INITIALIZE)
            second = desk.load(100, Method.CASH, KEY)
        assert (first.repeated, second.repeated) == (False, True)
        assert second.after == first.after == money(counter) == 5_100
        assert counter.trace.count(INITIALIZE) == begun

    @pytest.mark.parametrize(("amount", "method"), [(101, Method.CASH), (100, Method.TRANSFER)])
    def test_a_key_is_for_one_thing(
        self, counter: PurseCounter, amount: int, method: Method
    ) -> None:
        """The same key for another amount is a mistake, and neither is done."""
        with counter.desk() as desk:
            desk.load(100, Method.CASH, KEY)
            with pytest.raises(IntentionDiffers):
                desk.load(amount, method, KEY)
        assert money(counter) == 5_100

    def test_a_key_is_for_one_card(self, counter: PurseCounter) -> None:
        """Another card under the same key is no repetition."""
        with counter.desk() as desk:
            desk.load(100, Method.CASH, KEY)
        counter.pcsc.remove(READER)
        counter.pcsc.insert(READER, purse_card(0, seed=2))
        with counter.desk() as desk, pytest.raises(IntentionDiffers):
            desk.load(100, Method.CASH, KEY)

    def test_what_was_refused_is_over(self, counter: PurseCounter) -> None:
        """A key that came to nothing never comes to something later, unseen."""
        with counter.desk() as desk:
            desk._work._keys.__dict__["host"] = _Refusing()
            with pytest.raises(CardMacWrong):
                desk.load(100, Method.CASH, KEY)
        with counter.desk() as desk, pytest.raises(IntentionOver):
            desk.load(100, Method.CASH, KEY)
        assert money(counter) == 5_000
        assert counter.journal.find(KEY).state is State.UNDONE

    def test_a_refund_repeated(self, counter: PurseCounter) -> None:
        """Its amount is the balance then; asked again it must not look at the balance now."""
        with counter.desk() as desk:
            first = desk.refund(Method.CASH, KEY)
            desk.load(300, Method.CASH, "intention-2")
            again = desk.refund(Method.CASH, KEY)
        assert (first.before, again.before, again.repeated) == (5_000, 5_000, True)
        assert money(counter) == 300


class _Refusing:
    """A host to whom no card is genuine."""

    def authorise(self, _request: object) -> None:
        raise CardMacWrong

    def close(self) -> None:
        pass


class TestRefunding:
    @pytest.mark.parametrize(
        ("habits", "setting", "operation"),
        [
            (PurseHabits(), "auto", "purchase"),
            (UNLOADS, "auto", "unload"),
            (UNLOADS, "purchase", "purchase"),
            (UNLOADS, "unload", "unload"),
        ],
    )
    def test_by_what_the_card_can(
        self, tmp_path: Path, habits: PurseHabits, setting: str, operation: str
    ) -> None:
        """Unload where it is allowed, otherwise a purchase booked as a refund; the card lives."""
        counter = with_card(tmp_path, habits=habits)
        configured(counter, refund=setting)
        with counter.desk() as desk:
            result = desk.refund(Method.TRANSFER, KEY)
            assert result.entry.facts["operation"] == operation
            assert desk.load(100, Method.CASH, "intention-2").after == 100
        entry = counter.journal.find(KEY)
        assert (entry.intention.amount, entry.intention.till) == (-5_000, -5_000)
        assert entry.intention.kind is Kind.REFUND

    def test_an_expired_card_gets_its_money(self, tmp_path: Path) -> None:
        """Nobody loses money because a date has passed."""
        counter = with_card(tmp_path, expiry_date=date(2026, 1, 1))
        with counter.desk() as desk:
            assert desk.refund(Method.CASH, KEY).after == 0

    def test_nothing_to_refund(self, tmp_path: Path) -> None:
        """An empty card is told as such, not as a refund of nothing."""
        counter = with_card(tmp_path, 0)
        with counter.desk() as desk, pytest.raises(NothingToRefund):
            desk.refund(Method.CASH, KEY)

    def test_an_unfinished_trip_comes_first(self, counter: PurseCounter) -> None:
        """The fare is owed; settled at the counter, the rest is the holder's."""
        entry = Trip(TripKind.ENTRY, "0800", "1900")
        with counter.desk() as desk:
            desk.pay(0, "entered-1", entry)
            with pytest.raises(TripUnfinished) as refused:
                desk.refund(Method.CASH, KEY)
            assert "奥林匹克公园" in refused.value.message("zh")
            desk.pay(400, "left-1", replace(entry, kind=TripKind.EXIT))
            assert desk.refund(Method.CASH, "intention-2").before == 4_600

    def test_an_overdraft_comes_first(self, tmp_path: Path) -> None:
        """Who owes the operator gets nothing back before it is paid."""
        counter = with_card(tmp_path, -500, limit=800)
        with counter.desk() as desk:
            with pytest.raises(OverdraftOwed) as refused:
                desk.refund(Method.CASH, KEY)
            assert refused.value.facts["amount"] == "5.00"
            assert desk.load(700, Method.CASH, "owed-700").entry.state is State.DONE
            assert desk.refund(Method.CASH, "intention-2").entry.intention.amount == -200


class TestBalancesThatDisagree:
    """A wrong reading of GET BALANCE pays too much, or closes money in (reference §10, 12)."""

    @pytest.mark.parametrize(
        "habits",
        [
            PurseHabits(ignores_part=True),
            PurseHabits(limit_apart=True),
            PurseHabits(balance_parts=False),
            PurseHabits(top_bit=True),
        ],
    )
    @pytest.mark.parametrize("limit", [0, 800])
    def test_never_more_nor_less(self, tmp_path: Path, habits: PurseHabits, limit: int) -> None:
        """The holder's own money to the fen, or a refusal before anything is begun."""
        counter = with_card(tmp_path, 5_000, limit=limit, habits=habits)
        with counter.desk() as desk:
            try:
                result = desk.refund(Method.CASH, KEY)
            except BalanceUnclear:
                assert limit
                assert money(counter) == 5_800
                with pytest.raises(BalanceUnclear):
                    desk.close("renewal", "intention-2")
                return
            assert result.entry.intention.amount == -5_000
            assert result.remaining == 0
            assert money(counter) == limit

    def test_show_says_so(self, tmp_path: Path) -> None:
        """A figure that may be wrong is shown as such."""
        habits = PurseHabits(ignores_part=True)
        counter = with_card(tmp_path, 5_000, limit=800, habits=habits)
        with counter.desk() as desk:
            assert desk.show().unclear is not None

    def test_the_ceiling_is_not_passed(self, tmp_path: Path) -> None:
        """A card that shows zero to the question may be full."""
        habits = PurseHabits(ignores_part=True)
        counter = with_card(tmp_path, 90_000, habits=habits)
        with counter.desk() as desk, pytest.raises(BalanceCeiling):
            desk.load(20_000, Method.CASH, KEY)


class TestAfterARefund:
    @pytest.mark.parametrize("result", ["SERVICE_STOPPED", "READER_UNAVAILABLE", "NOT_TRANSACTED"])
    def test_what_goes_wrong_afterwards_hides_nothing(
        self, counter: PurseCounter, monkeypatch: pytest.MonkeyPatch, result: str
    ) -> None:
        """The money is off the card: an error here would cost the holder the payout."""
        with counter.desk() as desk:
            proved = desk._proved_balance
            calls = 0

            def second_fails(index: int) -> object:
                nonlocal calls
                calls += 1
                if calls == 2:
                    raise explain(PcscFailure("SCardTransmit", Result[result]))
                return proved(index)

            monkeypatch.setattr(desk, "_proved_balance", second_fails)
            done = desk.refund(Method.CASH, KEY)
        assert (done.entry.state, done.remaining) == (State.DONE, None)

    def test_asked_again_the_same_day(self, counter: PurseCounter) -> None:
        """Who missed the first result must learn that there was one."""
        with counter.desk() as desk:
            desk.refund(Method.CASH, KEY)
            with pytest.raises(NothingToRefund) as refused:
                desk.refund(Method.CASH, "intention-2")
        assert "50.00" in refused.value.cause("zh")
        assert KEY in refused.value.cause("zh")

    def test_a_host_that_unloads_nothing(self, tmp_path: Path) -> None:
        """The card begins an unload and the host has no key for one: then it is a purchase."""
        counter = with_card(tmp_path, habits=UNLOADS)
        counter.card.memory.write("transit.key.3D", bytes(range(16)))  # type: ignore[attr-defined]
        with counter.desk() as desk:
            result = desk.refund(Method.CASH, KEY)
        assert result.entry.facts["operation"] == "purchase"


class TestCorrecting:
    @pytest.mark.parametrize("right", [500, 3_000, 0])
    def test_the_difference_and_nothing_else(self, counter: PurseCounter, right: int) -> None:
        """Too much or too little: afterwards it is as if the right amount had been loaded."""
        with counter.desk() as desk:
            desk.load(2_000, Method.TRANSFER, "wrong-1")
            result = desk.correct("wrong-1", right, "boss", KEY)
        assert money(counter) == 5_000 + right
        intention = result.entry.intention
        assert (intention.amount, intention.till) == (right - 2_000, right - 2_000)
        assert (intention.method, intention.second) == (Method.TRANSFER, "boss")

    @pytest.mark.parametrize("second", ["", " ", "clerk1", "clerk1 ", "CLERK1"])
    def test_it_takes_two(self, counter: PurseCounter, second: str) -> None:
        """One person who loads and corrects alone can help themselves."""
        with counter.desk() as desk:
            desk.load(2_000, Method.CASH, "wrong-1")
            with pytest.raises(SecondPersonNeeded):
                desk.correct("wrong-1", 500, second, KEY)

    def test_once(self, counter: PurseCounter) -> None:
        """A second correction of the same load would count from the wrong amount."""
        with counter.desk() as desk:
            desk.load(2_000, Method.CASH, "wrong-1")
            desk.correct("wrong-1", 500, "boss", KEY)
            with pytest.raises(CorrectionWrong):
                desk.correct("wrong-1", 700, "boss", "intention-2")
            assert desk.correct("wrong-1", 500, "boss", KEY).repeated

    def test_what_is_no_load(self, counter: PurseCounter) -> None:
        """A payment has its own way back, and the same amount is no correction."""
        with counter.desk() as desk:
            desk.pay(100, "paid-100")
            desk.load(2_000, Method.CASH, "wrong-1")
            for wrong, amount in (("paid-100", 50), ("wrong-1", 2_000)):
                with pytest.raises(CorrectionWrong):
                    desk.correct(wrong, amount, "boss", KEY)
            with pytest.raises(EntryUnknown):
                desk.correct("nothing-such", 100, "boss", KEY)

    def test_a_key_is_for_one_correction(self, counter: PurseCounter) -> None:
        """Another load that was wrong by as much is another correction."""
        with counter.desk() as desk:
            desk.load(2_000, Method.CASH, "wrong-1")
            desk.load(2_000, Method.CASH, "wrong-2")
            desk.correct("wrong-1", 500, "boss", KEY)
            with pytest.raises(IntentionDiffers):
                desk.correct("wrong-2", 500, "boss", KEY)

    def test_another_card(self, counter: PurseCounter) -> None:
        """The money has to come off the card that it was put on."""
        with counter.desk() as desk:
            desk.load(2_000, Method.CASH, "wrong-1")
        counter.pcsc.remove(READER)
        counter.pcsc.insert(READER, purse_card(5_000, seed=2))
        with counter.desk() as desk, pytest.raises(OtherCard):
            desk.correct("wrong-1", 500, "boss", KEY)

    def test_money_that_was_spent(self, counter: PurseCounter) -> None:
        """What the holder has used already cannot be taken off."""
        with counter.desk() as desk:
            desk.load(2_000, Method.CASH, "wrong-1")
            desk.pay(6_500, "spent-6500")
            with pytest.raises(NotEnough):
                desk.correct("wrong-1", 0, "boss", KEY)


class TestPaying:
    def test_a_plain_purchase(self, counter: PurseCounter) -> None:
        """What a shop's gate does, with the counter's SAM."""
        with counter.desk() as desk:
            result = desk.pay(321, KEY)
        assert (result.after, result.entry.intention.till) == (4_679, 0)
        assert result.entry.facts["operation"] == "purchase"

    def test_a_trip_from_entry_to_exit(self, counter: PurseCounter) -> None:
        """Both halves stand in the trip log, and the metro's record tells the state."""
        entry = Trip(TripKind.ENTRY, "0800", "1900")
        with counter.desk() as desk:
            desk.pay(0, "entered-1", entry)
            assert open_ride(desk.show().rides) is not None
            desk.pay(400, "left-1", replace(entry, kind=TripKind.EXIT))
            view = desk.show()
        ride = next(each for each in view.rides if each.metro)
        assert (ride.values["state"], ride.values["charged"]) == (2, 400)
        assert [(each["kind"], each["amount"]) for each in view.trips] == [(4, 400), (3, 0)]
        assert [each.kind for each in view.log.lines] == [9, 9]  # type: ignore[union-attr]
        assert [(each["terminal"][4:], each["at"]) for each in view.trips] == [
            (each.terminal.hex().upper(), each.when) for each in view.log.lines
        ]

    def test_more_than_there_is(self, counter: PurseCounter) -> None:
        """With an overdraft a card may go below zero by itself: the counter looks first."""
        with counter.desk() as desk, pytest.raises(NotEnough):
            desk.pay(5_001, KEY)
        assert INITIALIZE not in counter.trace


class TestClosing:
    def test_only_an_empty_purse(self, counter: PurseCounter) -> None:
        """Money in a closed application is lost to everybody at the counter."""
        with counter.desk() as desk:
            with pytest.raises(NotEmpty):
                desk.close("renewal", KEY)
            desk.refund(Method.CASH, "refund-1")
            assert desk.close("renewal", "intention-2").entry.intention.reason == "renewal"
        with counter.desk() as desk, pytest.raises(PurseBlocked):
            desk.show()

    def test_the_balance_is_read_in_the_session_that_blocks(self, tmp_path: Path) -> None:
        """A gate may have debited in between: balance and block are of one powered session."""
        counter = with_card(tmp_path, 0)
        with counter.desk() as desk:
            desk.close("cancellation", KEY)
        session = counter.trace[counter.trace.rindex("# ATR") :]
        assert session.index("805C000204") < session.index("841E0001")

    def test_the_social_security_part_lives(self, tmp_path: Path) -> None:
        """Closing transit must not cost the holder the card."""
        counter = with_card(tmp_path, 0)
        with counter.desk() as desk:
            desk.close("cancellation", KEY)
        card = counter.card
        card.power_on()
        select = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
        assert card.transmit(select)[0] == 0x61

    def test_an_unfinished_trip(self, tmp_path: Path) -> None:
        """Its fare could never be taken afterwards."""
        counter = with_card(tmp_path, 0)
        with counter.desk() as desk:
            desk.pay(0, "entered-1", Trip(TripKind.ENTRY, "0800", "1900"))
            with pytest.raises(TripUnfinished):
                desk.close("renewal", KEY)

    def test_an_unfinished_bus_ride(self, tmp_path: Path) -> None:
        """The bus has a record of its own; its fare is settled at the counter like the metro's."""
        counter = with_card(tmp_path, 500)
        ride = bytes.fromhex("27027D010100517001010000000101") + bytes(113)
        counter.card.memory.write("transit.001A.2", ride)  # type: ignore[attr-defined]
        with counter.desk() as desk:
            with pytest.raises(TripUnfinished):
                desk.refund(Method.CASH, KEY)
            desk.pay(200, "left-the-bus", Trip(TripKind.EXIT, "0300", "0005"))
            assert desk.refund(Method.CASH, "refund-300").entry.intention.amount == -300
