"""Stories that run through several articles, as they happen to people: what comes of it at the end.

Each begins where somebody has a card from before, on real chips, and ends with what the registry,
the other parties, the chips and the day's sheet say together.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from applying import CHILD, guardian, seats_of
from offered import do, two, values
from registry import OTHER_BANK, Bench, bench
from town import DISTRICT, NEW_PIN, PAYOUT, Dead, Plastic, Town, moment, somebody

from card_profiles.park_pass import PassState
from terminal.errors import (
    CustodyRefused,
    GuitaiError,
    MovedMeanwhile,
    RuleRefused,
    RunOpen,
    SeatTaken,
    SecondWanted,
)
from terminal.journal import State, reconcile
from terminal.registry import applications, destructions, duties
from terminal.registry.duties import DutyState
from terminal.registry.machines import Kind
from terminal.rules.states import Financial, Social
from terminal.rules.vocabulary import Actor, Generation, Service
from terminal.services.offered import apply, custody, deaths, delivery, found, production
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Named
from terminal.services.offered.running import carry_out

LI = somebody("李小明", 7)
ZHOU = somebody("周全", 30)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.close()


def collect(town: Town, new: Plastic) -> None:
    with town.desk(new, pins=(NEW_PIN, NEW_PIN)) as desk:
        town.do(Service.COLLECT, LI, desk)


# --- Lost, replaced, found (Art. 13-16) ---------------------------------------------------------


def test_the_old_card_turns_up_when_the_new_one_is_applied_for(town: Town) -> None:
    """It cannot be restored, is not given back, and two people destroy it at once."""
    card = town.first_card(LI)
    town.do(Service.LOSS_FULL, LI)
    town.do(Service.REPLACE, LI)
    sent = len(town.texts)
    with town.desk(card, at=DISTRICT) as desk:  # somebody brings what they found
        assert "不能再恢复" in town.refused(Service.UNLOSS, LI, desk)
        found.hand_in(desk, "found-0001")
    assert len(town.texts) == sent  # nobody is called to fetch a card that is used no more
    number = town.card(card).id
    with pytest.raises(RuleRefused) as refused:
        found.give_back(town.on.desk(), LI, number)
    assert "不再归还" in refused.value.cause("zh")
    new = town.make(LI)
    collect(town, new)
    town.do(Service.ENABLE, LI)
    found.destroy(two(town.on.desk(), "旧卡已补领"), "found-0002", number)
    assert (town.card(card).life.state, town.state(card)) == ("destroyed", "ended")
    with town.on.registry.reading() as tx:
        record = destructions.of_card(tx, number)
    assert record is not None
    assert {record.operator, record.second} == {"wang", "li"}
    assert (town.state(new), seats_of(town.on, town.person(LI)).current_card) == (
        "on",
        town.card(new).id,
    )


# --- A dead chip (Art. 16) ----------------------------------------------------------------------


def test_a_dead_chip_with_an_open_trip_and_two_passes_is_renewed(town: Town) -> None:
    """The money is pending until clearing knows, then exact; both passes come from the record."""
    town.at("2026-12-21 10:00")
    card = town.first_card(LI)
    town.load(LI, card, 5_000)
    with town.desk(card) as desk:
        for year in ("2026", "2027"):
            town.do(Service.PARK_BUY, LI, desk, wishes={"year": year})
    number = town.card(card).transit_number or ""
    trip = {"where": "4 号线", "begun_at": "2026-12-21T10:30:00+08:00", "owed_fen": 700}
    town.city.clearing.add_card(number, 4_300, "2026-12-28", [trip])
    town.do(Service.RENEW, LI, wishes={"grounds": "chip", "payout": PAYOUT})
    new = town.make(LI)
    with town.desk(new, Dead(), pins=(NEW_PIN, NEW_PIN)) as desk:
        answer = town.do(Service.COLLECT, LI, desk, wishes={"old_chip": "dead"})
    assert "以交通清算核定的金额为准" in values(answer)["交通余额"]
    assert new.passes == {2026: PassState.SOLD, 2027: PassState.SOLD}
    assert number in town.city.clearing.blocked

    def settled() -> tuple[DutyState, str]:
        with town.on.registry.reading() as tx:
            (duty,) = [
                each
                for each in duties.of_person(tx, town.person(LI).id)
                if each.call == "settle_dead"
            ]
        return duty.state, duty.detail.zh

    assert settled()[0] is DutyState.DUE
    for when in ("2026-12-22 09:00", "2026-12-27 23:59:59"):
        town.at(when)
        delivery.run_due(town.on.desk())
        assert settled()[0] is DutyState.DUE
    town.at("2026-12-28 00:00")
    delivery.run_due(town.on.desk())
    assert settled() == (DutyState.DONE, "已付 43.00 元")
    (order,) = town.city.clearing.settlements.values()
    assert (order["amount_fen"], order["account_number"]) == (4_300, PAYOUT)
    town.do(Service.ENABLE, LI)
    assert (town.state(card), town.state(new)) == ("ended", "on")


# --- Two counters at once (Art. 4) --------------------------------------------------------------


def test_both_parents_apply_in_the_same_second_at_two_counters(tmp_path: Path) -> None:
    """Ten children, two counters with an engine each on one file: exactly one card a child."""
    counters = bench(tmp_path), bench(tmp_path)
    parents = somebody("李大", 40, "19850101"), somebody("王二", 41, "19860101")
    for sequence in range(10, 20):
        child = somebody("李小小", sequence, CHILD)
        start = threading.Barrier(2)
        asking = [
            Asking(on, child, parent, start) for on, parent in zip(counters, parents, strict=True)
        ]
        for each in asking:
            each.start()
        for each in asking:
            each.join(10)
        (refusal,) = [each.refusal for each in asking if each.refusal is not None]
        assert isinstance(refusal, SeatTaken | RuleRefused | MovedMeanwhile)
        assert sum(each.done for each in asking) == 1
    with counters[0].registry.reading() as tx:
        pleas = applications.all_open(tx)
    assert len(pleas) == len({each.person_id for each in pleas}) == 10
    for on in counters:
        on.registry.close()


class Asking(threading.Thread):
    """A parent who applies for a child at a counter, as soon as both stand there."""

    def __init__(self, on: Bench, child: Named, parent: Named, start: threading.Barrier) -> None:
        super().__init__()
        self.on, self.child, self.parent, self.begin = on, child, parent, start
        self.done = False
        self.refusal: GuitaiError | None = None

    def run(self) -> None:
        key = f"{self.parent.document.number}-{self.child.document.number[-4:]}"
        self.begin.wait(5)
        try:
            carry_out(apply.WORK, self.on.desk(), guardian(self.child, self.parent), key)
            self.done = True
        except GuitaiError as error:
            self.refusal = error


# --- Generations (Art. 27) ----------------------------------------------------------------------


@pytest.mark.parametrize("lost", [False, True])
def test_from_two_old_cards_to_a_third_generation_one(town: Town, lost: bool) -> None:
    """Both social functions end on enabling, neither card is taken; the account is their choice."""
    person = town.on.person(LI.name, 7)
    first = town.on.card(person, generation=Generation.FIRST, financial=Financial.NONE)
    second = town.on.card(person, generation=Generation.SECOND)
    if lost:  # an older card is not reported and replaced: one applies for a new one
        for service in (Service.LOSS_SOCIAL, Service.REPLACE):
            with pytest.raises(RuleRefused) as refused:
                do(town.on, service, person, card=second.id)
            assert "申领第三代" in refused.value.advice("zh")
    town.apply(LI, DISTRICT)
    new = town.make(LI)
    collect(town, new)
    assert {town.on.look(each).social.state for each in (first, second)} == {Social.ON}
    with town.desk(new) as desk:
        answer = town.do(Service.FIN_ACTIVATE, LI, desk)
    assert "可自行选择是否注销" in values(answer)["已失效的旧卡"]
    for each in (first, second):
        after = town.on.look(each)
        assert (after.social.state, after.life.state) == ("ended", "held")
    assert town.on.look(second).financial.state == "on"
    assert (town.state(new), town.state(new, Kind.FINANCIAL)) == ("on", "on")
    assert "第三代卡" in values(town.do(Service.STATUS, LI, DISTRICT))["社会保障卡"]


# --- Six months (Art. 16) -----------------------------------------------------------------------


def test_the_bank_is_changed_and_for_six_months_not_again(town: Town) -> None:
    """From the first second after the new card was had until the last of 2 September 2026."""
    card = town.first_card(LI)
    town.do(Service.BANK_CHANGE, LI, wishes={"bank": OTHER_BANK, "payout": PAYOUT})
    new = town.make(LI)
    with town.desk(new, card, bank=OTHER_BANK, pins=(NEW_PIN, NEW_PIN)) as desk:
        town.do(Service.COLLECT, LI, desk)
        collected = town.card(new).life.since
        town.do(Service.FIN_ACTIVATE, LI, desk)
    back = {"bank": "BOB", "payout": PAYOUT}

    def at_their_bank(when: str) -> Desk:
        town.at(when)
        return town.on.desk(bank=OTHER_BANK)

    assert collected.date() == date(2026, 3, 2)
    for when in (f"{collected:%Y-%m-%d %H:%M:%S}", "2026-09-02 23:59:59"):
        desk = at_their_bank(when)
        why = town.refused(Service.BANK_CHANGE, LI, desk, error=SecondWanted, wishes=back)
        assert "2026年9月2日24时" in why
        # Another clerk is not enough, nor a supervisor without a reason.
        for agreed in (two(desk, "再等等"), two(desk, "", supervisor=True)):
            town.refused(Service.BANK_CHANGE, LI, agreed, error=SecondWanted, wishes=back)
    agreed = two(at_their_bank("2026-09-02 23:59:59"), "所在单位指定代发银行", supervisor=True)
    town.do(Service.BANK_CHANGE, LI, agreed, wishes=back)
    with town.on.registry.reading() as tx:
        plea = applications.all_open(tx)[0]
    production.withdraw(desk, plea.id)  # it came to nothing: no bank was changed by it
    town.do(Service.BANK_CHANGE, LI, at_their_bank("2026-09-03 00:00"), wishes=back)


# --- A death (Art. 19, 21) ----------------------------------------------------------------------


def test_a_death_while_a_new_card_waits_at_the_bank(town: Town) -> None:
    """Reminder, stop, recall within ten working days over a Spring Festival; the family ends it."""
    town.at("2026-02-05 09:00")
    card = town.first_card(LI)
    town.load(LI, card, 2_500)
    town.do(Service.RENEW, LI, wishes={"grounds": "face", "payout": PAYOUT})
    new = town.make(LI)
    written = len(town.texts)
    town.at("2026-02-12 09:00")
    document = LI.document
    town.city.card_management.add_death(
        document.kind.value, document.number, "2026-02-12", "2026-02-10"
    )
    town.city.data_sharing.add_person(
        document.number, LI.name, deceased_on="2026-02-10", closed=True
    )
    (death,) = deaths.take_reminders(town.on.desk())
    assert death.to_recall == (town.card(new).id,)
    assert death.by is not None
    # 13 and Saturday 14, then 24-28 with Saturday 28, 2-4 March: the holidays are 15-23 February.
    assert (death.by.day, death.by.provisional) == (date(2026, 3, 4), False)
    with town.desk(new, card) as desk:
        assert "第 21 条" in town.refused(Service.COLLECT, LI, desk)
    number = town.card(new).id
    custody.recall(town.on.desk(), number)
    with pytest.raises(CustodyRefused):
        custody.destroy(two(town.on.desk(), "死亡召回"), town.card(card).id)  # the family has it
    custody.destroy(two(town.on.desk(), "死亡召回"), number)
    assert town.card(new).life.state == "destroyed"
    wishes = {"deceased_on": "2026-02-10", "payout": PAYOUT, "payout_name": ZHOU.name}
    kin = {"actor": Actor.KIN, "by": ZHOU, "wishes": wishes}
    with town.desk(card) as desk:
        town.do(Service.CANCEL_ALL, LI, desk, **kin)
    assert (town.state(card), town.account(card), card.money) == ("cancelled", "cancelled", 0)
    (paid,) = town.city.bank.payouts
    assert (paid["account_number"], paid["amount_fen"], paid["name"]) == (PAYOUT, 2_500, "周全")
    assert not seats_of(town.on, town.person(LI)).taken
    assert len(town.texts) == written  # the dead are told nothing


# --- A torn load (journal and registry) ---------------------------------------------------------


def test_a_torn_load_is_settled_at_another_counter_the_next_day(town: Town) -> None:
    """The cash is asked for once: in the sheet of the day on which the card told that it has it."""
    card = town.first_card(LI)
    journal = town.counter.journal
    key, wishes = "torn-load-01", {"fen": "5000", "method": "cash"}
    town.load(LI, card, 1_000)
    for lost in range(60):  # somebody pulls the card at one command after the other
        with town.desk(card) as desk:
            card.chip.at, card.chip.how = card.chip.seen + lost, "after"
            with pytest.raises(GuitaiError):
                town.do(Service.TRANSIT_LOAD, LI, desk, key=key, wishes=wishes)
            card.chip.at = -1
        if any(each.state is State.UNKNOWN for each in journal.unfinished()) and card.money > 1_000:
            break
    assert card.money == 6_000
    monday = reconcile(journal.of_day(date(2026, 3, 2)), date(2026, 3, 2))
    assert (monday.expected, len(monday.unfinished), monday.clean) == (1_000, 1, False)
    assert town.city.payment.till_fen == 1_000

    town.at("2026-03-03 09:00")
    with town.desk(card, outlet="A02", operator="zhao") as desk:
        why = town.refused(
            Service.TRANSIT_LOAD, LI, desk, error=RunOpen, key="other-load-1", wishes=wishes
        )
        assert "A01" in why
        answer = town.do(Service.TRANSIT_LOAD, LI, desk, key=key, wishes=wishes)
        again = town.do(Service.TRANSIT_LOAD, LI, desk, key=key, wishes=wishes)
    assert values(answer)["交通余额"] == "60.00 元"
    assert again.repeated
    assert again.lines == answer.lines
    assert card.money == 6_000
    cash_in = [
        each["amount_fen"]
        for each in town.city.payment.payments.values()
        if each["direction"] == "in"
    ]
    assert cash_in == [1_000, 5_000]

    both = journal.between(moment("2026-03-02 00:00"), moment("2026-03-04 00:00"))
    monday = reconcile(both, date(2026, 3, 2), counted=1_000)
    tuesday = reconcile(both, date(2026, 3, 3), counted=5_000)
    assert (monday.expected, monday.cash_in_later_tills, monday.over) == (1_000, 5_000, 0)
    assert (tuesday.expected, tuesday.cash_for_earlier_days, tuesday.over) == (5_000, 5_000, 0)
    assert monday.clean
    assert tuesday.clean
    assert monday.amounts == monday.card_change == card.money
    assert town.city.payment.till_fen == monday.expected + tuesday.expected
