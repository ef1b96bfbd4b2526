"""Cards by post: sent, received, come back, lost (Art. 7, 21, 23)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from applying import again, produce, seats_of
from handing_over import first, plea_of, state_of
from offered import do, noted
from parties import BEIJING
from registry import OTHER_BANK, Bench, bench

from emulator.parties.party import Fault
from terminal.errors import CustodyRefused, RequestWrong, RuleRefused
from terminal.registry import parcels, persons
from terminal.registry.cards import Card
from terminal.registry.machines import Kind
from terminal.registry.persons import Person
from terminal.rules.states import Progress
from terminal.rules.vocabulary import Service
from terminal.services.acts import Act
from terminal.services.offered import custody, posting

TRACKING = "EA123456789CN"


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def by_post(on: Bench) -> tuple[Person, Card]:
    return first(on, by_post="yes")


def test_a_card_is_posted_with_its_number_at_the_post(on: Bench) -> None:
    """R-FREE: the holder is told which parcel to expect; a repetition posts nothing twice."""
    _person, card = by_post(on)
    done = posting.post(on.desk(), card.id, TRACKING)
    assert (done.card.life.state, done.repeated) == ("posted", False)
    assert TRACKING in on.others.city.messages.sent[-1]["text"]
    assert posting.post(on.desk(), card.id, TRACKING).repeated
    assert len(noted(on, action=Act.PARCEL_SENT)) == 1
    with pytest.raises(CustodyRefused):
        posting.post(on.desk(), card.id, "EA987654321CN")
    with on.registry.reading() as tx:
        sent = parcels.last_of(tx, card.id)
        assert sent is not None
        assert parcels.get(tx, sent.id) == sent
        with pytest.raises(KeyError):
            parcels.get(tx, 999)


@pytest.mark.parametrize("tracking", ["", " ", "EA 1", "邮件", "1" * 41, "EA1\n"])
def test_what_is_no_number_at_the_post_is_not_one(on: Bench, tracking: str) -> None:
    """It goes into a message and is asked for on the telephone."""
    _person, card = by_post(on)
    with pytest.raises(RequestWrong):
        posting.post(on.desk(), card.id, tracking)


def test_only_who_chose_the_post_gets_it_by_post(on: Bench) -> None:
    """Whoever comes to the bank would find it gone."""
    _person, card = first(on)
    with pytest.raises(CustodyRefused):
        posting.post(on.desk(bank=OTHER_BANK), card.id, TRACKING)
    with pytest.raises(CustodyRefused) as refused:
        posting.post(on.desk(), card.id, TRACKING)
    assert "没有选择邮寄" in refused.value.cause("zh")


def test_received_is_handed_over(on: Bench) -> None:
    """The city is told, nothing is enabled; again, it tells the same."""
    _person, card = by_post(on)
    posting.post(on.desk(), card.id, TRACKING)
    posting.delivered(on.desk(), card.id)
    assert state_of(on, card) == "held"
    assert on.look(card).social.state == "off"
    assert plea_of(on, card).progress.state == Progress.HANDED_OVER
    assert on.others.city.card_management.reports[-1]["event"] == "handed_over"
    assert posting.delivered(on.desk(), card.id).repeated
    for act in (posting.came_back, posting.lost):
        with pytest.raises(CustodyRefused):
            act(on.desk(), card.id)


def test_received_while_the_city_is_down_is_owed(on: Bench) -> None:
    """Nothing is lost in silence: it is named, and delivered by asking again."""
    _person, card = by_post(on)
    posting.post(on.desk(), card.id, TRACKING)
    on.others.set("card_management", Fault.DOWN)
    assert posting.delivered(on.desk(), card.id).owed
    on.others.set("card_management", Fault.UP)
    assert posting.delivered(on.desk(), card.id).owed == ()


def test_s_collect_of_a_card_in_the_post_waits_for_it(on: Bench) -> None:
    """The bank does not have it; come back, it is collected like any other."""
    person, card = by_post(on)
    posting.post(on.desk(), card.id, TRACKING)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.COLLECT, person)
    assert "邮寄途中" in refused.value.cause("zh")
    posting.came_back(on.desk(), card.id)
    do(on, Service.COLLECT, person)
    assert state_of(on, card) == "held"


def test_come_back_it_waits_at_the_bank_and_may_be_posted_again(on: Bench) -> None:
    """With another parcel; the six months run on from when it was made."""
    _person, card = by_post(on)
    posting.post(on.desk(), card.id, TRACKING)
    on.later(days=20)
    assert posting.came_back(on.desk(), card.id).card.life.state == "ready"
    assert posting.came_back(on.desk(), card.id).repeated
    posting.post(on.desk(), card.id, "EA000000001CN")
    posting.came_back(on.desk(), card.id)
    on.now = datetime(2026, 9, 3, 0, 0, tzinfo=BEIJING)
    with pytest.raises(CustodyRefused):
        posting.post(on.desk(), card.id, "EA000000002CN")
    custody.recall(on.desk(), card.id)
    assert state_of(on, card) == "recalled"


def test_lost_in_the_post_the_card_is_made_anew(on: Bench) -> None:
    """Right, account and seat stay the application's; the lost one will never work."""
    person, card = by_post(on)
    posting.post(on.desk(), card.id, TRACKING)
    reports = len(on.others.city.card_management.reports)
    done = posting.lost(on.desk(), card.id)
    assert (done.card.life.state, done.card.over) == ("recalled", True)
    assert on.others.city.clearing.blocked == [card.transit_number]
    assert len(on.others.city.card_management.reports) == reports
    plea = plea_of(on, card)
    assert plea.progress.state == Progress.VERIFIED
    assert seats_of(on, person).current_application == plea.id
    assert posting.lost(on.desk(), card.id).repeated
    new = produce(on, plea, 55)
    assert seats_of(on, person).current_card == new.id
    assert again(on, plea).card_id == new.id
    posting.post(on.desk(), new.id, "EA000000009CN")
    posting.delivered(on.desk(), new.id)
    do(on, Service.ENABLE, person)
    assert state_of(on, new, Kind.SOCIAL) == "on"


def test_a_lost_card_that_turns_up_is_destroyed_and_takes_no_right_away(on: Bench) -> None:
    """The city's word "destroyed" would end the right that the new card is made under."""
    _person, card = by_post(on)
    posting.post(on.desk(), card.id, TRACKING)
    posting.lost(on.desk(), card.id)
    reports = len(on.others.city.card_management.reports)
    custody.destroy(on.desk().with_second("li", "邮局找回"), card.id, turned_up=True)
    assert state_of(on, card) == "destroyed"
    assert noted(on, action=Act.DESTROY)[0].note.facts["turned_up"] == "parcel_lost"
    assert len(on.others.city.card_management.reports) == reports


def test_a_card_that_nobody_has_is_not_destroyed(on: Bench) -> None:
    """Lost in the post it waits for no destruction: two people cannot sign for what they lack."""
    _person, card = by_post(on)
    posting.post(on.desk(), card.id, TRACKING)
    posting.lost(on.desk(), card.id)
    with on.registry.reading() as tx:
        assert custody.in_custody(tx, on.desk().calendar) == ()
    with pytest.raises(CustodyRefused) as refused:
        custody.destroy(on.desk().with_second("li", "集中销毁"), card.id)
    assert "丢失" in refused.value.cause("zh")
    assert state_of(on, card) == "recalled"


def test_r_dead_10wd_nothing_is_posted_to_the_deceased(on: Bench) -> None:
    """Nor collected; what is in the post and arrives is a fact, and is put on record."""
    person, card = by_post(on)
    with on.registry.writing() as tx:
        persons.note_death(tx, person, deceased_on=None, reminded=True)
    with pytest.raises(CustodyRefused) as refused:
        posting.post(on.desk(), card.id, TRACKING)
    assert "停止发放" in refused.value.cause("zh")
    with on.registry.writing() as tx:
        persons.correct_death(tx, person)
    posting.post(on.desk(), card.id, TRACKING)
    with on.registry.writing() as tx:
        persons.note_death(tx, person, deceased_on=None, reminded=True)
    with pytest.raises(RuleRefused):
        do(on, Service.COLLECT, person)
    posting.delivered(on.desk(), card.id)
    assert state_of(on, card) == "held"


def test_what_is_not_in_the_post_does_not_arrive(on: Bench) -> None:
    """Nor come back, nor get lost."""
    _person, card = by_post(on)
    for act in (posting.delivered, posting.came_back, posting.lost):
        with pytest.raises(CustodyRefused):
            act(on.desk(), card.id)
