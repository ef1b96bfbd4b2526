"""Pending changes: decided online, written on the chip at its next contact (R-PENDING)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from registry import Bench, bench

from terminal.errors import MovedMeanwhile
from terminal.registry import pending
from terminal.registry.cards import Card
from terminal.registry.pending import PINS, WHATS, PendingChange, What


@pytest.fixture
def counter(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def card(counter: Bench) -> Card:
    return counter.card(counter.person())


def decide(counter: Bench, card: Card, what: What, **value: str) -> None:
    with counter.registry.writing() as tx:
        pending.decide(tx, card.id, what, value, run_id=None)


def waiting(counter: Bench, card: Card) -> tuple[PendingChange, ...]:
    with counter.registry.reading() as tx:
        return pending.waiting(tx, card.id)


def test_r_pending_waits_until_the_chip_has_it(counter: Bench, card: Card) -> None:
    """What was decided at home is there when the card is next laid on a reader, and then gone."""
    decide(counter, card, What.PIN_RESET)
    decide(counter, card, What.MINOR_DATA, mobile="13700000000")
    pin, data = waiting(counter, card)
    assert (pin.what, data.what) == (What.PIN_RESET, What.MINOR_DATA)
    assert (pin.value, data.value) == ({}, {"mobile": "13700000000"})
    with counter.registry.writing() as tx:
        pending.settle(tx, pin, run_id=None)
    assert waiting(counter, card) == (data,)


@pytest.mark.parametrize("earlier", sorted(PINS))
@pytest.mark.parametrize("later", sorted(PINS))
def test_of_two_pins_the_later_one_counts(
    counter: Bench, card: Card, earlier: What, later: What
) -> None:
    """Who resets the PIN after having changed it is asked for a PIN once."""
    decide(counter, card, earlier)
    decide(counter, card, later)
    assert [each.what for each in waiting(counter, card)] == [later]


def test_minor_data_and_a_pin_wait_side_by_side(counter: Bench, card: Card) -> None:
    """A new telephone number does not take the PIN's place."""
    decide(counter, card, What.MINOR_DATA, mobile="1")
    decide(counter, card, What.PIN_CHANGE)
    decide(counter, card, What.MINOR_DATA, address="别处")
    found = waiting(counter, card)
    assert [(each.what, dict(each.value)) for each in found] == [
        (What.PIN_CHANGE, {}),
        (What.MINOR_DATA, {"address": "别处"}),
    ]


def test_it_is_settled_once(counter: Bench, card: Card) -> None:
    """Two readers with one card: the chip was written by one of them."""
    decide(counter, card, What.PIN_SET)
    (change,) = waiting(counter, card)
    with counter.registry.writing() as tx:
        pending.settle(tx, change, run_id=None)
    with pytest.raises(MovedMeanwhile), counter.registry.writing() as tx:
        pending.settle(tx, change, run_id=None)
    with pytest.raises(MovedMeanwhile), counter.registry.writing() as tx:
        pending.drop(tx, change, run_id=None)


def test_what_waits_for_a_card_that_ended_is_dropped(counter: Bench, card: Card) -> None:
    """Nothing waits for a card that nobody will lay on a reader; another card's waits on."""
    other = counter.card(counter.person("李梅", 2))
    for each in (card, other):
        decide(counter, each, What.PIN_SET)
        decide(counter, each, What.MINOR_DATA, mobile="1")
    with counter.registry.writing() as tx:
        pending.drop_all(tx, card.id, run_id=None)
        pending.drop_all(tx, card.id, run_id=None)
    assert waiting(counter, card) == ()
    assert len(waiting(counter, other)) == 2


def test_r_two_pins_no_pin_stands_here(counter: Bench, card: Card) -> None:
    """That a PIN is to be set says enough; data are sealed, and shown by no repr."""
    decide(counter, card, What.PIN_SET)
    decide(counter, card, What.MINOR_DATA, mobile="13700000000")
    assert "13700000000" not in repr(waiting(counter, card))
    with closing(sqlite3.connect(counter.path)) as connection:
        ((pin,), (data,)) = connection.execute("SELECT value FROM pending_change ORDER BY id")
    assert pin is None
    assert b"13700000000" not in data


def test_every_change_has_its_words() -> None:
    """A clerk reads what is about to be written."""
    assert WHATS.keys() == set(What)
