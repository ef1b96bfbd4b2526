"""S-DATA-BASIC: name and number follow the insurance offices, never the counter (Rules Art. 17)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from applying import newest, produce, seats_of
from offered import LyingCard, do, lying, two, values
from registry import ALL_PAPERS, Bench, bench, citizen_id, named

from emulator.parties.party import Fault
from terminal.errors import (
    PartyUnreachable,
    PersonDiffers,
    PersonUnknown,
    RequestWrong,
    RuleRefused,
    SecondWanted,
)
from terminal.registry import persons
from terminal.registry.applications import Sort
from terminal.registry.cards import Card
from terminal.registry.persons import Person
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.states import Social
from terminal.rules.vocabulary import Ground, Service
from terminal.services.offered import data_basic, renew
from terminal.services.offered.answer import Answer
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Named, Request
from terminal.services.offered.running import carry_out

OLD, NEW = citizen_id(1), citizen_id(2)


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    on = bench(tmp_path)
    on.others.city.data_sharing.add_person(OLD, "王建国")
    return on


@pytest.fixture
def person(on: Bench) -> Person:
    return on.person(address="北京市")


@pytest.fixture
def card(on: Bench, person: Person) -> Card:
    return on.card(person)


def offices(on: Bench, *, by: tuple[str, ...] = ("social", "medical"), **more: str) -> None:
    on.others.city.data_sharing.change_person(OLD, "2026-02-20", by=by, **more)


def showing(name: str, number: str = OLD, **more: object) -> Named:
    named = Named(DocumentNumber(DocumentKind.CITIZEN_ID, number), name)
    return replace(named, **more)  # type: ignore[arg-type]  # fields by name


def ask_change(
    desk: Desk, holder: Named, card: Card, *, key: str = "data-0001", **said: str
) -> Answer:
    wishes = {"valid_until": "2036-01-01", **said}
    request = Request(Service.DATA_BASIC, holder, papers=ALL_PAPERS, card=card.id, wishes=wishes)
    return carry_out(data_basic.WORK, desk, request, key)


def known(on: Bench, number: str) -> Person | None:
    with on.registry.reading() as tx:
        return persons.find(tx, DocumentNumber(DocumentKind.CITIZEN_ID, number))


def test_s_data_basic_a_new_name_is_taken_over_and_a_card_with_it_is_made(
    on: Bench, person: Person, card: Card
) -> None:
    """The offices first, then the registry, then a card: in this order (Art. 17)."""
    offices(on, name="王建军")
    answer = ask_change(on.desk(), showing("王建军"), card)
    now = known(on, OLD)
    assert now is not None
    assert (now.id, now.name.reveal()) == (person.id, "王建军")
    application = newest(on)
    assert (application.sort, application.grounds) == (Sort.DATA, frozenset({Ground.DATA}))
    assert values(answer)["姓名"] == "由 王** 变更为 王**"
    assert "旧卡" in values(answer)["领取方式"]
    assert on.look(card).social.state == Social.ON
    assert on.others.city.data_sharing.people[OLD]["social"]["name"] == "王建军"
    assert produce(on, application).person_id == person.id


def test_s_data_basic_a_new_number_and_the_old_one_still_finds(
    on: Bench, person: Person, card: Card
) -> None:
    """Papers of years carry the old number; it is the same person, and no other gets it."""
    offices(on, new_number=NEW)
    ask_change(on.desk(), showing("王建国", NEW), card)
    for number in (OLD, NEW):
        now = known(on, number)
        assert now is not None
        assert now.id == person.id
    assert now.document.number.reveal() == NEW
    assert str(now.document.valid_until) == "2036-01-01"
    assert seats_of(on, person).current_card == card.id
    claim = on.others.city.card_management.state["people"][f"citizen_id {NEW}"]
    assert claim["being_made"]["reserved_by"] == "data-0001.right"


def test_s_data_basic_the_old_card_still_says_the_old_number(
    on: Bench, person: Person, card: Card
) -> None:
    """Until the new one is there two people look; a third person's number is never theirs."""
    offices(on, new_number=NEW)
    ask_change(on.desk(), showing("王建国", NEW), card)
    now = known(on, NEW)
    assert now is not None

    def laid(number: str) -> Desk:
        return replace(on.desk(), chip=LyingCard(card.chip or "", holder_number=number))  # type: ignore[arg-type]  # it only says who

    with pytest.raises(SecondWanted) as wanted:
        do(on, Service.LOSS_TEMP, now, laid(OLD))
    assert "变更以前的号码" in wanted.value.cause("zh")
    with pytest.raises(PersonDiffers):
        do(on, Service.LOSS_TEMP, now, two(laid(citizen_id(3))))
    do(on, Service.LOSS_TEMP, now, two(laid(OLD)))


def test_s_data_basic_the_card_on_the_reader_says_whose_data_it_were(
    on: Bench, person: Person, card: Card
) -> None:
    """The new document's number is nobody's yet: the card is what links it."""
    offices(on, new_number=NEW)
    desk = lying(on.desk(), card)
    request = Request(
        Service.DATA_BASIC,
        showing("王建国", NEW),
        papers=ALL_PAPERS,
        wishes={"valid_until": "2036-01-01"},
    )
    carry_out(data_basic.WORK, desk, request, "data-0001")
    assert newest(on).person_id == person.id


def test_s_data_basic_without_a_card_a_new_number_is_nobody(on: Bench, card: Card) -> None:
    """A number that nobody knows, and no card: it cannot be guessed whose it is."""
    offices(on, new_number=NEW)
    with pytest.raises(PersonUnknown):
        do(on, Service.DATA_BASIC, None, holder=showing("王建国", NEW))


def test_s_data_basic_not_before_both_offices_have_it(on: Bench, card: Card) -> None:
    """Art. 17: 人社 and 医保; one of them is not enough, and where to go is said."""
    offices(on, name="王建军", by=("social",))
    with pytest.raises(RuleRefused) as refused:
        ask_change(on.desk(), showing("王建军"), card)
    assert "第 17 条" in refused.value.cause("zh")
    assert "经办机构" in refused.value.advice("zh")
    now = known(on, OLD)
    assert now is not None
    assert now.name.reveal() == "王建国"


def test_s_data_basic_not_where_nothing_was_changed(on: Bench, card: Card) -> None:
    """The same data as on record are no change."""
    with pytest.raises(RuleRefused):
        ask_change(on.desk(), showing("王建国"), card)


def test_s_data_basic_not_for_another_document_than_the_offices_have(on: Bench, card: Card) -> None:
    """Somebody else's document with this card would make the card theirs."""
    offices(on, new_number=NEW)
    with pytest.raises(RuleRefused):
        ask_change(on.desk(), showing("王建国", citizen_id(3)), card)
    offices(on, name="王建军")
    with pytest.raises(RuleRefused):
        ask_change(on.desk(), showing("李四光", NEW), card)


def test_s_data_basic_of_somebody_who_is_on_record_is_not_this_cards(on: Bench, card: Card) -> None:
    """The document of a known person and another's card do not belong together."""
    other = on.person("李四光", 5)
    with pytest.raises(PersonDiffers):
        do(on, Service.DATA_BASIC, other, lying(on.desk(), card))


def test_s_data_basic_a_cut_name_on_the_reader_is_seen_by_two(on: Bench, card: Card) -> None:
    """What the offices have whole and the reader cuts is the same name to two people."""
    whole = "阿卜杜热合曼阿卜杜喀迪尔艾山江·买买提"
    offices(on, name=whole)
    holder = showing(whole[:15], from_reader=True)
    with pytest.raises(SecondWanted):
        ask_change(on.desk(), holder, card)
    ask_change(two(on.desk()), holder, card)
    now = known(on, OLD)
    assert now is not None
    assert now.name.reveal() == whole


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.SLOW])
def test_s_data_basic_waits_for_the_offices_word(on: Bench, card: Card, fault: Fault) -> None:
    """Here silence is no yes: the rules want their record before ours."""
    offices(on, name="王建军")
    on.others.set("data_sharing", fault)
    with pytest.raises(PartyUnreachable):
        ask_change(on.desk(), showing("王建军"), card)
    on.others.set("data_sharing", Fault.UP)
    ask_change(on.desk(), showing("王建军"), card)
    assert newest(on).sort is Sort.DATA


@pytest.mark.parametrize("until", ["", "2026-03-01", "以后"])
def test_s_data_basic_the_new_documents_validity_is_wanted(
    on: Bench, card: Card, until: str
) -> None:
    """The bank opens the new account by the new document (R-FIN-CHECK)."""
    offices(on, new_number=NEW)
    with pytest.raises(RequestWrong, match="valid"):
        ask_change(on.desk(), showing("王建国", NEW), card, valid_until=until)
    assert known(on, NEW) is None


def test_s_data_basic_repeated_under_its_key_changes_once(on: Bench, card: Card) -> None:
    """After the change the same request would find nothing to change: its answer is kept."""
    offices(on, new_number=NEW)
    first = ask_change(on.desk(), showing("王建国", NEW), card)
    second = ask_change(on.desk(), showing("王建国", NEW), card)
    assert (second.repeated, second.lines) == (True, first.lines)


def test_r_renew_grounds_data_as_a_ground_of_renewal_is_the_same(on: Bench, card: Card) -> None:
    """Art. 16(3): asked for as a renewal, it wants the offices' word and changes the registry."""
    holder = showing("王建军")
    request = Request(
        Service.RENEW,
        holder,
        papers=ALL_PAPERS,
        card=card.id,
        wishes={"grounds": "data face"},
    )
    with pytest.raises(RuleRefused) as refused:
        carry_out(renew.WORK, on.desk(), request, "renew-0001")
    assert "第 17 条" in refused.value.cause("zh")
    offices(on, name="王建军")
    carry_out(renew.WORK, on.desk(), request, "renew-0001")
    now = known(on, OLD)
    assert now is not None
    assert now.name.reveal() == "王建军"
    assert newest(on).grounds == frozenset({Ground.DATA, Ground.FACE})


def test_the_birth_date_follows_a_corrected_number(on: Bench, card: Card) -> None:
    """Age decides who may come alone; a corrected number corrects the birth date."""
    corrected = citizen_id(1, "19900407")
    offices(on, new_number=corrected)
    ask_change(on.desk(), showing("王建国", corrected), card)
    now = known(on, corrected)
    assert now is not None
    assert str(now.birth) == "1990-04-07"


def test_another_service_does_not_take_a_new_name_for_granted(
    on: Bench, person: Person, card: Card
) -> None:
    """Only where basic data are changed may the document differ from the registry."""
    with pytest.raises(PersonDiffers):
        do(on, Service.RENEW, None, holder=showing("王建军"), wishes={"grounds": "face"})
    assert named(person).name == "王建国"
