"""S-CANCEL-ALL: the account, the social function and the transit money at once (Art. 19)."""

from __future__ import annotations

from pathlib import Path

import pytest
from applying import seats_of, shown
from chips import Drawer, DrawerChip
from handing_over import PAYOUT, renewal_ready, state_of
from offered import do, duties_of, two, values
from registry import OTHER_BANK, Bench, bench

from emulator.parties.party import Fault
from terminal.errors import (
    CardTorn,
    CardWanted,
    OverdraftOwed,
    PartySaysNo,
    PartyUnreachable,
    RequestWrong,
    RuleRefused,
    RunOpen,
)
from terminal.registry import runs
from terminal.registry.cards import Card
from terminal.registry.duties import DutyState
from terminal.registry.machines import Kind
from terminal.registry.persons import Person
from terminal.rules.vocabulary import Actor, Channel, Service
from terminal.services.offered import delivery
from terminal.services.offered.desk import Desk

KEY = "cancel-0001"
FUNCTIONS = (Kind.SOCIAL, Kind.FINANCIAL, Kind.TRANSIT, Kind.PARK)


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def holder(on: Bench) -> tuple[Person, Card]:
    person = on.person()
    return person, on.card(person)


def laid(on: Bench, card: Card, folder: Path, **chip: object) -> tuple[Desk, DrawerChip]:
    there = Drawer.opened(folder).put_in(card, **chip)  # type: ignore[arg-type]  # fields by name
    return on.desk().with_chip(there), there


def cancel(
    on: Bench, person: Person, desk: Desk, *, key: str = KEY, **wishes: str
) -> dict[str, str]:
    said = {"payout": PAYOUT} | wishes
    return values(do(on, Service.CANCEL_ALL, person, desk, key=key, wishes=said))


def account_of(on: Bench, card: Card) -> str:
    return str(on.others.city.bank.accounts[card.account or ""]["state"])


def test_s_cancel_all_ends_everything_and_pays_to_the_fen(
    on: Bench, holder: tuple[Person, Card], tmp_path: Path
) -> None:
    """Account closed, social function cancelled, purse emptied and closed; passes are left."""
    person, card = holder
    desk, chip = laid(on, card, tmp_path, balance=4_321, passes=(2026,))
    said = cancel(on, person, desk)
    assert [state_of(on, card, each) for each in FUNCTIONS] == [
        "cancelled",
        "cancelled",
        "closed",
        "off",
    ]
    assert account_of(on, card) == "cancelled"
    assert [each["amount_fen"] for each in on.others.city.bank.payouts] == [4_321]
    assert (chip.has["balance"], chip.has["closed"], chip.has["passes"]) == (0, True, [2026])
    assert said["交通余额"] == "43.21 元，退至账户 ************2222"
    assert not seats_of(on, person).taken
    assert on.others.city.card_management.reports[-1]["event"] == "cancelled"
    assert "remind" not in {each.call for each in duties_of(on, person)}


def test_s_cancel_all_is_for_the_issuing_bank(on: Bench, holder: tuple[Person, Card]) -> None:
    """A district outlet cancels the social function and sends on for the rest."""
    person, _card = holder
    for desk in (on.desk(bank=OTHER_BANK), on.desk(Channel.DISTRICT), on.desk(Channel.ONLINE)):
        with pytest.raises(RuleRefused) as refused:
            cancel(on, person, desk)
    assert "cancel_account" not in on.others.calls("bank")
    with pytest.raises(RuleRefused) as refused:
        cancel(on, person, on.desk(Channel.DISTRICT))
    assert "注销社会保障功能" in refused.value.advice("zh")


def test_a_bank_that_says_no_leaves_everything_as_it_was(
    on: Bench, holder: tuple[Person, Card], tmp_path: Path
) -> None:
    """Its own rules (Art. 20): a debt, an inheritance. The money stays on the card."""
    person, card = holder
    desk, chip = laid(on, card, tmp_path, balance=500)
    on.others.once("bank", Fault.REFUSE, "cancel_account")
    with pytest.raises(PartySaysNo):
        cancel(on, person, desk)
    assert chip.has["balance"] == 500
    assert on.look(card).social.state == "on"
    with on.registry.reading() as tx:
        assert runs.begun(tx) == ()
    do(on, Service.CANCEL_SOCIAL, person)


def test_a_bank_that_does_not_answer_is_asked_again_under_the_same_key(
    on: Bench, holder: tuple[Person, Card], tmp_path: Path
) -> None:
    """Closed or not, it ends as one cancellation and one payout."""
    person, card = holder
    desk, chip = laid(on, card, tmp_path, balance=500)
    on.others.once("bank", Fault.LOST_ANSWER, "cancel_account")
    with pytest.raises(PartyUnreachable):
        cancel(on, person, desk)
    assert chip.has["balance"] == 500
    cancel(on, person, desk)
    assert account_of(on, card) == "cancelled"
    assert [each["amount_fen"] for each in on.others.city.bank.payouts] == [500]


def test_a_chip_that_dies_on_the_way_is_gone_on_with(
    on: Bench, holder: tuple[Person, Card], tmp_path: Path
) -> None:
    """The account is closed already: what came off is paid, what did not is clearing's."""
    person, card = holder
    desk, chip = laid(on, card, tmp_path, balance=500)
    chip.tear("refund", after=True)
    with pytest.raises(CardTorn):
        cancel(on, person, desk)
    chip.die()
    cancel(on, person, desk)
    assert [each["amount_fen"] for each in on.others.city.bank.payouts] == [500]
    assert on.others.city.clearing.settlements == {}
    assert on.others.city.clearing.blocked == [card.transit_number]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("act", ["refund", "close"])
def test_torn_anywhere_the_same_key_ends_it(
    on: Bench, holder: tuple[Person, Card], tmp_path: Path, act: str, after: bool
) -> None:
    """The money is paid once and to the fen, whatever the card had done when it was pulled."""
    person, card = holder
    desk, chip = laid(on, card, tmp_path, balance=500)
    chip.tear(act, after=after)
    with pytest.raises(CardTorn):
        cancel(on, person, desk)
    cancel(on, person, desk)
    assert [each["amount_fen"] for each in on.others.city.bank.payouts] == [500]
    assert chip.has["closed"]


def test_the_money_does_not_go_to_the_account_that_is_closed(
    on: Bench, holder: tuple[Person, Card], tmp_path: Path
) -> None:
    """It would come back from nowhere."""
    person, card = holder
    desk, chip = laid(on, card, tmp_path, balance=500)
    with pytest.raises(RequestWrong):
        cancel(on, person, desk, payout=card.account or "")
    with pytest.raises(RequestWrong):
        cancel(on, person, desk, payout="")
    for odd in (
        "6217",
        "６２１７００００１１１１２２２２",
        "6217000011112222\n",
        "DE89370400440532013000",
    ):
        with pytest.raises(RequestWrong):
            cancel(on, person, desk, payout=odd)
    for odd in ("王\n建国", "王" * 61):
        with pytest.raises(RequestWrong):
            cancel(on, person, desk, payout_name=odd)
    assert chip.has["balance"] == 500
    assert "cancel_account" not in on.others.calls("bank")


def test_a_card_that_is_not_there_is_said_so_and_clearing_pays(
    on: Bench, holder: tuple[Person, Card]
) -> None:
    """The family cannot find it: what clearing finds is theirs, and the card is blocked."""
    person, card = holder
    on.others.city.clearing.add_card(card.transit_number or "", 250)
    with pytest.raises(CardWanted):
        cancel(on, person, on.desk())
    said = cancel(on, person, on.desk(), chip="absent")
    assert "以交通清算核定的金额为准" in said["交通余额"]
    assert on.others.city.clearing.blocked == [card.transit_number]
    (order,) = on.others.city.clearing.settlements.values()
    assert (order["amount_fen"], order["account_number"]) == (250, PAYOUT)
    assert state_of(on, card, Kind.TRANSIT) == "closed"


def test_a_dead_chip_is_clearings_too(
    on: Bench, holder: tuple[Person, Card], tmp_path: Path
) -> None:
    """Pending first, then exact."""
    person, card = holder
    desk, chip = laid(on, card, tmp_path, balance=250)
    chip.die()
    on.others.city.clearing.add_card(card.transit_number or "", 250, "2026-03-04")
    wishes = {"payout": PAYOUT, "chip": "dead"}
    do(on, Service.CANCEL_ALL, person, desk, key=KEY, card=card.id, wishes=wishes)
    (order,) = [each for each in duties_of(on, person) if each.call == "settle_dead"]
    assert order.state is DutyState.DUE
    on.later(days=2)
    delivery.run_due(on.desk())
    (settled,) = [each for each in duties_of(on, person) if each.call == "settle_dead"]
    assert (settled.state, settled.detail.zh) == (DutyState.DONE, "已付 2.50 元")


def test_clearing_that_knows_of_no_money_needs_no_account(
    on: Bench, holder: tuple[Person, Card]
) -> None:
    """Nobody opens an account to be paid nothing; one that does not answer leaves it open."""
    person, card = holder
    on.others.set("clearing", Fault.DOWN)
    with pytest.raises(RequestWrong):
        cancel(on, person, on.desk(), chip="absent", payout="")
    on.others.set("clearing", Fault.UP)
    on.others.city.clearing.add_card(card.transit_number or "", 0)
    said = cancel(on, person, on.desk(), chip="absent", payout="")
    assert said["交通余额"] == "没有从芯片退出；清算系统显示没有余额"
    assert on.others.city.clearing.settlements == {}


def test_another_card_on_the_reader_is_not_emptied(
    on: Bench, holder: tuple[Person, Card], tmp_path: Path
) -> None:
    """The card that is named is meant, not the one that happens to lie there."""
    from terminal.errors import PersonDiffers

    person, card = holder
    stranger = on.card(on.person("李明", 2))
    desk, chip = laid(on, stranger, tmp_path, balance=900)
    with pytest.raises(PersonDiffers):
        do(on, Service.CANCEL_ALL, person, desk, card=card.id, wishes={"payout": PAYOUT})
    assert chip.has["balance"] == 900


def test_an_overdraft_is_settled_first(
    on: Bench, holder: tuple[Person, Card], tmp_path: Path
) -> None:
    """Before the bank is asked for anything."""
    person, card = holder
    desk, _chip = laid(on, card, tmp_path, balance=-1)
    with pytest.raises(OverdraftOwed):
        cancel(on, person, desk)
    assert "cancel_account" not in on.others.calls("bank")


def test_after_the_social_function_alone_the_rest_is_cancelled(
    on: Bench, holder: tuple[Person, Card], tmp_path: Path
) -> None:
    """R-FIN-6M: the account is closed, so nobody is reminded of it any more."""
    person, card = holder
    do(on, Service.CANCEL_SOCIAL, person)
    reports = len(on.others.city.card_management.reports)
    desk, _chip = laid(on, card, tmp_path)
    cancel(on, person, desk, payout="")
    assert len(on.others.city.card_management.reports) == reports
    (reminder,) = [each for each in duties_of(on, person) if each.call == "remind"]
    assert reminder.state is DutyState.DECIDED
    on.later(days=250)
    delivery.run_due(on.desk())
    assert on.others.city.bank.reminders == []


def test_kin_are_paid_to_their_own_account(
    on: Bench, holder: tuple[Person, Card], tmp_path: Path
) -> None:
    """After a death the money goes to the account, in the name, that the family says."""
    person, card = holder
    desk, _chip = laid(on, card, tmp_path, balance=77)
    wishes = {"payout": PAYOUT, "payout_name": "王小明", "deceased_on": "2026-02-27"}
    do(
        on,
        Service.CANCEL_ALL,
        person,
        two(desk),
        actor=Actor.KIN,
        representative=shown("王小明", 12),
        wishes=wishes,
    )
    (paid,) = on.others.city.bank.payouts
    assert (paid["amount_fen"], paid["name"]) == (77, "王小明")


def test_an_open_renewal_ends_along_with_it(tmp_path: Path) -> None:
    """Its card is recalled, its account and right are given back, both seats are free."""
    ready = renewal_ready(tmp_path)
    on, old = ready.on, ready.old
    assert old is not None
    desk, _chip = laid(on, old, tmp_path, balance=10)
    cancel(on, ready.person, desk)
    assert state_of(on, ready.new) == "recalled"
    assert not seats_of(on, ready.person).taken
    assert account_of(on, ready.new) == "cancelled"


def test_a_renewal_that_is_just_being_collected_is_finished_first(tmp_path: Path) -> None:
    """Before the bank closes anything: the new card's collection has its own money under way."""
    ready = renewal_ready(tmp_path)
    on, old = ready.on, ready.old
    assert old is not None
    desk, _chip = laid(on, old, tmp_path, balance=10)
    with on.registry.writing() as tx:
        runs.begin(tx, "c-1", Service.COLLECT, desk.by, {}, person_id=None, card_id=ready.new.id)
    with pytest.raises(RunOpen):
        cancel(on, ready.person, desk)
    assert "cancel_account" not in on.others.calls("bank")


def test_cancelled_twice_is_refused_and_repeated_under_its_key(
    on: Bench, holder: tuple[Person, Card], tmp_path: Path
) -> None:
    """Nothing is left to cancel."""
    person, card = holder
    desk, _chip = laid(on, card, tmp_path, balance=10)
    one = cancel(on, person, desk)
    assert cancel(on, person, desk) == one
    with pytest.raises(RuleRefused):
        cancel(on, person, desk, key="cancel-0002")
    assert len(on.others.city.bank.payouts) == 1
