"""From an application to its card: verified, made, spoilt, given up (Rules Art. 4, 7, 22)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from applying import (
    again,
    apply_for,
    city_of,
    made_card,
    newest,
    open_duties,
    produce,
    seats_of,
    shown,
    texts,
)
from handing_over import PAYOUT
from offered import do, duties_of, noted, two, values
from registry import BANK, Bench, bench, named

from emulator.parties.party import Fault
from terminal.errors import ApplicationUnknown, RequestWrong
from terminal.registry import applications, cards
from terminal.registry.applications import Application
from terminal.registry.duties import DutyState
from terminal.registry.machines import Kind
from terminal.rules.states import Financial, Life, Progress, Social
from terminal.rules.vocabulary import Service
from terminal.services.duties import decide
from terminal.services.offered import delivery, owing, production


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def application(on: Bench) -> Application:
    apply_for(on)
    return newest(on)


# --- The straight way ----------------------------------------------------------------------


def test_r_verify_and_r_make_a_card_comes_of_an_application(
    on: Bench, application: Application
) -> None:
    """Verified, ordered, made: each step on record, the card off and in the bank's custody."""
    step = production.verify(on.desk(), application.id)
    assert step.application.progress.state == Progress.VERIFIED
    assert step.application.account in on.others.city.bank.accounts
    assert step.bank_says is not None
    ordered = production.start(on.desk(), application.id)
    assert again(on, application).progress.state == Progress.MAKING
    assert seats_of(on, application.person_id).current_card == ordered.id
    card = production.made(on.desk(), application.id, made_card())
    assert again(on, application).progress.state == Progress.MADE
    assert (card.life.state, card.social.state) == (Life.READY, Social.OFF)
    assert card.financial.state == Financial.OFF
    assert card.account == step.application.account
    assert card.issued_on is not None
    actions = {each.note.action for each in noted(on, person_id=application.person_id)}
    assert {"verified", "started", "made"} <= actions


def test_r_notify_a_finished_card_is_announced_at_once(on: Bench, application: Application) -> None:
    """Rules Art. 7: without delay, to the person; and the city knows the card by its right."""
    card = produce(on, application)
    assert len(texts(on)) == 1
    assert "已制成" in texts(on)[0]
    assert BANK in texts(on)[0]
    report = on.others.city.card_management.reports[-1]
    assert (report["event"], report["card_number"]) == ("made", card.number)
    assert report["reserved_by"] == "apply-0001.right"
    assert city_of(on)["being_made"]["card_number"] == card.number
    assert open_duties(on, application) == []


def test_every_step_may_be_asked_for_again(on: Bench, application: Application) -> None:
    """A job that was interrupted repeats its last step, and nothing happens twice."""
    card = produce(on, application)
    for _ in range(2):
        assert production.verify(on.desk(), application.id).application.progress.state == "made"
        assert production.start(on.desk(), application.id).id == card.id
        assert production.made(on.desk(), application.id, made_card()).id == card.id
    assert on.others.calls("bank") == ["check_and_open"]
    assert len(texts(on)) == 1
    assert len(on.others.city.card_management.reports) == 1


def test_run_due_verifies_and_starts_all_that_waits(on: Bench) -> None:
    """Central production takes what is verified; nobody has to name each application."""
    for number in range(1, 4):
        apply_for(on, shown(sequence=number), key=f"apply-{number:04}")
    steps = production.run_due(on.desk())
    assert [each.application.progress.state for each in steps] == ["making"] * 3
    assert production.run_due(on.desk()) == ()


def test_run_due_leaves_what_is_made_on_the_spot_to_who_makes_it(on: Bench) -> None:
    """A card that the holder waits for is not ordered from the central maker too."""
    apply_for(on, at=on.desk(instant=True), instant="yes")
    steps = production.run_due(on.desk())
    assert [each.application.progress.state for each in steps] == ["verified"]


def test_run_due_does_not_wait_for_a_mute_party_once_an_application(on: Bench) -> None:
    """Thirty seconds a timeout and a thousand applications would be a night."""
    for number in range(1, production.PATIENCE + 4):
        apply_for(on, shown(sequence=number), key=f"apply-{number:04}")
    asked = len(on.others.calls("data_sharing"))
    on.others.set("data_sharing", Fault.SLOW)
    steps = production.run_due(on.desk())
    assert len(steps) == production.PATIENCE
    assert all(each.trouble is not None for each in steps)
    assert len(on.others.calls("data_sharing")) == asked + production.PATIENCE


# --- Spoilt --------------------------------------------------------------------------------


def test_a_spoilt_card_is_waste_and_another_is_made(on: Bench, application: Application) -> None:
    """The application goes back a step, the right and the account stay, the waste keeps its row."""
    production.verify(on.desk(), application.id)
    first = production.start(on.desk(), application.id)
    production.spoilt(on.desk(), application.id, first.id, "打印偏移")
    assert on.look(first).life.state == Life.WASTE
    assert on.look(first).social.state == Social.ENDED
    assert again(on, application).progress.state == Progress.VERIFIED
    assert seats_of(on, application.person_id).current_card is None
    second = production.start(on.desk(), application.id)
    assert second.id != first.id
    production.spoilt(on.desk(), application.id, first.id, "打印偏移")
    assert again(on, application).card_id == second.id
    assert again(on, application).progress.state == Progress.MAKING
    card = production.made(on.desk(), application.id, made_card())
    assert card.account == again(on, application).account
    assert on.others.calls("bank") == ["check_and_open"]


def test_a_card_found_bad_before_it_is_handed_over_is_made_anew(
    on: Bench, application: Application
) -> None:
    """The bank sees a dead chip in its own drawer; the city hears of the card that counts."""
    first = produce(on, application)
    production.spoilt(on.desk(), application.id, first.id, "芯片无应答")
    second = produce(on, application, 100)
    assert city_of(on)["being_made"]["card_number"] == second.number
    assert len(texts(on)) == 2


def test_a_card_that_has_left_is_not_spoilt_any_more(on: Bench, application: Application) -> None:
    """In its holder's hands a bad card is renewed, with a record of it."""
    card = produce(on, application)
    with on.registry.writing() as tx:
        cards.move(tx, card, Kind.LIFE, "post", Life.POSTED)
    with pytest.raises(RequestWrong):
        production.spoilt(on.desk(), application.id, card.id, "坏")
    with pytest.raises(RequestWrong):
        production.withdraw(on.desk(), application.id)


# --- Withdrawn -----------------------------------------------------------------------------


def test_withdrawn_before_anybody_was_asked(on: Bench, application: Application) -> None:
    """The seat is free at once and the right given back; no account was ever opened."""
    production.withdraw(on.desk(), application.id)
    assert again(on, application).progress.state == Progress.WITHDRAWN
    assert not seats_of(on, application.person_id).taken
    assert city_of(on)["being_made"] is None
    assert "撤回" in texts(on)[-1]
    production.withdraw(on.desk(), application.id)
    assert len(texts(on)) == 1


def test_withdrawn_when_verified_the_account_is_closed(on: Bench, application: Application) -> None:
    """What the bank opened for a card that is not made is closed again."""
    production.verify(on.desk(), application.id)
    account = again(on, application).account
    production.withdraw(on.desk(), application.id)
    assert on.others.city.bank.accounts[str(account)]["state"] == "cancelled"
    assert open_duties(on, application) == []


def test_withdrawn_while_the_bank_has_not_answered_the_account_is_closed_later(
    on: Bench, application: Application
) -> None:
    """It may have opened one: the question stays an obligation, and what it brings is closed."""
    on.others.once("bank", Fault.LOST_ANSWER)
    production.verify(on.desk(), application.id)
    production.withdraw(on.desk(), application.id)
    on.later(minutes=1)
    delivery.run_due(on.desk())
    delivery.run_due(on.desk())
    assert [each["state"] for each in on.others.city.bank.accounts.values()] == ["cancelled"]
    assert open_duties(on, application) == []


def test_withdrawn_while_it_is_made_the_card_is_waste(on: Bench, application: Application) -> None:
    """The maker finds it so; nothing of it is on."""
    production.verify(on.desk(), application.id)
    card = production.start(on.desk(), application.id)
    production.withdraw(on.desk(), application.id)
    assert on.look(card).life.state == Life.WASTE
    with pytest.raises(RequestWrong):
        production.made(on.desk(), application.id, made_card())


def test_withdrawn_when_it_is_ready_the_card_is_recalled(
    on: Bench, application: Application
) -> None:
    """It lies in the drawer and goes to the shredder by two people, not to the holder."""
    card = produce(on, application)
    production.withdraw(on.desk(), application.id)
    assert on.look(card).life.state == Life.RECALLED
    assert again(on, application).progress.state == Progress.RECALLED
    assert city_of(on)["being_made"] is None


def test_the_citys_silence_leaves_the_release_owed(on: Bench, application: Application) -> None:
    """Given back by name and key until it is confirmed; no claim comes after it."""
    on.others.set("card_management", Fault.DOWN)
    production.withdraw(on.desk(), application.id)
    assert open_duties(on, application) == ["release"]
    on.others.set("card_management", Fault.UP)
    on.later(minutes=1)
    delivery.run_due(on.desk())
    assert city_of(on)["being_made"] is None
    assert open_duties(on, application) == []


def test_a_claim_that_was_never_heard_is_not_made_after_the_end(on: Bench) -> None:
    """A claim after its release would be refused for ever, and lie there for people to wonder."""
    on.others.set("card_management", Fault.DOWN)
    apply_for(on)
    application = newest(on)
    production.withdraw(on.desk(), application.id)
    on.others.set("card_management", Fault.UP)
    on.later(minutes=2)
    delivery.run_due(on.desk())
    assert open_duties(on, application) == []
    assert "reserve" not in on.others.calls("card_management")


# --- What is wrong -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "item"),
    [
        ({"number": "B1"}, "卡号"),
        ({"number": "b00000995"}, "卡号"),
        ({"number": "B00000995"}, "卡号"),
        ({"chip": "1234"}, "芯片识别码"),
        ({"chip": "G" * 32}, "芯片识别码"),
        ({"transit_number": "1" * 21}, "交通卡号"),
        ({"account": "6200000000000000001"}, "银行账户"),
    ],
)
def test_what_is_no_card_of_this_application_is_not_taken(
    on: Bench, application: Application, made: dict[str, str], item: str
) -> None:
    """A slip of the maker's file must not put a wrong card into somebody's hands."""
    production.verify(on.desk(), application.id)
    production.start(on.desk(), application.id)
    with pytest.raises(RequestWrong) as wrong:
        production.made(on.desk(), application.id, replace(made_card(), **made))
    assert item in wrong.value.message("zh")
    assert again(on, application).progress.state == Progress.MAKING


def test_one_chip_is_one_card(on: Bench, application: Application) -> None:
    """The same chip for two people would be two people on one card."""
    produce(on, application)
    apply_for(on, shown("王二", 8), key="apply-0002")
    other = newest(on)
    production.verify(on.desk(), other.id)
    production.start(on.desk(), other.id)
    with pytest.raises(RequestWrong, match="chip"):
        production.made(on.desk(), other.id, made_card(100, chip=made_card().chip))
    with pytest.raises(RequestWrong, match="number"):
        production.made(on.desk(), application.id, made_card(101))


def test_steps_out_of_order_are_refused(on: Bench, application: Application) -> None:
    """Nothing is made that was not verified; an unknown number is nobody's application."""
    with pytest.raises(RequestWrong):
        production.start(on.desk(), application.id)
    with pytest.raises(RequestWrong):
        production.made(on.desk(), application.id, made_card())
    with pytest.raises(ApplicationUnknown):
        production.verify(on.desk(), 4711)
    with pytest.raises(ApplicationUnknown):
        production.withdraw(on.desk(), 4711)


def test_an_application_from_elsewhere_gets_its_right_when_it_is_verified(on: Bench) -> None:
    """What was put on record without a claim is claimed before anything is made of it."""
    person = on.person()
    with on.registry.writing() as tx:
        application = applications.apply(
            tx,
            applications.NewApplication(person.id, applications.Sort.FIRST, BANK),
            run_id=None,
        )
    production.verify(on.desk(), application.id)
    card = produce(on, application)
    known = city_of(on, named(person).document.number)["being_made"]
    assert known["card_number"] == card.number
    assert known["reserved_by"]


def test_a_message_that_nobody_takes_is_owed(on: Bench, application: Application) -> None:
    """R-NOTIFY is an obligation with a name, not a hope."""
    on.others.set("messages", Fault.DOWN)
    produce(on, application)
    assert open_duties(on, application) == ["message"]
    on.others.set("messages", Fault.UP)
    on.later(minutes=1)
    delivery.run_due(on.desk())
    assert len(texts(on)) == 1


def test_r_notify_who_has_no_mobile_number_is_told_by_people(on: Bench) -> None:
    """A finished card is announced, or somebody is to announce it: it stands among the duties."""
    person = on.person(mobile="")
    on.card(person)
    answer = do(on, Service.RENEW, person, wishes={"grounds": "face", "payout": PAYOUT})
    assert "没有登记手机号码" in values(answer)["制成通知"]
    plea = newest(on)
    produce(on, plea)
    (duty,) = (each for each in duties_of(on, person) if each.call == owing.TELL)
    assert "用其他方式告知：您的社会保障卡已制成" in delivery.named(on.desk(), duty).zh
    assert delivery.run_due(on.desk()) == ()
    settled = decide(two(on.desk(), "已电话告知"), duty.id, "已告知")
    assert settled.state is DutyState.DECIDED
