"""A refusal says what the holder can do instead, and it is true of this card and this channel."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cases import card, perfect, person, who

from terminal.rules.case import Case
from terminal.rules.decide import decide
from terminal.rules.states import Financial, Social
from terminal.rules.vocabulary import Actor, Channel, Generation, Paper, Service


def said(case: Case) -> str:
    """Give what a refused clerk reads out."""
    decision = decide(case)
    assert not decision.allowed
    return "".join(each.sentence.zh for each in decision.reasons)


@pytest.mark.parametrize("financial", [Financial.STOPPED, Financial.LOST])
def test_r_temp_15_an_account_that_is_still_stopped_is_not_called_usable(
    financial: Financial,
) -> None:
    """The social function is back by itself; the financial one by the bank's rules (Art. 20)."""
    back = card(perfect(Service.UNLOSS), social=Social.ON, financial=financial)
    assert "发卡合作银行网点办理金融功能解挂" in said(back)
    assert "可直接使用" in said(card(back, financial=Financial.ON))


def test_r_unloss_not_replaced_holds_for_the_account_too() -> None:
    """旧卡不再办理解挂业务 (Art. 14): how it is lifted is the bank's matter, whether is not."""
    case = card(perfect(Service.FIN_UNLOSS), social=Social.REPLACED, financial=Financial.LOST)
    assert "第 14 条" in said(case)
    assert decide(card(case, social=Social.LOST)).allowed


@pytest.mark.parametrize("service", [Service.LOSS_TEMP, Service.LOSS_FULL])
def test_a_cancelled_card_with_a_living_account_goes_to_its_bank(service: Service) -> None:
    """Art. 19 leaves the account behind: who loses such a card is told where that is stopped."""
    case = card(perfect(service), social=Social.CANCELLED, financial=Financial.ON)
    assert "金融功能仍在，其挂失、注销请到发卡合作银行办理" in said(case)
    assert "金融功能仍在" not in said(card(case, financial=Financial.CANCELLED))


def test_r_agent_is_told_what_an_agent_may_do_at_once() -> None:
    """Art. 24: a loss for the time being, a change of the PIN."""
    case = perfect(Service.LOSS_SOCIAL, actor=Actor.AGENT)
    assert "这里现在可以先办：临时挂失" in said(case)
    assert "修改服务密码" in said(perfect(Service.PIN_RESET, actor=Actor.AGENT))


def test_r_guardian_by_telephone_is_not_asked_to_show_papers() -> None:
    """Nobody shows an original by telephone: the way leads to an outlet, once."""
    call = perfect(Service.LOSS_TEMP, Channel.HOTLINE, actor=Actor.GUARDIAN)
    call = who(replace(call, papers=frozenset()), authorised=None)
    assert "请到任一网点出示" in said(call)
    assert decide(who(call, authorised=True)).allowed


def test_r_own_use_who_acts_for_somebody_is_known_by_a_document() -> None:
    """双方有效身份证件原件 (Art. 24): a paper without a person behind it is nobody's."""
    for actor, service in (
        (Actor.AGENT, Service.STATUS),
        (Actor.GUARDIAN, Service.ENABLE),
        (Actor.KIN, Service.CANCEL_SOCIAL),
    ):
        case = perfect(service, actor=actor)
        assert decide(case).allowed, service
        assert "代办人" in said(who(case, named=False))


def test_r_old_until_new_a_new_card_is_enabled_before_it_is_renewed() -> None:
    """Else the old card would be the one in force for good, beside two that take its place."""
    for service in (Service.RENEW, Service.BANK_CHANGE, Service.DATA_BASIC):
        case = person(perfect(service), basic_data_changed=True)
        new = card(case, social=Social.OFF, beside_another=True)
        assert "请先办理启用" in said(new)
        assert decide(card(new, beside_another=False)).allowed


def test_s_status_of_an_old_card_without_a_bank_is_told_at_any_bank() -> None:
    """Where no bank is known none can be called the wrong one (Art. 18)."""
    case = card(perfect(Service.STATUS), bank="", generation=Generation.SECOND)
    assert decide(case).allowed
    assert not decide(card(case, bank="THERE")).allowed


def test_after_a_death_nobody_acts_at_the_bank_in_the_holders_name() -> None:
    """Kin cancel; a bank PIN or a mobile number is changed for nobody (Art. 19)."""
    for service in (Service.FIN_PIN, Service.FIN_MOBILE):
        assert "持卡人已死亡" in said(person(perfect(service), alive=False))
    kin = perfect(Service.FIN_CANCEL, actor=Actor.KIN)
    assert decide(kin).allowed


def test_s_visit_is_asked_for_by_whoever_can_come() -> None:
    """Art. 25 is for those who cannot: a neighbour asks, and they are identified at home."""
    for actor in Actor:
        case = replace(perfect(Service.VISIT, actor=actor), papers=frozenset({Paper.ACTOR_ID}))
        assert {each.rule for each in decide(case).reasons} == {"S-VISIT"}
