"""The Implementing Rules 2025, Art. 8-12, each as a short story from its holder's view.

What is asserted is what the article says (实施细则第八条至第十二条), on real chips where one is
touched; the other articles are in the files beside this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from offered import values
from registry import ALL_PAPERS, BANK, OTHER_BANK
from town import BANK_DESK, DISTRICT, NEW_PIN, ONLINE, Town, somebody

from card_profiles.park_pass import PassState
from emulator.park_system import ParkSystem
from terminal.errors import (
    PartySaysNo,
    PassExists,
    PassNotEligible,
    PendingFirst,
    PinWrong,
)
from terminal.rules.vocabulary import Actor, Channel, Paper, Service

LI = somebody("李小明", 7)
WANG = somebody("王建国", 8)
ZHAO = somebody("赵红", 12)
OTHER_PIN, LAST_PIN = "402836", "519027"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.close()


# --- Art. 8 第八条: enabled ----------------------------------------------------------------


def test_article_08_enabled_online_or_with_document_and_card_where_it_was_issued(
    town: Town,
) -> None:
    """A new card has nothing on; a district outlet or the issuing bank wants both originals."""
    card = town.first_card(LI, enabled=False)
    assert town.state(card) == "off"
    with town.desk(card, bank=OTHER_BANK) as desk:
        assert "发卡合作银行" in town.refused(Service.ENABLE, LI, desk)
    for paper in (Paper.ID, Paper.CARD):
        with town.desk(card, at=DISTRICT) as desk:
            why = town.refused(Service.ENABLE, LI, desk, papers=ALL_PAPERS - {paper})
        assert "第 8 条" in why
    with town.desk(card, at=DISTRICT) as desk:
        town.do(Service.ENABLE, LI, desk)
    assert town.state(card) == "on"
    other = town.first_card(WANG, enabled=False)
    town.do(Service.ENABLE, WANG, ONLINE, papers=frozenset())
    assert town.state(other) == "on"


# --- Art. 9 第九条: the financial function -------------------------------------------------


def test_article_09_activated_at_the_issuing_banks_counter_never_alone(town: Town) -> None:
    """In person with both originals; the social function is enabled in the same step."""
    card = town.first_card(LI, enabled=False)
    for channel in (DISTRICT, ONLINE, Channel.HOTLINE, Channel.BANK_PHONE):
        assert "不办理" in town.refused(Service.FIN_ACTIVATE, LI, channel)
    with town.desk(card) as desk:
        there = replace(desk, where=replace(desk.where, visiting=True))
        assert "柜面" in town.refused(Service.FIN_ACTIVATE, LI, there)
        for paper in (Paper.ID, Paper.CARD):
            town.refused(Service.FIN_ACTIVATE, LI, desk, papers=ALL_PAPERS - {paper})
        agent = {"actor": Actor.AGENT, "by": ZHAO}
        assert "第 24 条" in town.refused(Service.FIN_ACTIVATE, LI, desk, **agent)
        assert (town.state(card), town.account(card)) == ("off", "opened")
        town.do(Service.FIN_ACTIVATE, LI, desk)
    assert (town.state(card), town.account(card)) == ("on", "active")


def test_article_09_a_bank_that_says_no_leaves_the_social_function_off_too(town: Town) -> None:
    """What is done together comes to nothing together; the social one may be enabled alone."""
    card = town.first_card(LI, enabled=False)
    town.city.bank.cancel_account("bank-by-itself", town.card(card).account or "")
    with town.desk(card) as desk:
        town.refused(Service.FIN_ACTIVATE, LI, desk, error=PartySaysNo)
        assert town.state(card) == "off"
        town.do(Service.ENABLE, LI, desk)
    assert town.state(card) == "on"


# --- Art. 10 第十条: transit ---------------------------------------------------------------


def test_article_10_topped_up_with_the_card_at_any_partner_bank(town: Town) -> None:
    """持卡: no document, no name; also before anything is enabled; at the transit company's too."""
    card = town.first_card(LI, enabled=False)
    only_card = frozenset({Paper.CARD})
    places = ((BANK_DESK, BANK), (BANK_DESK, OTHER_BANK), (Channel.TRANSIT, ""))
    for number, (channel, bank) in enumerate(places, 1):
        with town.desk(card, at=channel, bank=bank) as desk:
            wishes = {"fen": "5000"}
            town.do(
                Service.TRANSIT_LOAD, None, desk, papers=only_card, wishes=wishes, identified=False
            )
        assert card.money == 5_000 * number
    assert town.state(card) == "off"
    assert town.city.payment.till_fen == 15_000
    for channel in (DISTRICT, Channel.PARK):
        assert "不办理" in town.refused(Service.TRANSIT_LOAD, LI, channel)


# --- Art. 11 第十一条: park passes ----------------------------------------------------------


def test_article_11_a_pass_for_who_may_have_one_at_the_issuing_bank_or_a_pass_outlet(
    town: Town,
) -> None:
    """符合条件 is the park system's to say; with the card, before anything is enabled."""
    card = town.first_card(LI, enabled=False)
    only_card = frozenset({Paper.CARD})
    with town.desk(card, bank=OTHER_BANK) as desk:
        assert "发卡合作银行" in town.refused(Service.PARK_BUY, LI, desk, wishes={"year": "2026"})
    with town.desk(card, at=Channel.PARK) as desk:
        town.do(Service.PARK_BUY, None, desk, papers=only_card, wishes={"year": "2026"})
        town.refused(Service.PARK_BUY, LI, desk, error=PassExists, wishes={"year": "2026"})
    assert card.passes == {2026: PassState.SOLD}
    town.at("2026-12-20 10:00")  # next year's is on sale
    with town.desk(card) as desk:
        town.do(Service.PARK_BUY, LI, desk, wishes={"year": "2027"})
    assert set(card.passes) == {2026, 2027}
    assert town.state(card) == "off"


def test_article_11_who_may_not_have_a_pass_gets_none_and_pays_nothing(town: Town) -> None:
    """What the park system does not allow the counter does not either."""
    card = town.first_card(LI)
    town.counter.park = ParkSystem(refused=frozenset({LI.document.number}))
    with town.desk(card) as desk:
        town.refused(Service.PARK_BUY, LI, desk, error=PassNotEligible, wishes={"year": "2026"})
    assert card.passes == {}
    assert town.city.payment.till_fen == 0


# --- Art. 12 第十二条: two PINs -------------------------------------------------------------


def test_article_12_the_service_pin_is_changed_and_reset_with_document_and_card(
    town: Town,
) -> None:
    """At a district outlet or the issuing bank; the chip itself knows the new one, at once."""
    card = town.first_card(LI)
    for service in (Service.PIN_CHANGE, Service.PIN_RESET):
        for paper in (Paper.ID, Paper.CARD):
            with town.desk(card, at=DISTRICT) as desk:
                why = town.refused(service, LI, desk, papers=ALL_PAPERS - {paper})
            assert "第 12 条" in why
        with town.desk(card, bank=OTHER_BANK) as desk:
            town.refused(service, LI, desk)
    with town.desk(card, pins=("999999", OTHER_PIN, OTHER_PIN)) as desk:
        town.refused(Service.PIN_CHANGE, LI, desk, error=PinWrong)
    with town.desk(card, at=DISTRICT, pins=(NEW_PIN, OTHER_PIN, OTHER_PIN)) as desk:
        town.do(Service.PIN_CHANGE, LI, desk)
    with town.desk(card, pins=(OTHER_PIN,)) as desk:
        desk.chip.verify_pin()  # type: ignore[union-attr]  # it lies there
    with town.desk(card, pins=(LAST_PIN, LAST_PIN, LAST_PIN)) as desk:
        town.do(Service.PIN_RESET, LI, desk)
        desk.chip.verify_pin()  # type: ignore[union-attr]  # it lies there


def test_article_12_online_it_is_wished_and_the_chip_has_it_when_the_card_is_next_served(
    town: Town,
) -> None:
    """通过线上渠道: before anything else is done with the card, and before any PIN is asked."""
    card = town.first_card(LI)
    town.do(Service.PIN_RESET, LI, ONLINE)
    with town.desk(card) as desk:
        # Nobody to enter it: what would try the old PIN waits.
        town.refused(Service.PIN_CHANGE, None, desk, error=PendingFirst, actor=Actor.AGENT, by=ZHAO)
    with town.desk(card, pins=(OTHER_PIN, OTHER_PIN, OTHER_PIN)) as desk:
        town.do(Service.DATA_MINOR, LI, desk, wishes={"mobile": "13900000000"})


def test_article_12_the_bank_pin_is_the_banks_and_nobody_types_it_here(town: Town) -> None:
    """相互独立: a referral with the bank's answer; the card's service PIN stays what it was."""
    card = town.first_card(LI)
    typed = len(town.counter.holder.asked)
    with town.desk(card) as desk:
        answer = town.do(Service.FIN_PIN, LI, desk)
        assert values(answer)["银行业务编号"]
    assert len(town.counter.holder.asked) == typed
    with town.desk(card, pins=(NEW_PIN,)) as desk:
        desk.chip.verify_pin()  # type: ignore[union-attr]  # it lies there
    assert "发卡合作银行" in town.refused(Service.FIN_PIN, LI, DISTRICT)
