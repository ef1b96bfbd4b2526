"""A person is erased whole, and not while anything of theirs is open."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from erasing import HERE, cancelled, erased, everything, items
from registry import Bench, bench, citizen_id
from sqlalchemy import LargeBinary, func, select

from terminal.beijing_time import BEIJING
from terminal.registry import (
    applications,
    cards,
    duties,
    persons,
    runs,
    seats,
    watch,
)
from terminal.registry.applications import NewApplication, Sort
from terminal.registry.audit_check import verify
from terminal.registry.cards import Card
from terminal.registry.machines import Kind
from terminal.registry.retention import due
from terminal.registry.retention_table import Item
from terminal.registry.tables import METADATA
from terminal.registry.tables.persons import IDENTITY, PERSON
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.states import Financial, Life, Public, Social
from terminal.rules.vocabulary import Generation, Service


@pytest.fixture
def counter(tmp_path: Path) -> Bench:
    """Give a registry."""
    return bench(tmp_path)


def sealed_values(counter: Bench) -> dict[str, int]:
    """Count the sealed columns that still say something, by column."""
    empty = {b"": 29, b"{}": 31}
    found = {}
    with counter.registry.reading() as tx:
        for table in METADATA.sorted_tables:
            for column in table.c:
                if isinstance(column.type, LargeBinary) and column.type.length is None:
                    query = select(func.count()).where(func.length(column) > max(empty.values()))
                    found[f"{table.name}.{column.name}"] = tx.rows(query)[0][0]
    return {name: count for name, count in found.items() if count}


def test_a_person_goes_whole(counter: Bench) -> None:
    """Nothing sealed is left of them anywhere; rows, histories and the audit stay."""
    person, card = everything(counter)
    assert len(sealed_values(counter)) >= 12
    with counter.registry.reading() as tx:
        before = tx.rows(select(func.count()).select_from(PERSON))[0][0]
        history = len(tx.rows(select(METADATA.tables["history"])))
    counter.now = datetime(2031, 3, 3, tzinfo=BEIJING)
    only = frozenset({Item.PERSON})
    (gone,) = erased(counter, items=only)
    assert (gone.row_id, gone.person_id) == (person.id, person.id)
    assert sealed_values(counter) == {}
    with counter.registry.reading() as tx:
        left = persons.get(tx, person.id)
        assert (left.name.reveal(), left.birth, left.mobile, left.address) == ("", None, None, None)
        assert (left.nationality, left.occupation, left.erased_at) == ("", "", counter.now)
        assert tx.rows(select(func.count()).select_from(PERSON))[0][0] == before
        assert len(tx.rows(select(METADATA.tables["history"]))) == history
        assert verify(tx) == []
        assert cards.get(tx, card.id) == cards.Card(**{**asdict(card), "account": None})
    assert items(counter) == []


def asdict(card: Card) -> dict[str, object]:
    return {name: getattr(card, name) for name in card.__dataclass_fields__}


def test_who_comes_back_is_somebody_new(counter: Bench) -> None:
    """The number finds nobody any more, and may be put on record again."""
    person, card = everything(counter)
    document = DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id())
    counter.now = datetime(2031, 3, 3, tzinfo=BEIJING)
    erased(counter)
    with counter.registry.reading() as tx:
        assert persons.find(tx, document) is None
        assert cards.by_chip(tx, card.chip or "") is not None
    again = counter.person()
    assert again.id != person.id
    counter.card(again)
    with counter.registry.reading() as tx:
        assert persons.find(tx, document) == persons.get(tx, again.id)


def test_blind_indexes_are_noise(counter: Bench) -> None:
    """Two erased persons have nothing in common by which they could be found, or told alike."""
    numbers = set()
    for sequence in (1, 2):
        counter.person(sequence=sequence)
    with counter.registry.reading() as tx:
        before = {blind for (blind,) in tx.rows(select(IDENTITY.c.blind))}
    counter.later(days=366 * 5 + 2)
    assert len(erased(counter)) == 2
    with counter.registry.reading() as tx:
        numbers = {blind for (blind,) in tx.rows(select(IDENTITY.c.blind))}
    assert len(numbers) == 2
    assert not numbers & before


def _nothing(_counter: Bench, _card: Card) -> None:
    """Leave the card in force."""


def _only_social(counter: Bench, card: Card) -> None:
    with counter.registry.writing() as tx:
        cards.move(tx, cards.get(tx, card.id), Kind.SOCIAL, "cancel", Social.CANCELLED)
        seats.leave(tx, card.person_id, card_id=card.id)


def _transit_open(counter: Bench, card: Card) -> None:
    with counter.registry.writing() as tx:
        cards.move(tx, cards.get(tx, card.id), Kind.TRANSIT, "open", Public.ON)
    cancelled(counter, card)


def _taken_back(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        cards.move(tx, cards.get(tx, card.id), Kind.LIFE, "take_back", Life.TAKEN_BACK)


def _run_begun(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        runs.begin(tx, "k1", Service.STATUS, HERE, {}, person_id=None, card_id=card.id)


def _duty_due(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        duties.add(tx, duties.NewDuty("bank", "x", "x", {}), "d1", person_id=card.person_id)


def _duty_of_card(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        duties.add(tx, duties.NewDuty("bank", "x", "x", {}), "d1", card_id=card.id)


def _duty_refused(counter: Bench, card: Card) -> None:
    _duty_due(counter, card)
    with counter.registry.writing() as tx:
        duties.note_refused(tx, duties.get(tx, 1), duties.DUTY_STATES["refused"])


def _applied(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        applications.apply(tx, NewApplication(card.person_id, Sort.FIRST, "BOB"), run_id=None)


def _run_of_theirs(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        runs.begin(tx, "k1", Service.STATUS, HERE, {}, person_id=card.person_id, card_id=None)


def _blacklisted(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        watch.put_on(tx, "伪造", person_id=card.person_id)


def _card_blacklisted(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        watch.put_on(tx, "伪造", card_id=card.id)


def _reported(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        watch.report(tx, "forged", "某某", "wang", "li", card_id=card.id, person_id=None)


def _person_reported(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        person_id = card.person_id
        watch.report(tx, "other", "某某", "wang", "li", card_id=None, person_id=person_id)


def _old_card_in_force(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.reading() as tx:
        person = persons.get(tx, card.person_id)
    counter.card(person, generation=Generation.SECOND, financial=Financial.NONE)


OPEN = (
    _nothing,
    _only_social,
    _transit_open,
    _taken_back,
    _run_begun,
    _duty_due,
    _duty_of_card,
    _duty_refused,
    _applied,
    _run_of_theirs,
    _blacklisted,
    _card_blacklisted,
    _reported,
    _person_reported,
    _old_card_in_force,
)


@pytest.mark.parametrize("leave", OPEN, ids=lambda leave: leave.__name__.strip("_"))
def test_nobody_goes_while_anything_is_open(
    counter: Bench, leave: Callable[[Bench, Card], None]
) -> None:
    """A card in force, an application, a duty, a service, a report: each keeps its person."""
    card = counter.card(counter.person())
    leave(counter, card)
    counter.later(days=366 * 30)
    assert Item.PERSON not in items(counter)


def test_the_last_matter_counts(counter: Bench) -> None:
    """Five years from when the last thing ended, and not from when the person first came."""
    card = counter.card(counter.person())
    counter.later(days=1000)
    cancelled(counter, card)
    last = counter.now
    counter.later(days=365 * 5 - 10)
    assert Item.PERSON not in items(counter)
    counter.later(days=20)
    with counter.registry.reading() as tx:
        (gone,) = [each for each in due(tx) if each.item is Item.PERSON]
    assert gone.at == last


def test_a_look_is_no_matter(counter: Bench) -> None:
    """Somebody who is only on record, without any card, goes five years after that."""
    counter.person()
    counter.later(days=366 * 5 + 2)
    assert items(counter) == [Item.PERSON]
