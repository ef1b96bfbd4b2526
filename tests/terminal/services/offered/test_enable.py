"""S-ENABLE: the social function comes on, and what it takes the place of ends (Art. 8, 16, 27)."""

from __future__ import annotations

from pathlib import Path

import pytest
from applying import produce, seats_of, shown
from handing_over import Laid, collected, first, following, held, state_of
from offered import do, duties_of, lying, owed, told, values
from registry import OTHER_BANK, Bench, ask, bench

from emulator.parties.party import Fault
from terminal.errors import RuleRefused, RunOpen
from terminal.parties.bank import Matter
from terminal.registry import cards, pending, persons, runs
from terminal.registry.duties import DutyState
from terminal.registry.machines import Kind
from terminal.registry.pending import What
from terminal.rules.states import Financial
from terminal.rules.vocabulary import Actor, Channel, Generation, Service
from terminal.services.offered import delivery

FUNCTIONS = (Kind.SOCIAL, Kind.FINANCIAL, Kind.TRANSIT, Kind.PARK)
KEY = "enable-0001"


@pytest.fixture
def laid(tmp_path: Path) -> Laid:
    return held(tmp_path)


@pytest.fixture
def renewed(tmp_path: Path) -> Laid:
    return collected(tmp_path)


def rules(error: pytest.ExceptionInfo[RuleRefused]) -> list[tuple[str, str]]:
    return [(each.rule, each.article) for each in error.value.facts["decision"].reasons]  # type: ignore[attr-defined]  # a Decision


@pytest.mark.parametrize("channel", [Channel.BANK, Channel.DISTRICT, Channel.ONLINE])
def test_s_enable_in_its_channels(laid: Laid, channel: Channel) -> None:
    """District outlet, issuing bank and online, as Art. 8 has them; only the social function."""
    answer = do(laid.on, Service.ENABLE, laid.person, channel)
    assert values(answer)["社会保障功能"] == "已启用"
    assert [state_of(laid.on, laid.new, each) for each in FUNCTIONS] == ["on", "off", "off", "off"]
    assert laid.on.others.city.card_management.reports[-1]["event"] == "enabled"
    assert laid.on.others.city.messages.sent[-1]["kind"] == "enabled"
    assert seats_of(laid.on, laid.person).current_card == laid.new.id


def test_s_enable_not_elsewhere_and_not_before_it_is_collected(laid: Laid) -> None:
    """Another bank's outlet and the hotline send the holder on; what waits is collected first."""
    on = laid.on
    for desk in (on.desk(bank=OTHER_BANK), on.desk(Channel.HOTLINE)):
        with pytest.raises(RuleRefused) as refused:
            do(on, Service.ENABLE, laid.person, desk)
        assert ("S-ENABLE", "8") in rules(refused)
    other, card = first(on, 8, 98)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.ENABLE, other)
    assert ("S-COLLECT", "7") in rules(refused)
    assert state_of(on, card, Kind.SOCIAL) == "off"


def test_r_agent_may_enable_with_an_authorisation(laid: Laid) -> None:
    """One of the four services that Art. 24 lets be entrusted; the agent is put on record."""
    agent = shown("赵红", 12)
    do(laid.on, Service.ENABLE, laid.person, actor=Actor.AGENT, representative=agent)
    assert state_of(laid.on, laid.new, Kind.SOCIAL) == "on"


def test_s_enable_twice_is_refused_and_repeated_under_its_key(laid: Laid) -> None:
    """Done is done: the same key tells it again, another one says that nothing is to be done."""
    one = do(laid.on, Service.ENABLE, laid.person, key=KEY)
    again = do(laid.on, Service.ENABLE, laid.person, key=KEY)
    assert again.repeated
    assert again.lines == one.lines
    with pytest.raises(RuleRefused) as refused:
        do(laid.on, Service.ENABLE, laid.person)
    assert ("S-ENABLE", "8") in rules(refused)


def test_a_lost_card_is_not_enabled(laid: Laid) -> None:
    """Whoever found it must not bring it to life."""
    do(laid.on, Service.LOSS_TEMP, laid.person, Channel.HOTLINE)
    with pytest.raises(RuleRefused):
        do(laid.on, Service.ENABLE, laid.person)


def test_r_dead_nobody_enables_for_the_deceased(laid: Laid) -> None:
    """A card in the family's hands is cancelled, not enabled (Art. 19)."""
    with laid.on.registry.writing() as tx:
        persons.note_death(tx, laid.person, deceased_on=None, reminded=True)
    with pytest.raises(RuleRefused):
        do(laid.on, Service.ENABLE, laid.person)


def test_r_old_until_new_all_functions_of_the_old_card_end(renewed: Laid) -> None:
    """Now, and not earlier; the new one takes its seat."""
    on, old = renewed.on, renewed.old
    assert old is not None
    assert [state_of(on, old, each) for each in FUNCTIONS] == ["on", "on", "closed", "off"]
    answer = do(on, Service.ENABLE, renewed.person, Channel.ONLINE)
    assert {state_of(on, old, each) for each in FUNCTIONS} == {"ended"}
    assert [state_of(on, renewed.new, each) for each in FUNCTIONS] == ["on", "off", "off", "off"]
    seats = seats_of(on, renewed.person)
    assert (seats.current_card, seats.next_card) == (renewed.new.id, None)
    assert values(answer)["已失效的旧卡"] == "*****0015，全部功能"
    assert "自新卡启用时失效" in told(answer)


def test_r_old_until_new_the_old_account_goes_by_its_banks_rules(renewed: Laid) -> None:
    """It may have money in it: the bank gets a referral of that account, which is not closed."""
    on, old = renewed.on, renewed.old
    assert old is not None
    answer = do(on, Service.ENABLE, renewed.person, Channel.ONLINE)
    (referral,) = on.others.city.bank.referrals
    assert (referral["matter"], referral["account_number"]) == ("cancel", old.account)
    assert "cancel_account" not in on.others.calls("bank")
    assert "由原发卡银行按其规定处理" in told(answer)
    (duty,) = [each for each in duties_of(on, renewed.person) if each.call == "referral"]
    assert (duty.card_id, duty.state) == (old.id, DutyState.DONE)


def test_what_the_bank_settles_of_the_old_account_leaves_the_new_card_alone(
    renewed: Laid,
) -> None:
    """The referral is of the old card: what follows from it must not touch the new one."""
    on = renewed.on
    on.others.once("bank", Fault.DOWN, "referral")
    answer = do(on, Service.ENABLE, renewed.person, Channel.ONLINE)
    assert "转银行按其规定办理" in owed(answer)
    (duty,) = [each for each in duties_of(on, renewed.person) if each.call == "referral"]
    with on.registry.writing() as tx:
        delivery.follow(tx, cards.get(tx, duty.card_id or 0), Matter.CANCEL, None)
    assert state_of(on, renewed.new, Kind.FINANCIAL) == "off"
    on.later(minutes=2)
    delivery.run_due(on.desk())
    assert len(on.others.city.bank.referrals) == 1


def test_r_old_until_new_a_purse_that_was_not_closed_is_blocked(tmp_path: Path) -> None:
    """A lost card's purse would go on working in a finder's hands; an emptied one needs nothing."""
    on = bench(tmp_path)
    person = on.person()
    old = on.card(person)
    do(on, Service.LOSS_FULL, person)
    new = following(on, person, Service.REPLACE)
    do(on, Service.COLLECT, person)
    assert on.others.city.clearing.blocked == []
    do(on, Service.ENABLE, person, Channel.ONLINE)
    assert on.others.city.clearing.blocked == [old.transit_number]
    assert state_of(on, old, Kind.SOCIAL) == "ended"
    assert state_of(on, new, Kind.SOCIAL) == "on"


def test_a_closed_purse_is_not_blocked_again(renewed: Laid) -> None:
    """It lies in custody, empty and closed."""
    do(renewed.on, Service.ENABLE, renewed.person, Channel.ONLINE)
    assert renewed.on.others.city.clearing.blocked == []


def test_what_waits_for_the_old_chip_is_dropped(renewed: Laid) -> None:
    """R-PENDING: nobody will ever write it on a card that lies in custody."""
    on, old = renewed.on, renewed.old
    assert old is not None
    with on.registry.writing() as tx:
        pending.decide(tx, old.id, What.PIN_RESET, run_id=None)
        pending.decide(tx, renewed.new.id, What.PIN_SET, run_id=None)
    do(on, Service.ENABLE, renewed.person, Channel.ONLINE)
    with on.registry.reading() as tx:
        assert pending.waiting(tx, old.id) == ()
        assert len(pending.waiting(tx, renewed.new.id)) == 1


@pytest.mark.parametrize("generation", [Generation.FIRST, Generation.SECOND])
def test_r_old_gen_only_its_social_function_ends(tmp_path: Path, generation: Generation) -> None:
    """It is not taken back, and its financial function is the holder's to keep (Art. 27)."""
    on = bench(tmp_path)
    from applying import apply_for, newest

    apply_for(on, shown())
    card = produce(on, newest(on))
    with on.registry.reading() as tx:
        person = persons.get(tx, card.person_id)
    old = on.card(person, generation=generation, financial=Financial.ON)
    do(on, Service.COLLECT, person)
    answer = do(on, Service.ENABLE, person, card=card.id)
    now = on.look(old)
    assert (now.life.state, now.social.state, now.financial.state) == ("held", "ended", "on")
    assert "金融功能可自行选择是否注销" in values(answer)["已失效的旧卡"]
    assert on.others.city.bank.referrals == []


def test_the_card_that_is_not_enabled_is_meant(tmp_path: Path) -> None:
    """Beside an older card in hand nobody has to name it; the card on the reader counts anyway."""
    on = bench(tmp_path)
    person = on.person()
    old = on.card(person)
    do(on, Service.LOSS_FULL, person)
    new = following(on, person, Service.REPLACE)
    do(on, Service.COLLECT, person)
    with pytest.raises(RuleRefused):
        do(on, Service.ENABLE, person, lying(on.desk(), old))
    do(on, Service.ENABLE, person, lying(on.desk(), new))
    assert state_of(on, new, Kind.SOCIAL) == "on"


def test_an_old_card_that_something_is_done_with_is_not_ended_under_it(renewed: Laid) -> None:
    """A load that broke off on the old card could not be put on record afterwards."""
    on, old = renewed.on, renewed.old
    assert old is not None
    with on.registry.writing() as tx:
        runs.begin(
            tx,
            "load-1",
            Service.TRANSIT_LOAD,
            on.desk().by,
            ask(Service.TRANSIT_LOAD, renewed.person).document(),
            person_id=renewed.person.id,
            card_id=old.id,
        )
    with pytest.raises(RunOpen):
        do(on, Service.ENABLE, renewed.person, Channel.ONLINE, key=KEY)
    assert state_of(on, old, Kind.SOCIAL) == "on"
    assert state_of(on, renewed.new, Kind.SOCIAL) == "off"
    with on.registry.writing() as tx:
        runs.leave(tx, runs.begun_with(tx, old.id).id)  # type: ignore[union-attr]  # there is one
    do(on, Service.ENABLE, renewed.person, Channel.ONLINE, key=KEY)


def test_a_city_that_is_down_is_told_later_in_its_order(laid: Laid) -> None:
    """Enabled at once for the holder; the city hears of it when it is back, and once."""
    on: Bench = laid.on
    on.others.set("card_management", Fault.LOST_ANSWER)
    answer = do(on, Service.ENABLE, laid.person)
    assert "尚未确认" in owed(answer)
    on.others.set("card_management", Fault.UP)
    on.later(minutes=2)
    delivery.run_due(on.desk())
    events = [each["event"] for each in on.others.city.card_management.reports]
    assert events.count("enabled") == 1
