"""Top-up and refund of the transit purse: card, money and registry say one amount, once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from offered import do, owed, told, values
from parties import other_parties
from registry import OTHER_BANK, Bench, ask, bench
from scripted_chip import ScriptedChip

from emulator.parties.city import NAMES
from emulator.parties.party import Fault
from terminal.errors import (
    BalanceCeiling,
    CardTorn,
    CardWanted,
    HostUnreachable,
    NothingToRefund,
    PartyMissing,
    PartySaysNo,
    PartyUnreachable,
    PaymentOpen,
    PurseUnsettled,
    RequestDiffers,
    RequestWrong,
    RuleRefused,
    RunIsLeft,
    RunNotLeft,
    RunOpen,
    TripUnfinished,
)
from terminal.registry import cards, runs
from terminal.registry.cards import Card
from terminal.registry.machines import Kind
from terminal.registry.persons import Person
from terminal.rules.states import Public, Social
from terminal.rules.vocabulary import Channel, Generation, Paper, Service
from terminal.services.offered import delivery, running
from terminal.services.offered.answer import Answer
from terminal.services.offered.running import carry_out
from terminal.services.offered.works import work_of
from terminal.texts import Text

KEY = "transit-00001"
UNSETTLED = PurseUnsettled(kind=Text("", ""), amount="50.00", key="k", cause=Text("", ""))
CEILING = BalanceCeiling(ceiling="1000.00", balance="990.00", most="10.00")


class Counter:
    """A bank's desk with a person's card on it."""

    def __init__(self, folder: Path) -> None:
        self.bench: Bench = bench(folder)
        self.person: Person = self.bench.person()
        self.card: Card = self.bench.card(self.person)
        self.chip = ScriptedChip(self.card)

    def load(self, method: str = "cash", fen: str = "5000", **more: Any) -> Answer:
        more.setdefault("wishes", {"fen": fen, "method": method})
        return self._do(Service.TRANSIT_LOAD, **more)

    def refund(self, method: str = "cash", **more: Any) -> Answer:
        return self._do(Service.TRANSIT_REFUND, wishes={"method": method}, **more)

    def _do(self, service: Service, **more: Any) -> Answer:
        desk = more.pop("desk", None) or self.bench.desk()
        more.setdefault("key", KEY)
        return do(self.bench, service, self.person, desk.with_chip(self.chip), **more)

    @property
    def payments(self) -> list[tuple[str, str, int, str]]:
        """What the payment system has: which way, how, how much, how it ended."""
        return [
            (each["direction"], each["method"], each["amount_fen"], each["state"])
            for each in self.bench.others.city.payment.payments.values()
        ]

    @property
    def transit(self) -> str:
        return self.bench.look(self.card).transit.state

    @property
    def begun(self) -> int:
        with self.bench.registry.reading() as tx:
            return len(runs.begun(tx))


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


# --- Loading ------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["cash", "transfer"])
def test_s_transit_load(counter: Counter, method: str) -> None:
    """One amount on the card, in the till or account, and on the slip."""
    answer = counter.load(method)
    assert counter.chip.purse == 5_000
    assert counter.payments == [("in", method, 5_000, "done")]
    assert values(answer)["充值"].startswith("50.00 元")
    assert values(answer)["交通余额"] == "50.00 元"
    assert answer.owed == ()


def test_r_new_off_the_first_one_opens_transit(counter: Counter) -> None:
    """The second one finds it open; the social function has nothing to do with it."""
    assert counter.transit == Public.OFF
    counter.load()
    assert counter.transit == Public.ON
    counter.load(key="transit-00002")
    assert counter.transit == Public.ON


def test_r_new_off_usable_without_the_social_function(counter: Counter) -> None:
    """A card that was never enabled is topped up like any other (Rules Art. 8 to 11)."""
    with counter.bench.registry.writing() as tx:
        new = cards.order(tx, counter.person.id, "BOB", region="110000", run_id=None)
        new = cards.made_as(tx, new, cards.Made("A99999995", "110000D1560000050000000000FF"))
        cards.move(tx, new, Kind.LIFE, "made", "ready")
        cards.move(tx, cards.get(tx, new.id), Kind.LIFE, "hand_over", "held")
    counter.card, counter.chip = counter.bench.look(new), ScriptedChip(counter.bench.look(new))
    counter.load(card=new.id)
    assert (counter.transit, counter.bench.look(new).social.state) == (Public.ON, Social.OFF)


def test_s_transit_load_with_the_card_alone(counter: Counter) -> None:
    """Art. 10 wants no document: at the transit company's outlet as at any partner bank."""
    request = replace(
        ask(Service.TRANSIT_LOAD, None, wishes={"fen": "100"}),
        papers=frozenset({Paper.CARD}),
    )
    for number, desk in enumerate(
        (counter.bench.desk(Channel.TRANSIT), counter.bench.desk(bank=OTHER_BANK))
    ):
        work = work_of(Service.TRANSIT_LOAD)
        carry_out(work, desk.with_chip(counter.chip), request, f"transit-1{number:04}")
    assert counter.chip.purse == 200


@pytest.mark.parametrize("channel", [Channel.DISTRICT, Channel.ONLINE, Channel.HOTLINE])
def test_s_transit_load_not_everywhere(counter: Counter, channel: Channel) -> None:
    """A district outlet has no load key and no till for it."""
    with pytest.raises(RuleRefused) as refused:
        counter.load(desk=counter.bench.desk(channel))
    assert "合作银行" in refused.value.advice("zh")
    assert counter.payments == []


def test_r_old_gen_has_no_transit(counter: Counter) -> None:
    """Cards of the first two generations lack the function (Rules Art. 27)."""
    older = counter.bench.card(counter.person, generation=Generation.SECOND)
    counter.chip = ScriptedChip(older)
    with pytest.raises(RuleRefused):
        counter.load(card=older.id)


@pytest.mark.parametrize("fen", ["", "0", "-1", "1.5", "abc", "999999999", "٣", "５０００"])
def test_no_amount(counter: Counter, fen: str) -> None:
    """Whole fen above zero, in plain digits: anything else is refused before anything."""
    with pytest.raises(RequestWrong):
        counter.load(fen=fen)
    with pytest.raises(RequestWrong):
        counter.load(method="bitcoin")
    assert (counter.chip.asked, counter.payments, counter.begun) == ([], [], 0)


def test_the_card_has_to_lie_there(counter: Counter) -> None:
    """Before anything is begun: no money is taken for a card that is not there."""
    with pytest.raises(CardWanted):
        do(
            counter.bench,
            Service.TRANSIT_LOAD,
            counter.person,
            wishes={"fen": "100", "method": "transfer"},
        )
    assert (counter.payments, counter.begun) == ([], 0)


@pytest.mark.parametrize("method", ["cash", "transfer"])
def test_a_double_click_loads_once(counter: Counter, method: str) -> None:
    """The same answer, one load, one payment; another amount under the key is a mistake."""
    first = counter.load(method)
    second = counter.load(method)
    assert (second.repeated, second.number) == (True, first.number)
    with pytest.raises(RequestDiffers):
        counter.load(method, fen="5001")
    assert (counter.chip.purse, len(counter.payments)) == (5_000, 1)


# --- Cash ---------------------------------------------------------------------------------------
def test_no_cash_changes_hands_while_it_is_open(counter: Counter) -> None:
    """Torn, nobody knows: the till hears of it once the card has it."""
    counter.chip.fail("load", UNSETTLED, after=True)
    with pytest.raises(PurseUnsettled) as torn:
        counter.load()
    assert counter.payments == []
    assert "同一流水号" in torn.value.unfinished.zh  # type: ignore[union-attr]
    with pytest.raises(RunOpen):
        counter.load(key="transit-00002")
    counter.load()
    assert (counter.chip.purse, counter.payments) == (5_000, [("in", "cash", 5_000, "done")])


def test_what_the_card_refuses_was_never_begun(counter: Counter) -> None:
    """Above the ceiling nothing happens; the card is free for another amount."""
    counter.chip.fail("load", CEILING)
    with pytest.raises(BalanceCeiling) as refused:
        counter.load()
    assert refused.value.unfinished is None
    with pytest.raises(RunIsLeft):
        counter.load()
    counter.load(fen="1000", key="transit-00002")
    assert counter.payments == [("in", "cash", 1_000, "done")]


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.LOST_ANSWER, Fault.SLOW])
def test_a_till_that_does_not_answer_is_told_later(counter: Counter, fault: Fault) -> None:
    """The card is loaded, the clerk hears what is not booked yet, and it is booked once."""
    counter.bench.others.set("payment", fault)
    answer = counter.load()
    assert "收款入账" in owed(answer)
    assert counter.chip.purse == 5_000
    counter.bench.others.set("payment", Fault.UP)
    counter.bench.later(hours=1)
    delivery.run_due(counter.bench.desk())
    assert counter.payments == [("in", "cash", 5_000, "done")]
    assert counter.load().owed == ()


def test_a_till_that_refuses_is_for_people(counter: Counter) -> None:
    """The load stands: it is named, and two people settle the money."""
    counter.bench.others.set("payment", Fault.REFUSE)
    answer = counter.load()
    assert "拒绝" in owed(answer)
    assert counter.chip.purse == 5_000


def test_a_till_that_decides_later(counter: Counter) -> None:
    """What it has taken without an outcome is asked for until there is one."""
    payment = counter.bench.others.city.payment
    payment.set_undecided(undecided=True)
    answer = counter.load()
    assert "收款入账" in owed(answer)
    (key,) = payment.payments
    payment.decide(key, made=True)
    counter.bench.later(hours=1)
    delivery.run_due(counter.bench.desk())
    assert counter.load().owed == ()


# --- Transfer -----------------------------------------------------------------------------------
def test_a_transfer_is_there_before_the_card_is_written(counter: Counter) -> None:
    """A refused one leaves the card as it was, and the key is used up."""
    counter.bench.others.once("payment", Fault.REFUSE, "collect")
    with pytest.raises(PartySaysNo):
        counter.load("transfer")
    assert (counter.chip.asked, counter.begun) == ([], 0)
    with pytest.raises(RunIsLeft):
        counter.load("transfer")


def test_an_open_transfer_is_waited_for(counter: Counter) -> None:
    """Nobody pays twice: the same request finds out, and then loads."""
    payment = counter.bench.others.city.payment
    payment.set_undecided(undecided=True)
    for _ in range(2):
        with pytest.raises(PaymentOpen) as waits:
            counter.load("transfer")
    assert KEY in waits.value.advice("zh")
    assert counter.chip.asked == []
    (key,) = payment.payments
    payment.decide(key, made=True)
    counter.load("transfer")
    assert (counter.chip.purse, len(counter.payments)) == (5_000, 1)


def test_an_open_transfer_that_fails_in_the_end(counter: Counter) -> None:
    """Then nothing was paid and nothing is loaded."""
    payment = counter.bench.others.city.payment
    payment.set_undecided(undecided=True)
    with pytest.raises(PaymentOpen):
        counter.load("transfer")
    (key,) = payment.payments
    payment.decide(key, made=False)
    with pytest.raises(PartySaysNo):
        counter.load("transfer")
    assert (counter.chip.asked, counter.begun) == ([], 0)


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.LOST_ANSWER])
def test_no_answer_goes_on_under_the_key(counter: Counter, fault: Fault) -> None:
    """Whether it was paid is not known: it is asked again, and paid once."""
    counter.bench.others.once("payment", fault)
    with pytest.raises(PartyUnreachable):
        counter.load("transfer")
    counter.load("transfer")
    assert counter.payments == [("in", "transfer", 5_000, "done")]
    assert counter.chip.purse == 5_000


def test_what_the_card_refuses_is_paid_back(counter: Counter) -> None:
    """Not one fen more or less, at once, and the clerk is told so."""
    counter.chip.fail("load", CEILING)
    with pytest.raises(BalanceCeiling) as refused:
        counter.load("transfer")
    assert counter.payments == [
        ("in", "transfer", 5_000, "done"),
        ("out", "transfer", 5_000, "done"),
    ]
    assert "退回已收的款" in refused.value.unfinished.zh  # type: ignore[union-attr]
    assert (counter.chip.purse, counter.begun) == (0, 0)
    with pytest.raises(RunIsLeft):
        counter.load("transfer")
    assert len(counter.payments) == 2


def test_what_cannot_be_paid_back_now_is_owed(counter: Counter) -> None:
    """The payment system is down by then: named, and paid back once when it is up."""
    counter.chip.fail("load", CEILING)
    counter.bench.others.once("payment", Fault.DOWN, "pay_out")
    with pytest.raises(BalanceCeiling) as refused:
        counter.load("transfer")
    assert "尚未确认" in refused.value.unfinished.zh  # type: ignore[union-attr]
    counter.bench.later(hours=1)
    for _ in range(2):
        delivery.run_due(counter.bench.desk())
    assert counter.payments[1:] == [("out", "transfer", 5_000, "done")]


def test_nothing_is_paid_back_as_long_as_nobody_knows(counter: Counter) -> None:
    """A torn load may have happened: giving back would lose the money."""
    counter.chip.fail("load", UNSETTLED, after=True)
    with pytest.raises(PurseUnsettled):
        counter.load("transfer")
    assert len(counter.payments) == 1
    desk = counter.bench.desk().with_chip(counter.chip)
    with pytest.raises(RunNotLeft):
        running.abandon(work_of(Service.TRANSIT_LOAD), desk, KEY)
    counter.load("transfer")
    assert (counter.chip.purse, len(counter.payments)) == (5_000, 1)


def test_a_run_that_nobody_goes_on_with_is_paid_back(counter: Counter) -> None:
    """The card was pulled before anything was written, and the holder left."""
    counter.chip.fail("load", CardTorn())
    with pytest.raises(CardTorn):
        counter.load("transfer")
    work = work_of(Service.TRANSIT_LOAD)
    with pytest.raises(CardWanted):
        running.abandon(work, counter.bench.desk(), KEY)
    (said,) = running.abandon(work, counter.bench.desk().with_chip(counter.chip), KEY)
    assert "50.00" in said.zh
    assert counter.payments[1:] == [("out", "transfer", 5_000, "done")]
    assert counter.begun == 0


def test_killed_between_any_two_steps(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the payment, after the load, before the record: the same request ends alike."""

    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(counter.chip, "load", killed)
        with pytest.raises(Killed):
            counter.load("transfer")
    with monkeypatch.context() as patch:
        patch.setattr(running, "_finish", killed)
        with pytest.raises(Killed):
            counter.load("transfer")
    counter.load("transfer")
    assert counter.chip.asked == ["load"]
    assert counter.payments == [("in", "transfer", 5_000, "done")]


def test_killed_while_it_is_given_up(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The card will not have it, and the money is not back yet: it is given back, once."""

    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    counter.chip.fail("load", CEILING)
    with monkeypatch.context() as patch:
        patch.setattr(runs, "leave", killed)
        with pytest.raises(Killed):
            counter.load("transfer")
    with pytest.raises(Exception, match="transit"):
        counter.load("transfer")
    assert counter.chip.purse == 0
    assert counter.payments[1:] == [("out", "transfer", 5_000, "done")]


def test_a_load_host_that_is_down_costs_the_holder_nothing(counter: Counter) -> None:
    """Nothing was written, and what was paid is back."""
    counter.chip.fail("load", HostUnreachable(detail="-"))
    with pytest.raises(HostUnreachable):
        counter.load("transfer")
    assert counter.payments[1:] == [("out", "transfer", 5_000, "done")]


def test_without_a_payment_system_no_transfer_is_taken(counter: Counter) -> None:
    """Nobody is there to be paid: nothing is begun that could not be ended."""
    parties = replace(
        counter.bench.others.ports, payment=other_parties(without=NAMES).ports.payment
    )
    desk = replace(counter.bench.desk(), parties=parties)
    with pytest.raises(PartyMissing):
        counter.load("transfer", desk=desk)
    assert (counter.chip.asked, counter.begun) == ([], 0)


# --- Refunding ----------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["cash", "transfer"])
def test_s_transit_refund(counter: Counter, method: str) -> None:
    """Everything comes off and is owed to the holder; the card and its functions stay."""
    counter.load()
    answer = counter.refund(method, key="transit-00002")
    assert (counter.chip.purse, counter.chip.asked) == (0, ["load", "refund"])
    assert counter.payments[1:] == [("out", method, 5_000, "done")]
    assert values(answer)["退资"].startswith("50.00 元")
    assert "照常使用" in told(answer)
    assert counter.transit == Public.ON
    counter.load(key="transit-00003")


def test_s_transit_refund_of_what_was_loaded_elsewhere(counter: Counter) -> None:
    """The transit company's app tells nobody: the chip knows, and the registry learns."""
    counter.chip.purse = 1_234
    counter.refund()
    assert counter.payments == [("out", "cash", 1_234, "done")]
    assert counter.transit == Public.ON


def test_nothing_to_refund(counter: Counter) -> None:
    """An empty purse is no refund of nothing; the card is not kept busy with it."""
    with pytest.raises(NothingToRefund):
        counter.refund()
    assert (counter.payments, counter.begun) == ([], 0)


def test_an_unfinished_trip_comes_first(counter: Counter) -> None:
    """Nothing is taken off before the fare is settled."""
    counter.chip.purse = 1_000
    counter.chip.fail("refund", TripUnfinished(where=Text("1 号线", "line 1")))
    with pytest.raises(TripUnfinished):
        counter.refund()
    assert (counter.payments, counter.begun) == ([], 0)
    counter.refund(key="transit-00002")
    assert counter.payments == [("out", "cash", 1_000, "done")]


def test_a_torn_refund_pays_once(counter: Counter) -> None:
    """What was taken off is what the journal says, not what the empty card has now."""
    counter.chip.purse = 4_321
    counter.chip.fail("refund", UNSETTLED, after=True)
    with pytest.raises(PurseUnsettled):
        counter.refund("transfer")
    assert counter.payments == []
    counter.refund("transfer")
    counter.refund("transfer")
    assert counter.payments == [("out", "transfer", 4_321, "done")]


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.LOST_ANSWER])
def test_money_that_cannot_be_paid_now_is_owed(counter: Counter, fault: Fault) -> None:
    """It is off the card: named to the clerk, and paid once when the other side is up."""
    counter.chip.purse = 1_000
    counter.bench.others.set("payment", fault)
    assert "付款给持卡人" in owed(counter.refund())
    counter.bench.others.set("payment", Fault.UP)
    counter.bench.later(hours=1)
    delivery.run_due(counter.bench.desk())
    assert counter.payments == [("out", "cash", 1_000, "done")]


def test_s_transit_refund_only_at_banks(counter: Counter) -> None:
    """Art. 3(2)3 names partner banks alone."""
    with pytest.raises(RuleRefused):
        counter.refund(desk=counter.bench.desk(Channel.TRANSIT))
    with pytest.raises(RequestWrong):
        counter.refund("cheque")


def test_it_is_not_given_up_once_it_happened(counter: Counter) -> None:
    """The money is off the card: the run is finished, not left."""
    counter.chip.purse = 1_000
    counter.chip.fail("refund", UNSETTLED, after=True)
    with pytest.raises(PurseUnsettled):
        counter.refund()
    desk = counter.bench.desk().with_chip(counter.chip)
    with pytest.raises(RunNotLeft):
        running.abandon(work_of(Service.TRANSIT_REFUND), desk, KEY)
    with pytest.raises(RunNotLeft):
        running.abandon(work_of(Service.TRANSIT_REFUND), desk, "nothing-1")
