"""S-FIN-*: five matters that are the bank's, referred to it, and its answer on record."""

import json
from pathlib import Path

import pytest
from offered import do, duties_of, noted, owed, told, values
from registry import OTHER_BANK, bench

from emulator.parties.party import Fault
from terminal.errors import PartyContradicts, PartySaysNo, RuleRefused, RunIsLeft
from terminal.parties.bank import Matter
from terminal.registry import cards, runs
from terminal.registry.duties import DutyState
from terminal.rules.states import Financial, Social
from terminal.rules.vocabulary import Actor, Channel, Generation, Service
from terminal.services.offered import delivery
from terminal.services.offered.delivery import run_due
from terminal.services.offered.financial_referral import MATTERS

FIVE = list(MATTERS)


@pytest.mark.parametrize("service", FIVE)
def test_s_fin_takes_the_banks_number_and_answer(tmp_path: Path, service: Service) -> None:
    """The holder leaves with the number under which the bank knows the matter."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    if service is Service.FIN_UNLOSS:
        do(on, Service.FIN_LOSS, person)
    answer = do(on, service, person)
    taken = on.others.city.bank.referrals[-1]
    assert taken["matter"] == MATTERS[service]
    assert taken["account_number"] == card.account
    assert values(answer)["银行业务编号"] == taken["procedure"]
    assert values(answer)["银行答复"] == taken["says"]["zh"]
    assert "银行密码只在银行设备上输入" in told(answer)
    done = noted(on, service=service.value, action="done")
    assert done[0].note.facts["procedure"] == taken["procedure"]
    assert answer.owed == ()


@pytest.mark.parametrize(
    ("service", "after"),
    [
        (Service.FIN_LOSS, Financial.LOST),
        (Service.FIN_PIN, Financial.ON),
        (Service.FIN_CANCEL, Financial.ON),
        (Service.FIN_MOBILE, Financial.ON),
    ],
)
def test_s_fin_follows_the_bank_where_it_settled(
    tmp_path: Path, service: Service, after: Financial
) -> None:
    """What the bank only took in is not done; a loss it settles at once. The social one stays."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, service, person)
    now = on.look(card)
    assert (now.financial.state, now.social.state) == (after, Social.ON)


def test_s_fin_unloss_brings_back_what_a_temporary_loss_stopped(tmp_path: Path) -> None:
    """Rules Art. 20: the bank may end a stop before the social function is back by itself."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    do(on, Service.FIN_UNLOSS, person)
    after = on.look(card)
    assert (after.financial.state, after.social.state) == (Financial.ON, Social.TEMP_LOST)


def test_s_fin_cancel_that_the_bank_settles_ends_the_function(tmp_path: Path) -> None:
    """A bank that closes the account while the holder waits is followed."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    city = on.others.city
    answer_of = city.bank.answer

    def settled(text: str) -> str:
        document = json.loads(answer_of(text))
        document["result"]["settled"] = True
        return json.dumps(document)

    city.bank.answer = settled  # type: ignore[method-assign]  # a bank that is quicker than ours
    answer = do(on, Service.FIN_CANCEL, person)
    assert on.look(card).financial.state == Financial.CANCELLED
    assert values(answer)["金融功能"] == "已注销"
    assert "变更银行卡号" in told(answer)


def test_r_two_pins_no_step_of_ours_touches_the_bank_pin(tmp_path: Path) -> None:
    """The referral carries a matter and an account; a PIN has no place in it."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    asked: list[str] = []
    answer_of = on.others.city.bank.answer

    def heard(text: str) -> str:
        asked.append(text)
        return answer_of(text)

    on.others.city.bank.answer = heard  # type: ignore[method-assign]  # to hear what is asked
    answer = do(on, Service.FIN_PIN, person)
    assert [set(json.loads(each)["arguments"]) for each in asked] == [
        {"key", "matter", "account_number"}
    ]
    assert "请持卡人在银行柜面按其规定继续办理" in told(answer)


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.SLOW, Fault.LOST_ANSWER])
def test_s_fin_with_a_mute_bank_is_owed_and_done_once(tmp_path: Path, fault: Fault) -> None:
    """The holder need not wait at the counter for a line to come back."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    on.others.set("bank", fault)
    answer = do(on, Service.FIN_LOSS, person, key="fin-00001")
    assert values(answer)["银行答复"] == "银行没有答复，已记为待办"
    assert "转银行按其规定办理" in owed(answer)
    assert "010-00000000" in owed(answer)
    assert on.look(card).financial.state == Financial.ON
    on.others.set("bank", Fault.UP)
    on.later(minutes=5)
    run_due(on.desk())
    assert on.look(card).financial.state == Financial.LOST
    assert len(on.others.city.bank.referrals) == 1
    duty = duties_of(on, person)[0]
    assert on.others.city.bank.referrals[0]["procedure"] in duty.detail.zh
    assert do(on, Service.FIN_LOSS, person, key="fin-00001").repeated


def test_s_fin_that_the_bank_only_takes_in_later_changes_nothing(tmp_path: Path) -> None:
    """A cancellation that was owed and is then only taken in is not one yet."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    on.others.set("bank", Fault.DOWN)
    do(on, Service.FIN_CANCEL, person)
    on.others.set("bank", Fault.UP)
    on.later(minutes=5)
    run_due(on.desk())
    assert on.look(card).financial.state == Financial.ON
    assert [each.state for each in duties_of(on, person)] == ["done"]


def test_s_fin_that_the_bank_refuses(tmp_path: Path) -> None:
    """The bank's reason reaches the clerk, nothing is done, and the card is busy with nothing."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    on.others.once("bank", Fault.REFUSE)
    with pytest.raises(PartySaysNo) as refused:
        do(on, Service.FIN_CANCEL, person, key="fin-00001")
    assert "银行" in refused.value.message("zh")
    assert "今天不办理" in refused.value.cause("zh")
    with pytest.raises(RunIsLeft):
        do(on, Service.FIN_CANCEL, person, key="fin-00001")
    with on.registry.reading() as tx:
        assert runs.begun(tx) == ()
    assert on.look(card).financial.state == Financial.ON
    do(on, Service.FIN_CANCEL, person)


def test_s_fin_with_a_contradicting_bank_is_for_people(tmp_path: Path) -> None:
    """An answer to another question is no answer; what was asked stays visible as unfinished."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    on.others.once("bank", Fault.CONTRADICT)
    with pytest.raises(PartyContradicts):
        do(on, Service.FIN_LOSS, person, key="fin-00001")
    with on.registry.reading() as tx:
        assert [each.key for each in runs.begun(tx)] == ["fin-00001"]
    assert on.look(card).financial.state == Financial.ON
    # Another service does not wait for it, and the same key goes on.
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    do(on, Service.FIN_LOSS, person, key="fin-00001")
    assert on.look(card).financial.state == Financial.LOST
    assert len(on.others.city.bank.referrals) == 1


@pytest.mark.parametrize("service", FIVE)
def test_s_fin_is_the_issuing_banks(tmp_path: Path, service: Service) -> None:
    """Elsewhere the refusal names Art. 20 and where to go."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    for desk in (
        on.desk(Channel.DISTRICT),
        on.desk(Channel.ONLINE),
        on.desk(Channel.BANK, OTHER_BANK),
    ):
        with pytest.raises(RuleRefused) as refused:
            do(on, service, person, desk)
        assert "第 20 条" in refused.value.cause("zh")
        assert "发卡合作银行" in refused.value.advice("zh")
    assert on.others.calls("bank") == []


def test_s_fin_of_a_card_without_an_account_is_refused(tmp_path: Path) -> None:
    """There is nothing to refer."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person, financial=Financial.NONE)
    with pytest.raises(RuleRefused):
        do(on, Service.FIN_MOBILE, person)


def test_r_old_gen_an_older_cards_account_is_the_holders_to_cancel(tmp_path: Path) -> None:
    """Rules Art. 27: its financial function the holder may keep or cancel."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person, generation=Generation.SECOND)
    do(on, Service.FIN_CANCEL, person)
    assert on.others.city.bank.referrals[0]["account_number"] == card.account


def test_s_fin_by_an_agent_is_by_the_banks_rules(tmp_path: Path) -> None:
    """Art. 20 leaves 代办 to the bank: we refer, it decides."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    do(on, Service.FIN_MOBILE, person, actor=Actor.AGENT)
    with pytest.raises(RuleRefused):
        do(on, Service.FIN_MOBILE, person, actor=Actor.KIN)


def test_r_fin_6m_nobody_is_reminded_of_an_account_that_the_bank_closed(tmp_path: Path) -> None:
    """The social function first, the account afterwards: nothing is left to restrict."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.CANCEL_SOCIAL, person)
    with on.registry.writing() as tx:
        delivery.follow(tx, cards.get(tx, card.id), Matter.CANCEL, None)
    on.later(days=200)
    delivery.run_due(on.desk())
    assert on.others.city.bank.reminders == []
    assert [each.state for each in duties_of(on, person) if each.call == "remind"] == [
        DutyState.DECIDED
    ]
