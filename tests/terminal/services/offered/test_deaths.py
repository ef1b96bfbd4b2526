"""R-DEAD-10WD: reminders are taken in once, hand-overs stop; a wrong one is taken back by two."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from applying import (
    again,
    apply_for,
    holder,
    made_card,
    newest,
    produce,
    seats_of,
    shown,
    texts,
)
from handing_over import Laid, first, first_ready, group, held, plea_of, state_of
from offered import do, duties_of, noted
from parties import BEIJING
from registry import Bench, bench, citizen_id

from emulator.parties.party import Fault
from terminal.errors import (
    DeathStands,
    PartyUnreachable,
    PersonUnknown,
    RuleRefused,
    SecondPersonNeeded,
)
from terminal.registry import persons, reminders
from terminal.registry.persons import Person
from terminal.rules.states import Progress
from terminal.rules.vocabulary import Actor, Service
from terminal.services.acts import Act
from terminal.services.offered import custody, deaths, posting, production
from terminal.services.offered.found import hand_in

TODAY = "2026-03-02"


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def laid(tmp_path: Path) -> Laid:
    return first_ready(tmp_path)


def remind(
    on: Bench, person: Person, day: str = TODAY, deceased: str | None = "2026-02-27"
) -> None:
    document = person.document
    on.others.city.card_management.add_death(
        document.document.value, document.number.reveal(), day, deceased
    )


def now_of(on: Bench, person: Person) -> Person:
    with on.registry.reading() as tx:
        return persons.get(tx, person.id)


def test_r_dead_10wd_a_reminder_stops_the_hand_over_and_sets_the_term(laid: Laid) -> None:
    """At once, and by ten working days of the reminder's day the card is recalled."""
    on = laid.on
    remind(on, laid.person)
    (death,) = deaths.take_reminders(on.desk())
    assert (death.person_id, death.to_recall) == (laid.person.id, (laid.new.id,))
    assert death.by is not None
    assert death.by.day == date(2026, 3, 16)
    assert "李小明" not in repr(death)
    assert laid.person.document.number.reveal() not in repr(death)
    with pytest.raises(RuleRefused):
        do(on, Service.COLLECT, laid.person)
    custody.recall(on.desk(), laid.new.id)
    assert state_of(on, laid.new) == "recalled"


def test_r_dead_10wd_the_term_runs_from_the_citys_day_however_late_it_is_asked(
    laid: Laid,
) -> None:
    """A counter that was closed for a week has not gained a week."""
    on = laid.on
    remind(on, laid.person, "2026-03-04")
    on.now = datetime(2026, 3, 12, 8, 0, tzinfo=BEIJING)
    (death,) = deaths.take_reminders(on.desk())
    assert death.by is not None
    assert death.by.day == date(2026, 3, 18)
    assert now_of(on, laid.person).death_reminded_at == datetime(2026, 3, 4, tzinfo=BEIJING)


def test_reminders_are_taken_once_also_if_asked_for_again(laid: Laid) -> None:
    """Asked every morning, from some days back; the same reminder is the same death."""
    on = laid.on
    remind(on, laid.person)
    assert len(deaths.take_reminders(on.desk())) == 1
    assert deaths.take_reminders(on.desk()) == ()
    on.later(days=1)
    assert deaths.take_reminders(on.desk()) == ()
    assert len(noted(on, action=Act.DEATH)) == 1
    with on.registry.reading() as tx:
        assert reminders.asked_until(tx) == date(2026, 3, 3)


def test_what_the_city_enters_late_is_not_missed(laid: Laid) -> None:
    """A reminder for the day before yesterday that was not there yesterday."""
    on = laid.on
    deaths.take_reminders(on.desk())
    on.later(days=2)
    remind(on, laid.person, TODAY)
    assert len(deaths.take_reminders(on.desk())) == 1


def test_a_city_that_does_not_answer_is_asked_from_the_same_day_again(laid: Laid) -> None:
    """Nothing is noted as asked that was not answered."""
    on = laid.on
    remind(on, laid.person)
    on.others.once("card_management", Fault.DOWN)
    with pytest.raises(PartyUnreachable):
        deaths.take_reminders(on.desk())
    with on.registry.reading() as tx:
        assert reminders.asked_until(tx) is None
    assert len(deaths.take_reminders(on.desk())) == 1


def test_of_somebody_whom_the_registry_does_not_know_nothing_is_noted(laid: Laid) -> None:
    """The city reminds of everybody; also a document of a kind that nobody has here."""
    on = laid.on
    city = on.others.city.card_management
    city.add_death("citizen_id", citizen_id(500), TODAY)
    city.add_death("library_card", "1", TODAY)
    found = deaths.take_reminders(on.desk())
    assert [(each.person_id, each.to_recall) for each in found] == [(None, ()), (None, ())]


def test_what_is_not_made_yet_is_not_made_any_more(tmp_path: Path) -> None:
    """An application waits for nobody: withdrawn, seat and right given back, nothing started."""
    on = bench(tmp_path)
    apply_for(on, shown())
    plea = newest(on)
    with on.registry.reading() as tx:
        person = persons.get(tx, plea.person_id)
    remind(on, person)
    (death,) = deaths.take_reminders(on.desk())
    assert (death.withdrawn, death.to_recall, death.by) == ((plea.id,), (), None)
    assert again(on, plea).progress.state == Progress.WITHDRAWN
    assert not seats_of(on, person).taken
    assert "release" in on.others.calls("card_management")
    assert production.run_due(on.desk()) == ()


def test_a_card_that_is_just_being_made_is_recalled_once_it_is_there(tmp_path: Path) -> None:
    """The maker may have it in the machine; then it waits for its recall, not for its holder."""
    on = bench(tmp_path)
    apply_for(on, shown())
    plea = newest(on)
    production.verify(on.desk(), plea.id)
    production.start(on.desk(), plea.id)
    with on.registry.reading() as tx:
        person = persons.get(tx, plea.person_id)
    remind(on, person)
    (death,) = deaths.take_reminders(on.desk())
    assert (death.withdrawn, death.to_recall) == ((), ())
    card = produce(on, again(on, plea))
    custody.recall(on.desk(), card.id)
    assert state_of(on, card) == "recalled"


def test_cards_in_the_familys_hands_are_left_alone(tmp_path: Path) -> None:
    """Art. 19's: the family cancels them; nothing is recalled, no function ends by itself."""
    laid = held(tmp_path)
    remind(laid.on, laid.person)
    (death,) = deaths.take_reminders(laid.on.desk())
    assert (death.to_recall, death.withdrawn) == ((), ())
    assert laid.on.look(laid.new).social.state == "off"
    assert state_of(laid.on, laid.new) == "held"


def test_an_employer_is_told_to_bring_the_card_back(tmp_path: Path) -> None:
    """It says which card, and nothing of a death: that is not the counter's to spread."""
    on = bench(tmp_path)
    batch, made = group(on, 1)
    do(
        on,
        Service.COLLECT_GROUP,
        None,
        actor=Actor.EMPLOYER,
        representative=shown("赵红", 12),
        wishes={"batch": str(batch.id)},
    )
    with on.registry.reading() as tx:
        person = persons.get(tx, made[0].person_id)
    remind(on, person)
    (death,) = deaths.take_reminders(on.desk())
    assert death.to_recall == (made[0].id,)
    sent = on.others.city.messages.sent[-1]
    assert (sent["mobile"], sent["kind"]) == ("13900000000", "card_recalled")
    assert "停止发放" in sent["text"]
    assert "死" not in sent["text"]


def test_a_wrong_death_is_taken_back_once_the_authorities_say_alive(laid: Laid) -> None:
    """By two people with grounds; then the card, if nobody recalled it, is collected."""
    on = laid.on
    remind(on, laid.person)
    deaths.take_reminders(on.desk())
    number = laid.person.document.number.reveal()
    on.others.city.data_sharing.add_person(number, "李小明", deceased_on="2026-02-27")
    two = on.desk().with_second("li", "本人到场，公安已更正")
    with pytest.raises(SecondPersonNeeded):
        deaths.correct(on.desk(), laid.person.id)
    with pytest.raises(DeathStands) as stands:
        deaths.correct(two, laid.person.id)
    assert "平台显示已死亡" in stands.value.cause("zh")
    on.others.city.data_sharing.add_person(number, "李小明")
    assert deaths.correct(two, laid.person.id).alive
    assert deaths.correct(two, laid.person.id).alive
    assert len(noted(on, action=Act.DEATH_CORRECTED)) == 1
    do(on, Service.COLLECT, laid.person)
    assert state_of(on, laid.new) == "held"


def test_a_corrected_reminder_is_not_taken_again(laid: Laid) -> None:
    """The city still shows it for its day; a second one, later, is another matter."""
    on = laid.on
    remind(on, laid.person)
    deaths.take_reminders(on.desk())
    deaths.correct(on.desk().with_second("li", "公安已更正"), laid.person.id)
    assert deaths.take_reminders(on.desk()) == ()
    assert now_of(on, laid.person).alive
    on.later(days=30)
    remind(on, laid.person, "2026-04-01")
    (death,) = deaths.take_reminders(on.desk())
    assert death.to_recall == (laid.new.id,)


def test_who_is_unknown_to_the_authorities_is_not_said_to_be_alive(tmp_path: Path) -> None:
    """Silence is no correction, nor is a platform that does not answer."""
    on = bench(tmp_path, open_register=False)
    person = on.person()
    with on.registry.writing() as tx:
        persons.note_death(tx, person, deceased_on=date(2026, 2, 1), reminded=True)
    two = on.desk().with_second("li", "家属来电")
    with pytest.raises(DeathStands):
        deaths.correct(two, person.id)
    on.others.set("data_sharing", Fault.DOWN)
    with pytest.raises(PartyUnreachable):
        deaths.correct(two, person.id)
    with pytest.raises(PersonUnknown):
        deaths.correct(two, 999)
    assert not now_of(on, person).alive


def test_r_verify_no_card_is_made_again_of_the_deceased(on: Bench) -> None:
    """Spoilt after the reminder: the application ends, and production takes nothing up."""
    apply_for(on)
    plea = newest(on)
    production.verify(on.desk(), plea.id)
    card = production.start(on.desk(), plea.id)
    person = holder(on, plea)
    remind(on, person)
    deaths.take_reminders(on.desk())
    said = len(texts(on))
    production.spoilt(on.desk(), plea.id, card.id, "打印坏了")
    assert again(on, plea).progress.state == Progress.WITHDRAWN
    assert production.run_due(on.desk()) == ()
    assert not seats_of(on, person).taken
    assert "release" in {each.call for each in duties_of(on, person)}
    assert len(texts(on)) == said


def test_r_verify_nor_after_it_was_lost_in_the_post(on: Bench) -> None:
    """The parcel of somebody who has died meanwhile is not sent twice."""
    person, card = first(on, by_post="yes")
    posting.post(on.desk(), card.id, "EA123456789CN")
    remind(on, person)
    deaths.take_reminders(on.desk())
    posting.lost(on.desk(), card.id)
    assert plea_of(on, card).progress.state == Progress.WITHDRAWN
    assert production.run_due(on.desk()) == ()
    assert not seats_of(on, person).taken


def test_the_deceased_are_sent_no_message(on: Bench) -> None:
    """Their telephone is the family's: neither a finished nor a found card is announced to it."""
    apply_for(on)
    plea = newest(on)
    production.verify(on.desk(), plea.id)
    production.start(on.desk(), plea.id)
    alive = on.person(sequence=1)
    found = on.card(alive)
    remind(on, holder(on, plea))
    remind(on, alive)
    deaths.take_reminders(on.desk())
    said = len(texts(on))
    production.made(on.desk(), plea.id, made_card())
    hand_in(on.desk(), "found-1", found.id)
    assert len(texts(on)) == said
