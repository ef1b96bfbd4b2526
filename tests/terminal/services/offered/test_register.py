"""A card from before on record: by chip, document, city and bank; two people where one differs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from offered import duties_of, noted, two
from registry import BANK, Bench, bench, citizen_id

from emulator.parties.party import Fault
from terminal.errors import PersonDiffers, RequestWrong, RuleRefused, SecondWanted
from terminal.registry import cards, persons, seats, watch
from terminal.registry.seats import Seats
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.vocabulary import Channel, Generation, Service
from terminal.services.acts import Act
from terminal.services.offered.chip_facts import ChipFacts
from terminal.services.offered.register import Registered, register
from terminal.services.offered.request import Named, Request
from terminal.services.offered.running import carry_out
from terminal.services.offered.works import work_of

ACCOUNT = "6217000099998888"
CHIP = ChipFacts(
    chip="110000D15600000500000A01FFFFFFFF",
    generation=Generation.THIRD,
    number="C00000017",
    region="110000",
    name="王建国",
    holder_number=citizen_id(1),
    transit_number="10000000000000000001",
    account=ACCOUNT,
    issued_on=date(2024, 5, 6),
)
OLD = replace(CHIP, generation=Generation.SECOND, transit_number="", account="")
HOLDER = Named(DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(1)), "王建国")


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    """Give a counter, and a city that knows the card as the person's one."""
    made = bench(tmp_path)
    made.others.city.card_management.add_card("citizen_id", citizen_id(1), CHIP.number, BANK)
    made.others.city.bank.add_account(ACCOUNT, "王建国")
    return made


def put(on: Bench, chip: ChipFacts = CHIP, holder: Named = HOLDER, **more: Any) -> Registered:
    """Put a card on record."""
    desk = more.pop("desk", on.desk())
    return register(desk, holder, chip, more.pop("said", {}), **more)


def seats_of(on: Bench, done: Registered) -> Seats:
    with on.registry.reading() as tx:
        return seats.of_person(tx, done.person.id)


def doubts(error: pytest.ExceptionInfo[SecondWanted]) -> list[str]:
    return [each.why.zh for each in error.value.facts["decision"].reasons]  # type: ignore[attr-defined]  # a Decision


def test_r_one_the_city_says_that_it_is_the_one(on: Bench) -> None:
    """Person, card, functions and the one seat stand on record as city and bank have them."""
    done = put(on)
    card = done.card
    assert (card.bank, card.number, card.account) == (BANK, CHIP.number, ACCOUNT)
    assert (card.life.state, card.social.state, card.financial.state) == ("held", "on", "on")
    assert seats_of(on, done).current_card == card.id
    assert done.person.birth == date(1990, 3, 7)
    (entry,) = noted(on, action=Act.REGISTER_CARD)
    assert (entry.note.person_id, entry.note.card_id) == (done.person.id, card.id)


def test_again_it_is_as_it_was(on: Bench) -> None:
    """Asked twice nothing is doubled; another person is not given the card."""
    first = put(on)
    again = put(on)
    assert (again.repeated, again.card.id) == (True, first.card.id)
    assert len(noted(on, action=Act.REGISTER_CARD)) == 1
    other = Named(DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(2)), "王建国")
    with pytest.raises(PersonDiffers):
        put(on, holder=other)


@pytest.mark.parametrize(
    ("state", "financial"),
    [
        ("opened", "off"),
        ("active", "on"),
        ("stopped_temporary", "stopped"),
        ("stopped_formal", "lost"),
        ("cancelled", "cancelled"),
    ],
)
def test_the_account_stands_as_its_bank_says(on: Bench, state: str, financial: str) -> None:
    """Of the financial function the bank has the word (Rules Art. 20)."""
    on.others.city.bank.add_account(ACCOUNT, "王建国", state)
    assert put(on).card.financial.state == financial


def test_one_that_is_not_enabled_yet(on: Bench) -> None:
    """What another bank handed over is enabled at any district outlet (Rules Art. 8)."""
    city = on.others.city.card_management
    city.state["people"].clear()
    desk = on.desk(Channel.DISTRICT)
    desk.parties.card_management.reserve("k-00001", "citizen_id", citizen_id(1), BANK, "")
    city.state["people"][f"citizen_id {citizen_id(1)}"]["being_made"]["card_number"] = CHIP.number
    on.others.city.bank.add_account(ACCOUNT, "王建国", "opened")
    done = put(on, desk=desk)
    assert (done.card.social.state, done.card.financial.state) == ("off", "off")
    enabled = Request(Service.ENABLE, HOLDER, papers=frozenset({"id", "card"}))  # type: ignore[arg-type]  # their values
    carry_out(work_of(Service.ENABLE), desk, enabled, "enable-001")
    assert on.look(done.card).social.state == "on"
    assert duties_of(on, done.person)


def test_the_new_one_sits_beside_the_old(on: Bench) -> None:
    """At a renewal both are there until the new one is enabled (R-OLD-UNTIL-NEW)."""
    old = put(on)
    new = replace(CHIP, chip=CHIP.chip.replace("0A01", "0A02"), number="C00000025")
    making = {"card_number": new.number, "bank": BANK, "reserved_by": "k-00001"}
    people = on.others.city.card_management.state["people"]
    people[f"citizen_id {citizen_id(1)}"]["being_made"] = making
    done = put(on, new)
    assert seats_of(on, done) == Seats(current_card=old.card.id, next_card=done.card.id)


def test_r_one_a_second_card_in_force_is_refused(on: Bench) -> None:
    """Not even two people make it two: another card is the person's (Rules Art. 4)."""
    other = replace(CHIP, number="C99999999")
    with pytest.raises(RuleRefused) as error:
        put(on, other, desk=two(on.desk()))
    assert "一人一卡" in error.value.cause("zh")
    with on.registry.reading() as tx:
        assert persons.find(tx, HOLDER.document) is None


def test_r_one_the_seat_is_taken_here(on: Bench) -> None:
    """Where this registry has another card of theirs, that one comes first."""
    person = on.person("王建国", 1)
    on.card(person)
    with pytest.raises(RuleRefused):
        put(on)
    with on.registry.reading() as tx:
        assert cards.by_chip(tx, CHIP.chip) is None


def test_another_citys_card_is_read_not_served(on: Bench) -> None:
    """Rules Art. 26(4): it is served where it was issued."""
    with pytest.raises(RuleRefused) as error:
        put(on, replace(CHIP, region="310000"), desk=two(on.desk()))
    assert "不是北京市发行的" in error.value.cause("zh")


@pytest.mark.parametrize("generation", [Generation.FIRST, Generation.SECOND])
def test_r_old_gen_needs_nobody_elses_word(on: Bench, generation: Generation) -> None:
    """They have no seat and no account; they stay usable beside the new card (Rules Art. 27)."""
    for party in ("card_management", "bank"):
        on.others.set(party, Fault.DOWN)
    done = put(on, replace(OLD, generation=generation))
    assert (done.card.social.state, done.card.financial.state) == ("on", "none")
    assert (done.card.transit.state, seats_of(on, done).taken) == ("none", False)


class TestTwoPeople:
    @pytest.mark.parametrize(
        ("chip", "words"),
        [
            (replace(OLD, name=""), "姓名读不出来"),
            (replace(OLD, holder_number=citizen_id(2)), "号码与证件号码不同"),
            (replace(CHIP, account=""), "银行账号读不出来"),
            (replace(CHIP, account="6217000000000001"), ""),
        ],
    )
    def test_where_something_does_not_fit(self, on: Bench, chip: ChipFacts, words: str) -> None:
        """What one person cannot know two settle, with grounds on record."""
        on.others.city.bank.open_register = False
        with pytest.raises(SecondWanted) as error:
            put(on, chip)
        assert words in "".join(doubts(error))
        done = put(on, chip, desk=two(on.desk()))
        (entry,) = noted(on, action=Act.REGISTER_CARD)
        assert (entry.note.second, entry.note.reason) == ("li", "核对过证件")
        assert done.card.financial.state == "none"

    def test_a_number_of_fifteen_digits_is_the_same(self, on: Bench) -> None:
        """The oldest chips have the old number, without century and check character."""
        number = citizen_id(1)
        assert put(on, replace(OLD, holder_number=number[:6] + number[8:-1])).card

    def test_a_mute_city(self, on: Bench) -> None:
        """R-ONE cannot be seen to: two people take the bank from the card's face."""
        on.others.set("card_management", Fault.DOWN)
        with pytest.raises(SecondWanted) as error:
            put(on)
        assert "没有答复" in "".join(doubts(error))
        desk = two(on.desk())
        with pytest.raises(RequestWrong):
            put(on, desk=desk)
        assert put(on, desk=desk, bank="ICBC").card.bank == "ICBC"

    def test_a_mute_bank(self, on: Bench) -> None:
        """Its account is taken for one that works, so that its bank hears of a loss."""
        on.others.set("bank", Fault.DOWN)
        with pytest.raises(SecondWanted):
            put(on)
        card = put(on, desk=two(on.desk())).card
        assert (card.financial.state, card.account) == ("on", ACCOUNT)

    def test_a_long_name_that_was_cut(self, on: Bench) -> None:
        """R-FIN-CHECK: a cell of a chip that is too short is no other person."""
        long = "阿依古丽·买买提明·努尔艾合买提"
        holder = replace(HOLDER, name=long)
        with pytest.raises((SecondWanted, PersonDiffers)):
            put(on, replace(CHIP, name=long[:9]), holder)

    def test_r_own_use_who_is_watched(self, on: Bench) -> None:
        """Whoever is on the blacklist gets nothing from one person alone."""
        person = on.person("王建国", 1)
        with on.registry.writing() as tx:
            watch.put_on(tx, "冒用", person_id=person.id)
        with pytest.raises(SecondWanted) as error:
            put(on)
        assert "关注名单" in "".join(doubts(error))


def test_other_people(on: Bench) -> None:
    """Another name is another person, whoever agrees; by telephone nothing is put on record."""
    with pytest.raises(PersonDiffers):
        put(on, holder=replace(HOLDER, name="李四"), desk=two(on.desk()))
    with pytest.raises(RequestWrong):
        put(on, desk=on.desk(Channel.HOTLINE))
    on.person("王小明", 1)
    with pytest.raises(PersonDiffers):
        put(on)


def test_what_is_said_of_the_person(on: Bench) -> None:
    """A mobile number is kept for messages; what is none is refused, and nothing is put."""
    with pytest.raises(RequestWrong):
        put(on, said={"mobile": "12345"})
    done = put(on, said={"mobile": "139 1111 2222"})
    assert done.person.mobile is not None
    assert done.person.mobile.reveal() == "13911112222"
    passport = Named(DocumentNumber(DocumentKind.PASSPORT, "E12345678"), "SMITH JOHN", "GBR")
    foreign = replace(OLD, chip=CHIP.chip.replace("0A01", "0A03"), name="SMITH JOHN")
    with pytest.raises(RequestWrong):
        put(on, foreign, passport, desk=two(on.desk()))
    said = {"birth": "1980-01-02"}
    assert put(on, foreign, passport, desk=two(on.desk()), said=said).person.birth == date(
        1980, 1, 2
    )


def test_the_bank_on_its_face_is_a_partner_the_citys_word_is_taken(on: Bench) -> None:
    """A typed code may be a slip; a card of a bank that is no partner any more is still a card."""
    desk = replace(on.desk(), banks={"ICBC": "工商银行"})
    assert put(on, desk=desk).card.bank == BANK
    on.others.city.card_management.state["people"].clear()
    other = replace(CHIP, chip=CHIP.chip.replace("0A01", "0A02"), holder_number=citizen_id(2))
    holder = Named(DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(2)), "王建国")
    with pytest.raises(RequestWrong) as wrong:
        put(on, other, holder, desk=two(desk), bank="XYZ")
    assert "ICBC（工商银行）" in wrong.value.cause("zh")
    assert put(on, other, holder, desk=two(desk), bank="ICBC").card.bank == "ICBC"
