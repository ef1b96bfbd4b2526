"""S-LOSS-FULL: both functions lost at the issuing bank, whose account stops at once."""

from pathlib import Path

import pytest
from offered import do, duties_of, moves, noted, owed, told, values
from registry import OTHER_BANK, bench

from emulator.parties.party import Fault
from terminal.errors import RuleRefused
from terminal.registry import applications, cards, runs
from terminal.registry.applications import NewApplication, Sort
from terminal.rules.states import Financial, Social
from terminal.rules.vocabulary import Actor, Channel, Service
from terminal.services.offered.delivery import run_due


def test_s_loss_full_stops_the_account_before_the_clerk_is_answered(tmp_path: Path) -> None:
    """What a thief could spend while a queue is worked off is the holder's loss."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    answer = do(on, Service.LOSS_FULL, person)
    after = on.look(card)
    assert (after.social.state, after.financial.state) == (Social.LOST, Financial.LOST)
    assert card.account is not None
    assert on.others.city.bank.accounts[card.account]["state"] == "stopped_formal"
    assert [each["event"] for each in on.others.city.card_management.reports] == ["lost_formal"]
    assert len(on.others.city.messages.sent) == 1
    assert answer.owed == ()
    assert values(answer)["金融功能"] == "已挂失"
    assert "交通余额和公园年票不因挂失停用" in told(answer)


def test_s_loss_full_adds_the_financial_loss_to_a_districts(tmp_path: Path) -> None:
    """R-DISTRICT-SOCIAL sends here; the social loss stands already and is not reported twice."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT)
    do(on, Service.LOSS_FULL, person)
    after = on.look(card)
    assert (after.social.state, after.financial.state) == (Social.LOST, Financial.LOST)
    assert moves(on, card.social.thing_id) == ["register", "lose"]
    assert [each["event"] for each in on.others.city.card_management.reports] == ["lost_formal"]


def test_s_loss_full_within_a_temporary_loss(tmp_path: Path) -> None:
    """A formal loss stands above a temporary one, at the bank as here."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    do(on, Service.LOSS_FULL, person)
    after = on.look(card)
    assert (after.social.state, after.financial.state) == (Social.LOST, Financial.LOST)
    assert card.account is not None
    assert on.others.city.bank.accounts[card.account]["state"] == "stopped_formal"


def test_s_loss_full_repeated_does_nothing_twice(tmp_path: Path) -> None:
    """A clerk whose line broke asks again under the same key and gets the same slip."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    first = do(on, Service.LOSS_FULL, person, key="full-0001")
    again = do(on, Service.LOSS_FULL, person, key="full-0001")
    assert again.repeated
    assert again.lines == first.lines
    assert on.others.calls("bank") == ["stop_financial"]


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.LOST_ANSWER, Fault.SLOW])
def test_s_loss_full_with_a_mute_bank_is_owed_with_a_telephone(
    tmp_path: Path, fault: Fault
) -> None:
    """The clerk must know that the account may still be open, and whom to telephone."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    on.others.set("bank", fault)
    answer = do(on, Service.LOSS_FULL, person)
    assert "银行核心系统尚未确认：停用金融功能" in owed(answer)
    assert "010-00000000" in owed(answer)
    assert on.look(card).financial.state == Financial.LOST
    on.others.set("bank", Fault.UP)
    on.later(minutes=5)
    run_due(on.desk())
    assert card.account is not None
    assert on.others.city.bank.accounts[card.account]["state"] == "stopped_formal"
    assert {each.state for each in duties_of(on, person)} == {"done"}


def test_s_loss_full_that_the_bank_refuses_waits_for_people(tmp_path: Path) -> None:
    """A bank that knows no such account is a matter for people, and not tried for ever."""
    on = bench(tmp_path, open_register=False)
    person = on.person()
    card = on.card(person)
    answer = do(on, Service.LOSS_FULL, person)
    assert "拒绝了：停用金融功能" in owed(answer)
    assert on.look(card).social.state == Social.LOST


@pytest.mark.parametrize("channel", [Channel.DISTRICT, Channel.HOTLINE, Channel.ONLINE])
def test_s_loss_full_is_the_issuing_banks(tmp_path: Path, channel: Channel) -> None:
    """Elsewhere the refusal offers at once what can be done there."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.LOSS_FULL, person, channel)
    assert "第 13 条" in refused.value.cause("zh")
    assert "临时挂失" in refused.value.advice("zh")
    assert on.look(card).financial.state == Financial.ON
    assert on.others.calls("bank") == []


def test_s_loss_full_at_another_bank_is_refused(tmp_path: Path) -> None:
    """Another bank cannot stop this one's account for good."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    with pytest.raises(RuleRefused):
        do(on, Service.LOSS_FULL, person, on.desk(Channel.BANK, OTHER_BANK))


@pytest.mark.parametrize("financial", [Financial.NONE, Financial.OFF])
def test_s_loss_full_without_an_active_account_is_refused(
    tmp_path: Path, financial: Financial
) -> None:
    """Where nothing financial can be lost the social loss is the service to ask for."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person, financial=financial)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.LOSS_FULL, person)
    assert "挂失" in refused.value.advice("zh")


def test_s_loss_full_by_an_agent_is_refused(tmp_path: Path) -> None:
    """An agent stops a card for now (Rules Art. 24); the rest is the holder's."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.LOSS_FULL, person, actor=Actor.AGENT)
    assert "第 24 条" in refused.value.cause("zh")


def test_a_loss_does_not_wait_for_a_service_that_somebody_left_unfinished(tmp_path: Path) -> None:
    """A power cut at one counter must not keep a lost card in use at all the others."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    with on.registry.writing() as tx:
        runs.begin(
            tx,
            "left-open",
            Service.PIN_CHANGE,
            on.desk().by,
            {},
            person_id=person.id,
            card_id=card.id,
        )
    for service, channel in (
        (Service.LOSS_TEMP, Channel.HOTLINE),
        (Service.LOSS_SOCIAL, Channel.DISTRICT),
        (Service.LOSS_FULL, Channel.BANK),
    ):
        do(on, service, person, channel)
    assert on.look(card).financial.state == Financial.LOST
    assert {each.note.card_id for each in noted(on, action="done")} == {card.id}


def test_s_loss_full_of_a_card_being_made_is_refused(tmp_path: Path) -> None:
    """Nobody has lost a card that nobody was handed."""
    on = bench(tmp_path)
    person = on.person()
    with on.registry.writing() as tx:
        card = cards.order(tx, person.id, "BOB", region="110000", run_id=None)
        plea = applications.apply(tx, NewApplication(person.id, Sort.FIRST, "BOB"), run_id=None)
        applications.name_card(tx, plea, card.id)
    for service, channel in (
        (Service.LOSS_TEMP, Channel.HOTLINE),
        (Service.LOSS_SOCIAL, Channel.DISTRICT),
    ):
        with pytest.raises(RuleRefused) as refused:
            do(on, service, person, channel)
        assert "制作中" in refused.value.cause("zh")
    assert moves(on, card.social.thing_id) == ["issue"]
