"""The transit services as a clerk has them: what is done, what is refused, and before what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from purse_counter import READER, PurseCounter, purse_card
from purse_tearing import Money

from card_profiles.transit import ENDED, NOT_STARTED
from emulator.purse_habits import PurseHabits
from terminal.cards.transit import PurseFacts
from terminal.config import Config
from terminal.errors import (
    AmountWrong,
    BalanceCeiling,
    BalanceUnclear,
    CardMacWrong,
    CorrectionWrong,
    EntryUnknown,
    FileTrouble,
    GuitaiError,
    IntentionDiffers,
    IntentionOver,
    NotEmpty,
    NotEnough,
    NothingToRefund,
    OtherCard,
    OverdraftOwed,
    PurseBlacklisted,
    PurseBlocked,
    PurseElsewhere,
    PurseExpired,
    PurseNotStarted,
    PurseReadOnly,
    SecondPersonNeeded,
    TripUnfinished,
)
from terminal.journal.model import Kind, Method, State
from terminal.readers.explain import explain
from terminal.readers.port import PcscFailure, Result
from terminal.services.transit_limits import (
    city_text,
    demand_amount,
    demand_in_use,
    demand_served,
    read_blacklist,
)
from terminal.services.trips import Trip, TripKind, open_ride
from terminal.texts import Text

KEY = "intention-1"
INITIALIZE = "\n8050"
UNLOADS = PurseHabits(unload_purse=True)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[PurseCounter]:
    made = PurseCounter(purse_card(5_000), tmp_path)
    yield made
    made.close()


def with_card(folder: Path, balance: int = 5_000, **facts: object) -> PurseCounter:
    return PurseCounter(purse_card(balance, **facts), folder)  # type: ignore[arg-type]


def configured(counter: PurseCounter, **transit: object) -> None:
    """Set something of ``[transit]``."""
    settings = replace(counter.config.transit, **transit)  # type: ignore[arg-type]
    counter.config = replace(counter.config, transit=settings)


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


class TestRefusedBeforeAnyInit:
    """The reason is told before anything is begun on the card, or noted in the journal."""

    @pytest.mark.parametrize(
        ("facts", "reason"),
        [
            ({"enabled": NOT_STARTED}, PurseNotStarted),
            ({"enabled": ENDED}, PurseExpired),
            ({"enabled": 0x5A}, PurseNotStarted),
            ({"start_date": date(2026, 3, 3)}, PurseNotStarted),
            ({"expiry_date": date(2026, 3, 1)}, PurseExpired),
            ({"issuer": "02002900FFFFFFFF"}, PurseElsewhere),
        ],
    )
    def test_by_what_the_card_says(
        self, tmp_path: Path, facts: dict[str, object], reason: type[GuitaiError]
    ) -> None:
        """Not started, expired, of another city: nobody's money may get stuck there."""
        counter = with_card(tmp_path, **facts)
        with counter.desk() as desk, pytest.raises(reason):
            desk.load(100, Method.CASH, KEY)
        assert INITIALIZE not in counter.trace
        assert counter.journal.known(KEY) is None

    def test_on_its_first_and_last_day(self, tmp_path: Path) -> None:
        """The days on the card are days on which it is good, in Beijing's time."""
        today = date(2026, 3, 2)
        counter = with_card(tmp_path, start_date=today, expiry_date=today)
        with counter.desk() as desk:
            assert desk.load(100, Method.CASH, KEY).after == 5_100

    def test_by_the_outlets_blacklist(self, counter: PurseCounter, tmp_path: Path) -> None:
        """A number in the list, with or without its first digit, remarks and blank lines apart."""
        with counter.visit() as visit:
            serial = visit.facts.serial
        blacklist = tmp_path / "blacklist"
        for listed in (serial, serial[1:]):
            blacklist.write_text(f"# lost\n\n{listed}  # reported\n", "utf-8")
            configured(counter, blacklist_file=str(blacklist))
            with counter.desk() as desk, pytest.raises(PurseBlacklisted) as refused:
                desk.load(100, Method.CASH, KEY)
            assert serial not in str(refused.value)
        assert INITIALIZE not in counter.trace

    def test_a_blocked_card(self, counter: PurseCounter) -> None:
        """A closed application takes no money, and says so itself."""
        counter.card.memory.write("transit.blocked", b"\2")  # type: ignore[attr-defined]
        with counter.desk() as desk, pytest.raises(PurseBlocked):
            desk.load(100, Method.CASH, KEY)

    def test_another_city_is_configured(self, tmp_path: Path) -> None:
        """The outlet says which city's cards it serves."""
        counter = with_card(tmp_path, issuer="02002900FFFFFFFF")
        configured(counter, city="2900")
        with counter.desk() as desk:
            assert desk.load(100, Method.CASH, KEY).after == 5_100


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


def test_the_default_configuration_is_beijings(counter: PurseCounter) -> None:
    """An outlet that configures nothing serves Beijing's cards up to 1,000 yuan."""
    assert Config().transit.city == "1000"
    assert Config().transit.balance_ceiling == 100_000
    with counter.visit() as visit:
        assert visit.facts.city == "1000"


class TestLimits:
    """What no card of the tests above shows, on facts alone."""

    TODAY = date(2026, 3, 2)

    @pytest.fixture
    def facts(self, counter: PurseCounter) -> PurseFacts:
        """A card in order."""
        with counter.visit() as visit:
            return visit.facts

    @pytest.mark.parametrize(
        ("more", "reason"),
        [({"blacklisted": True}, PurseBlacklisted), ({"older": True}, PurseReadOnly)],
    )
    def test_by_the_card_itself(
        self, facts: PurseFacts, more: dict[str, bool], reason: type[GuitaiError]
    ) -> None:
        """A card can say of itself that it is listed; one of the older kind is only read."""
        demand_served(facts, facts.city, frozenset())
        with pytest.raises(reason):
            demand_served(replace(facts, **more), facts.city, frozenset())  # type: ignore[arg-type]

    def test_without_dates(self, facts: PurseFacts) -> None:
        """A date that is none forbids nothing; the flag still does."""
        undated = replace(facts, start_date=None, expiry_date=None, raw=bytes(30))
        demand_in_use(undated, self.TODAY)
        with pytest.raises(PurseExpired) as ended:
            demand_in_use(replace(undated, enabled=ENDED), self.TODAY)
        told = ended.value.facts["date"]
        assert isinstance(told, Text)
        assert "flag" in told.en
        with pytest.raises(PurseNotStarted) as unknown:
            demand_in_use(replace(undated, enabled=0x5A), self.TODAY)
        with pytest.raises(PurseNotStarted) as not_started:
            demand_in_use(replace(undated, enabled=NOT_STARTED), self.TODAY)
        details = [each.value.facts["detail"] for each in (unknown, not_started)]
        assert ["unknown" in each.en for each in details if isinstance(each, Text)] == [True, False]

    @pytest.mark.parametrize(("place", "date_"), [(20, "start_date"), (24, "expiry_date")])
    def test_a_date_that_means_nothing(self, facts: PurseFacts, place: int, date_: str) -> None:
        """Nobody can say whether the card is good today; the clerk sees the bytes."""
        raw = facts.raw[:place] + bytes.fromhex("20261399") + facts.raw[place + 4 :]
        odd = replace(facts, raw=raw, **{date_: None})  # type: ignore[arg-type]
        with pytest.raises(PurseNotStarted) as refused:
            demand_in_use(odd, self.TODAY)
        detail = refused.value.facts["detail"]
        assert isinstance(detail, Text)
        assert "20261399" in detail.zh

    def test_one_fen(self) -> None:
        """The smallest amount there is, and no smaller."""
        demand_amount(1)
        with pytest.raises(AmountWrong):
            demand_amount(0)

    def test_cities(self) -> None:
        """A code that no table has is told as it stands."""
        assert city_text("1000").zh == "北京市"
        assert city_text("0000").en == "the city of code 0000"

    def test_a_blacklist_that_is_not_there(self, tmp_path: Path) -> None:
        """Serving without the list would serve the listed: the file is named instead."""
        with pytest.raises(FileTrouble) as missing:
            read_blacklist(str(tmp_path / "none"))
        assert missing.value.facts["detail"] == "No such file or directory"
        (tmp_path / "bytes").write_bytes(b"\xff\xfe")
        with pytest.raises(FileTrouble) as garbled:
            read_blacklist(str(tmp_path / "bytes"))
        assert garbled.value.facts["detail"] == "UTF-8"

    def test_lines_of_a_blacklist(self, tmp_path: Path) -> None:
        """A blank line lists nobody, also no card whose number could not be read."""
        file = tmp_path / "list"
        file.write_text("# all\n\n  1234  # lost\n5678\n", "utf-8")
        assert read_blacklist(str(file)) == {"1234", "5678"}
        assert read_blacklist("") == frozenset()
