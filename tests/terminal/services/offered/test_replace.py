"""S-REPLACE: a lost card is replaced and never restored (R-UNLOSS-NOT-REPLACED, Rules Art. 15)."""

from __future__ import annotations

from pathlib import Path

import pytest
from applying import (
    again,
    city_of,
    holder,
    lost,
    newest,
    open_duties,
    produce,
    seats_of,
    second_card,
)
from offered import do, owed, told, two, values
from registry import OTHER_BANK, Bench, bench, named

from emulator.parties.party import Fault
from terminal.errors import RequestWrong, RuleRefused, SecondWanted
from terminal.registry.applications import Sort
from terminal.registry.persons import Person
from terminal.rules.states import Financial, Life, Progress, Social
from terminal.rules.vocabulary import Channel, Generation, Service
from terminal.services.offered import delivery, production


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def person(on: Bench) -> Person:
    return on.person(address="北京市")


def test_s_replace_takes_the_place_beside_the_lost_card(on: Bench, person: Person) -> None:
    """The right to the new card names the old one; the city sees both until it is enabled."""
    card = on.card(person)
    number = named(person).document.number
    on.others.city.card_management.add_card("citizen_id", number, card.number or "", card.bank)
    lost(on, person)
    answer = do(on, Service.REPLACE, person, key="replace-1")
    application = newest(on)
    assert (application.sort, application.old_card_id) == (Sort.REPLACE, card.id)
    assert application.bank == card.bank
    assert on.look(card).social.state == Social.REPLACED
    assert seats_of(on, person).current_card == card.id
    assert seats_of(on, person).next_application == application.id
    being_made = city_of(on, number)["being_made"]
    assert being_made["reserved_by"] == "replace-1.right"
    slip = values(answer)
    assert slip["办理类型"] == "补领"
    assert "到 BOB 网点领取" in slip["领取方式"]
    assert "旧卡" not in slip["领取方式"]


def test_r_make_4wd_a_replacement_is_made_within_four_working_days(
    on: Bench, person: Person
) -> None:
    """Rules Art. 22: Monday and four working days are Friday."""
    on.card(person)
    lost(on, person)
    answer = do(on, Service.REPLACE, person)
    assert values(answer)["制成时限"] == "2026年3月6日24时"
    assert "4 个工作日" in told(answer)
    assert "补贴" in told(answer)


def test_r_make_4wd_in_a_year_not_announced_the_day_is_provisional(
    on: Bench, person: Person
) -> None:
    """A year whose holidays nobody knows gives a date and says so, never a refusal."""
    on.card(person)
    on.now = on.now.replace(year=2031, month=3, day=3)
    lost(on, person)
    assert "暂定" in values(do(on, Service.REPLACE, person))["制成时限"]


def test_s_replace_a_social_loss_is_enough_and_the_bank_takes_its_own(
    on: Bench, person: Person
) -> None:
    """Own reading: the financial loss is taken in the same visit, and the bank is told at once."""
    card = on.card(person)
    lost(on, person, Service.LOSS_SOCIAL)
    assert on.look(card).financial.state == Financial.ON
    answer = do(on, Service.REPLACE, person)
    assert on.look(card).financial.state == Financial.LOST
    account = on.others.city.bank.accounts[str(card.account)]
    assert account["state"] == "stopped_formal"
    assert "金融功能" in values(answer)


def test_s_replace_an_account_that_is_not_active_is_not_stopped(on: Bench, person: Person) -> None:
    """Nothing to lose: a function that was never activated stays as it is."""
    card = on.card(person, financial=Financial.OFF)
    lost(on, person, Service.LOSS_SOCIAL)
    do(on, Service.REPLACE, person)
    assert on.look(card).financial.state == Financial.OFF
    assert "stop_financial" not in on.others.calls("bank")


def test_s_replace_a_mute_bank_is_named_with_its_telephone(on: Bench, person: Person) -> None:
    """What is wanted at once and not confirmed is said, with whom to call."""
    on.card(person)
    lost(on, person, Service.LOSS_SOCIAL)
    on.others.set("bank", Fault.DOWN)
    answer = do(on, Service.REPLACE, person)
    assert "停用金融功能" in owed(answer)
    assert "010-" in owed(answer)
    on.others.set("bank", Fault.UP)
    on.later(minutes=1)
    delivery.run_due(on.desk())
    assert open_duties(on, newest(on)) == []


@pytest.mark.parametrize("service", [None, Service.LOSS_TEMP])
def test_s_replace_only_after_a_formal_loss(
    on: Bench, person: Person, service: Service | None
) -> None:
    """Rules Art. 15: not reported, or only for the time being, is not enough; what is, is said."""
    card = on.card(person)
    if service is not None:
        lost(on, person, service)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.REPLACE, person)
    assert "第 15 条" in refused.value.cause("zh")
    assert "正式挂失" in refused.value.advice("zh")
    assert on.look(card).social.state != Social.REPLACED


def test_r_unloss_not_replaced_the_old_card_is_never_restored(on: Bench, person: Person) -> None:
    """Rules Art. 14: found the day after the application, it is handed in."""
    on.card(person)
    lost(on, person)
    do(on, Service.REPLACE, person)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.UNLOSS, person)
    assert "补领" in refused.value.cause("zh")


def test_r_one_no_second_replacement_while_one_is_under_way(on: Bench, person: Person) -> None:
    """Nor once the new card is handed over: it is enabled, not replaced again."""
    on.card(person)
    lost(on, person)
    do(on, Service.REPLACE, person)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.REPLACE, person)
    assert "一人一卡" in refused.value.cause("zh")


@pytest.mark.parametrize("end", ["withdrawn", "refused"])
def test_s_replace_what_came_to_nothing_can_be_asked_for_again(
    on: Bench, person: Person, end: str
) -> None:
    """The lost card stays replaced and its holder would else have no way to a card at all."""
    card = on.card(person)
    lost(on, person)
    do(on, Service.REPLACE, person)
    first = newest(on)
    if end == "withdrawn":
        production.withdraw(on.desk(), first.id)
    else:
        on.others.city.bank.refuse_person(named(person).document.number, "证件过期", "expired")
        assert production.verify(on.desk(), first.id).reasons
        on.others.city.bank.state["refusals"].clear()
    assert on.look(card).social.state == Social.REPLACED
    assert seats_of(on, person).next_application is None
    do(on, Service.REPLACE, person)
    assert newest(on).id != first.id
    assert produce(on, newest(on)).life.state == Life.READY


def test_s_replace_online_by_post_to_the_address_on_record(on: Bench, person: Person) -> None:
    """Rules Art. 15, 7: online is a way, and so is the post."""
    on.card(person)
    lost(on, person)
    answer = do(on, Service.REPLACE, person, Channel.ONLINE, wishes={"by_post": "yes"})
    assert "邮寄" in values(answer)["领取方式"]
    assert newest(on).by_post
    produce(on, newest(on))
    assert "邮寄" in on.others.city.messages.sent[-1]["text"]


def test_s_replace_nothing_is_posted_to_nowhere(on: Bench) -> None:
    """Without an address on record the holder says where, or comes."""
    person = on.person()
    on.card(person)
    lost(on, person)
    with pytest.raises(RequestWrong, match="address"):
        do(on, Service.REPLACE, person, wishes={"by_post": "yes"})


def test_s_replace_at_another_bank_is_sent_to_the_issuing_one(on: Bench, person: Person) -> None:
    """Art. 15 narrows the place to the bank that issued the card."""
    on.card(person)
    lost(on, person)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.REPLACE, person, on.desk(bank=OTHER_BANK))
    assert "发卡合作银行" in refused.value.advice("zh")


def test_r_old_gen_a_lost_older_card_is_applied_for(on: Bench, person: Person) -> None:
    """Rules Art. 26, 27: what is made now is the third generation, by an application."""
    on.card(person, generation=Generation.SECOND)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.REPLACE, person)
    assert "申领" in refused.value.advice("zh")


def test_an_expired_document_is_renewed_first(on: Bench, person: Person) -> None:
    """The bank opens the new account by it; a validity that is said is kept."""
    on.card(person)
    lost(on, person)
    with pytest.raises(RequestWrong, match="valid"):
        do(on, Service.REPLACE, person, wishes={"valid_until": "2026-03-01"})
    do(on, Service.REPLACE, person, wishes={"valid_until": "2036-03-01"})
    assert str(holder(on, newest(on)).document.valid_until) == "2036-03-01"


def test_s_replace_repeated_under_its_key_changes_nothing(on: Bench, person: Person) -> None:
    """One application, one claim, one stop at the bank."""
    on.card(person)
    lost(on, person, Service.LOSS_SOCIAL)
    first = do(on, Service.REPLACE, person, key="replace-1")
    second = do(on, Service.REPLACE, person, key="replace-1")
    assert (second.repeated, second.lines) == (True, first.lines)
    assert on.others.calls("bank") == ["stop_financial"]


def test_two_cards_from_before_one_lost_takes_two_people(on: Bench, person: Person) -> None:
    """An old muddle is looked at by two people before a third card is made of it."""
    on.card(person)
    other = second_card(on, person)
    do(on, Service.LOSS_SOCIAL, person, on.desk(bank=OTHER_BANK), card=other.id)
    with pytest.raises(SecondWanted):
        do(on, Service.REPLACE, person, on.desk(bank=OTHER_BANK), card=other.id)
    do(on, Service.REPLACE, person, two(on.desk(bank=OTHER_BANK)), card=other.id)
    assert again(on, newest(on)).progress.state == Progress.APPLIED
