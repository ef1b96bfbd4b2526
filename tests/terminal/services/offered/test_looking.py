"""A look at what the registry has of somebody: by document or card, whole, and on record."""

from pathlib import Path

import pytest
from applying import shown
from offered import do, lying, noted
from registry import Bench, bench, named

from emulator.parties.party import Fault
from terminal.errors import CardUnknown, LookUnexplained, PersonUnknown
from terminal.rules.vocabulary import Service
from terminal.services.offered.looking import look_up


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    """Give a counter."""
    return bench(tmp_path)


def test_everything_that_concerns_somebody(on: Bench) -> None:
    """Cards, applications and what is owed; not what another person has."""
    person, other = on.person(), on.person("李四", 2)
    card, _ = on.card(person), on.card(other)
    on.others.set("bank", Fault.DOWN)
    do(on, Service.LOSS_TEMP, person)
    do(on, Service.LOSS_TEMP, other)
    found = look_up(on.desk(), named(person), service="S-STATUS", reason="来询")
    assert found.person.id == person.id
    assert [each.id for each in found.cards] == [card.id]
    assert [each.call for each in found.duties] == ["stop_financial"]


def test_by_the_card_on_the_desk(on: Bench) -> None:
    """The card says whose it is; one that nobody knows says nobody's."""
    person = on.person()
    desk = lying(on.desk(), on.card(person))
    assert look_up(desk, None, service="S-STATUS", reason="来询").person.id == person.id
    with pytest.raises(CardUnknown):
        look_up(lying(on.desk(), "11" * 16), None, service="S-STATUS", reason="来询")


def test_r_secret_every_look_is_on_record(on: Bench) -> None:
    """Of somebody or of nobody, and whether in clear; without a reason nobody looks."""
    person = on.person()
    look_up(on.desk(), named(person), service="S-STATUS", reason="来询", revealed=True)
    with pytest.raises(PersonUnknown):
        look_up(on.desk(), shown(sequence=9), service="S-STATUS", reason="来询")
    nobody, somebody = noted(on, action="look")
    assert {nobody.note.person_id, somebody.note.person_id} == {None, person.id}
    assert {"revealed": True} in (dict(nobody.note.facts), dict(somebody.note.facts))
    with pytest.raises(LookUnexplained):
        look_up(on.desk(), named(person), service="S-STATUS", reason=" ")
