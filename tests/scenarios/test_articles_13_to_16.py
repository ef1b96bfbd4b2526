"""The Implementing Rules 2025, Art. 13-16, each as a short story from its holder's view.

What is asserted is what the article says (实施细则第十三条至第十六条), on real chips where one is
touched; the other articles are in the files beside this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from offered import told, two, values
from registry import ALL_PAPERS, OTHER_BANK
from town import BANK_DESK, DISTRICT, NEW_PIN, ONLINE, PAYOUT, Dead, Plastic, Town, somebody

from card_profiles.park_pass import PassState
from terminal.errors import CustodyRefused, RequestWrong, SecondPersonNeeded, SecondWanted
from terminal.registry import destructions
from terminal.registry.machines import Kind
from terminal.rules.vocabulary import Channel, Paper, Service
from terminal.services.offered import custody

LI = somebody("李小明", 7)
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


# --- Art. 13 第十三条: lost ---------------------------------------------------------------------


@pytest.mark.parametrize("channel", [Channel.HOTLINE, ONLINE, DISTRICT, BANK_DESK])
def test_article_13_a_temporary_loss_stops_both_functions_at_once(
    town: Town, card: Plastic, channel: Channel
) -> None:
    """By 96066, online, or at any counter: 即时暂停, at the bank as well; the risk is told."""
    answer = town.do(Service.LOSS_TEMP, LI, channel, papers=frozenset())
    assert town.state(card) == "temp_lost"
    assert (town.state(card, Kind.FINANCIAL), town.account(card)) == (
        "stopped",
        "stopped_temporary",
    )
    assert answer.owed == ()
    assert "风险由持卡人承担" in told(answer)


def test_article_13_after_15_natural_days_it_comes_back_by_itself(
    town: Town, card: Plastic
) -> None:
    """Reported on 2 March it ends with 17 March: not a second earlier, and nobody does anything."""
    town.do(Service.LOSS_TEMP, LI, Channel.HOTLINE)
    town.at("2026-03-17 23:59:59")
    assert town.state(card) == "temp_lost"
    for by_hand in (Service.UNLOSS, Service.ENABLE):
        with town.desk(card) as desk:
            assert "自动恢复" in town.refused(by_hand, LI, desk)
    town.at("2026-03-18 00:00")
    assert town.state(card) == "on"
    assert town.account(card) == "stopped_temporary"  # when that is back is the bank's rule


def test_article_13_a_formal_loss_within_the_term_stays(town: Town, card: Plastic) -> None:
    """在临时挂失有效期内未办理正式挂失的: who reports formally gets nothing back by itself."""
    town.do(Service.LOSS_TEMP, LI, Channel.HOTLINE)
    town.at("2026-03-17 23:59:59")
    town.do(Service.LOSS_SOCIAL, LI, DISTRICT)
    town.at("2026-06-01 00:00")
    assert town.state(card) == "lost"


def test_article_13_what_is_not_named_is_not_stopped(town: Town, card: Plastic) -> None:
    """社会保障功能和金融功能: the purse on the chip goes on, whoever has the card."""
    town.do(Service.LOSS_TEMP, LI, Channel.HOTLINE)
    town.load(LI, card, 2_000)
    assert card.money == 2_000


def test_article_13_a_formal_loss_wants_the_document_at_district_or_issuing_bank(
    town: Town, card: Plastic
) -> None:
    """持本人有效身份证件原件: not by telephone, not online, not at another bank."""
    for channel in (Channel.HOTLINE, ONLINE):
        for service in (Service.LOSS_SOCIAL, Service.LOSS_FULL):
            assert "第 13 条" in town.refused(service, LI, channel)
    for service in (Service.LOSS_SOCIAL, Service.LOSS_FULL):
        why = town.refused(service, LI, town.on.desk(bank=OTHER_BANK))
        assert "发卡合作银行" in why
        assert "临时挂失" in why  # what can be done there at once
        assert "有效身份证件原件" in town.refused(service, LI, papers=frozenset())
    town.do(Service.LOSS_FULL, LI, papers=frozenset({Paper.ID}))
    assert (town.state(card), town.account(card)) == ("lost", "stopped_formal")


def test_article_13_a_district_outlet_reports_the_social_function_only(
    town: Town, card: Plastic
) -> None:
    """仅可办理社会保障功能正式挂失: for the money it sends to the bank, and can stop it now."""
    why = town.refused(Service.LOSS_FULL, LI, DISTRICT)
    assert "第 13 条" in why
    assert "发卡合作银行" in why
    answer = town.do(Service.LOSS_SOCIAL, LI, DISTRICT)
    assert "发卡合作银行网点" in told(answer)
    assert (town.state(card), town.account(card)) == ("lost", "active")
    town.do(Service.LOSS_TEMP, LI, DISTRICT)
    assert (town.state(card), town.account(card)) == ("lost", "stopped_temporary")
    town.do(Service.LOSS_FULL, LI)
    assert town.account(card) == "stopped_formal"


# --- Art. 14 第十四条: found again --------------------------------------------------------------


def test_article_14_lifted_at_once_with_document_and_card(town: Town, card: Plastic) -> None:
    """原有社会保障功能即时恢复; not without the card in hand, nor without the document."""
    town.do(Service.LOSS_FULL, LI)
    for paper in (Paper.ID, Paper.CARD):
        assert "第 14 条" in town.refused(Service.UNLOSS, LI, papers=ALL_PAPERS - {paper})
    for channel in (ONLINE, Channel.HOTLINE):
        assert "不办理" in town.refused(Service.UNLOSS, LI, channel)
    with town.desk(card, bank=OTHER_BANK) as desk:
        town.refused(Service.UNLOSS, LI, desk)
    with town.desk(card) as desk:
        town.do(Service.UNLOSS, LI, desk)
    assert (town.state(card), town.account(card)) == ("on", "active")


def test_article_14_a_function_that_was_not_on_is_not_on_after_it(town: Town) -> None:
    """原有: what comes back is what there was."""
    card = town.first_card(LI, enabled=False)
    town.do(Service.LOSS_SOCIAL, LI, DISTRICT)
    with town.desk(card, at=DISTRICT) as desk:
        town.do(Service.UNLOSS, LI, desk)
    assert town.state(card) == "off"


def test_article_14_never_once_a_replacement_was_applied_for(town: Town, card: Plastic) -> None:
    """已办理补领业务的，旧卡不再办理解挂业务: neither while it is made, nor ever after."""
    town.do(Service.LOSS_FULL, LI)
    town.do(Service.REPLACE, LI)
    new = town.make(LI)
    for where in (BANK_DESK, DISTRICT):
        with town.desk(card, at=where) as desk:
            assert "不能再恢复" in town.refused(Service.UNLOSS, LI, desk, card=card)
    with town.desk(new, pins=(NEW_PIN, NEW_PIN)) as desk:
        town.do(Service.COLLECT, LI, desk)
        town.do(Service.ENABLE, LI, desk)
    with town.desk(card) as desk:
        town.refused(Service.UNLOSS, LI, desk, card=card)
    assert (town.state(card), town.state(new)) == ("ended", "on")


# --- Art. 15 第十五条: replaced -----------------------------------------------------------------


def test_article_15_replaced_after_a_formal_loss_online_or_at_the_issuing_bank(
    town: Town, card: Plastic
) -> None:
    """正式挂失后: a temporary loss is not enough; whom a subsidy is paid to reports the number."""
    assert "第 15 条" in town.refused(Service.REPLACE, LI)
    town.do(Service.LOSS_TEMP, LI, Channel.HOTLINE)
    assert "正式挂失" in town.refused(Service.REPLACE, LI)
    town.do(Service.LOSS_SOCIAL, LI, DISTRICT)
    assert "不办理" in town.refused(Service.REPLACE, LI, DISTRICT)
    town.refused(Service.REPLACE, LI, town.on.desk(bank=OTHER_BANK))
    assert "有效身份证件原件" in town.refused(Service.REPLACE, LI, papers=frozenset())
    answer = town.do(Service.REPLACE, LI, ONLINE, papers=frozenset())
    assert "变更银行卡号" in told(answer)
    new = town.make(LI)
    with town.desk(new, pins=(NEW_PIN, NEW_PIN)) as desk:
        assert "变更银行卡号" in told(town.do(Service.COLLECT, LI, desk))
        town.do(Service.FIN_ACTIVATE, LI, desk)
    assert town.card(new).account != town.card(card).account
    assert town.account(new) == "active"
    assert town.account(card) in {"stopped_formal", "cancelled"}


# --- Art. 16 第十六条: renewed ------------------------------------------------------------------


@pytest.mark.parametrize("ground", ["face", "chip"])
def test_article_16_renewed_on_one_of_the_grounds_and_on_no_other(
    town: Town, card: Plastic, ground: str
) -> None:
    """卡面污损、芯片损坏: with document and old card at the issuing bank, or applied for online."""
    wishes = {"payout": PAYOUT}
    assert "第 16 条" in town.refused(Service.RENEW, LI, wishes=wishes)
    assert "第 16 条" in town.refused(Service.RENEW, LI, wishes={**wishes, "grounds": "colour"})
    asked = {**wishes, "grounds": ground}
    for paper in (Paper.ID, Paper.CARD):
        town.refused(Service.RENEW, LI, papers=ALL_PAPERS - {paper}, wishes=asked)
    assert "不办理" in town.refused(Service.RENEW, LI, DISTRICT, wishes=asked)
    answer = town.do(Service.RENEW, LI, ONLINE, papers=frozenset(), wishes=asked)
    assert "变更银行卡号" in told(answer)
    assert town.state(card) == "on"


def test_article_16_a_chip_that_works_is_no_damaged_chip(town: Town, card: Plastic) -> None:
    """不能在读卡设备上读写: the reader on the desk says otherwise, so two people decide."""
    asked = {"grounds": "chip", "payout": PAYOUT}
    with town.desk(card) as desk:
        town.refused(Service.RENEW, LI, desk, error=SecondWanted, wishes=asked)
        town.do(Service.RENEW, LI, two(desk, "时好时坏"), wishes=asked)


def test_article_16_the_money_goes_to_the_account_to_the_fen_and_the_pass_moves(
    town: Town, card: Plastic
) -> None:
    """On collecting: 剩余金额退还至指定账户, 现场转移至新卡; the old card is taken back there."""
    town.load(LI, card, 12_345)
    with town.desk(card) as desk:
        town.do(Service.PARK_BUY, LI, desk, wishes={"year": "2026"})
        town.do(Service.RENEW, LI, desk, wishes=RENEWAL)
    new = town.make(LI)
    with town.desk(new) as desk:
        without = ALL_PAPERS - {Paper.CARD}
        assert "旧卡" in town.refused(Service.COLLECT, LI, desk, papers=without)
    with town.desk(new, card, pins=(NEW_PIN, NEW_PIN)) as desk:
        answer = town.do(Service.COLLECT, LI, desk)
    paid = [(each["account_number"], each["amount_fen"]) for each in town.city.bank.payouts]
    assert paid == [(PAYOUT, 12_345)]
    assert "123.45 元" in values(answer)["交通余额"]
    assert (card.money, new.money) == (0, 0)
    assert (card.passes, new.passes) == ({2026: PassState.MOVED}, {2026: PassState.SOLD})
    assert town.card(card).life.state == "taken_back"


def test_article_16_no_money_without_a_named_account(town: Town, card: Plastic) -> None:
    """持卡人指定银行金融账户: somebody has to say where it goes, before it leaves the card."""
    town.load(LI, card, 1)
    town.do(Service.RENEW, LI, wishes={"grounds": "face"})
    new = town.make(LI)
    with town.desk(new, card) as desk:
        town.refused(Service.COLLECT, LI, desk, error=RequestWrong)
    assert (card.money, town.card(card).life.state) == (1, "held")
    with town.desk(new, card, pins=(NEW_PIN, NEW_PIN)) as desk:
        town.do(Service.COLLECT, LI, desk, wishes={"payout": PAYOUT})
    assert [each["amount_fen"] for each in town.city.bank.payouts] == [1]


def renewed(town: Town, card: Plastic) -> Plastic:
    """Have a card renewed and the new one collected."""
    town.do(Service.RENEW, LI, wishes=RENEWAL)
    new = town.make(LI)
    with town.desk(new, card, pins=(NEW_PIN, NEW_PIN)) as desk:
        town.do(Service.COLLECT, LI, desk)
    return new


def test_article_16_the_old_card_works_until_the_new_one_is_enabled(
    town: Town, card: Plastic
) -> None:
    """自持卡人启用新卡时失效: not when it is handed in, and all of them at once."""
    new = renewed(town, card)
    assert (town.state(card), town.state(card, Kind.FINANCIAL)) == ("on", "on")
    assert town.state(new) == "off"
    town.do(Service.ENABLE, LI, ONLINE)
    assert town.state(new) == "on"
    for function in (Kind.SOCIAL, Kind.FINANCIAL, Kind.TRANSIT, Kind.PARK):
        assert town.state(card, function) == "ended"


def test_article_16_the_old_card_is_taken_back_and_destroyed_on_record(
    town: Town, card: Plastic
) -> None:
    """由发卡合作银行现场收回，统一销毁: by two people, once its functions have ended."""
    new = renewed(town, card)
    number = town.card(card).id
    with pytest.raises(CustodyRefused):
        custody.destroy(two(town.on.desk()), number)  # its functions live on
    town.do(Service.ENABLE, LI, ONLINE)
    with pytest.raises(SecondPersonNeeded):
        custody.destroy(town.on.desk(), number)
    custody.destroy(two(town.on.desk(), "月度销毁"), number)
    assert town.card(card).life.state == "destroyed"
    with town.on.registry.reading() as tx:
        record = destructions.of_card(tx, number)
    assert record is not None
    assert {record.operator, record.second} == {"wang", "li"}
    assert town.card(new).life.state == "held"


def test_article_16_a_dead_chip_is_handed_in_all_the_same(town: Town, card: Plastic) -> None:
    """芯片损坏: clearing knows the money, the park system the pass; both go over."""
    town.load(LI, card, 7_350)
    with town.desk(card) as desk:
        town.do(Service.PARK_BUY, LI, desk, wishes={"year": "2026"})
    number = town.card(card).transit_number or ""
    town.city.clearing.add_card(number, 7_350)
    town.do(Service.RENEW, LI, wishes={"grounds": "chip", "payout": PAYOUT})
    new = town.make(LI)
    with town.desk(new, Dead(), pins=(NEW_PIN, NEW_PIN)) as desk:
        town.do(Service.COLLECT, LI, desk, wishes={"old_chip": "dead"})
    assert new.passes == {2026: PassState.SOLD}
    (settled,) = town.city.clearing.settlements.values()
    assert (settled["amount_fen"], settled["account_number"]) == (7_350, PAYOUT)
    assert number in town.city.clearing.blocked


def test_article_16_the_bank_may_be_changed_and_the_issuing_bank_helps(
    town: Town, card: Plastic
) -> None:
    """根据实际需要变更合作银行: no ground is asked; within six months in principle not again."""
    wishes = {"bank": OTHER_BANK, "payout": PAYOUT}
    with town.desk(card) as desk:
        answer = town.do(Service.BANK_CHANGE, LI, desk, wishes=wishes)
    assert "6 个月" in told(answer)
    assert "变更银行卡号" in told(answer)
    new = town.make(LI)
    with town.desk(new, card, bank=OTHER_BANK, pins=(NEW_PIN, NEW_PIN)) as desk:
        town.do(Service.COLLECT, LI, desk)
        town.do(Service.FIN_ACTIVATE, LI, desk)
    assert (town.card(new).bank, town.state(card)) == (OTHER_BANK, "ended")
    assert town.card(card).life.state == "taken_back"
    back = {"bank": "BOB", "payout": PAYOUT}
    with town.desk(new, bank=OTHER_BANK) as desk:
        why = town.refused(Service.BANK_CHANGE, LI, desk, error=SecondWanted, wishes=back)
    assert "6 个月" in why
