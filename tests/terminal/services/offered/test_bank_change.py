"""S-BANK-CHANGE: another bank makes the next card, not again for six months (R-BANK-6M)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from applying import newest, produce, seats_of
from offered import do, told, two, values
from registry import BANK, OTHER_BANK, Bench, bench, citizen_id

from terminal.beijing_time import BEIJING
from terminal.errors import RuleRefused, SecondWanted
from terminal.registry import applications, cards, seats
from terminal.registry.applications import Sort
from terminal.registry.cards import Card
from terminal.registry.machines import Kind
from terminal.registry.persons import Person
from terminal.rules.states import Life, Progress, Social
from terminal.rules.vocabulary import Channel, Service
from terminal.services.offered import production

THIRD_BANK = "CCB"
TO_OTHER = {"bank": OTHER_BANK}


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def person(on: Bench) -> Person:
    return on.person(address="北京市")


def changed(on: Bench, person: Person) -> Card:
    """Have the bank changed: the new card is handed over and enabled, the old one has ended."""
    old = on.card(person)
    do(on, Service.BANK_CHANGE, person, wishes=TO_OTHER)
    application = newest(on)
    new = produce(on, application)
    with on.registry.writing() as tx:
        new = cards.move(tx, cards.get(tx, new.id), Kind.LIFE, "hand_over", Life.HELD)
        application = applications.get(tx, application.id)
        applications.move(tx, application, "hand_over", Progress.HANDED_OVER)
        cards.move(tx, new, Kind.SOCIAL, "enable", Social.ON)
        cards.move(tx, cards.get(tx, old.id), Kind.SOCIAL, "end", Social.ENDED)
        seats.promote(tx, person.id)
    return new


def test_s_bank_change_the_new_bank_makes_the_card_and_opens_the_account(
    on: Bench, person: Person
) -> None:
    """Art. 16: by the holder's need, no ground of renewal; the old card works until then."""
    old = on.card(person)
    answer = do(on, Service.BANK_CHANGE, person, wishes=TO_OTHER)
    application = newest(on)
    assert (application.sort, application.bank) == (Sort.BANK, OTHER_BANK)
    slip = values(answer)
    assert (slip["原合作银行"], slip["合作银行"]) == (BANK, OTHER_BANK)
    assert slip["制成时限"] == "2026年3月6日24时"
    assert "ICBC 网点领取" in slip["领取方式"]
    assert "6 个月" in told(answer)
    new = produce(on, application)
    assert new.bank == OTHER_BANK
    assert on.others.city.bank.accounts[str(new.account)]["bank"] == OTHER_BANK
    assert on.look(old).social.state == Social.ON
    assert seats_of(on, person).current_card == old.id


@pytest.mark.parametrize("bank", [BANK, OTHER_BANK])
def test_s_bank_change_at_the_old_bank_or_the_new_one(on: Bench, person: Person, bank: str) -> None:
    """The issuing bank cooperates, the new one issues: both take the application."""
    on.card(person)
    do(on, Service.BANK_CHANGE, person, on.desk(bank=bank), wishes=TO_OTHER)
    assert newest(on).bank == OTHER_BANK


@pytest.mark.parametrize("channel", [Channel.DISTRICT, Channel.ONLINE])
def test_s_bank_change_nowhere_else(on: Bench, person: Person, channel: Channel) -> None:
    """A third bank's outlet is none of the two, a district outlet no bank's."""
    on.card(person)
    with pytest.raises(RuleRefused):
        do(on, Service.BANK_CHANGE, person, channel, wishes=TO_OTHER)
    with pytest.raises(RuleRefused):
        do(on, Service.BANK_CHANGE, person, on.desk(bank=THIRD_BANK), wishes=TO_OTHER)


@pytest.mark.parametrize("bank", ["", BANK])
def test_s_bank_change_needs_another_bank(on: Bench, person: Person, bank: str) -> None:
    """To the same bank is no change; a worn card is renewed."""
    on.card(person)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.BANK_CHANGE, person, wishes={"bank": bank})
    assert "合作银行" in refused.value.cause("zh")


def test_r_bank_6m_not_again_within_six_months_but_by_a_supervisor(
    on: Bench, person: Person
) -> None:
    """原则上: refused to clerks, also to two; a supervisor may agree, the reason on record."""
    card = changed(on, person)
    desk = on.desk(bank=OTHER_BANK)
    with pytest.raises(SecondWanted) as second:
        do(on, Service.BANK_CHANGE, person, desk, card=card.id, wishes={"bank": BANK})
    assert "2026年9月2日" in second.value.cause("zh")
    assert "第 16 条" in second.value.cause("zh")
    with pytest.raises(SecondWanted) as higher:
        do(on, Service.BANK_CHANGE, person, two(desk), card=card.id, wishes={"bank": BANK})
    assert "主管" in higher.value.message("zh")
    do(
        on,
        Service.BANK_CHANGE,
        person,
        two(desk, "单位代发工资银行变更", supervisor=True),
        card=card.id,
        wishes={"bank": BANK},
    )
    assert newest(on).bank == BANK


@pytest.mark.parametrize("over", [False, True])
def test_r_bank_6m_ends_at_midnight_of_its_last_day(on: Bench, person: Person, over: bool) -> None:
    """Handed over on 2 March: 2 September is the last day, in Beijing."""
    card = changed(on, person)
    moment = datetime(2026, 9, 2, 23, 59, 59, tzinfo=BEIJING)
    on.now = moment + timedelta(seconds=1) if over else moment
    desk = on.desk(bank=OTHER_BANK)
    if over:
        do(on, Service.BANK_CHANGE, person, desk, card=card.id, wishes={"bank": BANK})
        return
    with pytest.raises(SecondWanted):
        do(on, Service.BANK_CHANGE, person, desk, card=card.id, wishes={"bank": BANK})


def test_r_bank_6m_counts_from_the_change_carried_out(on: Bench, person: Person) -> None:
    """Our reading: an application that came to nothing changed no bank."""
    on.card(person)
    do(on, Service.BANK_CHANGE, person, wishes=TO_OTHER)
    production.withdraw(on.desk(), newest(on).id)
    do(on, Service.BANK_CHANGE, person, wishes={"bank": THIRD_BANK})
    assert newest(on).bank == THIRD_BANK


def test_r_bank_6m_is_about_banks_alone(on: Bench, person: Person) -> None:
    """Within the six months the card is renewed like any other."""
    card = changed(on, person)
    desk = on.desk(bank=OTHER_BANK)
    do(on, Service.RENEW, person, desk, card=card.id, wishes={"grounds": "face"})
    assert newest(on).sort is Sort.RENEW


def test_s_bank_change_the_new_bank_refuses_and_nothing_has_changed(
    on: Bench, person: Person
) -> None:
    """The old card goes on, and the holder may choose again."""
    old = on.card(person)
    do(on, Service.BANK_CHANGE, person, wishes=TO_OTHER)
    on.others.city.bank.refuse_person(citizen_id(1), "不符合开户条件", "not eligible")
    assert production.verify(on.desk(), newest(on).id).reasons
    assert seats_of(on, person).next_application is None
    assert on.look(old).social.state == Social.ON


def test_s_bank_change_repeated_under_its_key_is_one_application(on: Bench, person: Person) -> None:
    """The answer of the first time is given again."""
    on.card(person)
    first = do(on, Service.BANK_CHANGE, person, wishes=TO_OTHER, key="change-1")
    second = do(on, Service.BANK_CHANGE, person, wishes=TO_OTHER, key="change-1")
    assert (second.repeated, second.lines) == (True, first.lines)
