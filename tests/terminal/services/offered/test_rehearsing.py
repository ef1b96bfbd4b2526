"""Acts on trial: they say what they would, and leave nothing anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from registry import Bench, bench, citizen_id
from sqlalchemy import text

from terminal.errors import CustodyRefused, PartyMissing, SecondPersonNeeded
from terminal.registry.cards import Card
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.states import Life
from terminal.services.offered import electronic, found
from terminal.services.offered.rehearsing import on_trial
from terminal.services.offered.request import Named


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    """Open a registry."""
    return bench(tmp_path)


@pytest.fixture
def card(on: Bench) -> Card:
    """Give somebody a card."""
    return on.card(on.person())


def rows(on: Bench) -> dict[str, int]:
    """Count the rows of every table."""
    with on.registry.engine.connect() as connection:
        names = [
            name
            for (name,) in connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'table'")
            )
        ]
        return {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
            for name in names
        }


def test_nothing_stays(on: Bench, card: Card) -> None:
    """It says how the card would stand; registry, audit and parties know nothing of it."""
    before = rows(on)
    done = found.hand_in(on_trial(on.desk()), "key-1", card.id)
    assert done.card.life.state == Life.HANDED_IN
    assert done.until is not None
    assert rows(on) == before
    assert on.look(card.id).life.state == Life.HELD
    assert on.others.city.messages.sent == []


def test_what_is_in_the_way_is_told(on: Bench, card: Card) -> None:
    """A refusal is the act's own."""
    with pytest.raises(CustodyRefused):
        found.destroy(on_trial(on.desk(), agreed=True), "key-1", card.id)
    with pytest.raises(SecondPersonNeeded):
        found.destroy(on_trial(on.desk()), "key-1", card.id)


def test_what_is_owed_from_before_is_left_alone(on: Bench, card: Card) -> None:
    """A trial of what was done already tells no party again."""
    desk = on.desk()
    found.hand_in(desk, "key-1", card.id)
    told = len(on.others.city.messages.sent)
    before = rows(on)
    assert found.hand_in(on_trial(desk), "key-1", card.id).card.life.state == Life.HANDED_IN
    assert (len(on.others.city.messages.sent), rows(on)) == (told, before)


def test_who_is_asked_is_asked(on: Bench, card: Card) -> None:
    """Where an act goes by another party's word, the trial does too; without, nobody is there."""
    city = on.others.city.card_management
    city.add_electronic("citizen_id", citizen_id(1), "E00000015", "2026-01-05")
    holder = Named(DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(1)), "王建国")
    before = rows(on)
    done = electronic.follow(on_trial(on.desk(), asks=True), holder)
    assert done.outcome is electronic.Outcome.REGISTERED
    assert rows(on) == before
    trial = on_trial(on.desk())
    with pytest.raises(PartyMissing):
        electronic.follow(trial, holder)
