"""R-TEMP-15: 15 calendar days to the second, in every channel, and what does not come back."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from offered import do, duties_of, moves, noted, owed, told, values
from registry import OTHER_BANK, Bench, ask, bench, citizen_id, named

from emulator.parties.party import Fault
from terminal.beijing_time import BEIJING
from terminal.errors import MovedMeanwhile, RuleRefused
from terminal.registry import cards, runs
from terminal.registry.machines import Kind
from terminal.registry.transaction import Transaction
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.states import Financial, Public, Social
from terminal.rules.vocabulary import Actor, Channel, Generation, Paper, Service
from terminal.services.offered.authorise import authorise
from terminal.services.offered.delivery import run_due
from terminal.services.offered.request import Named
from terminal.services.offered.running import Recorded, Running, Work, carry_out

SECOND = timedelta(seconds=1)
AGENT = Named(DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(99)), "赵代理")


def at(text: str) -> datetime:
    """Give a moment in Beijing."""
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def stopped(on: Bench, channel: Channel = Channel.HOTLINE) -> int:
    """Report a temporary loss of the only card of a new person; give the card's number."""
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_TEMP, person, channel)
    return card.id


@pytest.mark.parametrize(
    ("reported", "back"),
    [
        ("2026-03-02T00:00:00", "2026-03-18T00:00:00"),
        ("2026-03-02T23:59:59.999999", "2026-03-18T00:00:00"),
        ("2026-04-20T09:00:00", "2026-05-06T00:00:00"),  # over a month's end and a holiday
        ("2026-12-20T09:00:00", "2027-01-05T00:00:00"),  # over a year's end
        ("2028-02-14T09:00:00", "2028-03-01T00:00:00"),  # its last day is 29 February
        ("2027-02-14T09:00:00", "2027-03-02T00:00:00"),  # the same day without one
        ("2028-02-29T12:00:00", "2028-03-16T00:00:00"),  # reported on 29 February
    ],
)
def test_r_temp_15_first_and_last_second(tmp_path: Path, reported: str, back: str) -> None:
    """The holder may enter a hospital with the card the second that the rules say."""
    on = bench(tmp_path)
    on.now = at(reported)
    number = stopped(on)
    assert on.look(number).social.state == Social.TEMP_LOST
    on.now = at(back) - SECOND
    assert on.look(number).social.state == Social.TEMP_LOST
    on.now = at(back)
    after = on.look(number)
    assert after.social.state == Social.ON
    assert after.social.since == at(back)


def test_r_temp_15_names_its_last_day_on_the_slip(tmp_path: Path) -> None:
    """Who is told the wrong day reports the loss too late, at their own risk."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    answer = do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    assert values(answer)["社会保障功能停用至"].startswith("2026-03-17 24:00")
    assert "2026-03-17" in on.others.city.messages.sent[0]["text"]
    assert "风险由持卡人承担" in told(answer)
    assert "不能手工解除" in told(answer)
    assert "交通余额和公园年票不因挂失停用" in told(answer)


@pytest.mark.parametrize(
    ("channel", "bank"),
    [
        (Channel.DISTRICT, ""),
        (Channel.BANK, "BOB"),
        (Channel.BANK, OTHER_BANK),
        (Channel.ONLINE, ""),
        (Channel.HOTLINE, ""),
    ],
)
def test_s_loss_temp_stops_both_at_once_in_every_channel(
    tmp_path: Path, channel: Channel, bank: str
) -> None:
    """Wherever it is reported, the bank has heard of it before the clerk is answered."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    answer = do(on, Service.LOSS_TEMP, person, on.desk(channel, bank))
    after = on.look(card)
    assert (after.social.state, after.financial.state) == (Social.TEMP_LOST, Financial.STOPPED)
    assert card.account is not None
    assert on.others.city.bank.accounts[card.account]["state"] == "stopped_temporary"
    assert answer.owed == ()
    assert (after.transit.state, after.park.state) == (Public.OFF, Public.OFF)


def test_r_temp_15_leaves_transit_and_park_alone(tmp_path: Path) -> None:
    """They are not named in Art. 13; clearing and the park system hear nothing."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    with on.registry.writing() as tx:
        opened = cards.move(tx, cards.get(tx, card.id), Kind.TRANSIT, "open", Public.ON)
        cards.move(tx, opened, Kind.PARK, "open", Public.ON)
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    after = on.look(card)
    assert (after.transit.state, after.park.state) == (Public.ON, Public.ON)
    assert on.others.calls("clearing") == []


@pytest.mark.parametrize("channel", [Channel.BANK_PHONE, Channel.TRANSIT, Channel.PARK])
def test_s_loss_temp_is_not_taken_where_art_13_does_not_say(
    tmp_path: Path, channel: Channel
) -> None:
    """The refusal names the ways that are open day and night."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.LOSS_TEMP, person, channel)
    assert "第 13 条" in refused.value.cause("zh")
    assert "96066" in refused.value.advice("zh")


def test_r_temp_15_financial_function_does_not_come_back_by_itself(tmp_path: Path) -> None:
    """Its return follows the bank's rules (Art. 20): until the bank says so it stays stopped."""
    on = bench(tmp_path)
    number = stopped(on)
    on.later(days=365)
    after = on.look(number)
    assert (after.social.state, after.financial.state) == (Social.ON, Financial.STOPPED)
    assert on.others.calls("bank") == ["stop_financial"]


def test_r_temp_15_does_not_run_twice_at_once(tmp_path: Path) -> None:
    """Nobody keeps a card stopped for months by telephone, fifteen days at a time."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    on.now = at("2026-03-17T23:59:59")
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    assert "正式挂失" in refused.value.advice("zh")
    assert on.look(card).social.until == at("2026-03-18T00:00:00")


def test_r_temp_15_may_begin_again_after_a_lapse(tmp_path: Path) -> None:
    """A card that is lost a second time is stopped a second time, at the bank too."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    assert card.account is not None
    # The bank brought it back by its own rules; nobody told us.
    on.others.city.bank.add_account(card.account)
    on.now = at("2026-03-18T00:00:00")
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    after = on.look(card)
    assert (after.social.state, after.financial.state) == (Social.TEMP_LOST, Financial.STOPPED)
    assert after.social.until == at("2026-04-03T00:00:00")
    assert on.others.city.bank.accounts[card.account]["state"] == "stopped_temporary"
    assert moves(on, card.social.thing_id) == ["register", "lose_temp", "lapse", "lose_temp"]
    on.later(days=30)
    assert on.look(card).social.state == Social.ON


def test_r_temp_15_a_formal_loss_on_the_last_second_stays(tmp_path: Path) -> None:
    """Reported in time, nothing comes back at midnight."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    on.now = at("2026-03-17T23:59:59")
    do(on, Service.LOSS_FULL, person)
    on.now = at("2026-03-18T00:00:00")
    assert on.look(card).social.state == Social.LOST
    assert moves(on, card.social.thing_id) == ["register", "lose_temp", "lose"]


def test_r_temp_15_a_formal_loss_after_the_lapse_is_one_of_a_working_card(tmp_path: Path) -> None:
    """The history tells that the card worked between the two, as the holder's risk."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    on.now = at("2026-03-18T00:00:00")
    do(on, Service.LOSS_FULL, person)
    assert moves(on, card.social.thing_id) == ["register", "lose_temp", "lapse", "lose"]
    assert on.look(card).social.state == Social.LOST


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.SLOW, Fault.LOST_ANSWER])
def test_r_temp_15_with_a_mute_bank_names_its_telephone(tmp_path: Path, fault: Fault) -> None:
    """The holder's money is open until the bank knows: the clerk telephones, we keep trying."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    on.others.set("bank", fault)
    answer = do(on, Service.LOSS_TEMP, person, Channel.HOTLINE, key="temp-0001")
    assert "银行核心系统尚未确认：停用金融功能" in owed(answer)
    assert "010-00000000" in owed(answer)
    assert on.look(card).social.state == Social.TEMP_LOST
    on.others.set("bank", Fault.UP)
    on.later(minutes=2)
    run_due(on.desk())
    assert card.account is not None
    assert on.others.city.bank.accounts[card.account]["state"] == "stopped_temporary"
    again = do(on, Service.LOSS_TEMP, person, Channel.HOTLINE, key="temp-0001")
    assert (again.repeated, again.owed) == (True, ())


def test_r_temp_15_repeated_under_its_key_is_one_loss(tmp_path: Path) -> None:
    """A line that broke in the middle of the call does not make the term longer."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE, key="temp-0001")
    on.later(days=5)
    again = do(on, Service.LOSS_TEMP, person, Channel.HOTLINE, key="temp-0001")
    assert again.repeated
    assert on.look(card).social.until == at("2026-03-18T00:00:00")
    assert len(on.others.city.messages.sent) == 1
    assert on.others.calls("bank") == ["stop_financial"]


def test_s_loss_temp_stops_a_card_that_is_not_enabled_yet(tmp_path: Path) -> None:
    """It comes back as it was: not enabled."""
    on = bench(tmp_path)
    person = on.person()
    with on.registry.writing() as tx:
        card = cards.order(tx, person.id, "BOB", region="110000", run_id=None)
        card = cards.move(tx, card, Kind.LIFE, "made", "ready")
        card = cards.move(tx, card, Kind.LIFE, "hand_over", "held")
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    assert on.others.calls("bank") == []
    on.later(days=16)
    assert on.look(card).social.state == Social.OFF


def test_r_agent_may_stop_a_card_for_now(tmp_path: Path) -> None:
    """Rules Art. 24: with both documents and a written authorisation at a desk."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    with pytest.raises(RuleRefused) as refused:
        do(
            on,
            Service.LOSS_TEMP,
            person,
            Channel.DISTRICT,
            actor=Actor.AGENT,
            representative=AGENT,
            papers=frozenset({Paper.ID, Paper.ACTOR_ID}),
        )
    assert "授权委托书" in refused.value.cause("zh")
    do(
        on,
        Service.LOSS_TEMP,
        person,
        Channel.DISTRICT,
        actor=Actor.AGENT,
        representative=AGENT,
    )
    assert on.look(card).social.state == Social.TEMP_LOST
    assert noted(on, action="done")[0].note.facts["actor"] == "agent"


def test_r_agent_by_telephone_stops_a_card_where_an_authorisation_is_on_record(
    tmp_path: Path,
) -> None:
    """Nobody sees a paper on the telephone, so it has to have been seen before (Rules Art. 24)."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    with pytest.raises(RuleRefused) as refused:
        do(
            on,
            Service.LOSS_TEMP,
            person,
            Channel.HOTLINE,
            actor=Actor.AGENT,
            representative=AGENT,
        )
    assert "第 24 条" in refused.value.cause("zh")
    authorise(on.desk(), named(person), AGENT, {Service.LOSS_TEMP})
    do(
        on,
        Service.LOSS_TEMP,
        person,
        Channel.HOTLINE,
        actor=Actor.AGENT,
        representative=AGENT,
    )
    assert on.look(card).social.state == Social.TEMP_LOST


@pytest.mark.parametrize("actor", [Actor.KIN, Actor.EMPLOYER])
def test_s_loss_temp_kin_and_employers_may_not(tmp_path: Path, actor: Actor) -> None:
    """Kin come after a death, to cancel; an employer collects, and no more."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.LOSS_TEMP, person, Channel.DISTRICT, actor=actor, representative=AGENT)
    assert "可以办理的人" in refused.value.advice("zh")
    assert on.look(card).social.state == Social.ON


def test_s_loss_temp_wants_to_know_who_calls(tmp_path: Path) -> None:
    """A stranger who stops other people's cards by telephone is a nuisance, and worse."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    with pytest.raises(RuleRefused):
        do(on, Service.LOSS_TEMP, person, Channel.HOTLINE, identified=False)


def test_s_loss_temp_of_an_older_card_is_refused(tmp_path: Path) -> None:
    """The rule is written for third-generation cards (Rules Art. 26(4))."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person, generation=Generation.FIRST, financial=Financial.NONE)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    assert "第三代" in refused.value.advice("zh")


def test_a_loss_in_the_middle_of_another_service_ends_that_one_without_a_traceback(
    tmp_path: Path,
) -> None:
    """The loss is first; what was under way says so, and is looked at again after the loss."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)

    def act(_run: Running) -> Mapping[str, Any]:
        do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
        return {}

    def record(run: Running, tx: Transaction) -> Recorded:
        cards.move(tx, run.situation.some_card, Kind.SOCIAL, "enable", Social.ON, run_id=run.id)
        return Recorded()

    work = Work(Service.PIN_CHANGE, record, act=act)
    with pytest.raises(MovedMeanwhile):
        carry_out(work, on.desk(), ask(Service.PIN_CHANGE, person), "cut-short")
    assert on.look(card).social.state == Social.TEMP_LOST
    with on.registry.reading() as tx:
        assert [each.key for each in runs.begun(tx)] == ["cut-short"]
    assert {each.state for each in duties_of(on, person)} == {"done"}
