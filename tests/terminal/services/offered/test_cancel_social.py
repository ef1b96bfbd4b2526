"""S-CANCEL-SOCIAL: after matters are closed, or after a death; the account stays (Art. 19)."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from applying import again, apply_for, newest, produce, seats_of, shown
from handing_over import collected, plea_of, renewal_ready, state_of
from offered import do, duties_of, told, two, values
from parties import BEIJING
from registry import ALL_PAPERS, OTHER_BANK, Bench, bench, named

from emulator.parties.party import Fault
from terminal.errors import RequestWrong, RuleRefused, RunOpen, SecondWanted
from terminal.registry import pending, persons, runs
from terminal.registry.cards import Card
from terminal.registry.machines import Kind
from terminal.registry.pending import What
from terminal.registry.persons import Person
from terminal.rules.states import Progress
from terminal.rules.vocabulary import Actor, Channel, Paper, Service
from terminal.services.offered import delivery

KIN = shown("王小明", 12)
KEY = "cancel-0001"


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def holder(on: Bench) -> tuple[Person, Card]:
    person = on.person()
    return person, on.card(person)


def by_kin(on: Bench, person: Person, day: str = "2026-02-27", **more: object) -> object:
    asked = {"actor": Actor.KIN, "representative": KIN, "wishes": {"deceased_on": day}}
    return do(on, Service.CANCEL_SOCIAL, person, **(asked | more))  # type: ignore[arg-type]  # fields by name


def known_dead(on: Bench, person: Person) -> None:
    number = person.document.number.reveal()
    on.others.city.data_sharing.add_person(number, "王建国", deceased_on="2026-02-27", closed=True)


def rules(error: pytest.ExceptionInfo[RuleRefused]) -> list[tuple[str, str]]:
    return [(each.rule, each.article) for each in error.value.facts["decision"].reasons]  # type: ignore[attr-defined]  # a Decision


@pytest.mark.parametrize("channel", [Channel.DISTRICT, Channel.BANK])
def test_s_cancel_social_ends_it_and_leaves_the_account(
    on: Bench, holder: tuple[Person, Card], channel: Channel
) -> None:
    """District outlet or issuing bank; the financial function is the bank's."""
    person, card = holder
    answer = do(on, Service.CANCEL_SOCIAL, person, channel)
    now = on.look(card)
    assert (now.social.state, now.financial.state, now.life.state) == ("cancelled", "on", "held")
    assert not seats_of(on, person).taken
    assert on.others.city.card_management.reports[-1]["event"] == "cancelled"
    assert on.others.city.messages.sent[-1]["kind"] == "cancelled"
    assert "2026-09-02" in values(answer)["金融功能"]
    assert "cancel_account" not in on.others.calls("bank")
    assert "matters_closed" in on.others.calls("data_sharing")


def test_s_cancel_social_not_elsewhere(on: Bench, holder: tuple[Person, Card]) -> None:
    """Neither at another bank nor online (Art. 3, 19)."""
    for desk in (on.desk(bank=OTHER_BANK), on.desk(Channel.ONLINE), on.desk(Channel.HOTLINE)):
        with pytest.raises(RuleRefused) as refused:
            do(on, Service.CANCEL_SOCIAL, holder[0], desk)
        assert ("S-CANCEL-SOCIAL", "19") in rules(refused)


@pytest.mark.parametrize("by", [("social",), ("medical",)])
def test_open_matters_come_first(
    on: Bench, holder: tuple[Person, Card], by: tuple[str, ...]
) -> None:
    """One of the two offices closed is not both (Art. 19)."""
    person, card = holder
    sharing = on.others.city.data_sharing
    sharing.add_person(person.document.number.reveal(), "王建国")
    sharing.close_matters(person.document.number.reveal(), by)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.CANCEL_SOCIAL, person)
    assert ("S-CANCEL-SOCIAL", "19") in rules(refused)
    assert "办结" in refused.value.advice("zh")
    assert state_of(on, card, Kind.SOCIAL) == "on"
    sharing.close_matters(person.document.number.reveal())
    do(on, Service.CANCEL_SOCIAL, person)


def test_offices_that_do_not_answer_take_a_second_person(
    on: Bench, holder: tuple[Person, Card]
) -> None:
    """It is for ever: somebody else looks at the proof, and says on what grounds."""
    person, card = holder
    on.others.set("data_sharing", Fault.DOWN)
    with pytest.raises(SecondWanted):
        do(on, Service.CANCEL_SOCIAL, person)
    do(on, Service.CANCEL_SOCIAL, person, two(on.desk(), "已看过办结证明"))
    assert state_of(on, card, Kind.SOCIAL) == "cancelled"


def test_r_agent_may_cancel_with_an_authorisation(on: Bench, holder: tuple[Person, Card]) -> None:
    """Art. 19 gives it to an agent beside Art. 24's four services."""
    person, card = holder
    agent = {"actor": Actor.AGENT, "representative": KIN}
    with pytest.raises(RuleRefused):
        do(on, Service.CANCEL_SOCIAL, person, papers=ALL_PAPERS - {Paper.AUTHORISATION}, **agent)
    do(on, Service.CANCEL_SOCIAL, person, **agent)
    assert state_of(on, card, Kind.SOCIAL) == "cancelled"


def test_kin_cancel_after_a_death_without_a_power_of_attorney(
    on: Bench, holder: tuple[Person, Card]
) -> None:
    """Proof of death and of kinship; the death is on record, and nobody writes to the dead."""
    person, card = holder
    known_dead(on, person)
    papers = frozenset({Paper.DEATH, Paper.KINSHIP, Paper.ACTOR_ID})
    sent = len(on.others.city.messages.sent)
    by_kin(on, person, papers=papers)
    assert state_of(on, card, Kind.SOCIAL) == "cancelled"
    assert len(on.others.city.messages.sent) == sent
    with on.registry.reading() as tx:
        now = persons.get(tx, person.id)
    assert (now.deceased_on, now.death_reminded_at) == (date(2026, 2, 27), None)


@pytest.mark.parametrize("lacking", [Paper.DEATH, Paper.KINSHIP, Paper.ACTOR_ID])
def test_kin_bring_both_proofs(on: Bench, holder: tuple[Person, Card], lacking: Paper) -> None:
    """One of them is not enough."""
    known_dead(on, holder[0])
    with pytest.raises(RuleRefused):
        by_kin(on, holder[0], papers=ALL_PAPERS - {lacking})


def test_a_death_that_only_the_paper_knows_takes_a_second_person(
    on: Bench, holder: tuple[Person, Card]
) -> None:
    """The record may be late, or the paper false: two people look."""
    person, card = holder
    with pytest.raises(SecondWanted):
        by_kin(on, person)
    asked = {"actor": Actor.KIN, "representative": KIN, "wishes": {"deceased_on": "2026-02-27"}}
    do(on, Service.CANCEL_SOCIAL, person, two(on.desk()), **asked)  # type: ignore[arg-type]  # fields by name
    assert state_of(on, card, Kind.SOCIAL) == "cancelled"


@pytest.mark.parametrize("day", ["", "2026-03-03", "27.2.2026", "20260227", "2026-02-30", "昨天"])
def test_kin_say_the_day_of_death_as_the_proof_has_it(
    on: Bench, holder: tuple[Person, Card], day: str
) -> None:
    """A day that is none, or has not come yet, is asked for again before anything is done."""
    person, card = holder
    known_dead(on, person)
    with pytest.raises(RequestWrong):
        by_kin(on, person, day)
    assert state_of(on, card, Kind.SOCIAL) == "on"
    by_kin(on, person, "2026-03-02")


def test_a_death_on_record_needs_no_day(on: Bench, holder: tuple[Person, Card]) -> None:
    """What the city said before is not asked of the family again."""
    person, card = holder
    with on.registry.writing() as tx:
        persons.note_death(tx, person, deceased_on=date(2026, 2, 1), reminded=True)
    by_kin(on, person, "")
    assert state_of(on, card, Kind.SOCIAL) == "cancelled"
    with on.registry.reading() as tx:
        assert persons.get(tx, person.id).deceased_on == date(2026, 2, 1)


def test_r_fin_6m_the_bank_is_reminded_after_six_months(
    on: Bench, holder: tuple[Person, Card]
) -> None:
    """The first moment after the last day of the sixth month, and once."""
    person, card = holder
    on.now = datetime(2026, 8, 31, 23, 59, 59, tzinfo=BEIJING)
    do(on, Service.CANCEL_SOCIAL, person)
    on.now = datetime(2027, 2, 28, 23, 59, 59, tzinfo=BEIJING)
    assert delivery.run_due(on.desk()) == ()
    on.later(seconds=1)
    delivery.run_due(on.desk())
    (reminded,) = on.others.city.bank.reminders
    assert reminded == {"account_number": card.account, "cancelled_on": "2026-08-31"}
    assert on.others.city.bank.accounts[card.account or ""]["restricted"]


def test_r_fin_6m_is_not_of_a_card_without_an_account(on: Bench) -> None:
    """There is nothing to remind of."""
    from terminal.rules.states import Financial

    person = on.person()
    on.card(person, financial=Financial.NONE)
    answer = do(on, Service.CANCEL_SOCIAL, person)
    assert "金融功能" not in values(answer)
    assert [each.call for each in duties_of(on, person)] == ["report", "message"]


def test_an_open_application_ends_along_with_it(tmp_path: Path) -> None:
    """Who ends their business is made no other card: recalled, seat and right and account back."""
    laid = renewal_ready(tmp_path)
    on, old = laid.on, laid.old
    assert old is not None
    answer = do(on, Service.CANCEL_SOCIAL, laid.person, card=old.id)
    assert state_of(on, old, Kind.SOCIAL) == "cancelled"
    assert state_of(on, laid.new) == "recalled"
    plea = plea_of(on, laid.new)
    assert plea.progress.state == Progress.RECALLED
    assert values(answer)["一并终止的申请"] == str(plea.id)
    seats = seats_of(on, laid.person)
    assert (seats.current_card, seats.next_card, seats.taken) == (None, None, False)
    assert on.others.city.bank.accounts[laid.new.account or ""]["state"] == "cancelled"
    standing = on.others.ports.card_management.standing(
        laid.person.document.document.value, laid.person.document.number.reveal()
    )
    assert standing.free


def test_an_application_that_is_not_made_yet_ends_along_with_it(
    on: Bench, holder: tuple[Person, Card]
) -> None:
    """Nothing is made for nobody."""
    person, card = holder
    do(on, Service.RENEW, person, wishes={"grounds": "face"})
    plea = newest(on)
    do(on, Service.CANCEL_SOCIAL, person)
    assert again(on, plea).progress.state == Progress.WITHDRAWN
    assert not seats_of(on, person).taken
    assert state_of(on, card, Kind.SOCIAL) == "cancelled"


def test_the_old_card_of_a_renewal_ends_along_with_the_new_one(tmp_path: Path) -> None:
    """Who names no card means all of it: the one taken back is the one that is in force."""
    laid = collected(tmp_path)
    on, old = laid.on, laid.old
    assert old is not None
    answer = do(on, Service.CANCEL_SOCIAL, laid.person)
    assert state_of(on, laid.new, Kind.SOCIAL) == "cancelled"
    assert state_of(on, old, Kind.SOCIAL) == "cancelled"
    assert "一并注销的旧卡" in values(answer)
    assert not seats_of(on, laid.person).taken
    owed = duties_of(on, laid.person)
    assert {each.card_id for each in owed if each.call == "remind"} == {laid.new.id, old.id}
    apply_for(on, named(laid.person))


def test_cancelling_the_old_card_takes_the_next_one_with_it(tmp_path: Path) -> None:
    """The one in force is named by the family; the one beside it must not stay behind."""
    laid = collected(tmp_path)
    on, old = laid.on, laid.old
    assert old is not None
    answer = do(on, Service.CANCEL_SOCIAL, laid.person, card=old.id)
    assert state_of(on, laid.new, Kind.SOCIAL) == "cancelled"
    assert state_of(on, laid.new, Kind.FINANCIAL) == "cancelled"
    assert "一并注销的新卡" in values(answer)
    assert not seats_of(on, laid.person).taken


def test_r_one_afterwards_a_person_who_comes_back_applies_anew(
    on: Bench, holder: tuple[Person, Card]
) -> None:
    """Cancelled is over: the seat is free for another first card."""
    person, _card = holder
    do(on, Service.CANCEL_SOCIAL, person)
    apply_for(on, shown("王建国", 1))
    card = produce(on, newest(on))
    assert card.person_id == person.id


def test_what_waits_for_its_chip_is_dropped(on: Bench, holder: tuple[Person, Card]) -> None:
    """R-PENDING ends with the card."""
    person, card = holder
    with on.registry.writing() as tx:
        pending.decide(tx, card.id, What.PIN_RESET, run_id=None)
    do(on, Service.CANCEL_SOCIAL, person)
    with on.registry.reading() as tx:
        assert pending.waiting(tx, card.id) == ()


def test_a_card_that_something_is_done_with_is_not_cancelled_under_it(
    on: Bench, holder: tuple[Person, Card]
) -> None:
    """What broke off is finished first."""
    person, card = holder
    with on.registry.writing() as tx:
        runs.begin(
            tx,
            "load-1",
            Service.TRANSIT_LOAD,
            on.desk().by,
            {},
            person_id=person.id,
            card_id=card.id,
        )
    with pytest.raises(RunOpen):
        do(on, Service.CANCEL_SOCIAL, person)


def test_cancelled_twice_is_refused_and_repeated_under_its_key(
    on: Bench, holder: tuple[Person, Card]
) -> None:
    """And what is left is said: the account, at the bank."""
    person, _card = holder
    do(on, Service.CANCEL_SOCIAL, person, key=KEY)
    assert do(on, Service.CANCEL_SOCIAL, person, key=KEY).repeated
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.CANCEL_SOCIAL, person)
    assert ("S-CANCEL-SOCIAL", "19") in rules(refused)


def test_the_district_outlet_sends_to_the_bank_for_the_rest(
    on: Bench, holder: tuple[Person, Card]
) -> None:
    """Account and transit money are cancelled at the issuing bank."""
    answer = do(on, Service.CANCEL_SOCIAL, holder[0], Channel.DISTRICT)
    assert "发卡合作银行" in told(answer)
