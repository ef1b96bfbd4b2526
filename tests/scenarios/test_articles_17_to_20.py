"""The Implementing Rules 2025, Art. 17-20, each as a short story from its holder's view.

What is asserted is what the article says (实施细则第十七条至第二十条), on real chips where one
is touched; the other articles are in the files beside this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from applying import SAID
from offered import told, values
from registry import ALL_PAPERS, OTHER_BANK
from town import BANK_DESK, DISTRICT, NEW_PIN, ONLINE, PAYOUT, Plastic, Town, somebody

from terminal.registry.machines import Kind
from terminal.rules.vocabulary import Actor, Channel, Paper, Service
from terminal.services.offered import delivery
from terminal.services.offered.deadlines import deadlines

LI = somebody("李小明", 7)
ZHOU = somebody("周全", 30)
RENEWAL = {"grounds": "face", "payout": PAYOUT}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.close()


@pytest.fixture
def card(town: Town) -> Plastic:
    """Have a card with all functions on, since Monday 2 March 2026, 9:00."""
    return town.first_card(LI)


def by_law(town: Town) -> dict[str, date]:
    """Give the open terms, by their rule."""
    with town.on.registry.reading() as tx:
        return {each.rule: each.deadline.day for each in deadlines(tx, town.on.desk().calendar)}


# --- Art. 17 第十七条: data that change ---------------------------------------------------------


@pytest.mark.parametrize("channel", [ONLINE, DISTRICT, BANK_DESK])
def test_article_17_mobile_occupation_address_are_changed_anywhere(
    town: Town, card: Plastic, channel: Channel
) -> None:
    """线上或线下渠道; not the mobile number that the bank keeps (金融账户预留手机号码)."""
    changed = {"mobile": "13900000000", "occupation": "90001", "address": "北京市海淀区某路 2 号"}
    answer = town.do(Service.DATA_MINOR, LI, channel, wishes=changed)
    person = town.person(LI)
    assert person.mobile is not None
    assert person.address is not None
    assert (person.mobile.reveal(), person.address.reveal(), person.occupation) == (
        changed["mobile"],
        changed["address"],
        changed["occupation"],
    )
    assert "不改变银行账户预留的手机号码" in told(answer)
    assert town.city.bank.referrals == []


def test_article_17_a_new_name_is_the_offices_first_and_then_a_new_card(
    town: Town, card: Plastic
) -> None:
    """变更成功后: asked of 人社 and 医保; then document and old card at the issuing bank."""
    town.city.data_sharing.add_person(LI.document.number, LI.name)
    renamed = replace(LI, name="李大明")
    with town.desk(card) as desk:
        why = town.refused(Service.DATA_BASIC, renamed, desk, wishes={"payout": PAYOUT})
        assert "第 17 条" in why
        assert "经办机构" in why
        town.city.data_sharing.change_person(
            LI.document.number, "2026-03-01", name="李大明", by=("social",)
        )
        town.refused(Service.DATA_BASIC, renamed, desk, wishes={"payout": PAYOUT})
        town.city.data_sharing.change_person(LI.document.number, "2026-03-02", name="李大明")
        for paper in (Paper.ID, Paper.CARD):
            lacking = ALL_PAPERS - {paper}
            town.refused(Service.DATA_BASIC, renamed, desk, papers=lacking)
        for channel in (DISTRICT, ONLINE):
            assert "不办理" in town.refused(Service.DATA_BASIC, renamed, channel, card=card)
        town.do(Service.DATA_BASIC, renamed, desk, wishes={"payout": PAYOUT})
    assert town.person(LI).name.reveal() == "李大明"
    new = town.make(renamed)
    with town.desk(new, card, pins=(NEW_PIN, NEW_PIN)) as desk:
        town.do(Service.COLLECT, renamed, desk)
        town.do(Service.ENABLE, renamed, desk)
    assert (town.state(card), town.state(new)) == ("ended", "on")


# --- Art. 18 第十八条: asked and told -----------------------------------------------------------


@pytest.mark.parametrize("channel", [ONLINE, Channel.HOTLINE, Channel.BANK_PHONE])
def test_article_18_progress_state_and_opinions_from_home(
    town: Town, card: Plastic, channel: Channel
) -> None:
    """线上、96066、合作银行服务电话: how far the card is, how it stands, and what one thinks."""
    town.do(Service.RENEW, LI, ONLINE, wishes=RENEWAL)
    progress = town.do(Service.PROGRESS, LI, channel, papers=frozenset())
    assert "2026年3月6日" in str(values(progress))  # four working days
    state = town.do(Service.STATUS, LI, channel, papers=frozenset())
    assert values(state)["社会保障功能"] == "已启用"
    town.do(Service.FEEDBACK, None, channel, papers=frozenset(), wishes={"said": "窗口排队太久"})


def test_article_18_at_a_counter_the_card_or_a_document_is_shown(town: Town, card: Plastic) -> None:
    """社会保障卡原件或身份证件原件, at a district outlet or the issuing bank: one of them does."""
    for channel in (DISTRICT, BANK_DESK):
        assert "第 18 条" in town.refused(Service.STATUS, LI, channel, papers=frozenset())
        town.do(Service.STATUS, LI, channel, papers=frozenset({Paper.ID}))
        with town.desk(card, at=channel) as desk:
            town.do(Service.STATUS, None, desk, papers=frozenset({Paper.CARD}))
    with town.desk(card, bank=OTHER_BANK) as desk:
        assert "发卡合作银行" in town.refused(Service.STATUS, LI, desk)


# --- Art. 19 第十九条: cancelled ----------------------------------------------------------------


def test_article_19_cancelled_after_the_insurance_matters_are_closed(
    town: Town, card: Plastic
) -> None:
    """在人社、医保等相关业务办结后: a district outlet cancels the social function alone."""
    town.city.data_sharing.add_person(LI.document.number, LI.name)
    for service, channel in ((Service.CANCEL_SOCIAL, DISTRICT), (Service.CANCEL_ALL, BANK_DESK)):
        with town.desk(card, at=channel) as desk:
            assert "第 19 条" in town.refused(service, LI, desk, wishes={"payout": PAYOUT})
    town.city.data_sharing.close_matters(LI.document.number, by=("social",))
    town.refused(Service.CANCEL_SOCIAL, LI, DISTRICT)
    town.city.data_sharing.close_matters(LI.document.number)
    assert "不办理" in town.refused(Service.CANCEL_ALL, LI, DISTRICT)
    answer = town.do(Service.CANCEL_SOCIAL, LI, DISTRICT)
    assert "发卡合作银行" in told(answer)
    assert (town.state(card), town.account(card)) == ("cancelled", "active")


def test_article_19_at_the_issuing_bank_all_at_once_with_the_transit_money(
    town: Town, card: Plastic
) -> None:
    """一并办理: social and financial function, and the purse's money to the last fen."""
    town.load(LI, card, 4_321)
    with town.desk(card) as desk:
        answer = town.do(Service.CANCEL_ALL, LI, desk, wishes={"payout": PAYOUT})
    assert (town.state(card), town.account(card)) == ("cancelled", "cancelled")
    assert card.money == 0
    assert "43.21 元" in values(answer)["交通余额"]
    (paid,) = town.city.bank.payouts
    assert (paid["account_number"], paid["amount_fen"]) == (PAYOUT, 4_321)


def test_article_19_after_a_death_the_family_cancels(town: Town, card: Plastic) -> None:
    """持卡人或者代理人: with the proof of death and of kinship; nobody in the holder's name."""
    number = LI.document.number
    town.city.data_sharing.add_person(number, LI.name, deceased_on="2026-02-27", closed=True)
    kin = {"actor": Actor.KIN, "by": ZHOU, "wishes": {"deceased_on": "2026-02-27"}}
    for paper in (Paper.DEATH, Paper.KINSHIP, Paper.ACTOR_ID):
        lacking = ALL_PAPERS - {paper}
        town.refused(Service.CANCEL_SOCIAL, LI, DISTRICT, papers=lacking, **kin)
    town.do(Service.CANCEL_SOCIAL, LI, DISTRICT, papers=ALL_PAPERS - {Paper.ID}, **kin)
    assert town.state(card) == "cancelled"
    assert "死亡" in town.refused(Service.ENABLE, LI, ONLINE)


def test_article_19_six_months_later_the_bank_is_reminded(town: Town, card: Plastic) -> None:
    """社会保障功能注销 6 个月后, and not before; the bank that has closed it needs no reminder."""
    other = town.first_card(ZHOU)
    town.do(Service.CANCEL_SOCIAL, LI, DISTRICT)
    town.do(Service.CANCEL_SOCIAL, ZHOU, DISTRICT)
    with town.desk(other) as desk:
        town.do(Service.CANCEL_ALL, ZHOU, desk, wishes={"payout": PAYOUT})
    assert by_law(town)["R-FIN-6M"] == date(2026, 9, 2)
    town.at("2026-09-02 23:59:59")
    delivery.run_due(town.on.desk())
    assert town.city.bank.reminders == []
    town.at("2026-09-03 00:00")
    delivery.run_due(town.on.desk())
    (reminder,) = town.city.bank.reminders
    assert reminder["account_number"] == town.card(card).account


# --- Art. 20 第二十条: the bank's own rules -----------------------------------------------------


def test_article_20_loss_lift_and_cancellation_go_by_the_banks_rules(
    town: Town, card: Plastic
) -> None:
    """按照发卡合作银行的规定执行: its system is asked, and what it settles is put on record."""
    for service in (Service.FIN_LOSS, Service.FIN_UNLOSS, Service.FIN_MOBILE, Service.FIN_CANCEL):
        assert "第 20 条" in town.refused(service, LI, DISTRICT)
    answer = town.do(Service.FIN_LOSS, LI)
    assert "变更银行卡号" in told(answer)
    assert (town.state(card), town.state(card, Kind.FINANCIAL)) == ("on", "lost")
    town.do(Service.FIN_UNLOSS, LI)
    assert town.state(card, Kind.FINANCIAL) == "on"
    town.do(Service.FIN_MOBILE, LI)
    person = town.person(LI)
    assert person.mobile is not None
    assert person.mobile.reveal() == SAID["mobile"]  # ours is another one
    answer = town.do(Service.FIN_CANCEL, LI)
    assert "本行柜面继续办理" in values(answer)["银行答复"]  # by its rules the holder signs there
    assert (town.state(card), town.state(card, Kind.FINANCIAL)) == ("on", "on")
