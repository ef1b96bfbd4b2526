"""The Implementing Rules 2025, Art. 21-29, each as a short story from its holder's view.

What is asserted is what the article says (实施细则第二十一条至第二十九条), on real chips where one
is touched; the other articles are in the files beside this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from applying import SAID, newest
from offered import do, lying, told, two, values
from registry import ALL_PAPERS
from town import DISTRICT, NEW_PIN, ONLINE, PAYOUT, Plastic, Town, moment, somebody

from terminal.errors import CustodyRefused, SecondWanted
from terminal.registry import applications
from terminal.registry.machines import Kind
from terminal.rules.states import Financial, Progress
from terminal.rules.vocabulary import Actor, Channel, Generation, Paper, Service
from terminal.services.offered import custody, deaths, posting, production
from terminal.services.offered.deadlines import deadlines

LI = somebody("李小明", 7)
ZHOU = somebody("周全", 30)
CHILD = somebody("李小小", 9, "20200601")
RENEWAL = {"grounds": "face", "payout": PAYOUT}
ELDERLY = somebody("赵大娘", 5, "19400101")


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


# --- Art. 21 第二十一条: not handed over ---------------------------------------------------------


def test_article_21_a_card_that_nobody_fetched_for_six_months_is_recalled(town: Town) -> None:
    """超过 6 个月未发放到个人: its last day is still its holder's; then it is destroyed by two."""
    town.apply(LI)
    made = town.make(LI)
    number = town.card(made).id
    assert by_law(town)["R-UNCOLLECTED-6M"] == date(2026, 9, 2)
    town.at("2026-09-02 23:59:59")
    with pytest.raises(CustodyRefused):
        custody.recall(town.on.desk(), number)
    town.at("2026-09-03 00:00")
    with town.desk(made) as desk:
        assert "第 21 条" in town.refused(Service.COLLECT, LI, desk)
    custody.recall(town.on.desk(), number)
    custody.destroy(two(town.on.desk(), "逾期未领"), number)
    assert town.card(made).life.state == "destroyed"
    town.apply(LI)  # a person without a card again


def test_article_21_of_the_dead_nothing_is_handed_over_from_the_reminder_on(town: Town) -> None:
    """收到提醒后终止发放, 10 个工作日内完成回收: the Spring Festival's days are not counted."""
    town.at("2026-02-06 09:00")
    town.apply(LI)
    made = town.make(LI)
    document = LI.document
    town.city.card_management.add_death(document.kind.value, document.number, "2026-02-09")
    deaths.take_reminders(town.on.desk())
    with town.desk(made) as desk:
        assert "第 21 条" in town.refused(Service.COLLECT, LI, desk)
    # 9 February; the holidays are 15-23 February, and Saturdays 14 and 28 are worked.
    assert by_law(town)["R-DEAD-10WD"] == date(2026, 2, 28)
    custody.recall(town.on.desk(), town.card(made).id)
    assert town.card(made).life.state == "recalled"


# --- Art. 22 第二十二条: made in time ------------------------------------------------------------


def test_article_22_thirty_days_four_working_days_or_at_once(town: Town, card: Plastic) -> None:
    """30 个自然日 for a first card, 4 个工作日 for another one, at an instant outlet now."""
    town.at("2026-09-29 17:00")  # a Tuesday before the National Day holidays, 1-7 October
    town.apply(ZHOU)
    assert by_law(town)["R-MAKE-30"] == date(2026, 10, 29)
    town.do(Service.RENEW, LI, ONLINE, wishes=RENEWAL)
    assert by_law(town)["R-MAKE-4WD"] == date(2026, 10, 10)  # 30 Sept, 8, 9, and a worked Saturday
    child = {"actor": Actor.GUARDIAN, "by": ZHOU}
    instant = town.on.desk(instant=True)
    answer = town.do(Service.APPLY, CHILD, instant, wishes={**SAID, "instant": "yes"}, **child)
    assert "现场制卡" in told(answer)
    town.do(Service.INSTANT, CHILD, instant, **child)
    made = town.plastic(CHILD)
    with town.on.registry.reading() as tx:
        plea = applications.of_person(tx, town.person(CHILD).id)[0]
    assert plea.progress.state == Progress.MAKING
    production.made(instant, plea.id, made.made)
    with town.desk(made, instant=True, pins=(NEW_PIN, NEW_PIN)) as desk:
        town.do(Service.COLLECT, CHILD, desk, **child)
    assert town.card(made).life.state == "held"


# --- Art. 23 第二十三条: free -------------------------------------------------------------------


def test_article_23_nobody_pays_for_a_card_or_its_delivery(town: Town) -> None:
    """免收工本费和用户发卡快递费: a first card by post, a replacement, a renewal; no fen moves."""
    answer = town.apply(LI, said={**SAID, "by_post": "yes"})
    assert "免收工本费和快递费" in told(answer)
    first = town.make(LI)
    posting.post(town.on.desk(), town.card(first).id, "EA123456789CN")
    posting.delivered(town.on.desk(), town.card(first).id)
    town.do(Service.ENABLE, LI, ONLINE)
    town.do(Service.LOSS_SOCIAL, LI, DISTRICT)
    assert "免收" in told(town.do(Service.REPLACE, LI, ONLINE))
    second = town.make(LI)
    with town.desk(second, pins=(NEW_PIN, NEW_PIN)) as desk:
        town.do(Service.COLLECT, LI, desk)
        town.do(Service.ENABLE, LI, desk)
    assert "免收" in told(town.do(Service.RENEW, LI, ONLINE, wishes=RENEWAL))
    third = town.make(LI)
    with town.desk(third, second, pins=(NEW_PIN, NEW_PIN)) as desk:
        town.do(Service.COLLECT, LI, desk)
    assert town.city.payment.payments == {}


# --- Art. 24 第二十四条: by an agent ------------------------------------------------------------

ENTRUSTED = {Service.ENABLE, Service.LOSS_TEMP, Service.PIN_CHANGE, Service.STATUS}
"""启用、临时挂失、服务密码修改、应用状态查询: these four."""
BY_OTHER_ARTICLES = {
    Service.CANCEL_SOCIAL,
    Service.CANCEL_ALL,
    *(
        each
        for each in Service
        if each.value.startswith("S-FIN-") and each is not Service.FIN_ACTIVATE
    ),
}
"""持卡人或者代理人 (Art. 19) and 代办 by the bank's rules (Art. 20)."""
EMPLOYERS = {Service.GROUP, Service.COLLECT_GROUP}
"""用人单位's own person comes for these (Art. 6, 7)."""
NOBODYS = {Service.TRANSIT_LOAD, Service.FEEDBACK, Service.VISIT}
"""With the card or an opinion in hand, or for who cannot come (Art. 10, 18, 25)."""


def test_article_24_an_agent_does_no_other_service(town: Town, card: Plastic) -> None:
    """Whatever else they bring: what is not named, the holder does."""
    agent = {"actor": Actor.AGENT, "by": ZHOU, "wishes": {**SAID, **RENEWAL}}
    others = set(Service) - ENTRUSTED - BY_OTHER_ARTICLES - NOBODYS - EMPLOYERS
    for service in others:
        with town.desk(card) as desk:
            assert "第 24 条" in town.refused(service, LI, two(desk), **agent), service
    assert len(others) > 15


def test_article_24_the_four_with_both_documents_and_a_written_authorisation(town: Town) -> None:
    """双方有效身份证件原件以及书面授权委托书: all three, for each of the four."""
    card = town.first_card(LI, enabled=False)
    agent = {"actor": Actor.AGENT, "by": ZHOU}
    pins = {Service.PIN_CHANGE: (NEW_PIN, "402836", "402836")}
    for service in (Service.ENABLE, Service.STATUS, Service.PIN_CHANGE, Service.LOSS_TEMP):
        for paper in (Paper.ID, Paper.ACTOR_ID, Paper.AUTHORISATION):
            with town.desk(card, at=DISTRICT) as desk:
                why = town.refused(service, LI, desk, papers=ALL_PAPERS - {paper}, **agent)
            assert "第 24 条" in why or "第 8 条" in why or "第 12 条" in why
        with town.desk(card, at=DISTRICT, pins=pins.get(service, ())) as desk:
            town.do(service, LI, desk, **agent)
    assert town.state(card) == "temp_lost"


# --- Art. 25 第二十五条: at home ----------------------------------------------------------------


def test_article_25_a_bank_comes_to_who_cannot_come(town: Town) -> None:
    """上门服务: two go, and do there what the counter does, but for what the counter alone may."""
    card = town.first_card(ELDERLY)
    wishes = {"address": "朝阳区某街 1 号", "services": "S-PIN-RESET S-STATUS S-FIN-ACTIVATE"}
    town.refused(Service.VISIT, ELDERLY, error=SecondWanted, wishes=wishes)
    answer = town.do(Service.VISIT, ELDERLY, two(town.on.desk(), "高龄，行动不便"), wishes=wishes)
    assert "重置服务密码" in values(answer)["可以上门办理"]
    assert "激活金融功能" in values(answer)["不能上门办理"]
    with town.desk(card, pins=("402836", "402836")) as desk:
        at_home = replace(desk, where=replace(desk.where, visiting=True))
        town.do(Service.PIN_RESET, ELDERLY, at_home)


# --- Art. 26 第二十六条: what is meant by a card -------------------------------------------------


def test_article_26_a_card_of_another_region_is_read_and_not_served(town: Town) -> None:
    """(四): 北京市发行的第三代社会保障卡; its holder is sent to where it was issued."""
    of_tianjin = "120000D156000005" + "0" * 16
    town.first_card(LI)
    for service in (Service.ENABLE, Service.PIN_RESET, Service.RENEW):
        desk = lying(town.on.desk(), of_tianjin)
        why = town.refused(service, LI, desk, wishes=RENEWAL)
        assert "不是北京市发行" in why
        assert "第 26 条" in why


# --- Art. 27 第二十七条: cards from before ------------------------------------------------------


def test_article_27_an_older_card_goes_on_and_its_social_function_ends_with_the_new_one(
    town: Town,
) -> None:
    """仍可继续使用; by 申领 there is a new card, and the old one stays where it is."""
    person = town.on.person(LI.name, 7)
    old = town.on.card(person, generation=Generation.SECOND, financial=Financial.ON)
    town.do(Service.STATUS, LI, DISTRICT)
    for service in (Service.RENEW, Service.REPLACE, Service.TRANSIT_LOAD):
        why = town.refused(service, LI, lying(town.on.desk(), old), wishes=RENEWAL)
        assert "申领第三代" in why
    answer = town.apply(LI)
    assert "不收回" in told(answer)
    new = town.make(LI)
    with town.desk(new, pins=(NEW_PIN, NEW_PIN)) as desk:
        town.do(Service.COLLECT, LI, desk)
        assert town.on.look(old).social.state == "on"
        town.do(Service.ENABLE, LI, desk, card=new)
    after = town.on.look(old)
    assert (after.social.state, after.life.state) == ("ended", "held")
    assert after.financial.state == "on"  # 可自行选择是否注销
    do(town.on, Service.FIN_CANCEL, person, card=old.id)
    assert [each["matter"] for each in town.city.bank.referrals] == ["cancel"]


def test_article_27_what_is_made_now_has_all_functions(town: Town) -> None:
    """除社会保障功能以外，还具备公共服务和金融功能."""
    card = town.card(town.first_card(LI))
    states = (card.social, card.financial, card.transit, card.park)
    assert "none" not in {each.state for each in states}
    assert card.generation is Generation.THIRD


# --- Art. 28 第二十八条: the account is the bank's ------------------------------------------------


def test_article_28_of_the_account_the_bank_has_the_word(town: Town, card: Plastic) -> None:
    """按照中国人民银行相关规定: where the bank and our records differ, the bank's word is told."""
    town.do(Service.LOSS_TEMP, LI, Channel.HOTLINE)
    account = town.card(card).account or ""
    town.city.bank.restore_financial("by-its-own-rules", account)
    assert "银行确认" in values(town.do(Service.STATUS, LI))["金融功能"]
    assert town.state(card, Kind.FINANCIAL) == "on"
    town.city.bank.cancel_account("by-itself", account)
    assert "以银行为准" in values(town.do(Service.STATUS, LI))["金融功能"]


# --- Art. 29 第二十九条: from when --------------------------------------------------------------


def test_article_29_from_the_first_second_of_2026(town: Town) -> None:
    """自 2026 年 1 月 1 日起施行: a counter whose clock says otherwise does nothing by them."""
    town.at("2025-12-31 23:59:59")
    assert "第 29 条" in town.refused(Service.APPLY, LI, wishes=SAID)
    town.at("2026-01-01 00:00")
    town.apply(LI)
    assert newest(town.on).applied_at == moment("2026-01-01 00:00")
