"""S-FIN-ACTIVATE: the bank's word first, and the social function in the same step (Art. 9)."""

from __future__ import annotations

from pathlib import Path

import pytest
from applying import shown
from chips import Drawer
from handing_over import Laid, collected, held, state_of
from offered import do, duties_of, values
from registry import OTHER_BANK, bench

from emulator.parties.party import Fault
from terminal.errors import (
    PartySaysNo,
    PartyUnreachable,
    RequestWrong,
    RuleRefused,
    RunIsLeft,
)
from terminal.registry import cards, runs
from terminal.registry.machines import Kind
from terminal.registry.tables.cards import CARD
from terminal.rules.states import Financial
from terminal.rules.vocabulary import Actor, Channel, Service
from terminal.services.offered import delivery

KEY = "activate-0001"


@pytest.fixture
def laid(tmp_path: Path) -> Laid:
    return held(tmp_path)


def activate(laid: Laid, **more: object) -> dict[str, str]:
    return values(do(laid.on, Service.FIN_ACTIVATE, laid.person, key=KEY, **more))  # type: ignore[arg-type]  # fields by name


def test_s_fin_activate_enables_the_social_function_in_the_same_step(laid: Laid) -> None:
    """Never alone, in either direction."""
    said = activate(laid)
    assert (said["社会保障功能"], said["金融功能"]) == ("已启用", "已激活")
    account = laid.on.others.city.bank.accounts[laid.new.account or ""]
    assert account["state"] == "active"
    assert laid.on.others.city.card_management.reports[-1]["event"] == "enabled"


def test_s_fin_activate_after_the_social_function_was_enabled(laid: Laid) -> None:
    """Whoever enabled online comes to the counter for the account alone."""
    do(laid.on, Service.ENABLE, laid.person, Channel.ONLINE)
    reports = len(laid.on.others.city.card_management.reports)
    assert activate(laid)["金融功能"] == "已激活"
    assert len(laid.on.others.city.card_management.reports) == reports


def test_r_old_until_new_by_activation_too(tmp_path: Path) -> None:
    """It is enabling that ends the old card, by whichever service it comes."""
    laid = collected(tmp_path)
    activate(laid)
    assert laid.old is not None
    assert state_of(laid.on, laid.old, Kind.SOCIAL) == "ended"
    assert state_of(laid.on, laid.old, Kind.FINANCIAL) == "ended"


def test_s_fin_activate_is_for_the_issuing_banks_counter_in_person(laid: Laid) -> None:
    """Art. 9: in person, at the counter; no agent, no other outlet, not online."""
    on = laid.on
    for desk in (on.desk(bank=OTHER_BANK), on.desk(Channel.DISTRICT), on.desk(Channel.ONLINE)):
        with pytest.raises(RuleRefused):
            do(on, Service.FIN_ACTIVATE, laid.person, desk)
    with pytest.raises(RuleRefused):
        activate(laid, actor=Actor.AGENT, representative=shown("赵红", 12))
    assert "activate" not in on.others.calls("bank")


def test_a_bank_that_says_no_leaves_everything_as_it_was(laid: Laid) -> None:
    """Nothing is enabled, nothing is locked: the holder clears it up and comes back."""
    laid.on.others.once("bank", Fault.REFUSE, "activate")
    with pytest.raises(PartySaysNo) as said:
        activate(laid)
    assert "今天不办理" in said.value.cause("zh")
    now = laid.on.look(laid.new)
    assert (now.social.state, now.financial.state) == ("off", "off")
    with laid.on.registry.reading() as tx:
        assert runs.begun(tx) == ()
    with pytest.raises(RunIsLeft):
        activate(laid)
    do(laid.on, Service.FIN_ACTIVATE, laid.person)


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.LOST_ANSWER, Fault.SLOW])
def test_a_bank_that_does_not_answer_is_asked_again_under_the_same_key(
    laid: Laid, fault: Fault
) -> None:
    """Whether it had activated or not, it ends as one activation."""
    laid.on.others.once("bank", fault, "activate")
    with pytest.raises(PartyUnreachable) as silent:
        activate(laid)
    assert silent.value.unfinished is not None
    assert laid.on.look(laid.new).social.state == "off"
    assert activate(laid)["金融功能"] == "已激活"


def test_a_card_lost_while_the_bank_was_asked_is_not_left_active(laid: Laid) -> None:
    """The loss waits for nobody; what the bank activated meanwhile is stopped again."""
    on = laid.on
    on.others.once("bank", Fault.LOST_ANSWER, "activate")
    with pytest.raises(PartyUnreachable):
        activate(laid)
    do(on, Service.LOSS_TEMP, laid.person, Channel.HOTLINE)
    activate(laid)
    now = on.look(laid.new)
    assert (now.social.state, now.financial.state) == ("temp_lost", "stopped")
    account = on.others.city.bank.accounts[laid.new.account or ""]
    assert account["state"] == "stopped_temporary"


def test_a_card_without_an_account_has_nothing_to_activate(laid: Laid) -> None:
    """A gap in the registry is named before anything is begun."""
    with laid.on.registry.writing() as tx:
        tx.run(CARD.update().where(CARD.c.id == laid.new.id), account=None)
        assert cards.get(tx, laid.new.id).account is None
    with pytest.raises(RequestWrong):
        activate(laid)
    with laid.on.registry.reading() as tx:
        assert runs.by_key(tx, KEY) is None


def test_a_second_activation_is_refused(laid: Laid) -> None:
    """It is active: the bank is asked for its state, not for the same again."""
    activate(laid)
    with pytest.raises(RuleRefused):
        do(laid.on, Service.FIN_ACTIVATE, laid.person)


def test_s_fin_activate_with_the_card_on_the_desk(laid: Laid, tmp_path: Path) -> None:
    """The card that lies there is the one that is meant."""
    chip = Drawer.opened(tmp_path).put_in(laid.new)
    do(laid.on, Service.FIN_ACTIVATE, None, laid.on.desk().with_chip(chip))
    assert state_of(laid.on, laid.new, Kind.FINANCIAL) == "on"


def test_s_loss_temp_stops_what_an_activation_may_have_begun(tmp_path: Path) -> None:
    """The bank did it and its answer was lost: a loss that is reported now stops it there."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person, financial=Financial.OFF)
    assert card.account is not None
    on.others.city.bank.add_account(card.account, state="opened")
    on.others.set("bank", Fault.LOST_ANSWER)
    with pytest.raises(PartyUnreachable):
        do(on, Service.FIN_ACTIVATE, person)
    on.others.set("bank", Fault.UP)
    said = values(do(on, Service.LOSS_TEMP, person))
    assert "银行可能已经激活" in said["金融功能"]
    assert on.others.city.bank.accounts[card.account]["state"] == "stopped_temporary"
    assert "stop_financial" in {each.call for each in duties_of(on, person)}


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.LOST_ANSWER])
@pytest.mark.parametrize("deaf", [False, True])
def test_s_fin_activate_goes_on_once_the_card_is_back(
    laid: Laid, fault: Fault, *, deaf: bool
) -> None:
    """The stop is lifted first, heard or owed still, or registry and bank would say two things."""
    on = laid.on
    on.others.once("bank", fault, "activate")
    with pytest.raises(PartyUnreachable):
        activate(laid)
    if deaf:
        on.others.once("bank", Fault.DOWN, "stop_financial")
    do(on, Service.LOSS_TEMP, laid.person, Channel.HOTLINE)
    on.later(days=16)
    assert activate(laid)["金融功能"] == "已激活"
    account = on.others.city.bank.accounts[laid.new.account or ""]
    assert account["state"] == "active"
    assert state_of(on, laid.new, Kind.FINANCIAL) == "on"
    delivery.run_due(on.desk())
    assert account["state"] == "active"


def test_s_loss_social_stops_what_an_activation_may_have_begun(laid: Laid) -> None:
    """A formal loss at a district outlet stops it at the bank as a temporary one does."""
    on = laid.on
    on.others.once("bank", Fault.LOST_ANSWER, "activate")
    with pytest.raises(PartyUnreachable):
        activate(laid)
    said = values(do(on, Service.LOSS_SOCIAL, laid.person, Channel.DISTRICT))
    assert "银行可能已经激活" in said["金融功能"]
    account = on.others.city.bank.accounts[laid.new.account or ""]
    assert account["state"] == "stopped_temporary"


def test_r_risk_a_formal_loss_that_the_bank_took_is_the_banks_to_lift(laid: Laid) -> None:
    """Ours was for the time being; what the holder reported to the bank meanwhile stands."""
    on = laid.on
    on.others.once("bank", Fault.LOST_ANSWER, "activate")
    with pytest.raises(PartyUnreachable):
        activate(laid)
    do(on, Service.LOSS_TEMP, laid.person, Channel.HOTLINE)
    account = on.others.city.bank.accounts[laid.new.account or ""]
    account["state"] = "stopped_formal"
    on.later(days=16)
    with pytest.raises(PartySaysNo):
        activate(laid)
    assert account["state"] == "stopped_formal"
