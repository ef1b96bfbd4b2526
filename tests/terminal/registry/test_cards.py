"""Cards: made with every function off, found by chip and number, each function on its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from registry import BANK, Bench, bench
from sqlalchemy.exc import IntegrityError

from terminal.errors import MovedMeanwhile, RegistryDamaged
from terminal.registry import cards, histories, seats
from terminal.registry.cards import Card, Made
from terminal.registry.machines import Kind
from terminal.rules.states import Financial, Life, Public, Social
from terminal.rules.vocabulary import Generation

MADE = Made(
    number="A00000015",
    chip="110000d1560000050000000000000001",
    transit_number="10000000000000000001",
    account="6200000000000000001",
    issued_on=date(2026, 3, 2),
)


@pytest.fixture
def counter(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def order(counter: Bench) -> Card:
    person = counter.person()
    with counter.registry.writing() as tx:
        return cards.order(tx, person.id, BANK, region="110000", run_id=None)


def states(card: Card) -> dict[str, str]:
    parts = ("life", "social", "financial", "transit", "park")
    return {part: getattr(card, part).state for part in parts}


def test_r_new_off_no_function_of_a_new_card_is_on(counter: Bench) -> None:
    """A card that is stolen from the post is worth nothing to the thief."""
    card = order(counter)
    assert states(card) == {
        "life": Life.MAKING,
        "social": Social.OFF,
        "financial": Financial.OFF,
        "transit": Public.OFF,
        "park": Public.OFF,
    }
    assert counter.look(card) == card


def test_a_made_card_is_found_by_chip_and_number(counter: Bench) -> None:
    """The reader gives the chip's id in either case; the clerk types the number."""
    card = order(counter)
    with counter.registry.writing() as tx:
        card = cards.made_as(tx, card, MADE)
        assert cards.by_chip(tx, MADE.chip.upper()) == card
        assert cards.by_number(tx, MADE.number) == (card,)
        assert cards.of_person(tx, card.person_id) == (card,)
        assert cards.by_chip(tx, "11") is None
        assert cards.by_number(tx, "") == ()
    assert (card.account, card.issued_on) == (MADE.account, date(2026, 3, 2))
    assert MADE.number not in repr(card)
    assert MADE.account not in repr(card)


def test_one_chip_is_one_card(counter: Bench) -> None:
    """Two records of one chip would have two holders at one reader."""
    card = order(counter)
    other = counter.person("李梅", 2)
    with counter.registry.writing() as tx:
        cards.made_as(tx, card, MADE)
        second = cards.order(tx, other.id, BANK, region="110000", run_id=None)
    with pytest.raises(IntegrityError), counter.registry.writing() as tx:
        cards.made_as(tx, second, replace(MADE, number="A00000023"))


def test_each_function_moves_on_its_own(counter: Bench) -> None:
    """A temporary loss stops two functions and touches no other (R-TEMP-15)."""
    card = counter.card(counter.person())
    until = counter.now + timedelta(days=15)
    with counter.registry.writing() as tx:
        moved = cards.move(
            tx,
            card,
            Kind.SOCIAL,
            "lose_temp",
            Social.TEMP_LOST,
            until=until,
            back_to=Social.ON,
        )
        moved = cards.move(tx, moved, Kind.FINANCIAL, "lose_temp", Financial.STOPPED)
    assert counter.look(card) == moved
    assert states(moved) == states(card) | {"social": "temp_lost", "financial": "stopped"}
    counter.now = until
    assert states(counter.look(card)) == states(card) | {"financial": "stopped"}


def test_a_card_that_another_counter_moved_is_not_moved_again(counter: Bench) -> None:
    """Whoever saw the card before the other's move is told to look again."""
    card = counter.card(counter.person())
    with counter.registry.writing() as tx:
        cards.move(tx, card, Kind.SOCIAL, "lose", Social.LOST)
    with pytest.raises(MovedMeanwhile), counter.registry.writing() as tx:
        cards.move(tx, card, Kind.SOCIAL, "cancel", Social.CANCELLED)


@pytest.mark.parametrize("generation", [Generation.FIRST, Generation.SECOND])
def test_r_old_gen_older_cards_have_neither_transit_nor_park(
    counter: Bench, generation: Generation
) -> None:
    """They are on record as they are, and hold no seat: a third-generation card is applied for."""
    person = counter.person()
    card = counter.card(person, generation=generation, financial=Financial.NONE)
    assert (card.transit.state, card.park.state) == (Public.NONE, Public.NONE)
    with counter.registry.reading() as tx:
        assert not seats.of_person(tx, person.id).taken


def test_r_ecard_its_state_is_kept_beside_the_card(counter: Bench) -> None:
    """An electronic card is one more thing with a history, and takes nobody's seat."""
    person = counter.person()
    card = counter.card(person)
    made = replace(MADE, chip="E0" * 16)
    with counter.registry.writing() as tx:
        electronic = cards.register(
            tx, person.id, Generation.ELECTRONIC, made, bank=BANK, region="110000"
        )
        assert electronic.social.state == Social.ON
        assert cards.of_person(tx, person.id) == (electronic, card)
        cards.move(tx, electronic, Kind.SOCIAL, "cancel", Social.CANCELLED)
        assert seats.of_person(tx, person.id).current_card == card.id
    assert counter.look(card).social.state == Social.ON
    assert counter.look(electronic).over


def test_the_pin_is_known_to_be_there_and_nothing_else(counter: Bench) -> None:
    """The registry knows whether a PIN was set; no column could hold one (R-TWO-PINS)."""
    card = order(counter)
    assert card.pin_set is None
    with counter.registry.writing() as tx:
        cards.note_pin(tx, card, is_set=True)
    assert counter.look(card).pin_set is True


def test_no_card_is_made_up(counter: Bench) -> None:
    """An unknown number gives no card, and a card without a person is none."""
    with counter.registry.reading() as tx:
        with pytest.raises(KeyError):
            cards.get(tx, 1)
        assert cards.of_person(tx, 1) == ()
    with pytest.raises(IntegrityError), counter.registry.writing() as tx:
        cards.order(tx, 1, BANK, region="110000", run_id=None)
    with counter.registry.reading() as tx, pytest.raises(RegistryDamaged):
        histories.standing(tx, 1)
