"""The Implementing Rules 2025, Art. 2-7, each as a short story from its holder's view.

What is asserted is what the article says (实施细则第二条至第七条), on real chips where one is
touched; the other articles are in the files beside this one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from applying import SAID
from offered import told, values
from registry import ALL_PAPERS, BANK, OTHER_BANK, citizen_id
from town import BANK_DESK, DISTRICT, NEW_PIN, ONLINE, PAYOUT, Town, somebody

from terminal.errors import (
    RequestWrong,
    RuleRefused,
)
from terminal.registry import applications
from terminal.rules.states import Progress
from terminal.rules.vocabulary import Actor, Channel, Paper, Service
from terminal.services.offered import hand_out, posting, production
from terminal.services.offered.answer import Answer

LI = somebody("李小明", 7)
WANG = somebody("王建国", 8)
ZHAO = somebody("赵红", 12)
OTHER_PIN, LAST_PIN = "402836", "519027"
FIRM = {
    "bank": BANK,
    "employer": "某某科技有限公司",
    "licence": "91110105MA01ABCDEF",
    "contact": "13700000000",
}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.close()


# --- Art. 2 第二条: who may apply ----------------------------------------------------------


def test_article_02_the_insured_and_the_entitled_may_apply_and_nobody_else(town: Town) -> None:
    """Who is insured here, or entitled to what state or city put on the card; else not."""
    known = town.city.data_sharing.add_person
    known(LI.document.number, LI.name, insured=True)
    known(WANG.document.number, WANG.name, insured=False, entitlements=["elderly"])
    known(ZHAO.document.number, ZHAO.name, insured=False)
    town.apply(LI)
    town.apply(WANG)
    assert "第 2 条" in town.refused(Service.APPLY, ZHAO, wishes=SAID)


# --- Art. 3 第三条: where what is done -----------------------------------------------------


def test_article_03_what_a_street_outlet_does_and_what_it_does_not(town: Town) -> None:
    """Each service of (一) is done there, one after the other; each other one is sent on."""
    town.city.data_sharing.add_person(LI.document.number, LI.name, closed=True)
    town.apply(LI, DISTRICT)
    made = town.make(LI)
    for elsewhere in (Service.COLLECT, Service.TRANSIT_LOAD, Service.FIN_ACTIVATE):
        assert "不办理" in town.refused(elsewhere, LI, DISTRICT)
    with town.desk(made, pins=(NEW_PIN, NEW_PIN)) as desk:
        town.do(Service.COLLECT, LI, desk)
    typed = (NEW_PIN, OTHER_PIN, OTHER_PIN, LAST_PIN, LAST_PIN)
    with town.desk(made, at=DISTRICT, pins=typed) as desk:
        town.do(Service.ENABLE, LI, desk)
        town.do(Service.PIN_CHANGE, LI, desk)
        town.do(Service.PIN_RESET, LI, desk)
        town.do(Service.STATUS, LI, desk)
    with town.desk(made, at=DISTRICT, pins=(LAST_PIN,)) as desk:
        town.do(Service.DATA_MINOR, LI, desk, wishes={"mobile": "13900000000"})
    town.do(Service.LOSS_TEMP, LI, DISTRICT)
    town.do(Service.LOSS_SOCIAL, LI, DISTRICT)
    for elsewhere in (Service.REPLACE, Service.LOSS_FULL, Service.TRANSIT_REFUND):
        assert "不办理" in town.refused(elsewhere, LI, DISTRICT)
    with town.desk(made, at=DISTRICT) as desk:
        town.do(Service.UNLOSS, LI, desk)
    for elsewhere in (Service.RENEW, Service.PARK_BUY, Service.FIN_CANCEL, Service.CANCEL_ALL):
        assert "不办理" in town.refused(elsewhere, LI, DISTRICT)
    town.do(Service.CANCEL_SOCIAL, LI, DISTRICT)
    assert town.state(made) == "cancelled"


def test_article_03_a_partner_bank_gives_the_transit_money_back(town: Town) -> None:
    """(二) 3 交通账户退资: all of it, at any partner bank; card and functions stay as they are."""
    card = town.first_card(LI)
    town.load(LI, card, 4_321)
    for channel in (DISTRICT, ONLINE, Channel.TRANSIT):
        assert "不办理" in town.refused(Service.TRANSIT_REFUND, LI, channel)
    with town.desk(card, bank=OTHER_BANK) as desk:
        answer = town.do(Service.TRANSIT_REFUND, LI, desk, wishes={"method": "cash"})
    assert "43.21 元" in values(answer)["退资"]
    assert (card.money, town.city.payment.till_fen) == (0, 0)
    assert town.state(card) == "on"
    town.load(LI, card, 100)  # and the purse may be filled again
    assert card.money == 100


def test_article_03_online_one_gets_a_card_and_looks_after_it(town: Town) -> None:
    """(三): apply, enable, report, replace, renew, PIN, state, minor data, without a counter."""
    town.apply(LI, ONLINE, said={**SAID, "photo": "aGVsbG8="})
    first = town.make(LI)
    with town.desk(first) as desk:
        town.do(Service.COLLECT, LI, desk.with_chip(None))
    town.do(Service.ENABLE, LI, ONLINE)
    assert town.state(first) == "on"
    for pin in (Service.PIN_SET, Service.PIN_CHANGE, Service.PIN_RESET):
        town.do(pin, LI, ONLINE)
    town.do(Service.STATUS, LI, ONLINE)
    town.do(Service.DATA_MINOR, LI, ONLINE, wishes={"address": "北京市海淀区某路 2 号"})
    renewal = {"grounds": "face", "payout": PAYOUT}
    town.do(Service.RENEW, LI, ONLINE, wishes=renewal)
    with town.on.registry.reading() as tx:
        plea = applications.all_open(tx)[0]
    production.withdraw(town.on.desk(), plea.id)
    town.do(Service.LOSS_TEMP, LI, ONLINE)
    for at_a_counter in (Service.LOSS_SOCIAL, Service.LOSS_FULL):
        assert "不办理" in town.refused(at_a_counter, LI, ONLINE)
    town.do(Service.LOSS_SOCIAL, LI, DISTRICT)
    town.do(Service.REPLACE, LI, ONLINE)
    assert town.state(first) == "replaced"


# --- Art. 4 第四条: verified before it is made ---------------------------------------------


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"name": "李大明"}, "不一致"),
        ({"alive": False}, "死亡"),
        ({"insured": False}, "未在本市参加社会保险"),
        ({"card": "in_force"}, "一人一卡"),
    ],
)
def test_article_04_who_is_not_as_they_say_gets_no_card(
    town: Town, facts: dict[str, object], word: str
) -> None:
    """Identity, life, insurance and the one card are asked of the authorities before it is made."""
    town.apply(LI)  # the platform does not know better yet
    said = {"name": LI.name, **facts}
    town.city.data_sharing.add_person(LI.document.number, **said)
    with town.on.registry.reading() as tx:
        plea = applications.all_open(tx)[0]
    step = production.verify(town.on.desk(), plea.id)
    assert step.application.progress.state == Progress.REFUSED
    assert any(word in each.why.zh for each in step.reasons)
    assert {each.article for each in step.reasons} <= {"2", "4"}
    assert town.city.bank.accounts == {}


def test_article_04_one_person_one_card(town: Town) -> None:
    """While one is being made or in force there is no other: at no counter, on no way."""
    town.apply(LI)
    for channel in (BANK_DESK, DISTRICT, ONLINE):
        wishes = {**SAID, "photo": "aGVsbG8=", "bank": OTHER_BANK}
        assert "第 4 条" in town.refused(Service.APPLY, LI, channel, wishes=wishes)
    card = town.make(LI)
    with town.desk(card, pins=(NEW_PIN, NEW_PIN)) as desk:
        town.do(Service.COLLECT, LI, desk)
        town.do(Service.ENABLE, LI, desk)
    assert "第 4 条" in town.refused(Service.APPLY, LI, wishes=SAID)


def test_article_04_no_account_where_the_bank_finds_a_difference(town: Town) -> None:
    """比对信息无误后方可开立: the bank says no, so there is no account and no card."""
    town.city.bank.refuse_person(LI.document.number, "证件有效期不符", "the validity differs")
    town.apply(LI)
    with town.on.registry.reading() as tx:
        plea = applications.all_open(tx)[0]
    step = production.verify(town.on.desk(), plea.id)
    assert step.application.progress.state == Progress.REFUSED
    assert "证件有效期不符" in step.reasons[0].why.zh
    assert town.city.bank.accounts == {}
    town.apply(LI, said={**SAID, "valid_until": "2040-01-01"})  # corrected, they apply anew


# --- Art. 5 第五条: what the applicant brings and says -------------------------------------


@pytest.mark.parametrize("item", ["bank", "mobile", "occupation", "address"])
def test_article_05_every_item_is_said(town: Town, item: str) -> None:
    """职业、手机号码、常住地址 and the chosen bank: without one of them there is no application."""
    said = {name: value for name, value in SAID.items() if name != item}
    error = RuleRefused if item == "bank" else RequestWrong
    town.refused(Service.APPLY, LI, error=error, wishes=said)
    town.apply(LI)


def test_article_05_the_documents_original_and_a_photo(town: Town) -> None:
    """有效身份证件原件以及个人照片: seen at the desk; an expired document is not valid."""
    for paper, word in ((Paper.ID, "有效身份证件原件"), (Paper.PHOTO, "个人照片")):
        why = town.refused(Service.APPLY, LI, papers=ALL_PAPERS - {paper}, wishes=SAID)
        assert word in why
        assert "第 5 条" in why
    expired = {**SAID, "valid_until": "2026-03-01"}
    assert "有效期" in town.refused(Service.APPLY, LI, error=RequestWrong, wishes=expired)
    town.apply(LI, said={**SAID, "valid_until": "2026-03-02"})  # its last day


# --- Art. 6 第六条: by the employer --------------------------------------------------------


def row(sequence: int, name: str, *, confirmed: bool = True) -> dict[str, object]:
    said = {name: value for name, value in SAID.items() if name != "bank"}
    return {
        "document": "citizen_id",
        "number": citizen_id(sequence),
        "name": name,
        "confirmed": confirmed,
        **said,
    }


def employer_applies(town: Town, *rows: dict[str, object], at: Channel = ONLINE) -> Answer:
    wishes = {**FIRM, "rows": json.dumps(rows)}
    return town.do(Service.GROUP, None, at, actor=Actor.EMPLOYER, by=ZHAO, wishes=wishes)


@pytest.mark.parametrize("channel", [ONLINE, BANK_DESK])
def test_article_06_together_where_each_has_confirmed_and_alone_where_not(
    town: Town, channel: Channel
) -> None:
    """Online or at a bank; who did not confirm their own data applies by themselves."""
    answer = employer_applies(town, row(7, "李小明"), row(8, "王建国", confirmed=False), at=channel)
    assert (values(answer)["已受理"], values(answer)["未受理"]) == ("1 人", "1 人")
    assert "未经本人确认" in values(answer)["第 2 行"]
    assert "按个人申领流程办理" in told(answer)
    town.apply(WANG)
    assert "第 6 条" in town.refused(
        Service.GROUP, None, DISTRICT, actor=Actor.EMPLOYER, by=ZHAO, wishes=FIRM
    )


# --- Art. 7 第七条: collected --------------------------------------------------------------


def test_article_07_told_when_it_is_made_and_fetched_at_the_chosen_bank(town: Town) -> None:
    """及时通知; then 所选合作银行, against the document."""
    town.apply(LI)
    assert town.texts == []
    made = town.make(LI)
    assert any("已制成" in each or "领取" in each for each in town.texts)
    with town.desk(made, bank=OTHER_BANK) as desk:
        assert "第 7 条" in town.refused(Service.COLLECT, LI, desk)
    with town.desk(made, pins=(NEW_PIN, NEW_PIN)) as desk:
        without = ALL_PAPERS - {Paper.ID}
        assert "有效身份证件原件" in town.refused(Service.COLLECT, LI, desk, papers=without)
        town.do(Service.COLLECT, LI, desk)
    assert town.card(made).life.state == "held"


def test_article_07_or_it_comes_by_post(town: Town) -> None:
    """通过邮寄方式领取, where the applicant wanted that; theirs once it is received."""
    town.apply(LI, said={**SAID, "by_post": "yes"})
    made = town.make(LI)
    desk, number = town.on.desk(), town.card(made).id
    posting.post(desk, number, "EA123456789CN")
    assert town.card(made).life.state == "posted"
    posting.delivered(desk, number)
    assert town.card(made).life.state == "held"
    assert town.state(made) == "off"


def test_article_07_the_employer_fetches_hands_out_and_brings_the_rest_back(town: Town) -> None:
    """With licence, authorisation (unless 法定代表人) and own document; 30 natural days."""
    employer_applies(town, row(7, "李小明"), row(8, "王建国"))
    production.run_due(town.on.desk())
    with town.on.registry.reading() as tx:
        pleas = applications.of_batch(tx, 1)
    cards = []
    for plea, who in zip(pleas, (LI, WANG), strict=True):
        made = town.plastic(who)
        production.made(town.on.desk(), plea.id, made.made)
        cards.append(made)
    asked = {"actor": Actor.EMPLOYER, "by": ZHAO}
    batch = {"batch": "1"}
    for paper in (Paper.LICENCE, Paper.FIRM_AUTHORISATION, Paper.ACTOR_ID):
        lacking = ALL_PAPERS - {paper}
        why = town.refused(Service.COLLECT_GROUP, None, papers=lacking, wishes=batch, **asked)
        assert "第 7 条" in why
    boss = {**batch, "legal_representative": "yes"}
    without = ALL_PAPERS - {Paper.FIRM_AUTHORISATION}
    answer = town.do(Service.COLLECT_GROUP, None, papers=without, wishes=boss, **asked)
    assert values(answer)["未发放的卡退回期限"] == "2026年4月1日24时"  # 2 March and 30 days
    first, second = (town.card(each).id for each in cards)
    done = hand_out.report(town.on.desk(), 1, [first], [second])
    assert (done.held, done.returned, done.out) == (1, 1, 0)
    town.do(Service.ENABLE, LI, ONLINE)
