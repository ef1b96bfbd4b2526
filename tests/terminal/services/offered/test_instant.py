"""S-INSTANT: verified and ordered on the spot, for the card job to make (R-MAKE-NOW, Art. 22)."""

from __future__ import annotations

from pathlib import Path

import pytest
from applying import SAID, again, apply_for, made_card, newest, shown
from offered import do, told, values
from registry import BANK, OTHER_BANK, Bench, bench, citizen_id

from emulator.parties.party import Fault
from terminal.errors import PartySaysNo, PartyUnreachable, RuleRefused, RunIsLeft
from terminal.registry.applications import Application
from terminal.rules.states import Life, Progress
from terminal.rules.vocabulary import Channel, Service
from terminal.services.offered import production
from terminal.services.offered.answer import Answer
from terminal.services.offered.desk import Desk


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def application(on: Bench) -> Application:
    apply_for(on, at=on.desk(instant=True), instant="yes")
    return newest(on)


def make_now(on: Bench, desk: Desk | None = None, *, key: str = "instant-1") -> Answer:
    desk = desk or on.desk(instant=True)
    return do(on, Service.INSTANT, None, desk, key=key, holder=shown())


def test_s_instant_verifies_and_orders_and_says_who_goes_on(
    on: Bench, application: Application
) -> None:
    """The holder waits: all that can be asked is asked now, and the card job takes over."""
    answer = make_now(on)
    now = again(on, application)
    assert now.progress.state == Progress.MAKING
    slip = values(answer)
    assert slip["制卡编号"] == str(now.card_id)
    assert slip["进度"] == "制卡中"
    assert "I 类户" in slip["银行答复"]
    assert "制卡流程" in told(answer)
    card = production.made(on.desk(), application.id, made_card())
    assert card.life.state == Life.READY


def test_r_risk_the_banks_caution_stands_on_the_slip(on: Bench, application: Application) -> None:
    """R-RISK: passed on as the bank says it, to the holder who is standing there."""
    on.others.city.bank.set_risk(citizen_id(7), "II", restricted=True, zh="限额", en="limited")
    assert "限额" in values(make_now(on))["银行答复"]


def test_s_instant_also_for_what_central_production_has_verified(on: Bench) -> None:
    """Applied for in the usual way, the holder passes by an equipped outlet of the bank."""
    apply_for(on)
    production.verify(on.desk(), newest(on).id)
    make_now(on)
    assert newest(on).progress.state == Progress.MAKING


def test_s_instant_only_where_the_outlet_is_equipped(on: Bench, application: Application) -> None:
    """Art. 3(2)5, 22: outlets that have the printer; and the way out is said."""
    with pytest.raises(RuleRefused) as refused:
        make_now(on, on.desk())
    assert "实施细则第" in refused.value.cause("zh")
    assert "即时制卡网点" in refused.value.advice("zh")


def test_s_instant_only_at_the_chosen_bank(on: Bench, application: Application) -> None:
    """Another bank's printer makes no card of this one's."""
    with pytest.raises(RuleRefused):
        make_now(on, on.desk(bank=OTHER_BANK, instant=True))
    with pytest.raises(RuleRefused):
        make_now(on, on.desk(Channel.DISTRICT))


def test_s_instant_needs_an_application_that_waits(on: Bench, application: Application) -> None:
    """Nothing to make: no application, or one that is being made already."""
    make_now(on)
    with pytest.raises(RuleRefused):
        make_now(on, key="instant-2")
    other = shown("王二", 8)
    apply_for(on, other, key="apply-0002")
    production.withdraw(on.desk(), newest(on).id)
    with pytest.raises(RuleRefused):
        do(on, Service.INSTANT, None, on.desk(instant=True), holder=other)


@pytest.mark.parametrize("party", ["data_sharing", "bank"])
@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.LOST_ANSWER])
def test_s_instant_goes_on_under_its_key_after_a_mute_party(
    on: Bench, application: Application, party: str, fault: Fault
) -> None:
    """Nothing was made; the same request goes on, and the bank opens one account."""
    on.others.set(party, fault)
    with pytest.raises(PartyUnreachable):
        make_now(on)
    assert again(on, application).progress.state == Progress.APPLIED
    on.others.set(party, Fault.UP)
    make_now(on)
    assert again(on, application).progress.state == Progress.MAKING
    assert len(on.others.city.bank.accounts) == 1


def test_s_instant_a_refusal_ends_application_and_run(on: Bench, application: Application) -> None:
    """The clerk reads why; corrected, the person applies anew under a new key."""
    on.others.city.bank.refuse_person(citizen_id(7), "证件信息不符", "the document differs")
    with pytest.raises(PartySaysNo) as no:
        make_now(on)
    assert "证件信息不符" in no.value.cause("zh")
    assert "第 4 条" in no.value.cause("zh")
    assert again(on, application).progress.state == Progress.REFUSED
    with pytest.raises(RunIsLeft):
        make_now(on)
    on.others.city.bank.state["refusals"].clear()
    apply_for(on, key="apply-0002")
    make_now(on, key="instant-2")
    assert newest(on).progress.state == Progress.MAKING


def test_s_instant_killed_after_the_refusal_says_no_again(
    on: Bench, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process died between the refusal and its record: asked again, it is the same no."""

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    on.others.city.bank.refuse_person(citizen_id(7), "证件信息不符", "the document differs")
    with monkeypatch.context() as patch:
        patch.setattr("terminal.registry.runs.leave", die)
        with pytest.raises(Killed):
            make_now(on)
    with pytest.raises(PartySaysNo):
        make_now(on)
    assert again(on, application).progress.state == Progress.REFUSED


def test_s_instant_repeated_is_the_same_card(on: Bench, application: Application) -> None:
    """The slip is printed again, no second card is ordered."""
    first = make_now(on)
    second = make_now(on)
    assert (second.repeated, second.lines) == (True, first.lines)
    assert (SAID["bank"], again(on, application).bank) == (BANK, BANK)
