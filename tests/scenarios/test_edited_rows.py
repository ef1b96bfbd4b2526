"""Rows of the registry that somebody edited by hand: refused, or found by the check, and said why.

Never a traceback, never a silent pass.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from applying import apply_for
from offered import do
from refusals import refused
from registry import Bench, bench, citizen_id, named

from emulator.parties.party import Fault
from terminal.errors import AuditBroken, PersonalDataDamaged, RegistryDamaged, RuleRefused
from terminal.registry.audit_check import Wrong, verify
from terminal.registry.cards import Card
from terminal.registry.checking import database_findings
from terminal.registry.persons import Person
from terminal.rules.vocabulary import Channel, Service
from terminal.services.offered import delivery


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def person(on: Bench) -> Person:
    return on.person()


@pytest.fixture
def card(on: Bench, person: Person) -> Card:
    return on.card(person)


def edited(on: Bench, *changes: str, triggers: bool = False) -> None:
    """Change the database past all of us; ``triggers``: what was in the way is put back."""
    raw = on.registry.engine.raw_connection()
    connection: Any = raw.driver_connection
    connection.execute("PRAGMA foreign_keys=OFF")
    listed = "SELECT name, sql FROM sqlite_master WHERE type='trigger'"
    kept = connection.execute(listed).fetchall()
    for name, _ in kept:
        connection.execute(f"DROP TRIGGER {name}")
    for change in changes:
        assert connection.execute(change).rowcount > 0, change
    for _, sql in kept if triggers else ():
        connection.execute(sql)
    connection.execute("PRAGMA foreign_keys=ON")
    raw.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE history SET to_state='on' WHERE thing_id={social} AND number=3",
        "UPDATE history SET to_state='alive' WHERE thing_id={social} AND number=3",
        "UPDATE history SET kind='park' WHERE thing_id={social} AND number=3",
        "DELETE FROM history WHERE thing_id={social} AND number=2",
        "DELETE FROM history WHERE thing_id={social} AND number=3",
        "DELETE FROM history WHERE thing_id={social} AND number>1",
        "DELETE FROM history WHERE thing_id={social}",
        "UPDATE history SET at=at-1 WHERE thing_id={social} AND number=3",
        "UPDATE thing SET seal=NULL WHERE id={social}",
        "UPDATE thing SET seal=(SELECT seal FROM thing WHERE id={life}) WHERE id={social}",
        "UPDATE history SET at='gestern' WHERE thing_id={social} AND number=3",
        "UPDATE card SET social_id={life} WHERE id={life}",
    ],
)
def test_a_history_that_was_edited(on: Bench, person: Person, card: Card, change: str) -> None:
    """State changed, row removed, triggers put back: no service goes by what is left."""
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    do(on, Service.LOSS_FULL, person)
    spoilt = change.format(social=card.social.thing_id, life=card.life.thing_id)
    edited(on, spoilt, triggers=True)
    for service in (Service.STATUS, Service.REPLACE, Service.UNLOSS):
        error = refused(
            on,
            RegistryDamaged,
            lambda service=service: do(on, service, person),  # type: ignore[misc]  # bound at once
        )
        assert "不要删除或修改它" in error.advice("zh")
    if "UPDATE card" not in change:  # a card's parts are looked at with the card
        found = [each.zh for each in database_findings(on.registry)]
        assert any("状态记录" in each or "这一栏" in each for each in found), found


def test_a_history_without_its_triggers_is_no_history(
    on: Bench, person: Person, card: Card
) -> None:
    """Who removes the last row has to take the triggers away: the check names each of them."""
    do(on, Service.LOSS_FULL, person)
    edited(on, f"DELETE FROM history WHERE thing_id={card.social.thing_id} AND number=2")
    found_wrong = [each.zh for each in database_findings(on.registry)]
    assert any("history" in each and "触发器" in each for each in found_wrong)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE person SET name=(SELECT name FROM person WHERE id=2) WHERE id=1",
        "UPDATE person SET mobile=(SELECT address FROM person WHERE id=2) WHERE id=1",
        "UPDATE identity SET number=(SELECT number FROM identity WHERE id=2) WHERE id=1",
        "UPDATE card SET account=(SELECT account FROM card WHERE person_id=2) WHERE person_id=1",
        "UPDATE person SET name=x'00' WHERE id=1",
    ],
)
def test_a_ciphertext_that_was_moved(on: Bench, person: Person, card: Card, change: str) -> None:
    """Each is sealed for its place: another's name, account or number does not open here."""
    on.card(on.person("李四光", 2, address="北京市"))
    edited(on, change, triggers=True)
    for service in (Service.STATUS, Service.LOSS_FULL):
        refused(
            on,
            PersonalDataDamaged,
            lambda service=service: do(on, service, person),  # type: ignore[misc]  # bound at once
            citizen_id(2),
            "李四光",
        )


def test_an_index_that_leads_to_a_namesake(on: Bench, person: Person, card: Card) -> None:
    """Two people of one name: whoever turns the index round gets nothing done for the other."""
    namesake = on.person("王建国", 2)
    edited(
        on,
        "UPDATE identity SET blind=x'01' WHERE person_id=1",
        "UPDATE identity SET ended_at=1 WHERE person_id=2",
        "UPDATE identity SET blind=(SELECT blind FROM identity WHERE person_id=2)"
        " WHERE person_id=1",
    )
    refused(on, PersonalDataDamaged, lambda: do(on, Service.STATUS, namesake))


def test_a_seat_that_was_taken_away_gives_no_second_card(
    on: Bench, person: Person, card: Card
) -> None:
    """一人一卡 also where only the card itself still says so, and the city is mute."""
    edited(on, "DELETE FROM seat")
    on.others.set("card_management", Fault.DOWN)
    error = refused(on, RuleRefused, lambda: apply_for(on, named(person)))
    assert "第 4 条" in error.cause("zh")


def test_an_obligation_that_was_turned_round(on: Bench, person: Person, card: Card) -> None:
    """A stop that somebody makes a return of does not open at the bank."""
    on.others.set("bank", Fault.DOWN)
    do(on, Service.LOSS_TEMP, person)
    on.others.set("bank", Fault.UP)
    on.later(hours=2)
    edited(on, "UPDATE duty SET call='restore_financial' WHERE call='stop_financial'")
    refused(on, PersonalDataDamaged, lambda: delivery.run_due(on.desk()))
    assert "restore_financial" not in on.others.calls("bank")


def test_an_audit_whose_end_was_edited_takes_no_more(on: Bench, person: Person, card: Card) -> None:
    """What cannot be put on record is not done: neither a look nor a loss."""
    do(on, Service.STATUS, person)
    edited(on, "UPDATE audit_head SET number=number+1 WHERE chain='A01'", triggers=True)
    for service in (Service.STATUS, Service.LOSS_TEMP):
        refused(on, AuditBroken, lambda service=service: do(on, service, person))  # type: ignore[misc]  # bound at once


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ("UPDATE audit SET operator='nobody' WHERE number=2", {Wrong.ALTERED}),
        ("DELETE FROM audit WHERE number=2", {Wrong.MISSING}),
        ("DELETE FROM audit WHERE number=3", {Wrong.CUT}),
        ("DELETE FROM audit_head WHERE chain='A01'", {Wrong.NO_END, Wrong.CHAINS}),
    ],
)
def test_an_audit_that_was_edited_is_found(
    on: Bench, person: Person, card: Card, change: str, wrong: set[Wrong]
) -> None:
    """What is put for what, left out, cut off: found by its number, with the reason."""
    for _ in range(3):
        do(on, Service.STATUS, person)
    with on.registry.reading() as tx:
        assert verify(tx) == []
    edited(on, change, triggers=True)
    with on.registry.reading() as tx:
        found_wrong = verify(tx)
    assert {each.what for each in found_wrong} == wrong
    assert all(each.text.zh for each in found_wrong)
