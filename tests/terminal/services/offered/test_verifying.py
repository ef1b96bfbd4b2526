"""R-VERIFY, R-ONE, R-FIN-CHECK, R-RISK: what is asked before a card is made (Rules Art. 2, 4)."""

from __future__ import annotations

from pathlib import Path

import pytest
from applying import (
    again,
    apply_for,
    city_of,
    holder,
    newest,
    open_duties,
    produce,
    seats_of,
    texts,
)
from offered import do, noted
from registry import OTHER_BANK, Bench, bench, citizen_id

from emulator.parties.party import Fault
from terminal.registry.applications import Application
from terminal.rules.states import Life, Progress
from terminal.rules.vocabulary import Service
from terminal.services.offered import delivery, production

MUTE = [Fault.DOWN, Fault.SLOW, Fault.LOST_ANSWER, Fault.CONTRADICT]


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def application(on: Bench) -> Application:
    apply_for(on)
    return newest(on)


# --- Mute, refusing, lost answers ----------------------------------------------------------


@pytest.mark.parametrize("fault", MUTE)
@pytest.mark.parametrize("party", ["data_sharing", "bank"])
def test_a_mute_party_leaves_the_application_and_is_asked_again(
    on: Bench, application: Application, party: str, fault: Fault
) -> None:
    """Nobody is refused by silence; the next run finds the same account, not a second one."""
    on.others.set(party, fault)
    step = production.verify(on.desk(), application.id)
    assert step.application.progress.state == Progress.APPLIED
    assert step.trouble is not None
    on.others.set(party, Fault.UP)
    step = production.verify(on.desk(), application.id)
    assert step.application.progress.state == Progress.VERIFIED
    assert len(on.others.city.bank.accounts) == 1
    assert open_duties(on, application) == []


@pytest.mark.parametrize("fault", MUTE)
def test_the_right_is_secured_before_the_bank_is_asked(on: Bench, fault: Fault) -> None:
    """R-ONE comes first: an account for a card that may not be made would have to be closed."""
    on.others.set("card_management", fault)
    apply_for(on)
    application = newest(on)
    step = production.verify(on.desk(), application.id)
    assert step.application.progress.state == Progress.APPLIED
    assert on.others.calls("bank") == []
    assert on.others.city.bank.accounts == {}
    on.others.set("card_management", Fault.UP)
    step = production.verify(on.desk(), application.id)
    assert step.application.progress.state == Progress.VERIFIED


def test_a_lost_answer_is_asked_for_in_the_same_words(on: Bench, application: Application) -> None:
    """The holder changed the mobile number meanwhile; the bank must not see another question."""
    on.others.once("bank", Fault.LOST_ANSWER)
    assert production.verify(on.desk(), application.id).trouble is not None
    do(on, Service.DATA_MINOR, holder(on, application), wishes={"mobile": "13911110000"})
    step = production.verify(on.desk(), application.id)
    assert step.application.progress.state == Progress.VERIFIED
    assert len(on.others.city.bank.accounts) == 1


def test_a_lost_answer_is_also_found_by_who_runs_the_duties(
    on: Bench, application: Application
) -> None:
    """The obligation is a named one like any other: `guitai duties run` brings the account."""
    on.others.once("bank", Fault.LOST_ANSWER)
    production.verify(on.desk(), application.id)
    on.later(minutes=1)
    delivery.run_due(on.desk())
    assert again(on, application).account in on.others.city.bank.accounts
    step = production.verify(on.desk(), application.id)
    assert step.application.progress.state == Progress.VERIFIED


def refused(on: Bench, application: Application, rule: str) -> str:
    """See that an application is over, with all that hung on it, and give what was told."""
    step = production.verify(on.desk(), application.id)
    assert [(each.rule, each.article) for each in step.reasons] == [
        (rule, "2" if rule == "R-ELIGIBLE" else "4")
    ]
    assert again(on, application).progress.state == Progress.REFUSED
    assert not seats_of(on, application.person_id).taken
    assert open_duties(on, application) == []
    assert noted(on, action="refused", person_id=application.person_id)
    return texts(on)[-1] if texts(on) else ""


def test_r_fin_check_the_bank_refuses_what_differs_from_the_document(
    on: Bench, application: Application
) -> None:
    """Rules Art. 4: no account where name, type, number or validity is not the document's."""
    on.others.city.bank.add_document(citizen_id(7), "李小明", valid_to="2030-01-01")
    said = refused(on, application, "R-FIN-CHECK")
    assert "证件有效期" in said
    assert city_of(on)["being_made"] is None
    assert "apply-0001.right" in on.others.city.card_management.state["released"]


def test_r_verify_what_the_authorities_learn_before_the_making_counts(
    on: Bench, application: Application
) -> None:
    """The application was taken while they were mute: they are asked before the card is made."""
    on.others.city.data_sharing.add_person(citizen_id(7), "李小朋")
    said = refused(on, application, "R-VERIFY")
    assert "不一致" in said
    assert on.others.city.bank.accounts == {}


def test_r_eligible_is_asked_again_before_the_making(on: Bench, application: Application) -> None:
    """Insurance may have ended since; the article is named in the reason."""
    on.others.city.data_sharing.add_person(citizen_id(7), "李小明", insured=False)
    assert "参保" in refused(on, application, "R-ELIGIBLE")


def test_r_verify_nobody_is_told_of_their_own_death(on: Bench, application: Application) -> None:
    """The application is over; a message to the deceased's telephone would reach the family."""
    on.others.city.data_sharing.add_person(citizen_id(7), "李小明", deceased_on="2026-02-20")
    assert refused(on, application, "R-VERIFY") == ""


def test_r_one_the_city_refuses_the_right(on: Bench) -> None:
    """Another outlet was first while the city was mute here: this application is over."""
    on.others.set("card_management", Fault.DOWN)
    apply_for(on)
    on.others.set("card_management", Fault.UP)
    on.others.city.card_management.add_card("citizen_id", citizen_id(7), "C00000001", OTHER_BANK)
    application = newest(on)
    assert "在用" in refused(on, application, "R-ONE")
    assert on.others.city.bank.accounts == {}


def test_who_was_refused_may_apply_again(on: Bench, application: Application) -> None:
    """A refusal is no sentence: corrected, the same person applies anew."""
    on.others.city.bank.refuse_person(citizen_id(7), "手机号码不是本人的", "not their number")
    refused(on, application, "R-FIN-CHECK")
    on.others.city.bank.state["refusals"].clear()
    apply_for(on, key="apply-0002")
    assert produce(on, newest(on)).life.state == Life.READY


def test_r_risk_the_banks_word_of_caution_is_passed_on(on: Bench, application: Application) -> None:
    """R-RISK: account classes are the bank's; holder and clerk hear what it says, as it says it."""
    on.others.city.bank.set_risk(
        citizen_id(7), "II", restricted=True, zh="限额 5000 元", en="limited"
    )
    step = production.verify(on.desk(), application.id)
    assert step.bank_says is not None
    for said in ("II 类户", "暂停非柜面业务", "限额 5000 元"):
        assert said in step.bank_says.zh
        assert said in texts(on)[-1]
    assert production.verify(on.desk(), application.id).bank_says == step.bank_says
    assert len(texts(on)) == 1


def test_r_share_what_is_known_comes_from_the_platform_and_what_is_done_goes_there(
    on: Bench, application: Application
) -> None:
    """Measures Art. 10: asked at the application and before the making, reported when made."""
    assert on.others.calls("data_sharing") == ["verify"]
    produce(on, application)
    assert on.others.calls("data_sharing") == ["verify", "verify"]
    assert on.others.calls("card_management") == ["standing", "reserve", "report"]
