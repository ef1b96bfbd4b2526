"""R-ECARD: an electronic card beside the physical one, kept as the city has it."""

from __future__ import annotations

from pathlib import Path

import pytest
from offered import do, noted, two, values
from registry import Bench, bench, citizen_id, named

from emulator.parties.party import Fault
from terminal.errors import (
    PartyAnswerWrong,
    PartyUnreachable,
    PersonUnknown,
    RuleRefused,
    SecondWanted,
)
from terminal.registry import cards, seats
from terminal.registry.cards import Card
from terminal.registry.persons import Person
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.states import Financial
from terminal.rules.vocabulary import Channel, Generation, Service
from terminal.services.acts import Act
from terminal.services.offered.electronic import Followed, Outcome, follow
from terminal.services.offered.request import Named

NUMBER = "E00000015"


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def person(on: Bench) -> Person:
    return on.person()


def told(on: Bench, number: str = NUMBER) -> None:
    """Have the city know an electronic card of the person."""
    on.others.city.card_management.add_electronic("citizen_id", citizen_id(1), number, "2026-01-05")


def followed(on: Bench, person: Person) -> Followed:
    return follow(on.desk(), named(person))


def theirs(on: Bench, person: Person) -> tuple[Card, ...]:
    with on.registry.reading() as tx:
        return cards.of_person(tx, person.id)


def test_r_ecard_is_put_on_record_beside_the_physical_one(on: Bench, person: Person) -> None:
    """Once, by the city's word, on the audit; it takes no seat and has no chip (R-ONE)."""
    physical = on.card(person)
    told(on)
    first, again = followed(on, person), followed(on, person)
    assert (first.outcome, again.outcome) == (Outcome.REGISTERED, Outcome.KNOWN)
    assert first.card == again.card
    assert (first.card.generation, first.card.number) == (Generation.ELECTRONIC, NUMBER)
    assert [each.state for each in (first.card.social, first.card.financial)] == ["on", "none"]
    assert [each.state for each in (first.card.transit, first.card.park)] == ["none", "none"]
    assert (first.card.chip, len(theirs(on, person))) == (None, 2)
    with on.registry.reading() as tx:
        assert seats.of_person(tx, person.id).current_card == physical.id
    (entry,) = noted(on, action=Act.REGISTER_ELECTRONIC)
    assert entry.note.card_id == first.card.id
    said = values(do(on, Service.STATUS, person, Channel.ONLINE))
    assert "电子社会保障卡" in said["社会保障卡"]


def test_r_ecard_follows_what_the_city_says(on: Bench, person: Person) -> None:
    """Another one in its place, then none: what stands on record is what there is."""
    told(on)
    first = followed(on, person)
    told(on, "E00000026")
    second = followed(on, person)
    assert second.outcome is Outcome.REGISTERED
    told(on, "")
    last = followed(on, person)
    assert (last.outcome, last.card.id) == (Outcome.ENDED, second.card.id)
    assert {each.id: each.social.state for each in theirs(on, person)} == {
        first.card.id: "cancelled",
        second.card.id: "cancelled",
    }
    with pytest.raises(RuleRefused, match="electronic"):
        followed(on, person)


def test_r_ecard_is_no_card_that_a_counter_works_on(on: Bench, person: Person) -> None:
    """Nobody has to say that the physical one is meant; who names the other is told why not."""
    old = on.card(person, generation=Generation.SECOND, financial=Financial.NONE)
    told(on)
    electronic = followed(on, person).card
    physical = on.card(person)
    for service in (Service.LOSS_TEMP, Service.LOSS_FULL, Service.RENEW, Service.PIN_RESET):
        with pytest.raises(RuleRefused) as error:
            do(on, service, person, card=electronic.id)
        assert "电子卡不在柜台办理业务" in error.value.cause("zh")
        assert "请按实体卡办理" in error.value.advice("zh")
    do(on, Service.LOSS_TEMP, person)
    states = {each.id: each.social.state for each in theirs(on, person)}
    assert states == {old.id: "on", electronic.id: "on", physical.id: "temp_lost"}


@pytest.mark.parametrize("service", [Service.CANCEL_SOCIAL, Service.CANCEL_ALL])
def test_r_ecard_ends_with_the_persons_business(
    on: Bench, person: Person, service: Service
) -> None:
    """A cancellation ends it as well, says so on the slip, and the city is told (Rules Art. 19)."""
    on.card(person)
    told(on)
    electronic = followed(on, person).card
    done = do(on, service, person, wishes={"chip": "absent", "payout": "6217000011112222"})
    assert values(done)["一并注销的电子卡"].endswith(NUMBER[-4:])
    states = {each.id: each.social.state for each in theirs(on, person)}
    assert states[electronic.id] == "cancelled"
    assert NUMBER in [each["card_number"] for each in on.others.city.card_management.reports]


def test_who_is_not_known_or_not_sure(on: Bench, person: Person) -> None:
    """A stranger first gets a card on record; a cut name takes two."""
    told(on)
    with pytest.raises(PersonUnknown):
        follow(on.desk(), Named(DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(2)), "王"))
    long = "阿卜杜热合曼·买买提艾力·阿布都克里木"
    other = on.person(long, 3)
    on.others.city.card_management.add_electronic("citizen_id", citizen_id(3), NUMBER)
    cut = Named(named(other).document, long[:15], from_reader=True)
    with pytest.raises(SecondWanted):
        follow(on.desk(), cut)
    assert follow(two(on.desk()), cut).outcome is Outcome.REGISTERED


def test_a_city_that_is_mute_or_talks_rubbish_changes_nothing(on: Bench, person: Person) -> None:
    """What is on record stays; a number that fits no card is none."""
    told(on, "E" * 40)
    with pytest.raises(PartyAnswerWrong):
        followed(on, person)
    told(on)
    card = followed(on, person).card
    on.others.set("card_management", Fault.DOWN)
    with pytest.raises(PartyUnreachable):
        followed(on, person)
    assert [each.social.state for each in theirs(on, person)] == [card.social.state]
