"""What a person can do here now: every service for who comes, with reasons, on record."""

from dataclasses import replace
from pathlib import Path

import pytest
from applying import apply_for, shown
from offered import lying, noted
from registry import Bench, ask, bench, named

from terminal.errors import CardUnknown
from terminal.registry import persons
from terminal.rules.decision import Decision, Verdict
from terminal.rules.table import TABLE
from terminal.rules.vocabulary import Actor, Channel, Paper, Service
from terminal.services.offered.possible import possible_by, possible_here
from terminal.services.offered.request import Request


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    """Give a counter."""
    return bench(tmp_path)


def by_service(found: tuple[Decision, ...]) -> dict[Service, Decision]:
    return {each.service: each for each in found}


def test_every_service_for_who_comes(on: Bench) -> None:
    """Nothing is left out that the person may ask for at all."""
    person = on.person()
    on.card(person)
    found = by_service(possible_here(on.desk(), ask(Service.STATUS, person)))
    assert set(found) == {each for each in Service if Actor.HOLDER in TABLE[each].actors}
    assert found[Service.LOSS_TEMP].verdict is Verdict.ALLOWED
    assert found[Service.APPLY].verdict is Verdict.REFUSED


def test_papers_are_still_to_come(on: Bench) -> None:
    """What is to be brought is named; what lies on the desk is there."""
    person = on.person()
    card = on.card(person)
    request = Request(Service.STATUS, named(person))
    found = by_service(possible_here(on.desk(), request))
    assert Paper.CARD in found[Service.PIN_CHANGE].bring
    found = by_service(possible_here(lying(on.desk(), card), request))
    assert found[Service.PIN_CHANGE].bring == (Paper.ID,)


def test_strangers(on: Bench) -> None:
    """Who is not on record may apply; what is about a card is not promised to them."""
    found = by_service(possible_here(on.desk(), Request(Service.STATUS, shown())))
    assert found[Service.APPLY].verdict is Verdict.ALLOWED
    assert not [each for each in found if TABLE[each].wants_card]
    assert noted(on, action="look") == ()


def test_who_has_applied_has_no_card_yet(on: Bench) -> None:
    """Until one is made nothing is promised that is about a card."""
    holder = shown()
    apply_for(on, holder)
    found = by_service(possible_here(on.desk(), Request(Service.STATUS, holder)))
    about_a_card = [each for each in found.values() if TABLE[each.service].wants_card]
    assert {each.verdict for each in about_a_card} == {Verdict.REFUSED}
    assert {each.reasons[0].why.zh for each in about_a_card} == {"此人名下没有社会保障卡"}


def test_employers(on: Bench) -> None:
    """A batch that is named later keeps nothing from being listed, itself included."""
    request = Request(Service.STATUS, actor=Actor.EMPLOYER)
    found = by_service(possible_here(on.desk(), request))
    theirs = {Service.GROUP, Service.COLLECT_GROUP}
    assert set(found) == {*theirs, Service.PROGRESS, Service.FEEDBACK, Service.VISIT}
    assert {found[each].verdict for each in theirs} == {Verdict.ALLOWED}
    found = by_service(possible_here(on.desk(Channel.DISTRICT), request))
    assert {found[each].verdict for each in theirs} == {Verdict.REFUSED}


def test_who_comes_for_somebody(on: Bench) -> None:
    """One look says what each of them may ask for: kin of the deceased find what is theirs."""
    person = on.person()
    on.card(person)
    with on.registry.writing() as tx:
        persons.note_death(tx, person, deceased_on=None, reminded=True)
    found = possible_by(on.desk(), ask(Service.STATUS, person), (Actor.HOLDER, Actor.KIN))
    own, kin = (by_service(found[each]) for each in (Actor.HOLDER, Actor.KIN))
    assert own[Service.CANCEL_ALL].verdict is Verdict.REFUSED
    assert kin[Service.CANCEL_ALL].verdict is not Verdict.REFUSED
    assert Service.RENEW not in kin
    assert len(noted(on, action="look")) == 1


def test_what_the_offices_know_is_asked_for_later(on: Bench) -> None:
    """Nobody is told that a change is not on record before anybody was asked."""
    person = on.person()
    on.card(person)
    found = by_service(possible_here(on.desk(), ask(Service.STATUS, person)))
    assert found[Service.DATA_BASIC].verdict is Verdict.ALLOWED


def test_it_is_a_look(on: Bench) -> None:
    """By whom, why, of whom (R-SECRET)."""
    person = on.person()
    desk = replace(on.desk(Channel.DISTRICT), reason="咨询")
    possible_here(desk, ask(Service.STATUS, person))
    (entry,) = noted(on, action="look")
    assert (entry.note.person_id, entry.note.reason) == (person.id, "咨询")


def test_a_card_that_is_not_theirs(on: Bench) -> None:
    """A number that is wrong is told, not passed over."""
    person = on.person()
    with pytest.raises(CardUnknown):
        possible_here(on.desk(), ask(Service.STATUS, person, card=999))
