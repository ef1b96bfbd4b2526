"""The cards that a service wants: laid on, told apart by their chips, or spoken for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from card_bench import OTHER_READER, READER, CardBench, chip, chip_id, facts_of
from registry import ALL_PAPERS, BANK, named

from terminal.errors import CardWanted, NoCard
from terminal.registry import applications, cards, runs, seats
from terminal.registry.applications import NewApplication, Sort
from terminal.registry.cards import Card
from terminal.registry.machines import Kind
from terminal.registry.persons import Person
from terminal.rules.states import Life, Progress
from terminal.rules.vocabulary import Actor, Channel, Paper, Service
from terminal.services.offered.desk import Desk
from terminal.services.offered.laying import (
    ON_CHIP,
    cards_laid,
    cards_missing,
    no_cards,
    wants_card,
)
from terminal.services.offered.request import Request

KEY = "key-00001"
PAPERS = ALL_PAPERS - {Paper.CARD}


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[CardBench]:
    """Give a counter with two readers."""
    made = CardBench(tmp_path)
    yield made
    made.close()


@pytest.fixture
def person(counter: CardBench) -> Person:
    """Put somebody on record."""
    return counter.person()


def ready(counter: CardBench, person: Person, old: Card, new_chip: Any) -> Card:
    """Have a new card made that takes an old one's place."""
    with counter.bench.registry.writing() as tx:
        plea = applications.apply(
            tx, NewApplication(person.id, Sort.RENEW, BANK, old.id), run_id=None
        )
        seats.take(tx, person.id, application_id=plea.id, beside=True)
        card = cards.order(tx, person.id, BANK, region="110000", run_id=None)
        facts = facts_of(2)
        made = cards.Made(facts.card_number or "", chip_id(new_chip))
        card = cards.move(tx, cards.made_as(tx, card, made), Kind.LIFE, "made", Life.READY)
        plea = applications.name_card(tx, plea, card.id)
        seats.seat_card(tx, person.id, plea.id, card.id)
        for name, state in (
            ("verify", Progress.VERIFIED),
            ("start", Progress.MAKING),
            ("finish", Progress.MADE),
        ):
            plea = applications.move(tx, plea, name, state)
    return card


@contextmanager
def laid(counter: CardBench, request: Request, **more: Any) -> Iterator[tuple[Desk, Request]]:
    """Lay what a request wants."""
    tools = counter.tools
    with (
        closing(tools.purse_keys),
        cards_laid(counter.bench.desk(), request, tools, reader=READER, **more) as found,
    ):
        yield found


class TestWhoWantsOne:
    def test_what_works_on_a_chip(self, counter: CardBench) -> None:
        """A loss wants none, a PIN does; making a card writes no chip here."""
        assert {Service.PIN_CHANGE, Service.COLLECT, Service.CANCEL_ALL} <= ON_CHIP
        assert not {Service.LOSS_TEMP, Service.INSTANT, Service.APPLY} & ON_CHIP
        desk = counter.bench.desk()
        assert wants_card(desk, Request(Service.PIN_CHANGE))

    def test_whom_it_is_about(self, counter: CardBench, person: Person) -> None:
        """A card says so where nothing else does; an employer has none."""
        desk = counter.bench.desk()
        status = Request(Service.STATUS)
        assert wants_card(desk, status)
        for other in (
            replace(status, holder=named(person)),
            replace(status, card=1),
            replace(status, application=1),
            replace(status, actor=Actor.EMPLOYER),
            Request(Service.APPLY),
        ):
            assert not wants_card(desk, other)

    @pytest.mark.parametrize("channel", [Channel.HOTLINE, Channel.ONLINE, Channel.BANK_PHONE])
    def test_where_no_desk_is(self, counter: CardBench, channel: Channel) -> None:
        """Nothing can be laid on a telephone."""
        assert not any(wants_card(counter.bench.desk(channel), Request(each)) for each in Service)


class TestOne:
    def test_what_lies_there_is_shown(self, counter: CardBench) -> None:
        """The card on the reader counts among the papers."""
        card = chip()
        counter.lay(card)
        with laid(counter, Request(Service.PIN_CHANGE)) as (desk, request):
            assert desk.chip is not None
            assert (desk.chip.chip, desk.old_chip) == (chip_id(card), None)
            assert request.papers == {Paper.CARD}

    def test_none_lies_there(self, counter: CardBench) -> None:
        """Where it goes without a card that is said, else the reader is empty and no more."""
        with pytest.raises(NoCard), laid(counter, Request(Service.PIN_CHANGE)):
            pass
        with pytest.raises(CardWanted) as error, laid(counter, Request(Service.RENEW)):
            pass
        assert "--no-card" in error.value.cause("zh")


class TestTwo:
    @pytest.fixture
    def chips(self, counter: CardBench, person: Person) -> tuple[Any, Any]:
        """Give an old card and the new one that takes its place."""
        old, new = chip(1), chip(2)
        ready(counter, person, counter.register(person, old), new)
        return old, new

    def request(self, person: Person, **more: Any) -> Request:
        return replace(Request(Service.COLLECT, named(person), papers=PAPERS), **more)

    @pytest.mark.parametrize("swapped", [False, True])
    def test_in_two_readers(
        self, counter: CardBench, person: Person, chips: tuple[Any, Any], swapped: bool
    ) -> None:
        """Whichever lies where: which is which the chips say."""
        old, new = chips
        counter.lay(old if swapped else new, READER)
        counter.lay(new if swapped else old, OTHER_READER)
        with laid(counter, self.request(person), old_reader=OTHER_READER) as (desk, request):
            assert desk.chip is not None
            assert desk.old_chip is not None
            assert (desk.chip.chip, desk.old_chip.chip) == (chip_id(new), chip_id(old))
            assert Paper.CARD in request.papers

    @pytest.mark.parametrize("first", [0, 1])
    @pytest.mark.parametrize("named_twice", [False, True])
    def test_in_one_reader(
        self,
        counter: CardBench,
        person: Person,
        chips: tuple[Any, Any],
        first: int,
        named_twice: bool,
    ) -> None:
        """One after the other; the one that is wanted is asked for."""
        counter.change_seconds = 5
        counter.lay(chips[first])

        def other() -> bool:
            counter.lay(chips[1 - first])
            return True

        counter.pcsc.idle = other
        more = {"old_reader": READER} if named_twice else {}
        with laid(counter, self.request(person), **more) as (desk, _):
            assert desk.chip is not None
            assert desk.old_chip is not None
            assert (desk.chip.chip, desk.old_chip.chip) == (chip_id(chips[1]), chip_id(chips[0]))
        (said,) = [each.zh for each in counter.said if "放上" in each.zh]
        assert ("旧卡（" in said) is (first == 1)

    def test_the_old_one_does_not_come(
        self, counter: CardBench, person: Person, chips: tuple[Any, Any]
    ) -> None:
        """The service asks for it; going on, the journal speaks for it."""
        counter.lay(chips[1])
        with laid(counter, self.request(person), old_reader=OTHER_READER) as (desk, request):
            assert desk.old_chip is None
            assert Paper.CARD not in request.papers
        going_on = {"old_reader": OTHER_READER, "going_on": True}
        with laid(counter, self.request(person), **going_on) as (desk, request):
            assert desk.old_chip is not None
            assert (desk.old_chip.chip, request.papers) == ("", PAPERS)

    def test_a_dead_one_is_not_asked_for(
        self, counter: CardBench, person: Person, chips: tuple[Any, Any]
    ) -> None:
        """What is said to be dead nobody waits for."""
        counter.lay(chips[1])
        request = self.request(person, wishes={"old_chip": "dead"})
        with laid(counter, request) as (desk, _):
            assert desk.old_chip is None
        assert counter.said == []

    def test_where_there_is_no_old_card_its_reader_is_not_looked_for(
        self, counter: CardBench
    ) -> None:
        """A second reader that is unplugged is no matter of a service that needs one."""
        counter.lay(chip(3, 2))
        with laid(counter, Request(Service.COLLECT), old_reader="nowhere") as (desk, _):
            assert desk.old_chip is None

    def test_a_look_waits_for_no_other_card(
        self, counter: CardBench, person: Person, chips: tuple[Any, Any]
    ) -> None:
        """At one reader the second card is laid on when it is asked for; a look counts on it."""
        counter.lay(chips[0])
        with laid(counter, self.request(person), at_once=True) as (desk, request):
            assert desk.old_chip is None
            assert Paper.CARD in request.papers
        assert counter.said == []

    def test_a_first_card_takes_nothings_place(self, counter: CardBench) -> None:
        """Whose is not known, or who renews nothing, lays one card on."""
        counter.lay(chip(3, 2))
        with laid(counter, Request(Service.COLLECT)) as (desk, request):
            assert desk.old_chip is None
            assert Paper.CARD not in request.papers


class TestNone:
    def begun(self, counter: CardBench, card: Card) -> None:
        """Put a run on record as begun."""
        desk, request = counter.bench.desk(), Request(Service.TRANSIT_LOAD)
        with counter.bench.registry.writing() as tx:
            runs.begin(
                tx,
                KEY,
                Service.TRANSIT_LOAD,
                desk.by,
                request.document(),
                person_id=card.person_id,
                card_id=card.id,
            )

    def test_the_card_of_a_run_is_known(self, counter: CardBench, person: Person) -> None:
        """To go on, or to give up, nobody needs the card that it was about."""
        card = counter.register(person, chip())
        self.begun(counter, card)
        tools, desk = counter.tools, counter.bench.desk()
        shown = Request(Service.TRANSIT_LOAD, papers=frozenset({Paper.CARD}))
        with closing(tools.purse_keys):
            with no_cards(desk, tools, KEY) as found:
                assert found.chip is not None
                assert (found.chip.chip, found.chip.readable) == (card.chip, False)
            with cards_missing(desk, shown, tools, KEY) as found:
                assert found.chip is not None
                assert (found.chip.chip, found.old_chip) == (card.chip, None)
            with cards_missing(desk, Request(Service.TRANSIT_LOAD), tools, KEY) as found:
                assert found.chip is None
            with cards_missing(desk, replace(shown, service=Service.COLLECT), tools, KEY) as found:
                assert found.chip is None
                assert found.old_chip is not None
            with no_cards(desk, tools, "nobody-001") as found:
                assert found.chip is not None
                assert found.chip.chip == ""
