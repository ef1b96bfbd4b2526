"""Bad input, as it comes over a counter: refused or handed to a second person, and said why.

Never a traceback, never a silent pass: whatever is raised is a leaf of the catalogue that says in
Chinese what is wrong and what to do, repeats no number in clear, and has changed nothing.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from applying import SAID, apply_for, second_card, shown
from offered import do, two, values
from refusals import refused
from registry import ALL_PAPERS, BANK, Bench, bench, citizen_id, named
from town import PAYOUT, Town, somebody

from terminal.errors import (
    CardUnknown,
    CardWanted,
    PersonDiffers,
    PersonUnknown,
    RequestWrong,
    RuleRefused,
    SecondWanted,
)
from terminal.registry.cards import Card
from terminal.registry.persons import Person
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.vocabulary import Actor, Channel, Service
from terminal.services.offered import found
from terminal.services.offered.answer import Answer
from terminal.services.offered.request import Named, Request
from terminal.services.offered.running import carry_out
from terminal.services.offered.works import work_of

DOTS = "·•‧・．"
LONG = "迪丽热巴·买买提·阿卜杜热合曼"
"""A name that is just as long as an ID reader's cell."""


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def person(on: Bench) -> Person:
    return on.person()


@pytest.fixture
def card(on: Bench, person: Person) -> Card:
    return on.card(person)


def wrong_digit(number: str) -> str:
    return number[:-1] + ("1" if number[-1] != "1" else "2")


# --- Documents ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number",
    [
        wrong_digit(citizen_id(7)),
        citizen_id(7, born="20260230"),  # no such day
        citizen_id(7, born="20260303"),  # tomorrow
        citizen_id(7, born="18200101"),
        citizen_id(7, region="000000"),
        citizen_id(7)[:-1],
        citizen_id(7) + "0",
        "１" * 18,
        "'; DROP TABLE person; --",
        "",
        "9" * 10_000,
    ],
)
def test_a_citizen_number_that_is_none(on: Bench, number: str) -> None:
    """Wrong check digit, impossible birth, too short, too long: nobody is made up from it."""
    secret = number if 15 < len(number) < 30 else "never there"
    holder = Named(DocumentNumber(DocumentKind.CITIZEN_ID, number), "李小明")
    error = refused(on, RequestWrong, lambda: apply_for(on, holder), secret)
    assert "号码" in error.message("zh")
    refused(on, PersonUnknown, lambda: do(on, Service.STATUS, None, holder=holder), secret)


def test_the_same_numbers_in_an_employers_list(on: Bench) -> None:
    """Each bad row is named by its place with the reason; the good one goes through."""
    said = {name: value for name, value in SAID.items() if name != "bank"}
    good = {"document": "citizen_id", "name": "李小明", "confirmed": True, **said}
    rows_of_list: list[Any] = [
        {**good, "number": citizen_id(7)},
        {**good, "number": wrong_digit(citizen_id(8))},
        {**good, "number": citizen_id(9), "birth": "1990-02-30"},
        {**good, "number": citizen_id(10), "name": ""},
        {**good, "number": citizen_id(11), "document": "library_card"},
        {**good, "number": 12},
        ["not", "a", "row"],
        None,
        {**good, "number": citizen_id(7), "name": "另一人"},
    ]
    firm = {
        "bank": BANK,
        "employer": "某某公司",
        "licence": "91110105MA01ABCDEF",
        "contact": "13700000000",
    }
    request = Request(
        Service.GROUP,
        None,
        Actor.EMPLOYER,
        shown("经办人", 99),
        papers=ALL_PAPERS,
        wishes={**firm, "rows": json.dumps(rows_of_list)},
    )
    answer = carry_out(work_of(Service.GROUP), on.desk(), request, "group-0001")
    slip = values(answer)
    assert (slip["已受理"], slip["未受理"]) == ("1 人", "8 人")
    assert all(slip[f"第 {number} 行"].split("：")[1] for number in range(2, 10))
    assert citizen_id(8)[:-1] not in str(slip)
    for bad in ("", "[", "{}", "[" * 10_000, json.dumps([])):
        spoilt = replace(request, wishes={**firm, "rows": bad})
        refused(
            on,
            RequestWrong,
            lambda spoilt=spoilt: carry_out(  # type: ignore[misc]  # bound at once
                work_of(Service.GROUP), on.desk(), spoilt, "group-0002"
            ),
        )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("birth", "1990-02-30"),
        ("birth", "1990-03-08"),  # not the number's
        ("birth", "07/03/1990"),
        ("valid_until", "2026-13-01"),
        ("valid_until", "2026-03-01"),  # yesterday
        ("valid_until", "forever"),
        ("mobile", "1380000000"),
        ("mobile", "12345678901"),
        ("mobile", "+8613800000000000"),
        ("occupation", "99999"),
        ("address", "\n"),
        ("address", "路" * 201),
        ("photo", "not base64!"),
        ("by_post", "maybe"),
        ("instant", "yes"),
        ("bank", " BOB"),
        ("bank", "B" * 17),
    ],
)
def test_an_item_that_cannot_be(on: Bench, name: str, value: str) -> None:
    """Each is named, with how it should be; the application is not half taken."""
    error = refused(on, RequestWrong, lambda: apply_for(on, **{name: value}))
    assert error.message("zh")
    apply_for(on)


@pytest.mark.parametrize("day", ["2026-03-03", "2026-02-30", "20260301", "1950-11-30", "", "早上"])
def test_a_day_of_death_that_cannot_be(on: Bench, person: Person, card: Card, day: str) -> None:
    """Tomorrow nobody has died yet, the thirtieth of February never was, birth comes first."""
    on.others.city.data_sharing.add_person(
        citizen_id(1), "王建国", deceased_on="2026-02-20", closed=True
    )
    kin = {"actor": Actor.KIN, "representative": shown("王小二", 31)}
    wishes = {"deceased_on": day}
    refused(
        on,
        RequestWrong,
        lambda: do(on, Service.CANCEL_SOCIAL, person, Channel.DISTRICT, wishes=wishes, **kin),
    )
    assert on.look(card).social.state == "on"


# --- Names --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dot", DOTS)
def test_names_that_differ_only_in_the_middle_dot_are_one_name(on: Bench, dot: str) -> None:
    """Every system writes another dot; nobody is sent home for that, and nobody has to agree."""
    person = on.person("迪丽热巴·买买提")
    on.card(person)
    shows = replace(named(person), name=f"迪丽热巴{dot}买买提")
    do(on, Service.LOSS_TEMP, None, holder=shows)


@pytest.mark.parametrize("name", ["迪丽热巴买买提", "迪丽热巴·买买堤", "迪丽热巴", "", "？"])
def test_names_that_differ_in_more_are_two_people(on: Bench, name: str) -> None:
    """A letter is a letter: the document is somebody else's, or was changed and not here."""
    person = on.person("迪丽热巴·买买提")
    on.card(person)
    shows = replace(named(person), name=name)
    if not name:  # a channel without a document says no name: the number has found the person
        do(on, Service.STATUS, None, holder=shows)
        return
    refused(on, PersonDiffers, lambda: do(on, Service.STATUS, None, holder=shows), citizen_id(1))


def test_a_name_that_an_id_reader_cut_is_for_two_people(on: Bench) -> None:
    """Fifteen characters agree, and what follows nobody saw: a second person reads the document."""
    whole = LONG + "江"
    person = on.person(whole)
    on.card(person)
    shows = replace(named(person), name=whole[:15], from_reader=True)
    assert len(LONG) == 15

    def ask_for(desk: Any) -> Answer:
        return do(on, Service.LOSS_FULL, None, desk, holder=shows)

    error = refused(on, SecondWanted, lambda: ask_for(on.desk()))
    assert "前 15 个字" in error.cause("zh")
    refused(on, SecondWanted, lambda: ask_for(on.desk().with_second("li", "")))
    ask_for(two(on.desk(), "原件全名一致"))


def test_an_applicants_cut_name_is_typed_whole_and_two_people_agree(on: Bench) -> None:
    """The bank would open an account in half a name."""
    holder = shown(LONG, from_reader=True)
    refused(on, RequestWrong, lambda: apply_for(on, holder))
    refused(on, SecondWanted, lambda: apply_for(on, holder, name=LONG + "江"))
    refused(on, RequestWrong, lambda: apply_for(on, holder, name="李小明"))
    apply_for(on, holder, two(on.desk(), "原件全名一致"), name=LONG + "江")


# --- Foreigners ---------------------------------------------------------------------------------


def test_a_foreign_passport_where_a_citizen_number_is_expected(on: Bench) -> None:
    """Its number is no citizen's; as a passport it wants its country, and a birth date."""
    as_citizen = Named(DocumentNumber(DocumentKind.CITIZEN_ID, "E12345678"), "JEAN DUPONT")
    refused(on, RequestWrong, lambda: apply_for(on, as_citizen))
    passport = DocumentNumber(DocumentKind.PASSPORT, "12AB34567")
    for nationality in ("", "XX", "France"):
        unclear = Named(passport, "JEAN DUPONT", nationality)
        refused(on, RequestWrong, lambda who=unclear: apply_for(on, who, birth="1980-05-05"))  # type: ignore[misc]  # bound at once
    french = Named(passport, "JEAN DUPONT", "FRA")
    refused(on, RequestWrong, lambda: apply_for(on, french))  # no birth date in its number
    apply_for(on, french, birth="1980-05-05")


def test_one_passport_number_of_another_country_is_another_person(on: Bench) -> None:
    """Numbers are given by each country for itself: neither finds the other."""
    passport = DocumentNumber(DocumentKind.PASSPORT, "12AB34567")
    french = Named(passport, "JEAN DUPONT", "FRA")
    apply_for(on, french, birth="1980-05-05")
    do(on, Service.PROGRESS, None, Channel.HOTLINE, holder=french)
    for nationality in ("ITA", ""):
        nobody = replace(french, nationality=nationality)
        refused(
            on,
            PersonUnknown,
            lambda who=nobody: do(on, Service.STATUS, None, holder=who),  # type: ignore[misc]  # bound at once
        )


# --- Cards on the reader ------------------------------------------------------------------------


def test_a_card_of_another_region_on_the_reader(tmp_path: Path) -> None:
    """Its chip is read, and every service says where it is served; no purse is touched."""
    town = Town(tmp_path)
    li = somebody("李小明", 7)
    town.first_card(li)
    theirs = town.plastic(li, region="120000")
    for service in (Service.ENABLE, Service.PIN_CHANGE, Service.TRANSIT_LOAD, Service.RENEW):
        with town.desk(theirs) as desk:
            assert desk.chip is not None
            assert desk.chip.chip.startswith("1200")
            why = town.refused(service, li, desk, wishes={"fen": "100", "payout": PAYOUT})
        assert "不是北京市发行" in why
        assert "发卡地" in why
    with town.desk(theirs) as desk:  # what needs no card shown is about their own, not this one
        wishes = {"payout": PAYOUT}
        assert "另一张卡" in town.refused(
            Service.CANCEL_ALL, li, desk, error=CardWanted, wishes=wishes
        )
    assert theirs.money == 0
    town.close()


def test_a_card_that_nobody_put_on_record(tmp_path: Path) -> None:
    """Of this city and unknown here: it is not served, and nobody can hand it in."""
    town = Town(tmp_path)
    li = somebody("李小明", 7)
    town.first_card(li)
    strange = town.plastic(li)
    with town.desk(strange) as desk:
        assert "由两人登记并上报" in town.refused(Service.ENABLE, li, desk)
        refused(town.on, CardUnknown, lambda: found.hand_in(desk, "found-0001"))
    town.close()


def test_a_card_of_somebody_else_than_the_document(tmp_path: Path) -> None:
    """The document finds one person, the chip another: nothing is done for either."""
    town = Town(tmp_path)
    li, wang = somebody("李小明", 7), somebody("王建国", 8)
    town.first_card(li)
    other = town.first_card(wang)
    for service in (Service.PIN_RESET, Service.UNLOSS, Service.TRANSIT_REFUND):
        with town.desk(other) as desk:
            refused(
                town.on,
                PersonDiffers,
                lambda service=service, desk=desk: town.do(service, li, desk),  # type: ignore[misc]  # bound at once
            )
    town.close()


def test_a_person_with_two_cards_from_before(on: Bench, person: Person, card: Card) -> None:
    """An old muddle: asking and stopping a loss go on, everything else takes two people."""
    other = second_card(on, person, BANK)
    chosen = {"card": card.id}
    error = refused(on, CardUnknown, lambda: do(on, Service.RENEW, person, wishes=RENEWAL))
    assert "指明一张" in error.cause("zh")
    error = refused(
        on, SecondWanted, lambda: do(on, Service.RENEW, person, wishes=RENEWAL, **chosen)
    )
    assert "两张以上" in error.cause("zh")
    refused(on, RuleRefused, lambda: apply_for(on, named(person)))
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE, card=other.id)
    do(on, Service.STATUS, person)
    do(on, Service.CANCEL_SOCIAL, person, two(on.desk(), "历史遗留的重卡"), card=other.id)
    do(on, Service.RENEW, person, wishes=RENEWAL, **chosen)


RENEWAL = {"grounds": "face", "payout": PAYOUT}


@pytest.mark.parametrize(
    ("service", "wishes"),
    [
        (Service.TRANSIT_LOAD, {"fen": "0"}),
        (Service.TRANSIT_LOAD, {"fen": "-100"}),
        (Service.TRANSIT_LOAD, {"fen": "12.5"}),
        (Service.TRANSIT_LOAD, {"fen": "9" * 30}),
        (Service.TRANSIT_LOAD, {"fen": "100", "method": "cheque"}),
        (Service.PARK_BUY, {"year": "next"}),
        (Service.PARK_BUY, {"year": "2026", "type": "0"}),
        (Service.RENEW, {"grounds": "face", "payout": "62-17"}),
        (Service.DATA_MINOR, {}),
        (Service.FEEDBACK, {"said": ""}),
        (Service.VISIT, {"address": "", "services": "S-STATUS"}),
        (Service.VISIT, {"address": "某街", "services": "S-NONSENSE"}),
    ],
)
def test_a_wish_that_makes_no_sense(
    on: Bench, person: Person, card: Card, service: Service, wishes: dict[str, str]
) -> None:
    """No fen moves and no run is left open for it."""
    at = Channel.HOTLINE if service is Service.FEEDBACK else two(on.desk())
    error = refused(on, RequestWrong, lambda: do(on, service, person, at, wishes=wishes))
    assert error.cause("zh")
